"""The snapshot as the facts see it: records by source and place, and every gap."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from collectors.evidence import (
    GLOBAL,
    GLOBAL_SOURCES,
    INFRASTRUCTURE_CODE,
    REGIONAL_SOURCES,
    SOURCE_SCAN,
    SUBJECT_SOURCES,
)
from keyproof import clock, documents
from keyproof.errors import DocumentError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from keyproof.documents import Json

SOURCES = (*REGIONAL_SOURCES, *GLOBAL_SOURCES)
"""Every source of a snapshot; one that no snapshot speaks of was not collected."""

NAMES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("lambda", "functions"): ("arn",),
    ("cloudwatch", "metric_alarms"): ("AlarmName",),
    ("cloudwatch", "composite_alarms"): ("AlarmName",),
    ("cloudwatch", "log_alarms"): ("AlarmName",),
    ("budgets", "budgets"): ("budget", "BudgetName"),
    ("sns", "topics"): ("arn",),
}
"""Where each kind of record carries its name."""

_LISTS: Mapping[str, tuple[str, ...]] = {
    "secrets_manager": ("secrets",),
    "resource_policies": ("secrets",),
    "kms": ("keys",),
    "iam": ("users", "groups", "roles", "policies"),
    "organizations": ("organization", "parents", "accounts", "policies"),
    "identity_center": ("permission_sets", "groups", "users"),
    "compute": ("functions", "task_definitions", "projects", "instance_profiles"),
    "lambda": ("functions",),
    "cloudwatch": ("metric_alarms",),
    "budgets": ("budgets",),
    "sns": ("topics",),
    SOURCE_SCAN: ("refs", "findings"),
    INFRASTRUCTURE_CODE: ("checks", "declared"),
}
"""The lists without which the records of a source would say that there is nothing."""

_Of = TypeVar("_Of")
_IDENTITY = ("source", "account", "region", "subject")
_INT64 = range(-(2**63), 2**63)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An account and a region, or an account and `global`."""

    account: str
    region: str


Scope: TypeAlias = tuple[str | None, str | None]
"""An account and a region; None stands for any."""


def scopes(place: Place) -> Iterator[Scope]:
    """Every scope that holds the place, so that an index by scope answers any question at once."""
    return product((None, place.account), (None, place.region))


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """Everything that one collection saw and could not see."""

    coverage: Json
    by_source: Mapping[str, Mapping[Place, Json]]
    absent: tuple[Json, ...]
    """Gaps for snapshots that should be there and are not."""
    by_subject: Mapping[str, Mapping[str, Json]] = field(default_factory=dict)
    """What was seen outside of AWS, by source and by repository or folder."""
    _indices: dict[tuple[str, str], dict[tuple[str, Scope], list[tuple[Place, Json]]]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def gaps(self, source: str) -> list[Json]:
        """What this source could not see, in every place."""
        found = [gap for document in self.by_source[source].values() for gap in document["gaps"]]
        return found + [gap for gap in self.absent if gap["source"] == source]

    def subject_gaps(self, source: str, subjects: Iterable[str]) -> list[Json]:
        """What this source could not see of the subjects that were to be looked at."""
        documents_of = self.by_subject.get(source, {})
        return [
            each
            for subject in subjects
            for each in (
                documents_of[subject]["gaps"]
                if subject in documents_of
                else [gap(source, "not collected", resource=subject)]
            )
        ]

    def places(self, source: str) -> Iterator[tuple[Place, Json]]:
        """Each place with what the source recorded there."""
        for place, document in self.by_source[source].items():
            yield place, document["records"]

    def seen(self, source: str, scope: Scope) -> bool:
        """
        Tell whether the source's listing of every place in the scope is whole.

        Only then does "not in the records" mean "not there". A gap about one resource
        leaves the listing whole; a gap about no resource in particular does not, and a
        scope in which nothing was collected was not seen.
        """
        return self._whole.get((source, scope), False)

    def failed(self, source: str, place: Place, operation: str, resource: str) -> bool:
        """
        Tell whether this call about this resource is among the place's gaps.

        A call that first had to assume its role anew is blamed on that.
        """
        gaps = self._failures.get((source, place, resource), set())
        return not gaps.isdisjoint({operation, "sts:AssumeRole"})

    def named(
        self, source: str, records: str, name: str, scope: Scope = (None, None)
    ) -> list[tuple[Place, Json]]:
        """
        Find records by name in one list of a source and one scope, with the place of each.

        The name is the one that people and other records refer to it by (`NAMES`). An
        index is made once, so that looking up each of 10,000 does not grow quadratic.
        """
        index = self._indices.get((source, records))
        if index is None:
            index = self._indices[source, records] = defaultdict(list)
            for place, kept in self.places(source):
                for record in kept.get(records, []):
                    own_name = _own_name(record, NAMES[source, records])
                    if own_name is not None:
                        for each in scopes(place):
                            index[own_name, each].append((place, record))
        return index.get((name, scope), [])

    def instant_ns(self, text: str | None) -> int | None:
        """
        Give an instant of a record in nanoseconds, on the snapshot's clock.

        What happened while the collection ran is as old as the collection, not younger.
        None for no instant, and beyond what 64 bits hold.
        """
        if text is None:
            return None
        instant, as_of, finished = (
            clock.nanoseconds(clock.parse(each))
            for each in (text, self.coverage["as_of"], self.coverage["finished"])
        )
        if as_of < instant <= finished:
            return as_of
        return instant if instant in _INT64 else None

    @cached_property
    def _whole(self) -> dict[tuple[str, Scope], bool]:
        whole: dict[tuple[str, Scope], bool] = {}
        for gap in self.absent:
            place = Place(account=gap["account"], region=gap["region"])
            whole.update(dict.fromkeys(((gap["source"], scope) for scope in scopes(place)), False))
        for source, documents_by_place in self.by_source.items():
            for place, document in documents_by_place.items():
                complete = all(gap["resource"] is not None for gap in document["gaps"])
                for scope in scopes(place):
                    whole[source, scope] = whole.get((source, scope), True) and complete
        return whole

    @cached_property
    def _failures(self) -> dict[tuple[str, Place, str], set[str]]:
        failures: dict[tuple[str, Place, str], set[str]] = defaultdict(set)
        for source, documents_by_place in self.by_source.items():
            for place, document in documents_by_place.items():
                for gap in document["gaps"]:
                    failures[source, place, gap["resource"]].add(gap["operation"])
        return dict(failures)


def _own_name(record: Json, path: tuple[str, ...]) -> str | None:
    found: Any = record
    for step in path:
        found = found.get(step, {})
    return found or None


def gap(source: str, reason: str, **where: str | None) -> Json:
    """One thing that could not be seen, in the shape that all documents share."""
    nothing: dict[str, Any] = dict.fromkeys(("account", "region", "operation", "code", "resource"))
    return {"source": source, "reason": reason, **nothing, **where}


def load_snapshot(folder: Path) -> Snapshot:
    """
    Read `coverage.json` and the snapshots beside it.

    A snapshot that should be there and is not becomes a gap; one whose digest differs
    from the one in `coverage.json`, or that is no valid document, raises `DocumentError`.
    """
    try:
        files = {path.name: path.read_bytes() for path in sorted(folder.glob("*.json"))}
    except OSError as error:
        raise DocumentError(f"{error.filename}: cannot be read: {error.strerror}") from error
    return snapshot_from(files, str(folder))


def snapshot_from(files: Mapping[str, bytes], name: str) -> Snapshot:
    """The same from the files' contents, as a bundle holds them."""
    if "coverage.json" not in files:
        raise DocumentError(f"{name}: has no coverage.json; is it the folder of a collection?")
    coverage = documents.decode(files["coverage.json"], f"{name}/coverage.json")
    documents.validate(coverage, "coverage", f"{name}/coverage.json")
    by_source: dict[str, dict[Place, Json]] = {source: {} for source in SOURCES}
    by_subject: dict[str, dict[str, Json]] = {source: {} for source in SUBJECT_SOURCES}
    for listed in coverage["snapshots"]:
        path = f"{name}/{listed['file']}"
        if listed["source"] not in by_source | by_subject:
            raise DocumentError(f"{path}: {listed['source']} is no source that keyproof knows")
        content = files.get(listed["file"])
        if content is None:
            continue
        if hashlib.sha256(content).hexdigest() != listed["sha256"]:
            raise DocumentError(f"{path}: was changed after it was collected; collect again")
        document = documents.decode(content, path)
        documents.validate(document, "snapshot", path)
        if any(document[member] != listed[member] for member in _IDENTITY):
            raise DocumentError(f"{path}: is not the snapshot that coverage.json lists")
        _require_lists(document, path)
        if document["source"] in by_subject:
            _add(by_subject[document["source"]], document["subject"], document, path)
        else:
            _add(by_source[document["source"]], _place(document), document, path)
    return Snapshot(
        coverage=coverage,
        by_source=by_source,
        absent=_absent(coverage, by_source),
        by_subject=by_subject,
    )


def _place(document: Json) -> Place | None:
    if document["account"] is None or document["region"] is None:
        return None
    return Place(account=document["account"], region=document["region"])


def _add(known: dict[_Of, Json], of: _Of | None, document: Json, path: str) -> None:
    if of is None:
        raise DocumentError(f"{path}: does not say what it is of")
    if of in known:
        raise DocumentError(f"{path}: is the second snapshot of one source and place")
    known[of] = document


def _require_lists(document: Json, path: str) -> None:
    for member in _LISTS.get(document["source"], ()):
        if not isinstance(document["records"].get(member), list):
            raise DocumentError(f"{path}: records/{member}: must be a list; collect again")


def _absent(coverage: Json, by_source: Mapping[str, Mapping[Place, Json]]) -> tuple[Json, ...]:
    return tuple(
        gap(source, "not collected", account=place.account, region=place.region)
        for source in SOURCES
        for account in coverage["accounts"]
        for place in _expected_places(source, account)
        if place not in by_source[source]
    )


def _expected_places(source: str, account: Json) -> Iterator[Place]:
    regions = [GLOBAL] if source in GLOBAL_SOURCES else account["regions"]
    for region in regions:
        yield Place(account=account["id"], region=region)
