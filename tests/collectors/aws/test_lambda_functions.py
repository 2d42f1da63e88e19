from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from collectors.aws.lambda_functions import collect
from tests.collectors.script import Refusal, Script

if TYPE_CHECKING:
    from collectors.aws.calls import Workers

ARN = "arn:aws:lambda:us-east-1:111122223333:function:rotate"
NOT_FOUND = Refusal("ResourceNotFoundException")
DENIED = Refusal("AccessDeniedException")
CONCURRENCY, POLICY = "lambda:GetFunctionConcurrency", "lambda:GetPolicy"


def _secrets(arn: str = ARN) -> list[dict[str, Any]]:
    return [{"entry": {"RotationLambdaARN": arn}, "description": None}]


@pytest.mark.parametrize(
    ("concurrency", "policy", "expected", "gaps"),
    [
        ({}, {"Policy": "{}"}, (True, "{}", None), []),
        ({"ReservedConcurrentExecutions": 0}, {"Policy": "{}"}, (True, "{}", 0), []),
        ({}, NOT_FOUND, (True, None, None), []),
        (NOT_FOUND, DENIED, (False, None, None), []),
        (DENIED, {"Policy": "{}"}, (True, "{}", None), [CONCURRENCY]),
        ({}, DENIED, (True, None, None), [POLICY]),
        (DENIED, NOT_FOUND, (None, None, None), [CONCURRENCY]),
        (DENIED, DENIED, (None, None, None), [CONCURRENCY, POLICY]),
    ],
    ids=[
        "a policy",
        "nothing may run",
        "no policy",
        "no function",
        "concurrency denied",
        "policy denied",
        "unknown, and no policy",
        "unknown",
    ],
)
def test_what_two_calls_tell_of_a_function(
    workers: Workers,
    concurrency: object,
    policy: object,
    expected: tuple[object, ...],
    gaps: list[str],
) -> None:
    calls = Script({CONCURRENCY: concurrency, POLICY: policy}).calls(workers)

    (function,) = collect(calls, _secrets())["functions"]

    assert function["arn"] == ARN
    assert (
        tuple(function[name] for name in ("exists", "policy", "reserved_concurrency")) == expected
    )
    assert [gap.operation for gap in calls.gaps] == gaps
    assert all(gap.resource == ARN for gap in calls.gaps)


def test_an_alias_has_a_policy_of_its_own(workers: Workers) -> None:
    script = Script({CONCURRENCY: {}, POLICY: {"Policy": "{}"}})

    (function,) = collect(script.calls(workers), _secrets(f"{ARN}:live"))["functions"]

    assert function["arn"] == f"{ARN}:live"
    assert script.requests == [
        (CONCURRENCY, {"FunctionName": ARN}),
        (POLICY, {"FunctionName": ARN, "Qualifier": "live"}),
    ]


def test_secrets_without_a_function_need_no_call(workers: Workers) -> None:
    script = Script({})

    assert collect(script.calls(workers), [{"entry": {}, "description": {}}]) == {"functions": []}
    assert script.requests == []
