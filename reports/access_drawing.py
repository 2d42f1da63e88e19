"""
Who can read one secret, at a glance: rows of readers, and an arrow for the way of each.

The drawing has no view box: positions across are in per cent of its width and letters in
pixels, so that they are as large on a phone as on a desk. Positions down are in pixels.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.access_entries import BANDS
from reports.access_phrases import SHORT_WAYS
from reports.phrases import counted
from reports.text_width import fitted
from reports.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from reports.access_entries import Band, Entry

MOST_DRAWN = 12

HEADING, ROW = 34, 46
"""Pixels that the heading of a band and one row take."""

_TOP = 30

# The room for a reader's name at 324 px, the narrowest drawing, and at 620 px, on paper: in
# em of its letters of 13 px.
_NARROW, _WIDE = 12.0, 25.0
_TITLE_NARROW, _TITLE_WIDE = 23.0, 45.0
_FAINT = 13 / 12  # the second line is in letters of 12 px
_BOLD = 1.12


@dataclass(frozen=True, slots=True)
class Label:
    """A text as a wide drawing has room for it, and a narrow one."""

    wide: str
    narrow: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnRow:
    """
    Some readers and their way.

    `sure` when at least one depends on nothing; `width` is that of the arrow in pixels.
    """

    y: int
    band: Band
    name: Label
    detail: Label
    way: str
    remark: str
    sure: bool
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnBand:
    """The heading of a band and its rows, from `y` to `end`."""

    band: Band
    y: int
    end: int
    heading: str
    rows: tuple[DrawnRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """Everything that is drawn of a secret; `description` says the same in words."""

    title: str
    secret: Label
    height: int
    bands: tuple[DrawnBand, ...]
    description: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """A row before it has a place."""

    name: str
    detail: str
    way: str
    readers: int
    doubtful: int
    unseen: bool


def drawing(name: str, region: str, entries: Sequence[Entry]) -> Drawing | None:
    """Draw the readers of a secret; `None` when there are none."""
    lines = {band: _lines(band, _of(band, entries)) for band in BANDS}
    lines = {band: found for band, found in lines.items() if found}
    if not lines:
        return None
    room = _room({band: len(found) for band, found in lines.items()})
    bands, y = [], _TOP
    for band, found in lines.items():
        readers = len(_of(band, entries))
        drawn = _band(band, y, readers, _first(band, found, room[band]))
        bands.append(drawn)
        y = drawn.end
    place = f"{visible(name)} in {region}"
    return Drawing(
        title=f"Who can read {fitted(place, 3 * _TITLE_WIDE)}",
        secret=_label(place, _TITLE_NARROW, _TITLE_WIDE),
        height=y + 6,
        bands=tuple(bands),
        description=" ".join(_said(band) for band in bands),
    )


def _of(band: Band, entries: Iterable[Entry]) -> list[Entry]:
    return [entry for entry in entries if entry.band == band]


def _lines(band: Band, entries: Sequence[Entry]) -> list[_Line]:
    """Readers one by one where each matters, by class or by way where they are many alike."""
    if band == "pass":
        groups: dict[tuple[str, str], list[Entry]] = {}
        for entry in entries:
            key = (", ".join(entry.approving), entry.ways[0]["kind"])
            groups.setdefault(key, []).append(entry)
        return [
            _line(classes, _counted(members), kind, members)
            for (classes, kind), members in groups.items()
        ]
    if band == "round":
        kinds: dict[str, list[Entry]] = {}
        for entry in entries:
            for way in entry.ways:
                kinds.setdefault(way["kind"], []).append(entry)
        return [
            _line(_counted(members), _classes_of(members), kind, members)
            for kind, members in sorted(kinds.items(), key=lambda item: (-len(item[1]), item[0]))
        ]
    return [
        _line(entry.name, _class_of(entry), entry.ways[0]["kind"], [entry]) for entry in entries
    ]


def _counted(members: Sequence[Entry]) -> str:
    return members[0].name if len(members) == 1 else counted(len(members), "principal")


def _class_of(entry: Entry) -> str:
    return f"class {', '.join(entry.classes)}" if entry.classes else "no class"


def _classes_of(members: Sequence[Entry]) -> str:
    if len(members) == 1:
        return _class_of(members[0])
    without = sum(not entry.approving for entry in members)
    return f"{without:,} not approved" if without else "all approved"


def _line(name: str, detail: str, kind: str, members: Sequence[Entry]) -> _Line:
    ways = [way for entry in members for way in entry.ways if way["kind"] == kind]
    return _Line(
        name=name,
        detail=detail,
        way=SHORT_WAYS.get(kind, kind.replace("_", " ")),
        readers=len(members),
        doubtful=sum(way["decision"] != "allow" for way in ways),
        unseen=any(way["unseen"] for way in ways),
    )


def _room(lengths: dict[Band, int]) -> dict[Band, int]:
    """How many rows each band gets: the longest gives way, and of equals the less urgent."""
    room = dict(lengths)
    while sum(room.values()) > MOST_DRAWN:
        longest = max(reversed(room), key=lambda band: room[band])
        room[longest] -= 1
    return room


def _first(band: Band, lines: Sequence[_Line], room: int) -> list[_Line]:
    """The first lines; the last of them counts what is left out."""
    if len(lines) <= room:
        return list(lines)
    shown, rest = lines[: room - 1], lines[room - 1 :]
    ways = Counter[str]()
    for line in rest:
        ways[line.way] += line.readers
    readers = sum(ways.values())
    (way, most), *others = ways.most_common()
    return [
        *shown,
        _Line(
            name=counted(len(rest), "more way") if band == "round" else f"{readers:,} more",
            detail="in the table below",
            way=way if not others else f"{most:,} {way}",
            readers=readers,
            doubtful=sum(line.doubtful for line in rest),
            unseen=any(line.unseen for line in rest),
        ),
    ]


def _band(band: Band, y: int, readers: int, lines: Sequence[_Line]) -> DrawnBand:
    rows = tuple(_row(band, y + HEADING + place * ROW, line) for place, line in enumerate(lines))
    remark = {"pass": ", by class", "let_in": ", not judged", "round": ", not judged"}
    return DrawnBand(
        band=band,
        y=y,
        end=y + HEADING + len(rows) * ROW,
        heading=f"{BANDS[band]}{remark.get(band, '')}: {readers:,}",
        rows=rows,
    )


def _row(band: Band, y: int, line: _Line) -> DrawnRow:
    remark = ""
    if line.unseen:
        remark = "not all was seen"
    elif line.doubtful == line.readers:
        remark = "on a condition"
    elif line.doubtful:
        remark = f"{line.doubtful:,} on a condition"
    return DrawnRow(
        y=y,
        band=band,
        name=_label(line.name, _NARROW / _BOLD, _WIDE / _BOLD),
        detail=_label(line.detail, _NARROW * _FAINT, _WIDE * _FAINT),
        way=line.way,
        remark=remark,
        sure=line.doubtful < line.readers,
        width=_width(line.readers),
    )


def _width(readers: int) -> float:
    """Of an arrow: more with each power of ten."""
    return 2.0 if readers == 1 else min(2 + 1.5 * len(str(readers)), 8)


def _label(text: str, narrow: float, wide: float) -> Label:
    shown = visible(text)
    return Label(wide=fitted(shown, wide), narrow=fitted(shown, narrow))


def _said(band: DrawnBand) -> str:
    rows = "; ".join(
        f"{row.name.wide}, {row.detail.wide}: {row.way}{row.remark and ', ' + row.remark}"
        for row in band.rows
    )
    return f"{band.heading}. {rows}."
