from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ParamValidationError,
    ReadTimeoutError,
)

from collectors.aws.calls import MOST_BREAKDOWNS, Calls, Miss, StoppedError, answered
from collectors.aws.faults import MALFORMED, NOT_TRIED
from tests.collectors.script import ACCOUNT, Refusal, Script

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.client import BaseClient

    from collectors.aws.calls import Workers

DESCRIBE = "secretsmanager:DescribeSecret"
SECRET = {"SecretId": "s"}
KEY = "sk-ant-" + "api03-" + "aB3_-" * 18 + "AA"


def test_an_answer_is_plain_and_counted(workers: Workers) -> None:
    script = Script({DESCRIBE: {"ARN": "arn", "Name": "a\ud800"}})
    calls = script.calls(workers)

    answer = calls.call(DESCRIBE, SECRET, has=("ARN", "Name"))

    assert answer == {"ARN": "arn", "Name": "a\ufffd"}
    assert script.requests == [(DESCRIBE, SECRET)]
    (counts,) = calls.operations
    assert (counts.operation, counts.parameters) == (DESCRIBE, SECRET)
    assert (counts.calls, counts.pages, counts.records, counts.failed) == (1, 0, 1, 0)
    assert calls.endpoint == "https://secretsmanager.us-east-1.amazonaws.com"
    assert calls.gaps == ()


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_of_several_services_one_endpoint_is_told_whoever_came_first(
    workers: Workers, order: tuple[int, int]
) -> None:
    operations = ("ecs:ListTaskDefinitionFamilies", "lambda:ListFunctions")
    calls = Script({operations[0]: {"families": []}, operations[1]: {"Functions": []}}).calls(
        workers
    )
    assert calls.endpoint is None

    for number in order:
        calls.pages(operations[number])

    assert calls.endpoint == "https://ecs.us-east-1.amazonaws.com"


def test_a_contradiction_is_a_gap_of_the_operation(workers: Workers) -> None:
    calls = Script({DESCRIBE: {"ARN": "arn", "Name": "a"}}).calls(workers)
    calls.call(DESCRIBE, SECRET)

    calls.malformed(DESCRIBE, resource="arn")

    assert [(gap.operation, gap.code, gap.resource) for gap in calls.gaps] == [
        (DESCRIBE, MALFORMED, "arn")
    ]
    (counts,) = calls.operations
    assert (counts.calls, counts.failed) == (1, 1)


def test_only_parameters_of_every_call_are_written_down(workers: Workers) -> None:
    operation = "kms:GetKeyPolicy"
    calls = Script({operation: {"Policy": "{}"}}).calls(workers)

    for key in ("one", "two"):
        calls.call(operation, {"KeyId": key, "PolicyName": "default"})

    (counts,) = calls.operations
    assert (counts.calls, counts.parameters) == (2, {"PolicyName": "default"})


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("AccessDenied", "access denied"),
        ("AccessDeniedException", "access denied"),
        ("AuthorizationError", "access denied"),
        ("ThrottlingException", "throttled until the last attempt"),
        ("TooManyRequestsException", "throttled until the last attempt"),
        ("ResourceNotFoundException", "the call failed"),
    ],
)
def test_a_refusal_is_a_gap_without_the_services_message(
    code: str, reason: str, workers: Workers
) -> None:
    calls = Script({DESCRIBE: Refusal(code)}).calls(workers)

    assert calls.call(DESCRIBE, SECRET, resource="it") is Miss.FAILED

    (gap,) = calls.gaps
    assert (gap.source, gap.account, gap.region) == ("source", ACCOUNT.id, "us-east-1")
    assert (gap.operation, gap.code, gap.reason, gap.resource) == (DESCRIBE, code, reason, "it")
    assert "principal" not in repr(gap)
    (counts,) = calls.operations
    assert (counts.calls, counts.records, counts.failed) == (1, 0, 1)


def test_an_expected_code_is_an_answer(workers: Workers) -> None:
    calls = Script({DESCRIBE: Refusal("ResourceNotFoundException")}).calls(workers)

    answer = calls.call(DESCRIBE, SECRET, absent=frozenset({"ResourceNotFoundException"}))

    assert answer is Miss.ABSENT
    assert answered(answer, "ARN") is None
    assert calls.gaps == ()
    assert calls.operations[0].failed == 0


@pytest.mark.parametrize("code", ["", None, 7, "x\ud800", "y" * 1000])
def test_an_error_code_is_as_hostile_as_any_answer(code: Any, workers: Workers) -> None:
    calls = Script({DESCRIBE: Refusal(code)}).calls(workers)

    calls.call(DESCRIBE, SECRET)

    (gap,) = calls.gaps
    assert gap.code is not None
    assert 0 < len(gap.code) <= 128
    gap.code.encode()


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"ARN": None},
        {"ARN": ""} | {"Name": 1},
        {"ARN": "a", "Name": b"bytes"},
        {"ARN": "a", "Name": "n", "RotationEnabled": "yes"},
        {"ARN": "a", "Name": "n", "Tags": [None]},
        {"ARN": "a", "Name": "n", "Unmodelled": float("nan")},
    ],
    ids=repr,
)
def test_a_malformed_answer_is_a_gap(answer: dict[str, Any], workers: Workers) -> None:
    calls = Script({DESCRIBE: answer}).calls(workers)

    assert calls.call(DESCRIBE, SECRET, has=("ARN", "Name")) is Miss.FAILED
    assert [gap.code for gap in calls.gaps] == [MALFORMED]


@pytest.mark.parametrize(
    ("error", "code", "reason"),
    [
        (ReadTimeoutError(endpoint_url="u"), "ReadTimeoutError", "no answer in time"),
        (ConnectTimeoutError(endpoint_url="u"), "ConnectTimeoutError", "no answer in time"),
        (EndpointConnectionError(endpoint_url="u"), "EndpointConnectionError", "not reachable"),
        (ParamValidationError(report="r"), "ParamValidationError", "the call failed"),
        (BotoCoreError(), "BotoCoreError", "the call failed"),
        (KeyError("parser"), MALFORMED, "answered in another shape than documented"),
        (RecursionError(), MALFORMED, "answered in another shape than documented"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_botocore_raises_is_a_gap(
    error: Exception, code: str, reason: str, workers: Workers
) -> None:
    calls = Script({DESCRIBE: _raiser(error)}).calls(workers)

    assert calls.call(DESCRIBE, SECRET) is Miss.FAILED
    assert [(gap.code, gap.reason) for gap in calls.gaps] == [(code, reason)]


def test_a_defect_is_no_gap(workers: Workers) -> None:
    calls = Script({DESCRIBE: _raiser(NotImplementedError("a fault of ours"))}).calls(workers)

    with pytest.raises(NotImplementedError):
        calls.call(DESCRIBE, SECRET)


def _raiser(error: Exception) -> Callable[[object], None]:
    def fail(_: object) -> None:
        raise error

    return fail


def test_a_missing_text_is_a_gap(workers: Workers) -> None:
    calls = Script({DESCRIBE: {"ARN": "arn"}}).calls(workers)
    answer = calls.call(DESCRIBE, SECRET)
    assert isinstance(answer, dict)

    assert calls.text(answer, "ARN", DESCRIBE) == "arn"
    assert calls.text(answer, "Name", DESCRIBE, resource="it") is None
    assert [(gap.code, gap.resource) for gap in calls.gaps] == [(MALFORMED, "it")]


def test_nothing_is_called_once_the_collection_was_stopped(workers: Workers) -> None:
    script = Script({DESCRIBE: {}})
    workers.stopped.set()

    with pytest.raises(StoppedError):
        script.calls(workers).call(DESCRIBE, SECRET)
    assert script.requests == []


def test_items_are_worked_on_at_once_and_keep_their_order(workers: Workers) -> None:
    together = threading.Barrier(4, timeout=60)
    calls = Script({}).calls(workers)

    def square(number: int) -> int:
        together.wait()
        return number * number

    assert calls.each(square, range(8)) == [number * number for number in range(8)]


def test_many_collectors_share_few_threads_without_waiting_for_each_other(
    workers: Workers,
) -> None:
    script = Script({DESCRIBE: {"ARN": "arn", "Name": "n"}})
    results: list[int] = []

    def collector() -> None:
        calls = script.calls(workers)
        results.append(len(calls.each(lambda _: calls.call(DESCRIBE, SECRET), range(20))))

    threads = [threading.Thread(target=collector) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)

    assert results == [20] * 8


def test_an_endpoint_is_written_down_without_its_credentials(
    workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://user:password@127.0.0.1:9/path?token=x")
    script = Script({DESCRIBE: {}})
    calls = script.calls(workers)
    assert calls.endpoint is None

    calls.call(DESCRIBE, SECRET)

    assert calls.endpoint == "http://127.0.0.1:9/path"


def test_calls_go_to_the_region_they_are_told(workers: Workers) -> None:
    asked: list[tuple[str, str]] = []
    script = Script({"iam:GetAccountAuthorizationDetails": Refusal("AccessDenied")})

    def client(service: str, region: str) -> BaseClient:
        asked.append((service, region))
        return script.client(service, region)

    calls = Calls(
        client,
        workers,
        source="iam",
        account=ACCOUNT.id,
        region="global",
        endpoint_region="cn-north-1",
    )
    calls.pages("iam:GetAccountAuthorizationDetails")

    assert asked == [("iam", "cn-north-1")]
    assert [gap.region for gap in calls.gaps] == ["global"]
    assert calls.endpoint == "https://iam.cn-north-1.amazonaws.com.cn"


def test_an_operation_that_only_breaks_down_is_not_tried_for_ever(workers: Workers) -> None:
    script = Script({DESCRIBE: Refusal("InternalFailure", status=500)})
    calls = script.calls(workers)

    for resource in "abcde":
        assert calls.call(DESCRIBE, SECRET, resource=resource) is Miss.FAILED

    assert len(script.requests) == MOST_BREAKDOWNS
    assert [(gap.resource, gap.code) for gap in calls.gaps] == [
        *((resource, "InternalFailure") for resource in "abc"),
        *((resource, NOT_TRIED) for resource in "de"),
    ]


@pytest.mark.parametrize("refusal", [Refusal("AccessDenied"), Refusal("Throttling")])
def test_refusals_are_asked_for_each_resource(refusal: Refusal, workers: Workers) -> None:
    script = Script({DESCRIBE: refusal})
    calls = script.calls(workers)

    for resource in "abcde":
        calls.call(DESCRIBE, SECRET, resource=resource)

    assert len(script.requests) == len("abcde")


def test_an_operation_that_once_answered_is_never_given_up(workers: Workers) -> None:
    answers = iter(["good", *["bad"] * 9])
    script = Script(
        {
            DESCRIBE: lambda _: (
                {"ARN": "arn", "Name": "n"}
                if next(answers) == "good"
                else Refusal("InternalFailure", status=503)
            )
        }
    )
    calls = script.calls(workers)

    for _ in range(10):
        calls.call(DESCRIBE, SECRET)

    assert len(script.requests) == 10
