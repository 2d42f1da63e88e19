"""
The one place where AWS is called: every call is counted, every failure becomes a gap.

A collector gets a `Calls` of its own, bound to its source, account and region. Its methods
never raise for what AWS answers, so that collection goes on; they raise only when the
collection was stopped, or when keyproof itself is at fault.
"""

from __future__ import annotations

import sys
import threading
from collections import Counter
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from collectors.aws.faults import (
    MALFORMED,
    NOT_TRIED,
    REPEATED_TOKEN,
    UNPARSABLE,
    code_of,
    reason_for,
)
from collectors.aws.keeping import kept
from collectors.aws.paging import PAGING
from collectors.aws.shapes import conforms
from collectors.evidence import Gap, Operation, plain
from keyproof.errors import KeyproofError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from multiprocessing.pool import ThreadPool

    from botocore.client import BaseClient

    from keyproof.documents import Json

MOST_BREAKDOWNS = 3
"""
Server errors of an operation that never once answered, after which it is not tried again.

Each costs every retry and up to a minute; with thousands of secrets that would be days.
"""

_SERVER_ERROR = 500

Item = TypeVar("Item")
Result = TypeVar("Result")


class StoppedError(KeyproofError):
    """The collection was stopped; no more calls are made."""


class Miss(Enum):
    """Why there is no answer."""

    ABSENT = "the service says that there is no such thing"
    FAILED = "the call failed; a gap says how"


@dataclass(frozen=True, slots=True, kw_only=True)
class Workers:
    """Threads for single requests, shared by all collectors, and the signal to stop."""

    requests: ThreadPool
    stopped: threading.Event


class Calls:
    """The calls of one collector in one account and region."""

    def __init__(  # noqa: PLR0913 - where calls go, and what is written of them
        self,
        client: Callable[[str, str], BaseClient],
        workers: Workers,
        *,
        source: str,
        account: str,
        region: str,
        endpoint_region: str,
    ) -> None:
        """
        `region` is written down and may be `global`; requests go to `endpoint_region`.

        `client` gives the client of a service in a region.
        """
        self.source = source
        self.account = account
        self.region = region
        self._endpoint_region = endpoint_region
        self._client = client
        self._workers = workers
        self._lock = threading.Lock()
        self._counts: dict[str, Counter[str]] = {}
        self._parameters: dict[str, Json] = {}
        self._gaps: list[Gap] = []
        self._breakdowns: Counter[str] = Counter()
        self._endpoints: dict[str, str] = {}

    @property
    def operations(self) -> tuple[Operation, ...]:
        """What was called so far, and how often."""
        with self._lock:
            return tuple(
                Operation(
                    operation=operation,
                    parameters=self._parameters[operation],
                    calls=counts["calls"],
                    pages=counts["pages"],
                    records=counts["records"],
                    failed=counts["failed"],
                )
                for operation, counts in self._counts.items()
            )

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What could not be seen so far."""
        with self._lock:
            return tuple(self._gaps)

    @property
    def endpoint(self) -> str | None:
        """
        The URL that calls went to, without credentials; None before any.

        Where a source asks several services it is that of the first by name, whichever
        thread came first.
        """
        with self._lock:
            return self._endpoints[min(self._endpoints)] if self._endpoints else None

    def call(
        self,
        operation: str,
        parameters: Json,
        *,
        resource: str | None = None,
        has: tuple[str, ...] = (),
        absent: frozenset[str] = frozenset(),
    ) -> Json | Miss:
        """
        Call an operation once.

        `has` are the members that an answer must have. An error code in `absent` says that
        there is no such thing, which is an answer too, and no gap.
        """
        answer = self._answer(operation, parameters, resource=resource, absent=absent)
        if isinstance(answer, Miss):
            return answer
        if not all(name in answer for name in has):
            return self._failed(operation, MALFORMED, resource)
        self._count(operation, records=1)
        return answer

    def pages(
        self,
        operation: str,
        parameters: Json | None = None,
        *,
        resource: str | None = None,
        absent: frozenset[str] = frozenset(),
        whole: bool = False,
    ) -> Json | None:
        """
        Read a list operation to its end; gives its lists, each with the items of all pages.

        A page that fails leaves a gap and the pages before it; None when it was the first,
        or when only the `whole` list is of use. An error code in `absent` says that there is
        nothing to list.
        """
        paging = PAGING[operation]
        found: Json = {name: [] for name in (*paging.lists, *paging.optional)}
        request = {**(parameters or {}), **paging.sizes}
        seen: set[str] = set()
        first = True
        while True:
            page = self._answer(
                operation, request, resource=resource, absent=absent, token=paging.asks
            )
            if page is Miss.ABSENT:
                return found
            if isinstance(page, dict) and not paging.well_formed(page):
                page = self._failed(operation, MALFORMED, resource)
            if isinstance(page, Miss):
                return None if first or whole else found
            first = False
            for name in found:
                found[name] += page.get(name, [])
            self._count(operation, pages=1, records=sum(len(page.get(name, [])) for name in found))
            token = paging.next_token(page)
            if token is None:
                return found
            if token in seen:
                self._failed(operation, REPEATED_TOKEN, resource)
                return None if whole else found
            seen.add(token)
            request[paging.asks] = token

    def each(self, function: Callable[[Item], Result], items: Iterable[Item]) -> list[Result]:
        """
        Apply a function to all items at once, in the shared threads, and keep their order.

        The function makes calls; it must not use `each` itself, or threads would wait
        for threads.
        """
        return self._workers.requests.map(function, items, chunksize=1)

    def text(
        self, item: Json, member: str, operation: str, *, resource: str | None = None
    ) -> str | None:
        """Give the text that an item of an operation's answer must have; a gap without it."""
        value: str | None = item.get(member)
        if not value:
            self.malformed(operation, resource=resource)
        return value or None

    def malformed(self, operation: str, *, resource: str | None = None) -> None:
        """Write down that an operation's answer contradicts itself, or another one."""
        self._failed(operation, MALFORMED, resource)

    def add_gap(self, gap: Gap) -> None:
        """Write down something that could not be seen for want of another collector's answer."""
        with self._lock:
            self._gaps.append(gap)

    def _answer(
        self,
        operation: str,
        parameters: Json,
        *,
        resource: str | None,
        absent: frozenset[str] = frozenset(),
        token: str | None = None,
    ) -> Json | Miss:
        if self._workers.stopped.is_set():
            raise StoppedError("the collection was stopped")
        if self._breakdowns[operation] >= MOST_BREAKDOWNS:
            return self._failed(operation, NOT_TRIED, resource)
        service, name = operation.split(":")
        client = self._client(service, self._endpoint_region)
        self._note(operation, client, {key: parameters[key] for key in parameters if key != token})
        try:
            response = getattr(client, xform_name(name))(**parameters)
            answer: Json = plain(
                {key: response[key] for key in response if key != "ResponseMetadata"}
            )
        except ClientError as error:
            code = code_of(error)
            self._note_outcome(operation, broken=_status(error) >= _SERVER_ERROR)
            if code in absent:
                self._count(operation, records=1)
                return Miss.ABSENT
            # A role's credentials are fetched within the first call that needs them.
            blamed = "sts:AssumeRole" if error.operation_name == "AssumeRole" else operation
            return self._failed(operation, code, resource, blamed=blamed)
        except (BotoCoreError, ResponseParserError) as error:
            return self._failed(operation, type(error).__name__, resource)
        except NotImplementedError:  # no answer: an emulator within this process has none
            raise
        except UNPARSABLE:
            return self._failed(operation, MALFORMED, resource)
        self._note_outcome(operation, broken=False)
        shape = client.meta.service_model.operation_model(name).output_shape
        conforming = conforms(answer, shape)
        return (
            kept(operation, answer) if conforming else self._failed(operation, MALFORMED, resource)
        )

    def _note(self, operation: str, client: BaseClient, parameters: Json) -> None:
        with self._lock:
            common = self._parameters.setdefault(operation, parameters)
            self._parameters[operation] = {
                name: value for name, value in common.items() if parameters.get(name) == value
            }
            self._counts.setdefault(operation, Counter())["calls"] += 1
            service = operation.partition(":")[0]
            self._endpoints.setdefault(service, _without_credentials(client.meta.endpoint_url))

    def _note_outcome(self, operation: str, *, broken: bool) -> None:
        """Count server errors in vain; one answer, and the operation is never given up."""
        with self._lock:
            self._breakdowns[operation] += 1 if broken else -sys.maxsize

    def _count(self, operation: str, **numbers: int) -> None:
        with self._lock:
            self._counts[operation].update(numbers)

    def _failed(
        self, operation: str, code: str, resource: str | None, *, blamed: str | None = None
    ) -> Miss:
        gap = Gap(
            source=self.source,
            reason=reason_for(code),
            account=self.account,
            region=self.region,
            operation=blamed or operation,
            code=code,
            resource=resource,
        )
        with self._lock:
            self._gaps.append(gap)
            self._counts.setdefault(operation, Counter())["failed"] += 1
        return Miss.FAILED


def _status(error: ClientError) -> int:
    status: int = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    return status


def _without_credentials(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], query=""))


def answered(answer: Json | Miss, member: str) -> Any:  # noqa: ANN401 - of the member's type
    """Give a member of an answer; None when there is no answer."""
    return None if isinstance(answer, Miss) else answer.get(member)
