"""
Collects every source of every account and region, and writes down each as it is done.

The main thread hands out work and is the only one that writes. A collector runs in a thread
of its own and waits for single requests, which run in other threads and wait for nobody.
All of these threads are daemons (those of `concurrent.futures` are not), so that Ctrl-C
does not have to wait for an answer from AWS.
"""

from __future__ import annotations

import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing.pool import ThreadPool
from queue import SimpleQueue
from typing import TYPE_CHECKING

from collectors.aws.accounts import validate_accounts
from collectors.aws.calls import Calls, Workers
from collectors.aws.clients import REQUESTS_AT_ONCE
from collectors.aws.identity import enter
from collectors.aws.sources import INDEPENDENT, OF_SECRETS, SECRETS, nothing
from collectors.evidence import (
    COVERAGE_FILE,
    GLOBAL,
    GLOBAL_SOURCES,
    TOOL,
    CollectedAccount,
    Gap,
    Snapshot,
    coverage_document,
    coverage_entry,
)
from keyproof import documents
from keyproof.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime
    from pathlib import Path

    from collectors.aws.accounts import AwsAccount
    from collectors.aws.identity import EnteredAccount
    from keyproof.clock import Clock
    from keyproof.documents import Json

COLLECTORS_AT_ONCE = 8

_NAMES_OTHERS = frozenset({"secretsmanager:ListSecrets", "secretsmanager:DescribeSecret"})
"""Operations whose answers name the keys and functions of secrets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One snapshot that was written: `done` of `total`, with so many gaps."""

    source: str
    account: str
    region: str
    done: int
    total: int
    gaps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Task:
    """One source in one account and region; `secrets` are the region's, where it needs them."""

    source: str
    region: str
    of: EnteredAccount
    secrets: Snapshot | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        return self.of.account.id, self.source, self.region


def collect(  # noqa: PLR0913 - what a collection is made of, all named
    accounts: Sequence[AwsAccount],
    folder: Path,
    *,
    as_of: datetime,
    clock: Clock,
    organisation: str,
    example: bool = False,
    progress: Callable[[Progress], None] = lambda _: None,
    max_attempts: int = 10,
) -> Json:
    """
    Write a snapshot of each source, account and region to `folder`, and `coverage.json`.

    Gives the coverage, which speaks of the instant `as_of`. `max_attempts` is the number of
    requests that a call may take.

    Raises `ConfigurationError` before anything is collected: for a region that does not
    exist, an account named twice, credentials of another account, or when no account can be
    reached. An account that cannot be reached while others can is a gap of all its sources.
    When the collection is interrupted, or a file cannot be written, what is finished is
    written, the rest becomes gaps, and the exception goes on.
    """
    validate_accounts(accounts)
    stopped = threading.Event()
    with ThreadPool(REQUESTS_AT_ONCE) as requests, ThreadPool(COLLECTORS_AT_ONCE) as collectors:
        workers = Workers(requests=requests, stopped=stopped)
        try:
            entered = enter(accounts, workers, max_attempts=max_attempts)
            collection = _Collection(
                entered,
                folder,
                workers,
                collectors,
                clock=clock,
                example=example,
                progress=progress,
            )
            finish = partial(collection.finish, organisation=organisation, as_of=as_of)
            complete = False
            try:
                collection.run()
                coverage = finish()
                complete = True
            finally:
                if not complete:
                    stopped.set()
                    with suppress(OutputError):  # the exception that stopped us says more
                        collection.give_up()
                        finish()
            return coverage
        finally:
            stopped.set()


class _Collection:
    """The work that is under way, and what has been written of it."""

    def __init__(  # noqa: PLR0913 - what a collection is made of, all named
        self,
        accounts: Sequence[EnteredAccount],
        folder: Path,
        workers: Workers,
        collectors: ThreadPool,
        *,
        clock: Clock,
        example: bool,
        progress: Callable[[Progress], None],
    ) -> None:
        self._accounts = accounts
        self._folder = folder
        self._workers = workers
        self._collectors = collectors
        self._clock = clock
        self._example = example
        self._progress = progress
        self._missing = {task.key: task for each in accounts for task in _tasks(each)}
        self._total = len(self._missing)
        self._done: SimpleQueue[Snapshot | BaseException] = SimpleQueue()
        self._unwritten: deque[Snapshot] = deque()
        self._entries: dict[str, Json] = {}

    def run(self) -> None:
        """Collect and write everything; raises what a collector or a file raised."""
        for task in list(self._missing.values()):
            if task.of.gap is not None:
                self._unwritten.append(self._unseen(task, task.of.gap))
            elif task.source in INDEPENDENT:
                self._start(task)
        self._write()
        while self._missing:
            outcome = self._done.get()
            if isinstance(outcome, BaseException):
                raise outcome
            self._unwritten.append(outcome)
            if outcome.source == SECRETS:
                self._start_following(outcome)
            self._write()

    def give_up(self) -> None:
        """Write what is finished, and a gap for what is not, as far as files can be written."""
        while not self._done.empty():
            outcome = self._done.get()
            if isinstance(outcome, Snapshot):
                self._unwritten.append(outcome)
        done = {(each.account, each.source, each.region) for each in self._unwritten}
        self._unwritten += [
            self._unseen(task, Gap(source=task.source, reason="interrupted", code="Interrupted"))
            for task in self._missing.values()
            if task.key not in done
        ]
        while self._unwritten:
            with suppress(OutputError):
                self._write()
            if self._unwritten:
                self._unwritten.popleft()

    def finish(self, *, organisation: str, as_of: datetime) -> Json:
        """Write the coverage of all that was written, and give it."""
        coverage = coverage_document(
            organisation=organisation,
            example=self._example,
            as_of=as_of,
            finished=self._clock(),
            accounts=[
                CollectedAccount(
                    id=each.account.id, regions=each.account.regions, identity=each.identity
                )
                for each in self._accounts
            ],
            snapshots=self._entries.values(),
        )
        documents.write(self._folder / COVERAGE_FILE, "coverage", coverage)
        return coverage

    def _start(self, task: _Task) -> None:
        self._collectors.apply_async(
            self._collect, (task,), callback=self._done.put, error_callback=self._done.put
        )

    def _start_following(self, secrets: Snapshot) -> None:
        for source in OF_SECRETS:
            task = self._missing[secrets.key[0], source, secrets.key[2]]
            self._start(replace(task, secrets=secrets))

    def _collect(self, task: _Task) -> Snapshot:
        account = task.of.account
        calls = Calls(
            task.of.clients.client,
            self._workers,
            source=task.source,
            account=account.id,
            region=task.region,
            endpoint_region=account.regions[0] if task.source in GLOBAL_SOURCES else task.region,
        )
        started = self._clock()
        if task.secrets is None:
            records = INDEPENDENT[task.source](calls)
        else:
            records = OF_SECRETS[task.source](calls, task.secrets.records["secrets"])
            for gap in task.secrets.gaps:
                if gap.operation in _NAMES_OTHERS:
                    calls.add_gap(replace(gap, source=task.source))
        return Snapshot(
            source=task.source,
            account=account.id,
            region=task.region,
            started=started,
            finished=self._clock(),
            identity=task.of.identity,
            endpoint=calls.endpoint,
            operations=calls.operations,
            records=records,
            gaps=calls.gaps,
        )

    def _unseen(self, task: _Task, gap: Gap) -> Snapshot:
        account, source, region = task.key
        now = self._clock()
        return Snapshot(
            source=source,
            account=account,
            region=region,
            started=now,
            finished=now,
            identity=task.of.identity,
            endpoint=None,
            operations=(),
            records=nothing(source),
            gaps=(replace(gap, source=source, account=account, region=region),),
        )

    def _write(self) -> None:
        """Write what is finished; it stays in line until its file is whole."""
        while self._unwritten:
            snapshot = self._unwritten[0]
            tool = f"{TOOL} (EXAMPLE)" if self._example else TOOL
            document = snapshot.document(tool=tool, example=self._example)
            content = documents.write(self._folder / snapshot.file_name, "snapshot", document)
            self._entries[snapshot.file_name] = coverage_entry(
                document, file=snapshot.file_name, content=content
            )
            self._missing.pop(snapshot.key, None)
            self._unwritten.popleft()
            self._progress(
                Progress(
                    source=snapshot.source,
                    account=snapshot.key[0],
                    region=snapshot.key[2],
                    done=len(self._entries),
                    total=self._total,
                    gaps=len(snapshot.gaps),
                )
            )


def _tasks(each: EnteredAccount) -> Iterator[_Task]:
    for source in (*INDEPENDENT, *OF_SECRETS):
        for region in (GLOBAL,) if source in GLOBAL_SOURCES else each.account.regions:
            yield _Task(source=source, region=region, of=each)
