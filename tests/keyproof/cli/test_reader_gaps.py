from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from keyproof.access.readers import EffectiveAccess
from keyproof.cli.reader_gaps import reader_gaps
from keyproof.cli.secret_lookup import find_secret
from tests.keyproof.access.answers import READ
from tests.keyproof.access.snapshots import (
    ACCOUNT,
    MANAGEMENT,
    ORGANIZATION,
    OTHER_ACCOUNT,
    OTHER_REGION,
    REGION,
    Key,
    Organization,
    Role,
    Secret,
    allow,
    deny,
    estate,
    gap,
    policy,
    trust,
)
from tests.keyproof.cli.estates import declared

if TYPE_CHECKING:
    from keyproof.documents import Json

KEY = Key(name="key")
OPENAI = Secret(name="openai", key=KEY)
OTHER_KEY = Key(name="other")
BILLING = Secret(name="billing", key=OTHER_KEY)
EVERYBODY_OF_OURS = {"StringEquals": {"aws:PrincipalOrgID": ORGANIZATION}}


def _gaps(*, classes_declared: bool = True, **parts: Any) -> list[Json]:
    snapshot = estate(**{"secrets": [OPENAI, BILLING], **parts})
    family = find_secret("openai", snapshot, declared())
    access = EffectiveAccess(snapshot, family.arns)
    return reader_gaps(access, family, classes_declared=classes_declared)


def _told(found: list[Json]) -> list[tuple[str, str, str | None, bool]]:
    return [
        (each["source"], each["reason"], each["resource"], each["may_hide_readers"])
        for each in found
    ]


def test_a_whole_snapshot_has_none() -> None:
    assert _gaps() == []


@pytest.mark.parametrize(
    ("missing", "hides"),
    [
        (gap("iam", "iam:GetAccountAuthorizationDetails"), True),
        (gap("iam", "iam:ListUsers"), True),
        # Whoever has a policy that was not read is shown as perhaps a reader.
        (gap("iam", "iam:GetPolicy", "arn:aws:iam::aws:policy/ReadOnlyAccess"), False),
        (gap("iam", "iam:GetPolicyVersion", "arn:aws:iam::aws:policy/ReadOnlyAccess"), False),
        (gap("resource_policies", "secretsmanager:ListSecrets"), True),
        (gap("resource_policies", "secretsmanager:GetResourcePolicy", OPENAI.arn), True),
        # The listing holds this secret; its description tells of its copies.
        (gap("secrets_manager", "secretsmanager:ListSecrets"), False),
        (gap("secrets_manager", "secretsmanager:DescribeSecret", OPENAI.arn), True),
        (gap("kms", "kms:ListKeys"), True),
        (gap("kms", "kms:GetKeyPolicy", KEY.arn), True),
        (gap("kms", "kms:ListGrants", KEY.arn), True),
        (gap("kms", "kms:ListAliases", KEY.arn), False),
        (gap("kms", "kms:ListResourceTags", KEY.arn), False),
        (gap("organizations", "organizations:DescribeOrganization"), False),
    ],
)
def test_what_may_hide_a_reader_of_the_secret(missing: Json, *, hides: bool) -> None:
    assert _gaps(gaps=[missing]) == [{**missing, "may_hide_readers": hides}]


@pytest.mark.parametrize(
    "missing",
    [
        gap("secrets_manager", "secretsmanager:ListSecretVersionIds", OPENAI.arn),
        gap("kms", "kms:GetKeyRotationStatus", KEY.arn),
        gap("secrets_manager", "secretsmanager:DescribeSecret", BILLING.arn),
        gap("resource_policies", "secretsmanager:GetResourcePolicy", BILLING.arn),
        gap("kms", "kms:GetKeyPolicy", OTHER_KEY.arn),
        gap("secrets_manager", "secretsmanager:ListSecrets", region=OTHER_REGION),
        gap("resource_policies", "secretsmanager:ListSecrets", region=OTHER_REGION),
        gap("kms", "kms:ListKeys", region=OTHER_REGION),
        # These are notes: ways round, and the people behind a role.
        gap("compute", "lambda:ListFunctions"),
        gap("identity_center", "sso-admin:ListInstances"),
        *(gap(source, "anything") for source in ("sns", "cloudwatch", "budgets", "lambda")),
    ],
)
def test_what_changes_nothing_about_its_readers_is_left_out(missing: Json) -> None:
    assert _gaps(gaps=[missing]) == []


def test_keys_count_where_the_secret_has_one_of_its_own() -> None:
    missing = gap("kms", "kms:ListKeys")

    assert _gaps(secrets=[Secret(name="openai")], gaps=[missing]) == []
    managed = "alias/aws/secretsmanager"
    of_aws = gap("kms", "kms:DescribeKey", managed)
    assert _gaps(secrets=[Secret(name="openai", key=managed)], gaps=[of_aws, missing]) == []
    by_alias = Secret(name="openai", key="alias/ai-keys")
    refused = gap("kms", "kms:DescribeKey", "alias/ai-keys")
    assert _gaps(secrets=[by_alias], gaps=[refused]) == [{**refused, "may_hide_readers": True}]


def test_a_source_that_was_not_collected_at_all() -> None:
    absent = [
        ("iam", ACCOUNT, "global"),
        ("resource_policies", ACCOUNT, REGION),
        ("kms", ACCOUNT, REGION),
        ("organizations", ACCOUNT, "global"),
        ("compute", ACCOUNT, REGION),
    ]

    assert _told(_gaps(absent=absent)) == [
        ("iam", "not collected", None, True),
        ("organizations", "not collected", None, False),
        ("resource_policies", "not collected", None, True),
        ("kms", "not collected", None, True),
        (
            "effective_access",
            f"resource_policy {OPENAI.arn}: the secret's resource policies were not collected",
            OPENAI.arn,
            True,
        ),
    ]


def test_policies_that_nobody_can_read_may_hide_readers() -> None:
    key = Key(name="key", policies={"partner": "{"})
    secret = Secret(name="openai", key=key, policies={"default": "[]"})
    unread = Role(name="reader", policies={"read": policy(allow(READ))}, trust={"Version": "1"})
    other = Role(name="other", trust={"Version": "1"})

    found = _told(_gaps(secrets=[secret], roles=[unread, other]))

    assert found == [
        ("effective_access", f"{name}: {reason}", secret.arn, True)
        for name, reason in (
            ("resource_policy default", "it is no JSON object"),
            (
                f"trust_policy {unread.arn}",
                "its Version is neither 2012-10-17 nor 2008-10-17",
            ),
            (f"key_policy {key.arn} partner", "it is no JSON"),
        )
    ]


def test_copies_have_gaps_of_their_own() -> None:
    copy = Secret(name="openai", region=OTHER_REGION, primary_region=REGION)
    primary = Secret(name="openai", replicas=[OTHER_REGION, "ap-south-1"])
    refused = gap(
        "resource_policies",
        "secretsmanager:GetResourcePolicy",
        copy.arn,
        region=OTHER_REGION,
    )

    found = _gaps(secrets=[primary, copy], gaps=[refused])

    assert _told(found) == [
        (
            "secrets_manager",
            "a copy of the secret is in a place that was not collected",
            primary.arn.replace(REGION, "ap-south-1"),
            True,
        ),
        ("resource_policies", "access denied", copy.arn, True),
    ]


def test_classes_that_nobody_declared_hide_nobody() -> None:
    assert _told(_gaps(classes_declared=False)) == [
        ("access", "declarations/access.yaml is missing", None, False)
    ]


@pytest.mark.parametrize(
    ("parts", "hides"),
    [
        ({}, False),
        ({"roles": [Role(name="worker", policies={"read": policy(allow(READ))})]}, False),
        (
            {
                "secrets": [
                    Secret(
                        name="openai",
                        policies={
                            "default": policy(
                                allow(READ, Principal="*", Condition=EVERYBODY_OF_OURS)
                            )
                        },
                    )
                ]
            },
            True,
        ),
        (
            {
                "secrets": [Secret(name="openai")],
                "roles": [
                    Role(
                        name="worker",
                        policies={"read": policy(allow(READ))},
                        trust=trust("*", Condition=EVERYBODY_OF_OURS),
                    )
                ],
            },
            True,
        ),
        (
            {
                "secrets": [Secret(name="openai")],
                "roles": [Role(name="worker", trust=trust("*", Condition=EVERYBODY_OF_OURS))],
            },
            False,
        ),
    ],
)
def test_the_organisation_matters_where_all_of_it_is_let_in(
    parts: dict[str, Any], *, hides: bool
) -> None:
    missing = gap("organizations", "organizations:DescribeOrganization")

    assert _gaps(**parts, gaps=[missing]) == [{**missing, "may_hide_readers": hides}]


@pytest.mark.parametrize(
    "statement",
    [
        allow(READ, Principal="*", Condition={"StringEquals": {"aws:PrincipalAccount": ACCOUNT}}),
        deny(READ, Principal="*", Condition={"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}),
    ],
)
def test_a_guard_against_other_organisations_lets_nobody_in(statement: Json) -> None:
    missing = gap("organizations", "organizations:DescribeOrganization")
    secret = Secret(name="openai", policies={"default": policy(statement)})

    (found,) = _gaps(secrets=[secret], gaps=[missing])

    assert found["may_hide_readers"] is False


def test_what_a_member_account_may_not_list_its_management_account_has() -> None:
    organization = Organization(accounts={ACCOUNT: "Workloads"})

    assert _gaps(accounts=(ACCOUNT, MANAGEMENT), organization=organization) == []
    missing = gap("organizations", "organizations:DescribePolicy", "p-1", account=MANAGEMENT)
    assert _gaps(accounts=(ACCOUNT, MANAGEMENT), organization=organization, gaps=[missing]) == [
        {**missing, "may_hide_readers": False}
    ]
    alone = _gaps(accounts=(ACCOUNT, OTHER_ACCOUNT), organization=organization)
    assert [(each["operation"], each["may_hide_readers"]) for each in alone] == [
        ("organizations:ListRoots", False)
    ]
