"""Who can read the secrets, in the shape of the facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from keyproof import documents
from keyproof.access.readers import EffectiveAccess
from keyproof.declarations.records import Access, AccessClass
from keyproof.facts.effective_access import classes_of, effective_access, names_secret
from tests.keyproof.access.answers import DECRYPT, READ
from tests.keyproof.access.snapshots import (
    ACCOUNT,
    REGION,
    STRANGER,
    Key,
    Role,
    Secret,
    User,
    allow,
    estate,
    policy,
    root,
    trust,
)

if TYPE_CHECKING:
    from keyproof.documents import Json

OPENAI = Secret(name="production/openai/api-key")
WORKER = Role(name="worker", path="/service/", policies={"read": policy(allow(READ, Sid="Read"))})
IAM = f"iam.{ACCOUNT}.global.json"


def access_class(name: str, *principals: str, **more: Any) -> AccessClass:
    fields: dict[str, Any] = {
        "description": None,
        "environments": (),
        "resources": (),
        **more,
    }
    return AccessClass(name=name, principals=principals, **fields)


def declared(*classes: AccessClass) -> Access:
    return Access(classes=classes)


WORKLOAD = access_class(
    "workload", f"arn:aws:iam::{ACCOUNT}:role/service/*", environments=("production", "staging")
)
BREAK_GLASS = access_class("break-glass", "*:root", resources=("production/*",))


def valid(facts: Json) -> Json:
    """The facts, which must conform to their schema."""
    schema = documents.schema_validator("facts")
    wrong = [
        fault
        for fault in schema.iter_errors({"effective_access": facts})
        if list(fault.instance_path)[:1] == ["effective_access"]
    ]
    assert wrong == []
    return facts


def test_the_facts_of_a_small_estate() -> None:
    snapshot = estate(roles=[WORKER], secrets=[OPENAI])

    assert valid(effective_access(snapshot, declared(WORKLOAD, BREAK_GLASS), None)) == {
        "classes": {
            "workload": {"environments": ["production", "staging"]},
            "break-glass": {"environments": []},
        },
        "principals": {
            WORKER.arn: {
                "type": "role",
                "account": ACCOUNT,
                "classes": ["workload"],
                "assigned": [],
            },
            root(): {
                "type": "root",
                "account": ACCOUNT,
                "classes": ["break-glass"],
                "assigned": [],
            },
        },
        "steps": [
            {
                "kind": "root_user",
                "action": READ,
                "policy": None,
                "statement": None,
                "at": None,
                "to": OPENAI.arn,
            },
            {
                "kind": "aws_managed_key",
                "action": DECRYPT,
                "policy": None,
                "statement": None,
                "at": None,
                "to": None,
            },
            {
                "kind": "identity_policy",
                "action": READ,
                "policy": "role/service/worker/read",
                "statement": "Read",
                "at": f"{IAM}#/records/roles/0/RolePolicyList/0/PolicyDocument/Statement/0",
                "to": OPENAI.arn,
            },
        ],
        "secrets": {
            OPENAI.arn: {
                "name": "production/openai/api-key",
                "account": ACCOUNT,
                "region": REGION,
                "classes": ["break-glass"],
                "gaps": [],
                "readers": [
                    {
                        "principal": root(),
                        "decision": "allow",
                        "direct": True,
                        "ways": [_direct(0, 1)],
                    },
                    {
                        "principal": WORKER.arn,
                        "decision": "allow",
                        "direct": True,
                        "ways": [_direct(2, 1)],
                    },
                ],
            }
        },
    }


def _direct(*path: int) -> Json:
    return {
        "kind": "direct",
        "decision": "allow",
        "vouched_for": False,
        "path": list(path),
        "conditions": [],
        "unseen": [],
        "grants_seen": True,
    }


def test_without_declared_classes_nobody_belongs_to_one() -> None:
    facts = valid(effective_access(estate(secrets=[OPENAI]), None, None))

    assert facts["classes"] == {}
    assert facts["principals"][root()]["classes"] == []
    assert facts["secrets"][OPENAI.arn]["classes"] == []


def test_only_the_wanted_secrets_are_told() -> None:
    other = Secret(name="other")
    snapshot = estate(secrets=[OPENAI, other])

    assert list(effective_access(snapshot, None, frozenset({other.arn}))["secrets"]) == [other.arn]
    assert effective_access(snapshot, None, frozenset()) == {
        "classes": {},
        "principals": {},
        "steps": [],
        "secrets": {},
    }


def test_each_step_is_told_once() -> None:
    secrets = [Secret(name=f"secret-{number}") for number in range(5)]
    roles = [
        Role(name=name, policies={"read": policy(allow(READ, secret.arn))})
        for name, secret in zip("abcde", secrets, strict=True)
    ]
    facts = valid(effective_access(estate(roles=roles, secrets=secrets), None, None))

    # The root's step to each secret, each role's, and one for the key that all share.
    assert len(facts["steps"]) == 5 + 5 + 1
    assert len({tuple(step.items()) for step in facts["steps"]}) == len(facts["steps"])


def test_a_way_tells_what_it_depends_on() -> None:
    inside = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    ana = User(name="ana", policies={"read": policy(allow(READ, Condition=inside))})
    secret = Secret(name="openai", policies={"default": "{"})
    facts = valid(effective_access(estate(users=[ana], secrets=[secret]), None, None))

    unseen = "resource_policy default: it is no JSON"
    found = facts["secrets"][secret.arn]
    assert found["gaps"] == [unseen]
    [reader] = [each for each in found["readers"] if each["principal"] == ana.arn]
    [way] = [each for each in reader["ways"] if each["kind"] == "direct"]
    assert (reader["decision"], reader["direct"]) == ("conditional", True)
    assert (way["decision"], way["conditions"], way["unseen"]) == (
        "conditional",
        ["aws:SourceIp"],
        [unseen],
    )


def test_a_reader_by_a_role_is_no_direct_one() -> None:
    ana = User(name="ana", policies={"own": policy(allow("sts:AssumeRole"))})
    role = Role(name="app", trust=trust(root()), policies={"read": policy(allow(READ))})
    facts = valid(effective_access(estate(users=[ana], roles=[role], secrets=[OPENAI]), None, None))

    [reader] = [
        each for each in facts["secrets"][OPENAI.arn]["readers"] if each["principal"] == ana.arn
    ]
    [way] = reader["ways"]
    assert (reader["direct"], reader["decision"], way["kind"]) == (False, "allow", "role_chain")
    assert [facts["steps"][place]["action"] for place in way["path"]] == [
        "sts:AssumeRole",
        "sts:AssumeRole",
        READ,
        DECRYPT,
    ]


def test_every_type_of_principal_has_its_facts() -> None:
    provider = f"arn:aws:iam::{ACCOUNT}:saml-provider/example"
    federated = f"arn:aws:sts::{ACCOUNT}:federated-user/ana"
    service = "appflow.amazonaws.com"
    everybody: Json = {"Principal": "*"}
    named: Json = {"Principal": {"AWS": [STRANGER, federated], "Service": service}}
    secret = Secret(
        name="openai",
        key=Key(name="key", policies={"open": policy(allow(DECRYPT, **everybody))}),
        policies={"open": policy(allow(READ, **everybody)), "named": policy(allow(READ, **named))},
    )
    app = Role(
        name="app",
        trust=trust(provider, action="sts:AssumeRoleWithSAML"),
        policies={"read": policy(allow(READ))},
    )
    snapshot = estate(users=[User(name="ana")], roles=[app], secrets=[secret])
    facts = valid(effective_access(snapshot, None, None))

    assert {arn: (each["type"], each["account"]) for arn, each in facts["principals"].items()} == {
        "*": ("public", None),
        service: ("service", None),
        app.arn: ("role", ACCOUNT),
        f"arn:aws:iam::{ACCOUNT}:user/ana": ("user", ACCOUNT),
        root(): ("root", ACCOUNT),
        root(STRANGER): ("account", STRANGER),
        federated: ("federated_user", ACCOUNT),
        provider: ("provider", None),
    }
    assert list(facts["principals"]) == sorted(facts["principals"])


def test_a_role_of_identity_center_tells_who_is_assigned() -> None:
    role = Role(
        name="AWSReservedSSO_Support_0123456789abcdef",
        path="/aws-reserved/sso.amazonaws.com/",
        policies={"read": policy(allow(READ))},
    )
    store = "d-0123456789"
    records = {
        "permission_sets": [
            {
                "instance": "arn:aws:sso:::instance/ssoins-0123456789abcdef",
                "identity_store": store,
                "arn": "arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-0123456789abcdef",
                "permission_set": {"Name": "Support"},
                "accounts": [
                    {
                        "account": ACCOUNT,
                        "assignments": [{"PrincipalType": "GROUP", "PrincipalId": "staff-id"}],
                    }
                ],
            }
        ],
        "groups": [
            {
                "identity_store": store,
                "id": "staff-id",
                "exists": True,
                "group": {"DisplayName": "Staff"},
                "members": [],
            }
        ],
    }
    snapshot = estate(
        roles=[role],
        secrets=[OPENAI],
        records={("identity_center", ACCOUNT, REGION): records},
    )

    assert valid(effective_access(snapshot, None, None))["principals"][role.arn]["assigned"] == [
        {"kind": "group", "name": "Staff"}
    ]


@pytest.mark.parametrize(
    ("pattern", "belongs"),
    [
        (WORKER.arn, True),
        (f"arn:aws:iam::{ACCOUNT}:role/service/*", True),
        ("arn:aws:iam::*:role/*/worker", True),
        ("*", True),
        (f"arn:aws:iam::{ACCOUNT}:role/service/worke?", True),
        (f"arn:aws:iam::{ACCOUNT}:role/worker", False),
        (f"arn:aws:iam::{ACCOUNT}:role/service", False),
        (f"arn:aws:iam::{ACCOUNT}:role/Service/*", False),
        (f"arn:aws:iam::{STRANGER}:role/service/*", False),
        ("worker", False),
        ("", False),
    ],
)
def test_a_class_has_the_principals_that_its_patterns_match(pattern: str, *, belongs: bool) -> None:
    assert classes_of(WORKER.arn, [access_class("it", pattern)]) == ["it"] * belongs


def test_a_principal_may_belong_to_several_classes() -> None:
    classes = [
        access_class("first", "*:role/service/*"),
        access_class("none"),
        access_class("other", "arn:aws:iam::*:user/*", "*/worker"),
    ]

    assert classes_of(WORKER.arn, classes) == ["first", "other"]
    assert classes_of("*", [access_class("roles", "arn:*")]) == []


@pytest.mark.parametrize(
    ("pattern", "named"),
    [
        ("production/openai/api-key", True),
        ("production/*", True),
        (OPENAI.arn, True),
        (f"arn:aws:secretsmanager:*:{ACCOUNT}:secret:production/*", True),
        ("production/openai", False),
        ("staging/*", False),
        (OPENAI.arn[:-7], False),
    ],
)
def test_a_class_names_secrets_by_name_or_arn(pattern: str, *, named: bool) -> None:
    [secret] = EffectiveAccess(estate(secrets=[OPENAI])).secrets

    assert names_secret(access_class("it", resources=(pattern,)), secret) is named


GITHUB = "token.actions.githubusercontent.com"


@pytest.mark.parametrize(
    ("condition", "vouched_for"),
    [
        (None, False),
        ({"StringEquals": {f"{GITHUB}:aud": "sts.amazonaws.com"}}, False),
        ({"StringLike": {f"{GITHUB}:sub": "repo:*"}}, False),
        ({"StringLike": {f"{GITHUB}:sub": "repo:kestrel/chat:*"}}, True),
        ({"StringEquals": {f"{GITHUB.upper()}:SUB": "repo:kestrel/chat:x"}}, True),
        ({"StringEquals": {f"{GITHUB}:actor": "ana"}}, True),
        ({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}, False),
    ],
)
def test_a_provider_must_say_whom_it_vouches_for(
    condition: Json | None, *, vouched_for: bool
) -> None:
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{GITHUB}"
    more = {} if condition is None else {"Condition": condition}
    role = Role(
        name="deploy",
        trust=trust(provider, action="sts:AssumeRoleWithWebIdentity", **more),
        policies={"read": policy(allow(READ))},
    )
    facts = valid(effective_access(estate(roles=[role], secrets=[OPENAI]), None, None))

    [reader] = [
        each for each in facts["secrets"][OPENAI.arn]["readers"] if each["principal"] == provider
    ]
    assert [(way["kind"], way["vouched_for"]) for way in reader["ways"]] == [
        ("web_identity", vouched_for)
    ]


def test_the_audience_of_a_public_provider_vouches_for_its_users() -> None:
    """Nobody registered it with an audience, so that the condition on it is all there is."""
    trusting = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Federated": "accounts.google.com"},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {"StringEquals": {"accounts.google.com:aud": "app"}},
            }
        ],
    }
    role = Role(name="app", trust=trusting, policies={"read": policy(allow(READ))})
    facts = valid(effective_access(estate(roles=[role], secrets=[OPENAI]), None, None))

    [reader] = [
        each
        for each in facts["secrets"][OPENAI.arn]["readers"]
        if each["principal"] == "accounts.google.com"
    ]
    assert [way["vouched_for"] for way in reader["ways"]] == [True]
