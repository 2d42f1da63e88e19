"""Readers of one secret gathered into the lines of its drawing, before any has a place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from keyproof.facts.assignments import permission_set
from reports.access_phrases import SHORT_WAYS
from reports.phrases import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reports.access_entries import Band, Entry

_SHORTER_WAYS = {"run_code": "uses a program", "new_principal": "new role or user"}


@dataclass(frozen=True, slots=True)
class Label:
    """A text as a wide drawing has room for it, and a narrow one."""

    wide: str
    narrow: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A row before it has a place; `keys` are those on which its `doubtful` readers depend."""

    name: Label
    detail: Label
    way: Label
    readers: int
    doubtful: int
    keys: tuple[str, ...]
    unseen: bool


def lines(band: Band, entries: Sequence[Entry], account: str) -> list[Line]:
    """Readers one by one where each matters, by class or by way where they are many alike."""
    if band == "pass":
        groups: dict[tuple[str, str], list[Entry]] = {}
        for entry in entries:
            key = (", ".join(entry.approving), entry.ways[0]["kind"])
            groups.setdefault(key, []).append(entry)
        return [
            _line(same(classes), _named(members), kind, members)
            for (classes, kind), members in groups.items()
        ]
    if band == "round":
        kinds: dict[str, list[Entry]] = {}
        for entry in entries:
            for kind in dict.fromkeys(way["kind"] for way in entry.ways):
                kinds.setdefault(kind, []).append(entry)
        return [
            _line(_named(members), _described(members, account), kind, members)
            for kind, members in sorted(kinds.items(), key=lambda item: (-len(item[1]), item[0]))
        ]
    return [
        _line(_named([entry]), _described([entry], account), entry.ways[0]["kind"], [entry])
        for entry in entries
    ]


def _named(members: Sequence[Entry]) -> Label:
    """One reader's name, or how many they are; of a whole account the number tells most."""
    if len(members) > 1:
        return same(counted(len(members), "principal"))
    entry = members[0]
    whole = entry.facts["type"] == "account"
    return Label(entry.name, (entry.facts["account"] if whole else None) or entry.name)


def _described(members: Sequence[Entry], account: str) -> Label:
    """The class of one reader, and whose it is where that is not the secret's account."""
    if len(members) > 1:
        without = sum(not entry.approving for entry in members)
        return same(f"{without:,} not approved" if without else "all approved")
    entry = members[0]
    classes = f"class {', '.join(entry.classes)}" if entry.classes else "no class"
    if permission_set(entry.principal) is not None:
        return Label(f"{classes}, Identity Center", classes)
    if entry.facts["type"] == "public":
        return same(f"{classes}, any account")
    if entry.facts["type"] == "account":
        return Label(classes, f"anybody, {classes}")
    home = entry.facts["account"]
    if home in {None, account}:
        return same(classes)
    return Label(f"{classes}, account {home}", f"{home}, {classes}")


def same(text: str) -> Label:
    """The same text for both."""
    return Label(text, text)


def _line(name: Label, detail: Label, kind: str, members: Sequence[Entry]) -> Line:
    ways = [[way for way in entry.ways if way["kind"] == kind] for entry in members]
    doubtful = [each for each in ways if all(way["decision"] != "allow" for way in each)]
    way = SHORT_WAYS.get(kind, kind.replace("_", " "))
    return Line(
        name=name,
        detail=detail,
        way=Label(way, _SHORTER_WAYS.get(kind, way)),
        readers=len(members),
        doubtful=len(doubtful),
        keys=tuple(sorted({key for each in doubtful for way in each for key in way["conditions"]})),
        unseen=any(way["unseen"] for each in doubtful for way in each),
    )
