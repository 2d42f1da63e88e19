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

_DESCRIBE = "kms:DescribeKey"
_POLICY = "kms:GetKeyPolicy"
_LISTS = (
    ("tags", "kms:ListResourceTags", "Tags"),
    ("aliases", "kms:ListAliases", "Aliases"),
    ("grants", "kms:ListGrants", "Grants"),
)
"""What conditions and grants depend on: `aws:ResourceTag`, `kms:ResourceAliases`."""


def collect(calls: Calls, secrets: list[Json]) -> Json:
    """
    Describe the keys that secrets name as `KmsKeyId`: key ids, ARNs or aliases.

    `secrets` are the records of Secrets Manager in the same account and region. A member is
    None where its call failed; `policies` are all or None, since any can grant what
    `default` does not: AWS RAM adds one to a key that it shares. Of a key that AWS manages
    only the description and the policies are read: all else of it is AWS's own.
    """
    return {"keys": calls.each(partial(_key, calls), named(secrets, "KmsKeyId"))}


def _key(calls: Calls, key_id: str) -> Json:
    described = calls.call(_DESCRIBE, {"KeyId": key_id}, resource=key_id, has=("KeyMetadata",))
    metadata = answered(described, "KeyMetadata")
    key: Json = {
        "key_id": key_id,
        "metadata": metadata,
        **dict.fromkeys(("policies", "tags", "aliases", "grants", "rotation")),
    }
    if metadata is None:
        return key
    # The other operations take no alias, and another account's key by its ARN only.
    arn = calls.text(metadata, "Arn", _DESCRIBE, resource=key_id)
    if arn is None:
        return key
    key["policies"] = _policies(calls, key_id, arn)
    if metadata.get("KeyManager") == "AWS":
        return key
    for member, operation, name in _LISTS:
        listed = calls.pages(operation, {"KeyId": arn}, resource=key_id, whole=True)
        key[member] = None if listed is None else listed[name]
    if _rotates(metadata):
        rotation = calls.call(
            "kms:GetKeyRotationStatus",
            {"KeyId": arn},
            resource=key_id,
            has=("KeyRotationEnabled",),
        )
        key["rotation"] = None if isinstance(rotation, Miss) else rotation
    return key


def _policies(calls: Calls, key_id: str, arn: str) -> list[Json] | None:
    listed = calls.pages("kms:ListKeyPolicies", {"KeyId": arn}, resource=key_id, whole=True)
    if listed is None:
        return None
    policies = []
    for name in listed["PolicyNames"]:
        answer = calls.call(
            _POLICY, {"KeyId": arn, "PolicyName": name}, resource=key_id, has=("Policy",)
        )
        if isinstance(answer, Miss):
            return None
        policies.append({"name": name, "policy": answer["Policy"]})
    return policies


def _rotates(metadata: Json) -> bool:
    """Only symmetric encryption keys whose material KMS made have a rotation to ask for."""
    return (
        metadata.get("KeySpec", "SYMMETRIC_DEFAULT"),
        metadata.get("Origin", "AWS_KMS"),
    ) == ("SYMMETRIC_DEFAULT", "AWS_KMS")
