"""What the collection saw and what it could not see, so that silence never reads as "clean"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.phrases import counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from keyproof.documents import Json

_MEMBERS = ("source", "reason", "account", "region", "operation", "code", "resource")
_GLOBAL = "global"


@dataclass(frozen=True, slots=True, kw_only=True)
class GapRow:
    """One thing that could not be seen, and the criteria that need it."""

    gap: Json
    criteria: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """The collection as a whole; `complete` only when nothing at all is missing."""

    summary: str
    complete: bool
    snapshots: Sequence[Json]
    gaps: Sequence[GapRow]
    unvisited: Sequence[str]


def coverage_view(facts: Json, results: Json, coverage: Json) -> Coverage:
    """Bring together the gaps of all three documents, each of them once."""
    snapshots = coverage["snapshots"]
    gaps = _gap_rows(facts, results["criteria"], snapshots)
    unvisited = _unvisited(coverage)
    return Coverage(
        summary=_summary(snapshots, gaps, unvisited, facts["coverage"]),
        complete=bool(snapshots) and not gaps and not unvisited,
        snapshots=snapshots,
        gaps=gaps,
        unvisited=unvisited,
    )


def _gap_rows(facts: Json, criteria: Json, snapshots: Iterable[Json]) -> list[GapRow]:
    blocked: dict[tuple[str, ...], set[str]] = {}
    gaps: dict[tuple[str, ...], Json] = {}

    def note(found: Iterable[Json], slugs: Iterable[str]) -> None:
        for gap in found:
            key = tuple(gap[member] or "" for member in _MEMBERS)
            gaps[key] = gap
            blocked.setdefault(key, set()).update(slugs)

    for source in facts["coverage"].values():
        note(source["gaps"], ())
    for snapshot in snapshots:
        note(snapshot["gaps"], ())
    for slug, result in criteria.items():
        note(result["gaps"], (slug,))
    failures_first = sorted(gaps, key=lambda key: (key[0] not in facts["coverage"], key))
    return [GapRow(gap=gaps[key], criteria=tuple(sorted(blocked[key]))) for key in failures_first]


def _unvisited(coverage: Json) -> list[str]:
    """Accounts and regions in scope of which there is no snapshot."""
    visited = {(snapshot["account"], snapshot["region"]) for snapshot in coverage["snapshots"]}
    return [
        f"{account['id']} {region}"
        for account in coverage["accounts"]
        for region in account["regions"]
        if (account["id"], region) not in visited
    ]


def _summary(
    snapshots: Sequence[Json], gaps: Sequence[GapRow], unvisited: Sequence[str], sources: Json
) -> str:
    if not snapshots:
        return "Nothing was collected. No verdict here rests on anything observed."
    calls = counted(sum(snapshot["calls"] for snapshot in snapshots), "call")
    made = f"{calls} in {counted(len(snapshots), 'snapshot')}"
    if not gaps and not unvisited:
        return f"Everything that was asked for was seen: {made}, none refused, none missing."
    nonexistent = sum(row.gap["source"] not in sources for row in gaps)
    failed = len(gaps) - nonexistent
    parts = [
        f"{counted(failed, 'thing')} could not be seen" if failed else "",
        counted(
            nonexistent, "kind of evidence is not collected", "kinds of evidence are not collected"
        )
        if nonexistent
        else "",
        counted(
            len(unvisited), "region in scope has no snapshot", "regions in scope have no snapshot"
        )
        if unvisited
        else "",
    ]
    missing = ", ".join(part for part in parts if part)
    return (
        f"The picture is incomplete: {missing}. "
        f"{made} were kept. What was not seen counts as unknown, never as a pass."
    )
