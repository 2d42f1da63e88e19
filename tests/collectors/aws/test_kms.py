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
SECRETS = [{"entry": {"KmsKeyId": ALIAS}, "description": None}]


def _script(metadata: Any = None, **changes: Any) -> Script:
    answers = {
        "kms:DescribeKey": {"KeyMetadata": {**METADATA, **(metadata or {})}},
        "kms:GetKeyPolicy": {"Policy": "{}"},
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
                "policy": "{}",
                "grants": [{"GrantId": "g"}],
                "rotation": {"KeyRotationEnabled": True},
            }
        ]
    }
    assert [parameters["KeyId"] for _, parameters in script.requests] == [ALIAS, ARN, ARN, ARN]
    assert calls.gaps == ()


def test_of_a_key_that_aws_manages_only_its_policy_is_read(workers: Workers) -> None:
    script = _script({"KeyManager": "AWS"})

    (key,) = collect(script.calls(workers), SECRETS)["keys"]

    assert (key["policy"], key["grants"], key["rotation"]) == ("{}", None, None)
    assert [operation for operation, _ in script.requests] == [
        "kms:DescribeKey",
        "kms:GetKeyPolicy",
    ]


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
        ("DescribeKey", ["metadata", "policy", "grants", "rotation"]),
        ("GetKeyPolicy", ["policy"]),
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

    assert key["policy"] is None
    assert [(gap.code, gap.resource) for gap in calls.gaps] == [(MALFORMED, ALIAS)]


def test_secrets_without_a_key_of_their_own_need_no_call(workers: Workers) -> None:
    script = _script()

    assert collect(script.calls(workers), [{"entry": {}, "description": {}}]) == {"keys": []}
    assert script.requests == []
