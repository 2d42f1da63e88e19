from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import pytest

from keyproof.cli.readers_page import group_of
from tests.keyproof.access.answers import DECRYPT, READ
from tests.keyproof.access.snapshots import (
    OTHER_ACCOUNT,
    Group,
    Key,
    Managed,
    Role,
    Secret,
    User,
    allow,
    deny,
    grant,
    policy,
    root,
    trust,
)
from tests.keyproof.cli.command import message
from tests.keyproof.cli.estates import referred

if TYPE_CHECKING:
    from pathlib import Path

    from keyproof.documents import Json
    from tests.keyproof.cli.conftest import Command, Organisation

COMPANY = "arn:aws:iam::123456789012:"
CENTER = f"{COMPANY}role/aws-reserved/sso.amazonaws.com/eu-west-1/AWSReservedSSO"
LEAD, DEVELOPER = (
    f"{CENTER}_EngineeringLead_0123456789abcdef",
    f"{CENTER}_Developer_fedcba9876543210",
)
PIPELINE = f"{COMPANY}oidc-provider/token.actions.githubusercontent.com"
SINGLE_SIGN_ON = f"{COMPANY}saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE"

READS = {"read": policy(allow(READ, Sid="ReadKeys"))}
WORKER = Role(name="worker", policies=READS)


def _facts(evidence: Path) -> Json:
    document: Json = orjson.loads((evidence / "facts.json").read_bytes())
    return document


def _arn(evidence: Path, name: str) -> str:
    (found,) = [each["arn"] for each in _facts(evidence)["stored_secrets"] if each["name"] == name]
    return str(found)


# The example company


@pytest.mark.usefixtures("example")
def test_every_reader_of_a_production_secret_with_its_class_and_way(keyproof: Command) -> None:
    outcome = keyproof("who-can-read", "openai-production", "--json")

    assert (outcome.code, outcome.err) == (0, "")
    members = ("principal", "decision", "class", "approved", "direct", "way", "conditions")
    assert [
        (group_of(each), *(each[name] for name in members)) for each in outcome.json["readers"]
    ] == [
        ("pass", f"{COMPANY}root", "allow", "root", True, True, "direct", []),
        (
            "pass",
            f"{COMPANY}user/break-glass",
            "conditional",
            "break_glass",
            True,
            True,
            "direct",
            ["aws:MultiFactorAuthPresent"],
        ),
        ("pass", f"{COMPANY}role/rotate-ai-key", "allow", "rotation", True, True, "direct", []),
        ("pass", f"{COMPANY}role/deployment", "allow", "ci_cd", True, True, "direct", []),
        ("pass", f"{COMPANY}role/service/chat", "allow", "workload", True, True, "direct", []),
        ("pass", LEAD, "conditional", "engineering_lead", True, True, "direct", ["aws:SourceIp"]),
        ("fail", DEVELOPER, "allow", "developer", False, False, "role_chain", []),
        ("round", f"{COMPANY}role/support", "allow", None, False, False, "run_code", []),
        (
            "let_in",
            PIPELINE,
            "conditional",
            None,
            False,
            False,
            "web_identity",
            [
                "token.actions.githubusercontent.com:aud",
                "token.actions.githubusercontent.com:sub",
            ],
        ),
        (
            "let_in",
            SINGLE_SIGN_ON,
            "conditional",
            None,
            False,
            False,
            "saml",
            ["SAML:aud", "aws:SourceIp"],
        ),
    ]


def test_json_has_the_members_that_scripts_rely_on(keyproof: Command, example: Path) -> None:
    document = keyproof("who-can-read", "openai-production", "--json").json

    arn = _arn(example, "production/openai/api-key")
    assert {name: document[name] for name in document if name != "readers"} == {
        "example": True,
        "organisation": "EXAMPLE Company",
        "as_of": "2026-11-02T09:00:00Z",
        "secret": arn,
        "name": "production/openai/api-key",
        "account": "123456789012",
        "region": "us-east-1",
        "credentials": ["openai-production"],
        "pending_deletion": False,
        "copies": [],
        "gaps": [],
        "notes": [],
    }
    (reader,) = [each for each in document["readers"] if each["principal"] == DEVELOPER]
    key = reader["path"][-1]["to"]
    assert key.startswith("arn:aws:kms:us-east-1:123456789012:key/")
    roles = "iam.123456789012.global.json#/records/roles"
    path = [
        {
            "kind": "identity_policy",
            "action": "sts:AssumeRole",
            "policy": f"{DEVELOPER.removeprefix(COMPANY)}/look-at-builds",
            "statement": "statement 1",
            "at": f"{roles}/6/RolePolicyList/1/PolicyDocument/Statement/0",
            "to": f"{COMPANY}role/deployment",
        },
        {
            "kind": "trust_policy",
            "action": "sts:AssumeRole",
            "policy": f"{COMPANY}role/deployment",
            "statement": "statement 2",
            "at": f"{roles}/1/AssumeRolePolicyDocument/Statement/1",
            "to": f"{COMPANY}role/deployment",
        },
        {
            "kind": "identity_policy",
            "action": READ,
            "policy": "role/deployment/secrets",
            "statement": "ReadKeys",
            "at": f"{roles}/1/RolePolicyList/0/PolicyDocument/Statement/0",
            "to": arn,
        },
        {
            "kind": "identity_policy",
            "action": DECRYPT,
            "policy": "role/deployment/secrets",
            "statement": "UseKeyThroughSecretsManager",
            "at": f"{roles}/1/RolePolicyList/0/PolicyDocument/Statement/1",
            "to": key,
        },
        {
            "kind": "key_policy",
            "action": DECRYPT,
            "policy": f"{key} default",
            "statement": "Enable IAM User Permissions",
            "at": "kms.123456789012.us-east-1.json#/records/keys/0/policies/0/policy/Statement/0",
            "to": key,
        },
    ]
    way = {"decision": "allow", "path": path, "conditions": [], "unseen": []}
    seen = {"grants_seen": True, "vouched_for": False}
    assert reader == {
        "principal": DEVELOPER,
        "type": "role",
        "account": "123456789012",
        "class": "developer",
        "classes": ["developer"],
        "approved": False,
        "assigned": [],
        "direct": False,
        "way": "role_chain",
        **way,
        "ways": [{"kind": "role_chain", **way, **seen}],
    }


def test_every_name_of_a_secret_stands_for_it(keyproof: Command, example: Path) -> None:
    arn = _arn(example, "production/pinecone/api-key")
    expected = keyproof("who-can-read", arn, "--json")
    assert expected.json["secret"] == arn

    for name in (arn[:-7], "production/pinecone/api-key", "pinecone-production"):
        assert keyproof("who-can-read", name, "--json") == expected


@pytest.mark.parametrize(
    "credential",
    ["openai-production", "openai-development", "anthropic-production", "pinecone-production"],
)
def test_the_readers_are_those_of_the_facts(
    keyproof: Command, example: Path, credential: str
) -> None:
    facts = _facts(example)["effective_access"]

    document = keyproof("who-can-read", credential, "--json").json

    secret = facts["secrets"][document["secret"]]
    assert [
        {
            "principal": reader["principal"],
            "decision": reader["decision"],
            "direct": reader["direct"],
            "ways": [
                {
                    **way,
                    "path": [facts["steps"][place] for place in way["path"]],
                }
                for way in reader["ways"]
            ],
            **facts["principals"][reader["principal"]],
        }
        for reader in secret["readers"]
    ] == [
        {
            name: reader[name]
            for name in (
                *("principal", "decision", "direct", "ways"),
                *("type", "account", "classes", "assigned"),
            )
        }
        for reader in document["readers"]
    ]
    assert len(document["readers"]) > 5


def test_whom_nobody_approved_the_criterion_finds_too(keyproof: Command, example: Path) -> None:
    results = orjson.loads((example / "results.json").read_bytes())
    violations = results["criteria"]["access_restricted"]["violations"]

    found = {
        (credential, reader["principal"])
        for credential in ("openai-production", "anthropic-production", "pinecone-production")
        for reader in keyproof("who-can-read", credential, "--json").json["readers"]
        if group_of(reader) == "fail"
    }

    assert {
        (violation["resource"], violation["observed"]["principal"]) for violation in violations
    } == found
    assert len(found) == 3


def test_a_folder_that_was_only_collected_is_enough(keyproof: Command, example: Path) -> None:
    before = keyproof("who-can-read", "openai-production", "--json")
    for name in ("facts.json", "results.json", "report.html", "bundle.zip"):
        (example / name).unlink()

    assert keyproof("who-can-read", "openai-production", "--json") == before


def test_a_folder_may_be_named(keyproof: Command, example: Path) -> None:
    before = keyproof("who-can-read", "openai-production")
    elsewhere = example.rename(example.parents[1] / "kept")

    assert keyproof("who-can-read", "openai-production", elsewhere) == before
    assert message(keyproof("who-can-read", "openai-production"), 2).startswith(
        "evidence/latest: holds no snapshot; "
    )


@pytest.mark.usefixtures("example")
def test_an_unknown_name_is_told_with_the_nearest(keyproof: Command) -> None:
    told = message(keyproof("who-can-read", "openai-prodction"), 2)

    assert told == (
        'no secret and no credential is called "openai-prodction"; the nearest names are'
        " openai-production, anthropic-production, pinecone-production"
    )


# References


def _assert_references_resolve(snapshot: Path, document: Json) -> set[str]:
    """Follow every reference to the very statement or grant; gives the kinds of what was found."""
    kinds = set()
    for reader in document["readers"]:
        for step in (step for way in reader["ways"] for step in way["path"] if step["at"]):
            found = referred(snapshot, step["at"])
            if step["kind"] == "grant":
                assert found["Name"] == step["statement"]
                assert step["policy"].endswith(f" {found['GrantId']}")
            else:
                place = step["at"].rpartition("/")[2]
                number = 1 if place == "Statement" else int(place) + 1
                assert found["Effect"] == "Allow"
                assert found.get("Sid", f"statement {number}") == step["statement"]
            kinds.add(step["kind"])
    return kinds


def test_references_lead_to_the_statements_in_the_snapshot(
    keyproof: Command, example: Path
) -> None:
    document = keyproof("who-can-read", "openai-production", "--json").json

    kinds = _assert_references_resolve(example / "snapshot", document)

    assert kinds == {"identity_policy", "trust_policy", "key_policy"}


def test_references_lead_to_policies_of_every_kind(
    keyproof: Command, organisation: Organisation
) -> None:
    alone = {"Version": "2012-10-17", "Statement": allow(READ, Sid="Alone")}
    managed = Managed(name="reading", document=alone)
    partner = {"AWS": root(OTHER_ACCOUNT)}
    key = Key(
        name="key",
        policies={"partner": policy(allow(DECRYPT, Principal=partner, Sid="Partner"))},
        grants=[grant(WORKER.arn, "Encrypt", name="other"), grant(WORKER.arn, name="Worker")],
    )
    secret = Secret(
        name="openai",
        key=key,
        policies={
            "default": policy(deny("secretsmanager:DeleteSecret", Principal="*")),
            "share": {"Version": "2012-10-17", "Statement": allow(READ, Principal=partner)},
        },
    )
    decrypts = {"key": policy(allow(DECRYPT))}
    batch = Role(name="batch", policies=READS | decrypts, trust=trust("lambda.amazonaws.com"))
    visitors = Role(name="visitors", policies=READS | decrypts, trust=trust(root(OTHER_ACCOUNT)))
    users = [
        User(name="lead", groups=["leads"], policies=decrypts),
        User(name="ops", attached=[managed.arn], policies=decrypts),
    ]
    snapshot = organisation(
        users=users,
        groups=[Group(name="leads", policies={"read": policy(deny("s3:*"), allow(READ))})],
        roles=[WORKER, batch, visitors],
        managed=[managed],
        secrets=[secret],
    )

    document = keyproof("who-can-read", "openai", "--json").json

    direct = [root(), *(user.arn for user in users), WORKER.arn, batch.arn, visitors.arn]
    direct.append(root(OTHER_ACCOUNT))
    assert [each["principal"] for each in document["readers"] if each["direct"]] == direct
    kinds = _assert_references_resolve(snapshot, document)
    assert kinds == {
        *("identity_policy", "resource_policy", "trust_policy", "key_policy", "grant"),
    }
