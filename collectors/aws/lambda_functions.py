"""
AWS Lambda: whether the functions that rotate secrets exist and may be invoked.

A function's configuration is never read, since its environment variables hold keys.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from collectors.aws.calls import Miss, answered
from collectors.aws.secrets_manager import named

if TYPE_CHECKING:
    from collectors.aws.calls import Calls
    from keyproof.documents import Json

MEMBERS = ("functions",)

_NOT_FOUND = frozenset({"ResourceNotFoundException"})
_PARTS_OF_QUALIFIED = 8
"""arn:aws:lambda:region:account:function:name:qualifier"""


def collect(calls: Calls, secrets: list[Json]) -> Json:
    """
    Describe the functions that secrets name as `RotationLambdaARN`.

    `secrets` are the records of Secrets Manager in the same account and region.
    `exists` is None where the calls that would tell failed. `policy` is None too when the
    function has none, and `reserved_concurrency` when nothing is reserved.
    """
    return {"functions": calls.each(partial(_function, calls), named(secrets, "RotationLambdaARN"))}


def _function(calls: Calls, arn: str) -> Json:
    function: Json = {"arn": arn, "exists": None, "policy": None, "reserved_concurrency": None}
    unqualified, qualifier = _split(arn)
    concurrency = calls.call(
        "lambda:GetFunctionConcurrency",
        {"FunctionName": unqualified},
        resource=arn,
        absent=_NOT_FOUND,
    )
    if concurrency is Miss.ABSENT:
        return {**function, "exists": False}
    policy = calls.call(
        "lambda:GetPolicy",
        {"FunctionName": unqualified, **qualifier},
        resource=arn,
        has=("Policy",),
        absent=_NOT_FOUND,
    )
    if not (isinstance(concurrency, Miss) and isinstance(policy, Miss)):
        function["exists"] = True
    function["policy"] = answered(policy, "Policy")
    function["reserved_concurrency"] = answered(concurrency, "ReservedConcurrentExecutions")
    return function


def _split(arn: str) -> tuple[str, dict[str, str]]:
    """Concurrency belongs to the function, a policy to the version or alias that is named."""
    parts = arn.split(":")
    if len(parts) != _PARTS_OF_QUALIFIED:
        return arn, {}
    return ":".join(parts[:-1]), {"Qualifier": parts[-1]}
