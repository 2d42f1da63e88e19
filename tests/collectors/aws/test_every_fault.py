"""Every operation that is allowed, with every kind of fault: each becomes a gap, and no more."""

from __future__ import annotations

from dataclasses import dataclass
from multiprocessing.pool import ThreadPool
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.model import StringShape
from botocore.session import Session

from collectors.aws.accounts import AwsAccount
from collectors.aws.calls import Calls, Workers
from collectors.aws.clients import ALLOWED_OPERATIONS, Clients
from collectors.aws.faults import MALFORMED, NOT_TRIED
from collectors.aws.identity import OPERATION as IDENTITY
from collectors.aws.sources import INDEPENDENT, OF_SECRETS, SECRETS
from tests.collectors.emulator import (
    ACCOUNT,
    HOME,
    Answer,
    answers_in_xml,
    document,
    error,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from collectors.evidence import Gap
    from keyproof.documents import Json
    from tests.collectors.emulator import Emulator

MODELS = Session()
OPERATIONS = sorted(ALLOWED_OPERATIONS - {IDENTITY})  # test_identity.py has its faults


@dataclass(frozen=True)
class Whole:
    """What is collected without a fault."""

    source_of: dict[str, str]
    secrets: list[Json]
    gaps: list[Gap]


@dataclass(frozen=True)
class Kind:
    codes: set[str]
    answer: Callable[[str], Answer]


def _garbage(_: str) -> Answer:
    return Answer(status=200, body=b"<html>\xff\x00 a proxy speaks")


def _wrong_types(operation: str) -> Answer:
    """Every member as a text, or where it should be one as an empty list."""
    service, name = operation.split(":")
    shape = MODELS.get_service_model(service).operation_model(name).output_shape
    assert shape is not None
    return document(
        {
            name: [] if isinstance(member, StringShape) else "a text"
            for name, member in shape.members.items()
        }
    )(operation)


KINDS = {
    "denied": Kind({"AccessDenied"}, error("AccessDenied", 403)),
    "throttled": Kind({"ThrottlingException"}, error("ThrottlingException")),
    "failing": Kind({"500", NOT_TRIED}, lambda _: Answer(status=500, body=b"")),
    "garbage": Kind({MALFORMED, "ResponseParserError"}, _garbage),
    "empty": Kind({MALFORMED}, document({})),
    "wrong types": Kind({MALFORMED}, _wrong_types),
}
# To have nothing reserved is an answer, and all of XML is text, so that no type is wrong.
EMPTY_IS_AN_ANSWER = {
    "lambda:GetFunctionConcurrency",
    *(operation for operation in OPERATIONS if operation.startswith("budgets:")),
}
CASES = [
    (operation, kind)
    for operation in OPERATIONS
    for kind in KINDS
    if not (kind == "empty" and operation in EMPTY_IS_AN_ANSWER)
    and not (kind == "wrong types" and answers_in_xml(operation))
]


def _calls(clients: Clients, workers: Workers, source: str) -> Calls:
    return Calls(
        clients.client,
        workers,
        source=source,
        account=ACCOUNT,
        region=HOME,
        endpoint_region=HOME,
    )


def _collect(calls: Calls, secrets: list[Json]) -> Json:
    if calls.source in OF_SECRETS:
        return OF_SECRETS[calls.source](calls, secrets)
    return INDEPENDENT[calls.source](calls)


@pytest.fixture(scope="module")
def whole(emulated: Emulator, clients: Clients) -> Whole:
    assert emulated.faults == {}
    whole = Whole(source_of={}, secrets=[], gaps=[])
    with ThreadPool(4) as requests:
        for source in (*INDEPENDENT, *OF_SECRETS):
            calls = _calls(clients, Workers(requests=requests, stopped=Event()), source)
            records = _collect(calls, whole.secrets)
            if source == SECRETS:
                whole.secrets.extend(records["secrets"])
            whole.gaps.extend(calls.gaps)
            whole.source_of.update((each.operation, source) for each in calls.operations)
    return whole


def test_an_estate_without_faults_has_no_gap_and_uses_every_operation(whole: Whole) -> None:
    assert whole.gaps == []
    assert sorted(whole.source_of) == OPERATIONS


@pytest.mark.parametrize(("operation", "kind"), CASES)
def test_a_fault_becomes_a_gap(
    whole: Whole,
    emulator: Emulator,
    clients: Clients,
    workers: Workers,
    operation: str,
    kind: str,
) -> None:
    emulator.faults[operation] = KINDS[kind].answer
    calls = _calls(clients, workers, whole.source_of[operation])

    _collect(calls, whole.secrets)

    assert {gap.operation for gap in calls.gaps} == {operation}
    assert {gap.code for gap in calls.gaps} <= KINDS[kind].codes
    assert "111122223333" not in repr(calls.gaps)
    assert sum(each.failed for each in calls.operations) == len(calls.gaps)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_time_out_becomes_a_gap(
    whole: Whole, emulator: Emulator, clients: Clients, workers: Workers, operation: str
) -> None:
    service, name = operation.split(":")

    def time_out(event_name: str, **_: object) -> None:
        if event_name.endswith(f".{name}"):
            raise ReadTimeoutError(endpoint_url=emulator.url)

    events = clients.client(service, HOME).meta.events
    calls = _calls(clients, workers, whole.source_of[operation])
    events.register("before-send", time_out)
    try:
        _collect(calls, whole.secrets)
    finally:
        events.unregister("before-send", time_out)

    assert {(gap.operation, gap.code) for gap in calls.gaps} == {(operation, "ReadTimeoutError")}
    assert name not in emulator.operations


def test_a_server_that_does_not_answer_is_given_up(emulator: Emulator, workers: Workers) -> None:
    released = Event()

    def wait(_: str) -> Answer:
        released.wait(timeout=60)
        return Answer(status=200, body=b"")

    emulator.faults["ListTopics"] = wait
    own = AwsAccount(id=ACCOUNT, regions=(HOME,))
    calls = _calls(Clients(own, max_attempts=1, read_timeout=0.2), workers, "sns")

    assert calls.pages("sns:ListTopics") is None
    released.set()
    assert [gap.code for gap in calls.gaps] == ["ReadTimeoutError"]


def test_throttling_is_retried_until_the_last_attempt(emulator: Emulator, workers: Workers) -> None:
    emulator.faults["ListTopics"] = error("ThrottlingException")
    own = AwsAccount(id=ACCOUNT, regions=(HOME,))
    calls = _calls(Clients(own, max_attempts=3), workers, "sns")

    assert calls.pages("sns:ListTopics") is None
    assert emulator.operations == ["ListTopics"] * 3
    assert [(gap.code, gap.reason) for gap in calls.gaps] == [
        ("ThrottlingException", "throttled until the last attempt")
    ]


PARAMETERS: dict[str, dict[str, Any]] = {
    "kms:DescribeKey": {"KeyId": "k"},
    "lambda:GetPolicy": {"FunctionName": "f"},
}


@pytest.mark.parametrize("operation", ["kms:DescribeKey", "sns:ListTopics", "lambda:GetPolicy"])
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"7",
        b'"text"',
        b'{"KeyMetadata": null}',
        b'{"KeyMetadata": {"CreationDate": "someday"}}',
        b'{"KeyMetadata": {"CreationDate": 1e400}}',
        b'{"KeyMetadata": {"CreationDate": 1e18}}',
        b'{"KeyMetadata": {"CreationDate": -1e30}}',
        b'{"KeyMetadata": ' + b"[" * 5000,
        b'{"KeyMetadata": ' + b"[" * 5000 + b"]" * 5000 + b"}",
        b"\xff" * 10,
        b"<a>",
        b"<ListTopicsResponse/>",
        b"<a>" * 5000,
    ],
    ids=lambda body: body[:24].decode("latin-1"),
)
def test_no_answer_at_all_can_stop_the_collection(
    emulator: Emulator, clients: Clients, workers: Workers, operation: str, body: bytes
) -> None:
    emulator.faults[operation] = lambda _: Answer(status=200, body=body)
    calls = _calls(clients, workers, "source")

    calls.call(operation, PARAMETERS.get(operation, {}), has=("KeyMetadata", "Policy", "Topics"))

    assert [gap.operation for gap in calls.gaps] == [operation]
