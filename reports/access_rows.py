"""One reader of a secret, as a row of a table: who, by which approval, and how, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from reports import access_phrases as say
from reports.access_entries import ENVIRONMENT
from reports.capped import capped

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from keyproof.documents import Json
    from reports.access_entries import Band, Entry
    from reports.capped import Capped
    from reports.phrases import Phrase

_MOST_ASSIGNED = 12
_MOST_UNSEEN = 12

_STATES: Mapping[Band, tuple[str, str]] = {
    "fail": ("fail", "not approved"),
    "unknown": ("unknown", "cannot be told"),
    "pass": ("pass", "approved"),
    "let_in": ("not_applicable", "not judged"),
    "round": ("not_applicable", "not judged"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldStatement:
    """Who allows a step, and where that stands in the snapshot."""

    phrase: Phrase
    at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldStep:
    """What is done on what (`to`; None for the secret itself), and everything that allows it."""

    action: str
    to: str | None
    statements: Sequence[ToldStatement]


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldWay:
    """One way, on what it depends, step by step."""

    name: str
    decision: Phrase
    sure: bool
    unseen: Capped[str]
    steps: Sequence[ToldStep]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderRow:
    """
    One reader in one table.

    `account` is None where there is none or the name says it. `status` is a verdict and its
    words; `classes` say which classes it has and whether they let it read. `assigned` are the
    groups and users behind a role of Identity Center.
    """

    name: str
    arn: str
    kind: str
    account: str | None
    status: tuple[str, str]
    classes: Phrase
    assigned: Capped[Json]
    ways: Sequence[ToldWay]


def reader_row(entry: Entry, secret: str, effective: Json) -> ReaderRow:
    """Tell a reader of a secret (ARN), by ways whose steps `effective` has."""
    return ReaderRow(
        name=entry.name,
        arn=entry.principal,
        kind=say.reader_type(entry.principal, entry.facts["type"]),
        account=None if entry.facts["type"] == "account" else entry.facts["account"],
        status=_STATES[entry.band],
        classes=_classes(entry),
        assigned=capped(entry.facts["assigned"], "facts.json", _MOST_ASSIGNED),
        ways=[_way(way, secret, effective["steps"]) for way in entry.ways],
    )


def _classes(entry: Entry) -> Phrase:
    if entry.approving:
        return ("class ", *say.named(entry.approving))
    if entry.classes:
        return ("class ", *say.named(entry.classes), f", which is not approved for {ENVIRONMENT}")
    return ("no class",)


def _way(way: Json, secret: str, steps: Sequence[Json]) -> ToldWay:
    path = (steps[place] for place in way["path"])
    return ToldWay(
        name=say.way(way["kind"]),
        decision=say.decision(way["decision"], way["conditions"], way["unseen"]),
        sure=way["decision"] == "allow",
        unseen=capped(way["unseen"], "facts.json", _MOST_UNSEEN),
        steps=[
            ToldStep(
                action=action,
                to=None if to == secret else to,
                statements=[ToldStatement(phrase=say.step(step), at=step["at"]) for step in same],
            )
            for (action, to), same in groupby(path, lambda step: (step["action"], step["to"]))
        ],
    )
