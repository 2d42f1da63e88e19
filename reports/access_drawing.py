"""
Who can read one secret, at a glance: rows of readers, and an arrow for the way of each.

The drawing has no view box: positions across are in per cent of its width and letters in
pixels, so that they are as large on a phone as on a desk. Positions down are in pixels.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.access_entries import BANDS
from reports.access_lines import Label, Line, same
from reports.access_lines import lines as gathered
from reports.phrases import counted
from reports.text_width import ems, fitted
from reports.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from reports.access_entries import Band, Entry

MOST_DRAWN = 12
"""Rows in all, for which a telephone and a page of paper have room."""

HEADING, ROW = 34, 46
"""Pixels that the heading of a band and one row take."""

WAY, TARGET = 58, 92
"""Where the ways begin, and the secret, in per cent of the width."""

_TOP = 30

# The narrowest drawing, on a telephone, and the narrowest wide one, on paper, in pixels.
_NARROW, _WIDE = 324, 660
_BEFORE_NAMES, _AFTER_NAMES = 22, 8
_BOLD = 1.12
_NAME = 13 * _BOLD  # pixels to the em, as in the style sheet
_DETAIL = 12.0
_HEAD = 12 * _BOLD
_SMALL = 11.0

_SHORT_HEADINGS: Mapping[Band, str] = {
    "fail": "Not approved",
    "unknown": "Perhaps without approval",
    "pass": "Approved, by class",
    "let_in": "Let in, not judged",
    "round": "Could gain it, not judged",
}
_REMARKS: Mapping[Band, str] = {
    "pass": ", by class",
    "let_in": ", not judged",
    "round": ", not judged",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnRow:
    """
    Some readers and their way.

    `sure` when at least one depends on nothing; `width` is that of the arrow in pixels.
    """

    y: int
    name: Label
    detail: Label
    way: Label
    remark: Label
    sure: bool
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnBand:
    """The heading of a band and its rows, from `y` to `end`."""

    band: Band
    y: int
    end: int
    heading: Label
    rows: tuple[DrawnRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """Everything that is drawn of a secret; `description` says the same in words."""

    title: str
    secret: Label
    height: int
    bands: tuple[DrawnBand, ...]
    description: str
    way: int = WAY
    target: int = TARGET


def drawing(name: str, region: str, account: str, entries: Sequence[Entry]) -> Drawing | None:
    """Draw the readers of a secret, which stands in `account`; `None` when there are none."""
    lines = {band: gathered(band, _of(band, entries), account) for band in BANDS}
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
    place = f"{visible(name)} in {visible(region)}"
    secret = _label(same(place), (_NARROW, _WIDE), _HEAD)
    return Drawing(
        title=f"Who can read {secret.wide}",
        secret=secret,
        height=y + 6,
        bands=tuple(bands),
        description=" ".join(_said(band) for band in bands),
    )


def _of(band: Band, entries: Iterable[Entry]) -> list[Entry]:
    return [entry for entry in entries if entry.band == band]


def _room(lengths: Mapping[Band, int]) -> dict[Band, int]:
    """How many rows each band gets: the least urgent gives way first, down to two rows."""
    room = dict(lengths)
    for band in reversed(list(BANDS)):
        over = sum(room.values()) - MOST_DRAWN
        if over > 0 and band in room:
            room[band] = max(min(room[band], 2), room[band] - over)
    return room


def _first(band: Band, lines: Sequence[Line], room: int) -> list[Line]:
    """The first lines; the last of them counts what is left out."""
    if len(lines) <= room:
        return list(lines)
    shown, rest = lines[: room - 1], lines[room - 1 :]
    readers = sum(line.readers for line in rest)
    ways = {line.way for line in rest}
    return [
        *shown,
        Line(
            name=same(counted(len(rest), "more way") if band == "round" else f"{readers:,} more"),
            detail=same("in the table below"),
            way=ways.pop() if len(ways) == 1 else same("in several ways"),
            readers=readers,
            doubtful=sum(line.doubtful for line in rest),
            keys=tuple(sorted({key for line in rest for key in line.keys})),
            unseen=any(line.unseen for line in rest),
        ),
    ]


def _band(band: Band, y: int, readers: int, lines: Sequence[Line]) -> DrawnBand:
    rows = tuple(_row(y + HEADING + place * ROW, line) for place, line in enumerate(lines))
    return DrawnBand(
        band=band,
        y=y,
        end=y + HEADING + len(rows) * ROW,
        heading=Label(
            wide=f"{BANDS[band]}{_REMARKS.get(band, '')}: {readers:,}",
            narrow=f"{_SHORT_HEADINGS[band]}: {readers:,}",
        ),
        rows=rows,
    )


def _row(y: int, line: Line) -> DrawnRow:
    names = [width * WAY / 100 - _BEFORE_NAMES - _AFTER_NAMES for width in (_NARROW, _WIDE)]
    ways = [width * (TARGET - WAY) / 100 - 2 for width in (_NARROW, _WIDE)]
    return DrawnRow(
        y=y,
        name=_label(line.name, names, _NAME),
        detail=_label(line.detail, names, _DETAIL),
        way=_label(line.way, ways, _SMALL),
        remark=_remark(line, ways[0] / _SMALL, ways[1] / _SMALL),
        sure=line.doubtful < line.readers,
        width=_width(line.readers),
    )


def _remark(line: Line, narrow: float, wide: float) -> Label:
    """On what the readers depend: the first condition key where there is room for it."""
    if not line.doubtful:
        return same("")
    some = "" if line.doubtful == line.readers else f"{line.doubtful:,} "
    if line.unseen:
        return same("not all was seen" if line.readers == 1 else f"{line.doubtful:,} in doubt")
    short = fitted(f"{some}on a condition", narrow)
    if not line.keys:
        return Label(f"{some}on a condition", short)
    rest = f" and {len(line.keys) - 1:,} more" if len(line.keys) > 1 else ""
    key = fitted(visible(line.keys[0]), wide - ems(f"{some}on {rest}"))
    return Label(f"{some}on {key}{rest}", short)


def _width(readers: int) -> float:
    """Of an arrow: more with each power of ten."""
    return 2.0 if readers == 1 else min(2 + 1.5 * len(str(readers)), 8)


def _label(text: Label, room: Sequence[float], pixels: float) -> Label:
    """The text in so many pixels, narrow and wide, in letters of so many pixels to the em."""
    return Label(
        wide=fitted(visible(text.wide), room[1] / pixels),
        narrow=fitted(visible(text.narrow), room[0] / pixels),
    )


def _said(band: DrawnBand) -> str:
    rows = "; ".join(
        ", ".join(
            part
            for part in (f"{row.name.wide}, {row.detail.wide}: {row.way.wide}", row.remark.wide)
            if part
        )
        for row in band.rows
    )
    return f"{band.heading.wide}. {rows}."
