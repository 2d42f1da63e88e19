"""Keys that were split over lines: strings put together, commands continued, texts wrapped."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_RUN = rb"[A-Za-z0-9+/=._-]"
_BREAK = rb"""["']?[ \t]*(?:[+.&\\][ \t]*){0,2}(?:\r?\n|\\n)[ \t#*/]*[+.&]?[ \t]*["']?"""
_SPLIT = re.compile(rb"(%b+?)((?:%b%b+){1,8})" % (_RUN, _BREAK, _RUN))
_PIECES = re.compile(_BREAK)
_TOLD = re.compile(rb"""["'+\\\\]""")
_LONGEST = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """A text put together from several lines; `told` when the source says that they are one."""

    start: int
    text: bytes
    told: bool


def joined(content: bytes, starts: Iterable[int]) -> Iterator[Joined]:
    """
    Texts that begin like a key and go on in the next lines, with the breaks taken out.

    `starts` are the places that the engine gives. Where strings are put together, the whole
    is given; where lines just follow each other, every length, since where the key ends only
    its rule can say.
    """
    for start in starts:
        found = _SPLIT.match(content, start, start + _LONGEST)
        if found is None or not _begins_here(content, start):
            continue
        pieces = [each for each in _PIECES.split(found[0]) if each]
        told = all(_TOLD.search(each) for each in _PIECES.findall(found[0]))
        for number in range(len(pieces) if told else 2, len(pieces) + 1):
            yield Joined(start=start, text=b"".join(pieces[:number]), told=told)


def _begins_here(content: bytes, start: int) -> bool:
    r"""Whether a word begins here, after an escape such as `\n` of JSON too."""
    before = content[max(0, start - 2) : start]
    return not before[-1:].isalnum() or before[:1] == b"\\"
