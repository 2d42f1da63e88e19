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
    from collections.abc import Iterator

    from collectors.aws.calls import Calls
    from keyproof.documents import Json

MEMBERS = ("secrets",)

_DEFAULT_POLICY = "default"


def collect(calls: Calls, secrets: list[Json]) -> Json:
    """
    Read the policies of `secrets`, the records of Secrets Manager of the same region.

    A policy whose text could not be read has None for it. Where they could not be listed,
    `default` is read all the same, and one without a name stands for all others.
    """
    return {"secrets": calls.each(partial(_secret, calls), named(secrets, "ARN"))}


def _secret(calls: Calls, arn: str) -> Json:
    return {"arn": arn, "resource_policies": list(_policies(calls, arn))}


def _policies(calls: Calls, arn: str) -> Iterator[Json]:
    listed = calls.pages("secretsmanager:ListResourcePolicies", {"SecretId": arn}, resource=arn)
    if listed is None:
        yield from _policy(calls, arn, _DEFAULT_POLICY)
        yield {"name": None, "policy": None}
        return
    for item in listed["ResourcePolicies"]:
        name = calls.text(item, "PolicyName", "secretsmanager:ListResourcePolicies")
        if name is None:
            yield {"name": None, "policy": None}
        else:
            yield from _policy(calls, arn, name)


def _policy(calls: Calls, arn: str, name: str) -> Iterator[Json]:
    operation = "secretsmanager:GetResourcePolicy"
    parameters = {"SecretId": arn, "PolicyName": name}
    answer = calls.call(operation, parameters, resource=arn, has=("ARN",))
    if isinstance(answer, Miss):
        yield {"name": name, "policy": None}
    # AWS answers without a policy, and not with an error, when `default` is not attached.
    elif "ResourcePolicy" in answer or name != _DEFAULT_POLICY:
        text = calls.text(answer, "ResourcePolicy", operation, resource=arn)
        yield {"name": name, "policy": text}
