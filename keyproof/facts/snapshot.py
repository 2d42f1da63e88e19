"""The snapshot as the facts see it: records by source and place, and every gap."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from functools import reduce
from operator import getitem
from typing import TYPE_CHECKING, Any

from keyproof import documents
from keyproof.errors import DocumentError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from keyproof.documents import Json

GLOBAL = "global"
"""The region of a service that has none."""

REGIONAL_SOURCES = (
    "secrets_manager",
    "resource_policies",
    "kms",
    "lambda",
    "cloudwatch",
    "sns",
    "eventbridge",
)
GLOBAL_SOURCES = ("iam", "budgets")
SOURCES = (*REGIONAL_SOURCES, *GLOBAL_SOURCES)
"""Every source of a snapshot; one that no snapshot speaks of was not collected."""


NAMES: Mapping[tuple[str, str], tuple[str, ...]] = {
    ("lambda", "functions"): ("arn",),
    ("cloudwatch", "metric_alarms"): ("AlarmName",),
    ("cloudwatch", "composite_alarms"): ("AlarmName",),
    ("budgets", "budgets"): ("budget", "BudgetName"),
    ("sns", "topics"): ("arn",),
}
"""Where each kind of record carries its name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An account and a region, or an account and `global`."""

    account: str
    region: str


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """Everything that one collection saw and could not see."""

    coverage: Json
    by_source: Mapping[str, Mapping[Place, Json]]
    absent: tuple[Json, ...]
    """Gaps for snapshots that should be there and are not."""
    _indices: dict[tuple[str, str], dict[str, list[tuple[Place, Json]]]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def gaps(self, source: str) -> list[Json]:
        """What this source could not see, in every place."""
        found = [gap for document in self.by_source[source].values() for gap in document["gaps"]]
        return found + [gap for gap in self.absent if gap["source"] == source]

    def places(self, source: str) -> Iterator[tuple[Place, Json]]:
        """Each place with what the source recorded there."""
        for place, document in self.by_source[source].items():
            yield place, document["records"]

    def complete(self, source: str, place: Place) -> bool:
        """
        Tell whether the source's listing of that place is whole.

        Only then does "not in the records" mean "not there". A gap about one resource
        leaves the listing whole; a gap about no resource in particular does not.
        """
        document = self.by_source[source].get(place)
        return document is not None and all(gap["resource"] is not None for gap in document["gaps"])

    def failed(self, source: str, place: Place, operation: str, resource: str) -> bool:
        """Tell whether this call about this resource is among the place's gaps."""
        document = self.by_source[source].get(place)
        return document is None or any(
            (gap["operation"], gap["resource"]) == (operation, resource) for gap in document["gaps"]
        )

    def named(self, source: str, records: str, name: str) -> list[tuple[Place, Json]]:
        """
        Find records by name in one list of a source, with the place of each.

        The name is the one that people and other records refer to it by (`NAMES`). An
        index is made once, so that looking up each of 10,000 does not grow quadratic.
        """
        index = self._indices.get((source, records))
        if index is None:
            index = self._indices[source, records] = defaultdict(list)
            path = NAMES[source, records]
            for place, kept in self.places(source):
                for record in kept.get(records, []):
                    index[reduce(getitem, path, record)].append((place, record))
        return index.get(name, [])


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
    files = {path.name: path.read_bytes() for path in sorted(folder.glob("*.json"))}
    if "coverage.json" not in files:
        raise DocumentError(f"{folder}: has no coverage.json; is it the folder of a collection?")
    return snapshot_from(files, str(folder))


def snapshot_from(files: Mapping[str, bytes], name: str) -> Snapshot:
    """The same from the files' contents, as a bundle holds them."""
    coverage = documents.decode(files["coverage.json"], f"{name}/coverage.json")
    documents.validate(coverage, "coverage", f"{name}/coverage.json")
    by_source: dict[str, dict[Place, Json]] = {source: {} for source in SOURCES}
    for listed in coverage["snapshots"]:
        path = f"{name}/{listed['file']}"
        if listed["source"] not in by_source:
            raise DocumentError(f"{path}: {listed['source']} is no source that keyproof knows")
        content = files.get(listed["file"])
        if content is None:
            continue
        if hashlib.sha256(content).hexdigest() != listed["sha256"]:
            raise DocumentError(f"{path}: was changed after it was collected; collect again")
        document = documents.decode(content, path)
        documents.validate(document, "snapshot", path)
        if any(document[name] != listed[name] for name in ("source", "account", "region")):
            raise DocumentError(f"{path}: is not the snapshot that coverage.json lists")
        place = Place(account=document["account"], region=document["region"])
        by_source[document["source"]][place] = document
    return Snapshot(coverage=coverage, by_source=by_source, absent=_absent(coverage, by_source))


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
