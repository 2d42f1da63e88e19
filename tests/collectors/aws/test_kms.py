from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from collectors.aws.faults import MALFORMED
from collectors.aws.kms import collect
from tests.collectors.script import Refusal, Script

if TYPE_CHECKING:
    from collectors.aws.calls import Workers

ARN = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ALIAS = "alias/ai-keys"
METADATA = {
    "KeyId": "1234abcd-12ab-34cd-56ef-1234567890ab",
    "Arn": ARN,
    "KeyManager": "CUSTOMER",
    "KeySpec": "SYMMETRIC_DEFAULT",
    "Origin": "AWS_KMS",
}
TAG = {"TagKey": "team", "TagValue": "platform"}
SECRETS = [{"entry": {"KmsKeyId": ALIAS}, "description": None}]


def _script(metadata: Any = None, **changes: Any) -> Script:
    answers = {
        "kms:DescribeKey": {"KeyMetadata": {**METADATA, **(metadata or {})}},
        "kms:ListKeyPolicies": {"PolicyNames": ["default"], "Truncated": False},
        "kms:GetKeyPolicy": {"Policy": "{}"},
        "kms:ListResourceTags": {"Tags": [TAG], "Truncated": False},
        "kms:ListAliases": {"Aliases": [{"AliasName": ALIAS}], "Truncated": False},
        "kms:ListGrants": {"Grants": [{"GrantId": "g"}], "Truncated": False},
        "kms:GetKeyRotationStatus": {"KeyRotationEnabled": True},
    }
    return Script({**answers, **{f"kms:{name}": to for name, to in changes.items()}})


def test_a_key_is_looked_up_by_its_alias_and_read_by_its_arn(workers: Workers) -> None:
    script = _script()
    calls = script.calls(workers)

    assert collect(calls, SECRETS) == {
        "keys": [
            {
                "key_id": ALIAS,
                "metadata": METADATA,
                "policies": [{"name": "default", "policy": "{}"}],
                "tags": [TAG],
                "aliases": [{"AliasName": ALIAS}],
                "grants": [{"GrantId": "g"}],
                "rotation": {"KeyRotationEnabled": True},
            }
        ]
    }
    assert [parameters["KeyId"] for _, parameters in script.requests] == [ALIAS, *[ARN] * 6]
    assert calls.gaps == ()


def test_of_a_key_that_aws_manages_only_its_policies_are_read(workers: Workers) -> None:
    script = _script({"KeyManager": "AWS"})

    (key,) = collect(script.calls(workers), SECRETS)["keys"]

    assert key["policies"] == [{"name": "default", "policy": "{}"}]
    assert {key[name] for name in ("tags", "aliases", "grants", "rotation")} == {None}
    assert [operation for operation, _ in script.requests] == [
        "kms:DescribeKey",
        "kms:ListKeyPolicies",
        "kms:GetKeyPolicy",
    ]


def test_a_shared_key_has_the_policy_of_aws_ram_as_well(workers: Workers) -> None:
    script = _script(
        ListKeyPolicies={"PolicyNames": ["default", "AWS_RAM"], "Truncated": False},
        GetKeyPolicy=lambda parameters: {"Policy": parameters["PolicyName"]},
    )

    (key,) = collect(script.calls(workers), SECRETS)["keys"]

    assert key["policies"] == [
        {"name": "default", "policy": "default"},
        {"name": "AWS_RAM", "policy": "AWS_RAM"},
    ]


def test_one_policy_that_could_not_be_read_leaves_none(workers: Workers) -> None:
    calls = _script(
        ListKeyPolicies={"PolicyNames": ["default", "AWS_RAM"], "Truncated": False},
        GetKeyPolicy=lambda parameters: (
            {"Policy": "{}"}
            if parameters["PolicyName"] == "default"
            else Refusal("AccessDeniedException")
        ),
    ).calls(workers)

    (key,) = collect(calls, SECRETS)["keys"]

    assert key["policies"] is None
    assert [(gap.operation, gap.resource) for gap in calls.gaps] == [("kms:GetKeyPolicy", ALIAS)]


@pytest.mark.parametrize(
    ("operation", "member", "lists"),
    [
        ("ListKeyPolicies", "policies", "PolicyNames"),
        ("ListResourceTags", "tags", "Tags"),
        ("ListAliases", "aliases", "Aliases"),
        ("ListGrants", "grants", "Grants"),
    ],
)
def test_a_list_that_was_not_read_to_its_end_is_none(
    workers: Workers, operation: str, member: str, lists: str
) -> None:
    item: Any = "default" if operation == "ListKeyPolicies" else {}
    first = {lists: [item], "Truncated": True, "NextMarker": "more"}
    pages = iter([first, Refusal("ThrottlingException")])
    calls = _script(**{operation: lambda _: next(pages)}).calls(workers)

    (key,) = collect(calls, SECRETS)["keys"]

    assert key[member] is None
    assert [(gap.operation, gap.resource) for gap in calls.gaps] == [(f"kms:{operation}", ALIAS)]


@pytest.mark.parametrize(
    ("metadata", "asked"),
    [
        ({}, True),
        ({"KeySpec": "RSA_2048"}, False),
        ({"KeySpec": "HMAC_256"}, False),
        ({"Origin": "EXTERNAL"}, False),
        ({"Origin": "AWS_CLOUDHSM"}, False),
        ({"KeyState": "PendingDeletion"}, True),
    ],
    ids=str,
)
def test_rotation_is_asked_only_of_keys_that_have_one(
    workers: Workers, metadata: dict[str, str], *, asked: bool
) -> None:
    script = _script(metadata)
    calls = script.calls(workers)

    collect(calls, SECRETS)

    assert ("kms:GetKeyRotationStatus" in dict(script.requests)) is asked
    assert calls.gaps == ()


@pytest.mark.parametrize(
    ("operation", "missing"),
    [
        ("DescribeKey", ["metadata", "policies", "tags", "aliases", "grants", "rotation"]),
        ("ListKeyPolicies", ["policies"]),
        ("GetKeyPolicy", ["policies"]),
        ("ListResourceTags", ["tags"]),
        ("ListAliases", ["aliases"]),
        ("ListGrants", ["grants"]),
        ("GetKeyRotationStatus", ["rotation"]),
    ],
)
def test_what_could_not_be_read_is_none_and_a_gap(
    workers: Workers, operation: str, missing: list[str]
) -> None:
    calls = _script(**{operation: Refusal("AccessDeniedException")}).calls(workers)

    (key,) = collect(calls, SECRETS)["keys"]

    assert [name for name, value in key.items() if value is None] == missing
    assert [(gap.operation, gap.resource) for gap in calls.gaps] == [(f"kms:{operation}", ALIAS)]


def test_a_key_without_an_arn_is_malformed(workers: Workers) -> None:
    calls = _script({"Arn": ""}).calls(workers)

    (key,) = collect(calls, SECRETS)["keys"]

    assert key["policies"] is None
    assert [(gap.code, gap.resource) for gap in calls.gaps] == [(MALFORMED, ALIAS)]


def test_secrets_without_a_key_of_their_own_need_no_call(workers: Workers) -> None:
    script = _script()

    assert collect(script.calls(workers), [{"entry": {}, "description": {}}]) == {"keys": []}
    assert script.requests == []
