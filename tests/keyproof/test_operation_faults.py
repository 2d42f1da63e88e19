"""
Every operation of the flawless company's collection, refused in every way.

The verdicts of the criteria that require its source become unknown, and no other
changes: never a pass on what could not be seen, and never a fail either.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ReadTimeoutError
from botocore.retries.bucket import TokenBucket
from botocore.session import Session
from moto.core.botocore_stubber import BotocoreStubber

from collectors.aws.clients import ALLOWED_OPERATIONS
from collectors.aws.collection import collect
from collectors.aws.identity import OPERATION as IDENTITY
from examples.emulator import enable_identity_center
from examples.estate import FUNCTION, VIRGINIA, client
from keyproof import documents
from keyproof.errors import ConfigurationError
from tests.collectors.emulator import Answer, document, error
from tests.collectors.estates import (
    ACCOUNT,
    add_compute,
    add_identity_center,
    add_organization,
    attach_aws_policy,
    leave_out_aws_policies,
)
from tests.keyproof.aws_mutations import add_budget, add_resource_policy, add_rule
from tests.keyproof.flawless import difference, flawless_estate, new_company, verdicts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from botocore.awsrequest import AWSPreparedRequest

    from tests.keyproof.flawless import Company

MODELS = Session()
OPERATIONS = sorted(ALLOWED_OPERATIONS - {IDENTITY})

# A function without reserved concurrency answers with an empty document, and so does an
# account without budgets.
EMPTY_IS_AN_ANSWER = {
    "lambda:GetFunctionConcurrency",
    *(operation for operation in OPERATIONS if operation.startswith("budgets:")),
}


def _time_out(operation: str) -> Answer:
    raise ReadTimeoutError(endpoint_url=f"https://example.com/{operation}")


FAULTS: dict[str, Callable[[str], Answer]] = {
    "denied": error("AccessDeniedException", 403),
    "throttled out": error("ThrottlingException"),
    "timed out": _time_out,
    "malformed": lambda _: Answer(status=200, body=b"<html>\xff a proxy speaks"),
    "empty": document({}),
}


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with pytest.MonkeyPatch.context() as patched, flawless_estate():
        add_budget()
        add_rule()
        add_resource_policy()
        in_virginia = partial(client, region=VIRGINIA)
        leave_out_aws_policies(patched)
        attach_aws_policy(in_virginia, FUNCTION)
        add_organization(in_virginia)
        add_compute(in_virginia, f"arn:aws:iam::{ACCOUNT}:role/{FUNCTION}")
        enable_identity_center(VIRGINIA)
        add_identity_center(in_virginia)
        yield new_company(tmp_path_factory.mktemp("faults") / "company")


@pytest.fixture(scope="module")
def flawless(company: Company) -> dict[str, str]:
    return verdicts(company.evaluate(company.collect()))


@pytest.fixture(autouse=True)
def one_attempt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retries are tested with the collectors; here their last attempt is the first."""
    defaults = {**(collect.__kwdefaults__ or {}), "max_attempts": 1}
    monkeypatch.setattr(collect, "__kwdefaults__", defaults)
    # The adaptive mode slows a throttled client down; here nobody has to wait for it.
    monkeypatch.setattr(TokenBucket, "acquire", lambda *_, **__: True)


def collect_with(company: Company, operation: str, fault: Callable[[str], Answer]) -> Path:
    service, name = operation.split(":")
    event = f"{MODELS.get_service_model(service).service_id.hyphenize()}.{name}"
    original = BotocoreStubber.__call__

    def answer(
        self: BotocoreStubber, event_name: str, request: AWSPreparedRequest, **more: object
    ) -> AWSResponse | None:
        if not event_name.endswith(f".{event}"):
            return original(self, event_name, request, **more)
        given = fault(operation)
        headers = HTTPHeaders.from_dict(dict(given.headers))
        return AWSResponse(request.url, given.status, headers, _Body(given.body))

    with patch.object(BotocoreStubber, "__call__", answer):
        return company.collect()


class _Body:
    """The raw body of a response, as botocore reads it."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self) -> Iterator[bytes]:
        yield self._content


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_could_not_be_seen_is_unknown(
    operation: str, fault: str, company: Company, flawless: dict[str, str]
) -> None:
    evidence = collect_with(company, operation, FAULTS[fault])

    results = company.evaluate(evidence)

    coverage = documents.read(evidence / "snapshot" / "coverage.json", "coverage")
    blind = {entry["source"] for entry in coverage["snapshots"] if entry["gaps"]}
    expected = {
        slug: "unknown"
        for slug, result in results["criteria"].items()
        if blind & set(result["requires"]) and flawless[slug] != "unknown"
    }
    assert difference(flawless, verdicts(results)) == expected
    assert bool(blind) != (fault == "empty" and operation in EMPTY_IS_AN_ANSWER)


@pytest.mark.parametrize("fault", FAULTS)
def test_an_account_that_cannot_be_entered_stops_the_run(fault: str, company: Company) -> None:
    with pytest.raises(ConfigurationError, match="123456789012"):
        collect_with(company, IDENTITY, FAULTS[fault])
