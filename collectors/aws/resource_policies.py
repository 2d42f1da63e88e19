"""
The resource policies of secrets, all of them: any can grant what `default` does not.

They are a source of their own, apart from the secrets, since only the question who can
read a secret needs them: where they may not be seen, rotation can still be judged.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from collectors.aws.calls import Miss
from collectors.aws.secrets_manager import named

if TYPE_CHECKING:
    from collectors.aws.calls import Calls
    from keyproof.documents import Json

MEMBERS = ("secrets",)

_DEFAULT_POLICY = "default"


def collect(calls: Calls, secrets: list[Json]) -> Json:
    """
    Read the policies of `secrets`, the records of Secrets Manager of the same region.

    `resource_policies` is None where a call for them failed.
    """
    return {"secrets": calls.each(partial(_secret, calls), named(secrets, "ARN"))}


def _secret(calls: Calls, arn: str) -> Json:
    return {"arn": arn, "resource_policies": _policies(calls, arn)}


def _policies(calls: Calls, arn: str) -> list[Json] | None:
    """Read all policies of a secret; None when one of them could not be read."""
    listed = calls.pages("secretsmanager:ListResourcePolicies", {"SecretId": arn}, resource=arn)
    if listed is None:
        return None
    policies = []
    for item in listed["ResourcePolicies"]:
        name = calls.text(item, "PolicyName", "secretsmanager:ListResourcePolicies")
        if name is None:
            return None
        answer = calls.call(
            "secretsmanager:GetResourcePolicy",
            {"SecretId": arn, "PolicyName": name},
            resource=arn,
            has=("ARN",),
        )
        if isinstance(answer, Miss):
            return None
        # AWS answers without a policy, and not with an error, when `default` is not attached.
        if "ResourcePolicy" in answer or name != _DEFAULT_POLICY:
            text = calls.text(
                answer, "ResourcePolicy", "secretsmanager:GetResourcePolicy", resource=arn
            )
            if text is None:
                return None
            policies.append({"name": name, "policy": text})
    return policies
