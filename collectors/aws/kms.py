"""AWS KMS: the keys that a region's secrets are encrypted with, and who may use them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from collectors.aws.calls import Miss, answered
from collectors.aws.secrets_manager import named

if TYPE_CHECKING:
    from collectors.aws.calls import Calls
    from keyproof.documents import Json

MEMBERS = ("keys",)


def collect(calls: Calls, secrets: list[Json]) -> Json:
    """
    Describe the keys that secrets name as `KmsKeyId`: key ids, ARNs or aliases.

    `secrets` are the records of Secrets Manager in the same account and region. A member is
    None where its call failed. Of a key that AWS manages only the description and the policy
    are read: its grants and its rotation are AWS's own.
    """
    return {"keys": calls.each(partial(_key, calls), named(secrets, "KmsKeyId"))}


def _key(calls: Calls, key_id: str) -> Json:
    described = calls.call(
        "kms:DescribeKey", {"KeyId": key_id}, resource=key_id, has=("KeyMetadata",)
    )
    key: Json = {
        "key_id": key_id,
        "metadata": answered(described, "KeyMetadata"),
        "policy": None,
        "grants": None,
        "rotation": None,
    }
    if key["metadata"] is None:
        return key
    # The other operations take no alias, and another account's key by its ARN only.
    arn = calls.text(key["metadata"], "Arn", "kms:DescribeKey", resource=key_id)
    if arn is None:
        return key
    policy = calls.call(
        "kms:GetKeyPolicy",
        {"KeyId": arn, "PolicyName": "default"},
        resource=key_id,
        has=("Policy",),
    )
    key["policy"] = answered(policy, "Policy")
    if key["metadata"].get("KeyManager") == "AWS":
        return key
    grants = calls.pages("kms:ListGrants", {"KeyId": arn}, resource=key_id)
    key["grants"] = None if grants is None else grants["Grants"]
    if _rotates(key["metadata"]):
        rotation = calls.call(
            "kms:GetKeyRotationStatus",
            {"KeyId": arn},
            resource=key_id,
            has=("KeyRotationEnabled",),
        )
        key["rotation"] = None if isinstance(rotation, Miss) else rotation
    return key


def _rotates(metadata: Json) -> bool:
    """Only symmetric encryption keys whose material KMS made have a rotation to ask for."""
    return (
        metadata.get("KeySpec", "SYMMETRIC_DEFAULT"),
        metadata.get("Origin", "AWS_KMS"),
    ) == ("SYMMETRIC_DEFAULT", "AWS_KMS")
