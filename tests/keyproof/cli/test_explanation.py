from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from keyproof.cli.explanation import explanation_document
from keyproof.cli.who_can_read import Inquiry
from keyproof.declarations.records import Access, AccessClass
from keyproof.facts.snapshot import load_snapshot
from tests.keyproof.access.answers import DECRYPT, READ
from tests.keyproof.access.snapshots import (
    ACCOUNT,
    OTHER_REGION,
    REGION,
    STRANGER,
    Key,
    Managed,
    Role,
    Secret,
    User,
    allow,
    deny,
    gap,
    grant,
    policy,
    root,
    session,
    trust,
)
from tests.keyproof.cli.command import message
from tests.keyproof.cli.estates import declared, referred
from tests.keyproof.cli.explained import (
    ADA,
    KEY,
    OPENAI,
    READS,
    WORKER,
    explained,
    gist,
    layer_of,
    outcome,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.keyproof.cli.conftest import Command

ASSUME = "sts:AssumeRole"
IAM = f"iam.{ACCOUNT}.global.json#/records"


# Who can and who cannot


def test_somebody_who_reads() -> None:
    document = explained("worker", roles=[WORKER])

    assert outcome(document) == ("allow", True, ["direct allow"])
    assert document["actions"] == {READ: "allow", DECRYPT: "allow"}
    assert document["depends_on"] == []
    assert document["roles"] == []
    assert gist(document["layers"]) == [
        ("identity_policies", "yes", "no", ["Allow Read: yes"]),
        ("resource_policies", "no", "no", []),
    ]
    assert layer_of(document, "identity_policies")["statements"] == [
        {
            "effect": "Allow",
            "kind": "identity_policy",
            "policy": "role/worker/read",
            "statement": "Read",
            "at": f"{IAM}/roles/0/RolePolicyList/0/PolicyDocument/Statement/0",
            "applies": "yes",
            "fails_by": None,
            "principal": "yes",
            "resource": "yes",
            "resources": ["*"],
            "not_principal": False,
            "not_resource": False,
            "conditions": [],
        }
    ]


def test_the_members_of_the_document() -> None:
    classes = (
        AccessClass(
            name="workload",
            description=None,
            principals=(WORKER.arn,),
            environments=("production",),
            resources=(),
        ),
    )
    document = explained("worker", roles=[WORKER], access=Access(classes=classes))

    told = {"layers", "roles", "ways"}
    assert {name: document[name] for name in document.keys() - told} == {
        "example": False,
        "organisation": "Kestrel Analytics",
        "as_of": "2026-11-02T09:00:00Z",
        "secret": OPENAI.arn,
        "name": "openai",
        "account": ACCOUNT,
        "region": REGION,
        "credentials": ["openai-production"],
        "pending_deletion": False,
        "principal": WORKER.arn,
        "type": "role",
        "class": "workload",
        "classes": ["workload"],
        "approved": True,
        "decision": "allow",
        "direct": True,
        "actions": {READ: "allow", DECRYPT: "allow"},
        "depends_on": [],
        "copies": [],
        "gaps": [],
        "notes": [],
    }
    (layer,) = [each for each in document["layers"] if each["layer"] == "resource_policies"]
    assert layer == {
        "action": READ,
        "layer": "resource_policies",
        "of": None,
        "allows": "no",
        "denies": "no",
        "note": None,
        "statements": [],
        "unseen": [],
    }


# On a condition


def test_on_what_reading_depends() -> None:
    office = {
        "IpAddress": {"aws:SourceIp": ["203.0.113.0/24", "198.51.100.0/24"]},
        "StringEquals": {"aws:PrincipalAccount": ACCOUNT},
    }
    read = allow(READ, Sid="Office", Condition=office)
    ada = User(name="ada", policies={"read": policy(read)})

    document = explained("ada", users=[ada])

    assert outcome(document) == ("conditional", True, ["direct conditional"])
    assert document["actions"] == {READ: "conditional", DECRYPT: "allow"}
    undecided = {
        "operator": "IpAddress",
        "key": "aws:SourceIp",
        "values": ["203.0.113.0/24", "198.51.100.0/24"],
        "holds": "maybe",
        "request": None,
    }
    assert document["depends_on"] == [
        {
            "effect": "Allow",
            "kind": "identity_policy",
            "policy": "user/ada/read",
            "statement": "Office",
            "at": f"{IAM}/users/0/UserPolicyList/0/PolicyDocument/Statement/0",
            "keys": ["aws:SourceIp"],
            "conditions": [undecided],
        }
    ]
    (statement,) = layer_of(document, "identity_policies")["statements"]
    assert (statement["applies"], statement["conditions"]) == (
        "maybe",
        [
            undecided,
            {
                "operator": "StringEquals",
                "key": "aws:PrincipalAccount",
                "values": [ACCOUNT],
                "holds": "yes",
                "request": [ACCOUNT],
            },
        ],
    )


def test_what_is_sure_depends_on_nothing_in_doubt_beside_it() -> None:
    doubtful = allow(READ, Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})
    ada = User(name="ada", policies={"read": policy(doubtful, allow(READ))})

    assert explained("ada", users=[ada])["depends_on"] == []


def test_what_the_secret_grants_to_a_user_by_name_depends_on_no_boundary() -> None:
    factor = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    bound = Managed(name="bound", document=policy(allow(READ, Condition=factor)))
    ada = User(name="ada", boundary=bound.arn)
    named = policy(allow(READ, Principal={"AWS": ada.arn}))

    document = explained(
        "ada",
        users=[ada],
        managed=[bound],
        secrets=[Secret(name="openai", policies={"default": named})],
    )

    assert document["actions"][READ] == "allow"
    assert document["depends_on"] == []


def test_of_the_key_that_aws_manages_only_a_denial_matters() -> None:
    factor = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    key = policy(
        allow(DECRYPT, Sid="With", Condition=factor), deny(DECRYPT, Sid="Not", Condition=factor)
    )

    document = explained("worker", roles=[Role(name="worker", policies={**READS, "key": key})])

    assert outcome(document) == ("conditional", True, ["direct conditional"])
    assert [
        (each["effect"], each["statement"], each["keys"]) for each in document["depends_on"]
    ] == [("Deny", "Not", ["aws:MultiFactorAuthPresent"])]


# By a role, and by ways round


def test_a_chain_of_roles_and_what_lets_it_in() -> None:
    worker = Role(name="worker", policies=READS, trust=trust(root(), Sid="Account"))
    middle = Role(
        name="middle",
        policies={"go": policy(allow(ASSUME, worker.arn, Sid="Onward"))},
        trust=trust(ADA.arn, Sid="Ada"),
    )
    ada = User(name="ada", policies={"go": policy(allow(ASSUME, middle.arn, Sid="Become"))})

    document = explained("ada", users=[ada], roles=[worker, middle])

    assert outcome(document) == ("allow", False, ["role_chain allow"])
    assert [(each["role"], each["reads"], each["assume"]) for each in document["roles"]] == [
        (worker.arn, "allow", "deny"),
        (middle.arn, "allow", "allow"),
    ]
    by_account, by_name = document["roles"]
    assert gist(by_account["layers"], ASSUME) == [
        ("identity_policies", "no", "no", ["Allow Become: no, resource"]),
        ("trust_policy", "yes", "no", ["Allow Account: yes"]),
    ]
    assert by_account["layers"][1]["note"] == (
        "it names the account, and so leaves it to identity policies"
    )
    assert gist(by_name["layers"], ASSUME) == [
        ("identity_policies", "yes", "no", ["Allow Become: yes"]),
        ("trust_policy", "yes", "no", ["Allow Ada: yes"]),
    ]
    assert by_name["layers"][1]["note"] is None


def test_roles_that_nothing_brings_near_are_left_out() -> None:
    """Neither does a statement of theirs come near, nor one of the principal's."""
    by_saml = trust(f"arn:aws:iam::{ACCOUNT}:saml-provider/x", action="sts:AssumeRoleWithSAML")
    elsewhere = Role(name="elsewhere", trust=trust(ADA.arn))
    enter = Role(name="enter", policies=READS, trust=by_saml)

    assert explained("ada", users=[ADA], roles=[enter, elsewhere])["roles"] == []


def test_who_cannot_assume_a_role_is_told_of_none() -> None:
    worker = Role(name="worker", policies=READS, trust=trust(root()))

    assert explained("root", roles=[worker])["roles"] == []


def test_an_identity_provider_and_the_roles_that_it_leads_to() -> None:
    issuer = f"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.example.com"
    enter = "sts:AssumeRoleWithWebIdentity"
    subject = {"StringEquals": {"oidc.example.com:sub": "build"}}
    build = Role(
        name="build",
        policies=READS,
        trust=trust(issuer, action=enter, Sid="Build", Condition=subject),
    )

    document = explained("oidc.example.com", roles=[build])

    assert outcome(document) == ("conditional", False, ["web_identity conditional"])
    (role,) = document["roles"]
    assert (role["role"], role["assume"]) == (build.arn, "conditional")
    assert gist(role["layers"], enter)[-1] == (
        *("trust_policy", "maybe", "no"),
        ["Allow Build: maybe"],
    )


def test_a_way_round_is_no_reading() -> None:
    edits = allow("secretsmanager:PutResourcePolicy", OPENAI.arn, Sid="Edit")
    ada = User(name="ada", policies={"edit": policy(edits)})

    document = explained("ada", users=[ada])

    assert outcome(document) == ("allow", False, ["write_resource_policy allow"])
    assert document["actions"] == {READ: "deny", DECRYPT: "allow"}
    (way,) = document["ways"]
    assert [(step["action"], step["statement"]) for step in way["path"]] == [
        ("secretsmanager:PutResourcePolicy", "Edit")
    ]


# Whom the question is about


def test_root_needs_no_policy_of_its_own() -> None:
    document = explained("root")

    assert (document["principal"], document["type"]) == (root(), "root")
    assert outcome(document) == ("allow", True, ["direct allow"])
    layer = layer_of(document, "identity_policies")
    assert (layer["allows"], layer["note"]) == ("yes", "a root user needs no policy of its own")


@pytest.mark.parametrize(
    ("wanted", "kind"),
    [
        (STRANGER, "account"),
        (root(STRANGER), "account"),
        (f"arn:aws:iam::{STRANGER}:user/eve", "user"),
        (session("x", "eve", STRANGER), "role"),
    ],
)
def test_a_stranger_is_only_kept_out_by_our_policies(wanted: str, kind: str) -> None:
    document = explained(wanted, roles=[WORKER])

    assert document["type"] == kind
    assert outcome(document) == ("deny", False, [])
    assert document["actions"] == {READ: "deny", DECRYPT: "deny"}
    layer = layer_of(document, "identity_policies")
    assert (layer["allows"], layer["note"]) == (
        "yes",
        "the account's own policies were not collected, and are taken to allow",
    )
    assert layer_of(document, "resource_policies")["allows"] == "no"
    assert layer_of(document, "aws_managed_key", DECRYPT)["allows"] == "no"


def test_a_session_is_explained_as_its_role() -> None:
    by_session = explained(session("worker", "pod-1"), roles=[WORKER])

    assert by_session == explained("worker", roles=[WORKER])


def test_everybody() -> None:
    document = explained("*")

    assert outcome(document) == ("deny", False, [])
    assert layer_of(document, "identity_policies")["note"] == (
        "nobody knows their own policies, which are taken to allow"
    )


# The key


def test_a_grant_needs_no_policy_beside_it() -> None:
    given = grant(WORKER.arn, name="Worker", constraints={"EncryptionContextSubset": {}})
    key = Key(name="key", grants=[grant(ADA.arn, name="Ada"), given])

    document = explained(
        "worker", users=[ADA], roles=[WORKER], secrets=[Secret(name="openai", key=key)]
    )

    assert outcome(document) == ("allow", True, ["direct allow"])
    layer = layer_of(document, "grants", DECRYPT)
    assert (layer["allows"], layer["denies"]) == ("yes", "no")
    assert layer["statements"] == [
        {
            "effect": "Allow",
            "kind": "grant",
            "policy": given["GrantId"],
            "statement": "Worker",
            "at": f"kms.{ACCOUNT}.{REGION}.json#/records/keys/0/grants/1",
            "applies": "yes",
            "fails_by": None,
            "grantee": WORKER.arn,
            "constraints": {"EncryptionContextSubset": {}},
        }
    ]


def test_grants_that_could_not_be_listed_are_unseen() -> None:
    key = Key(name="key", grants=None)

    document = explained("worker", roles=[WORKER], secrets=[Secret(name="openai", key=key)])

    assert document["actions"] == {READ: "allow", DECRYPT: "conditional"}
    layer = layer_of(document, "grants", DECRYPT)
    assert (layer["allows"], layer["unseen"]) == (
        "maybe",
        ["the grants of the key were not collected"],
    )


@pytest.mark.parametrize(
    ("policies", "decision", "denies", "told"),
    [
        (READS, "allow", "no", []),
        (READS | {"all": policy(allow("*", Sid="All"))}, "allow", "no", []),
        # Whether a denial of kms:Decrypt reaches this key AWS does not say.
        (
            READS | {"no": policy(deny(DECRYPT, Sid="No"))},
            "conditional",
            "maybe",
            ["Deny No: yes"],
        ),
        (
            READS | {"no": policy(deny(DECRYPT, KEY.arn, Sid="No"))},
            "allow",
            "no",
            ["Deny No: no, resource"],
        ),
    ],
)
def test_the_key_that_aws_manages(
    policies: dict[str, Any], decision: str, denies: str, told: list[str]
) -> None:
    document = explained("worker", roles=[Role(name="worker", policies=policies)])

    assert document["decision"] == decision
    assert gist(document["layers"], DECRYPT) == [("aws_managed_key", "yes", denies, told)]
    assert layer_of(document, "aws_managed_key", DECRYPT)["note"] == (
        "whoever may get a secret of the account may use it; nobody of another account"
    )


def test_a_policy_that_nobody_can_read_may_deny_the_key_that_aws_manages() -> None:
    policies = {**READS, "more": "{"}

    document = explained("worker", roles=[Role(name="worker", policies=policies)])

    layer = layer_of(document, "aws_managed_key", DECRYPT)
    assert (layer["allows"], layer["denies"], layer["unseen"]) == (
        *("yes", "maybe"),
        ["role/worker/more: it is no JSON"],
    )


# What nobody could see


def test_ways_round_that_could_not_be_seen_are_notes() -> None:
    missing = gap("compute", "lambda:ListFunctions")

    document = explained("ada", users=[ADA], gaps=[missing])

    assert document["decision"] == "deny"
    assert document["notes"] == [missing]


# Copies


def test_a_copy_that_somebody_reads_though_not_the_secret_itself() -> None:
    copy = Secret(name="openai", region=OTHER_REGION, primary_region=REGION)
    ada = User(name="ada", policies={"read": policy(allow(READ, copy.arn, Sid="There"))})
    secrets = [Secret(name="openai", replicas=[OTHER_REGION]), copy]

    document = explained("ada", users=[ada], secrets=secrets)

    assert (document["secret"], outcome(document)) == (OPENAI.arn, ("deny", False, []))
    (copied,) = document["copies"]
    assert (copied["secret"], copied["region"]) == (copy.arn, OTHER_REGION)
    assert outcome(copied) == ("allow", True, ["direct allow"])
    assert copied.keys() == {
        *("secret", "name", "account", "region"),
        *("class", "classes", "approved", "decision", "direct", "ways"),
    }


# The example company


def test_it_agrees_with_the_readers_about_everybody(example: Path) -> None:
    snapshot = load_snapshot(example / "snapshot")
    secrets = ("development/openai/api-key", "production/openai/api-key")
    for secret in secrets:
        inquiry = Inquiry(secret, snapshot, declared())
        ways = {each["principal"]: each["ways"] for each in inquiry.readers_document()["readers"]}

        for principal in inquiry.access.principals:
            document = explanation_document(inquiry, principal.arn)
            assert document["principal"] == principal.arn
            assert document["ways"] == ways.get(principal.arn, [])

        assert len(inquiry.access.principals) > len(ways) > 5


def test_references_lead_to_the_statements_in_the_snapshot(
    keyproof: Command, example: Path
) -> None:
    document = keyproof(
        "who-can-read", "openai-production", "--explain", "Developer", "--json"
    ).json

    layers = [*document["layers"], *(each for role in document["roles"] for each in role["layers"])]
    found = [statement for layer in layers for statement in layer["statements"]]
    for statement in found:
        written = referred(example / "snapshot", statement["at"])
        number = int(statement["at"].rpartition("/")[2]) + 1
        assert written["Effect"] == statement["effect"]
        assert written.get("Sid", f"statement {number}") == statement["statement"]
    assert {each["kind"] for each in found} == {"identity_policy", "trust_policy", "key_policy"}


@pytest.mark.usefixtures("example")
def test_an_unknown_principal_is_told_with_the_nearest(keyproof: Command) -> None:
    told = message(keyproof("who-can-read", "openai-production", "--explain", "chatt"), 2)

    assert told == 'no principal is called "chatt"; the nearest names are chat'
