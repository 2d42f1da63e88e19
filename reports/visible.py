"""Collected text made safe to read: nothing hidden, nothing reordered, nothing endless."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field

HEAD = 120
"""Characters of a long text that are shown in its place."""

LONG_NAME = 200
LONG_PROSE = 2_000
"""A text beyond this many characters is shortened in its place and given whole in a note."""

MOST_NOTES = 100
MOST_CHARACTERS = 10_000
_MOST_MARKS = 3
_HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp", "Zs"})
_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str) -> str:
    r"""
    The text with every character that cannot be seen written out, `\u202e` for example.

    That holds for control, format (bidi overrides, zero width), private-use and
    surrogate characters and for all spaces but the ordinary one; of combining marks, from
    the fourth in a row, since piled marks cover the lines around them.
    """
    if text.isascii() and text.isprintable():
        return text
    shown: list[str] = []
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category in {"Mn", "Me"} else 0
        hidden = character != " " and category in _HIDDEN
        noncharacter = ord(character) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(character) <= 0xFDEF  # noqa: PLR2004 - https://www.unicode.org/faq/private_use.html#nonchar1
        shown.append(
            _escape(character) if hidden or noncharacter or marks > _MOST_MARKS else character
        )
    return "".join(shown)


def _escape(character: str) -> str:
    point = ord(character)
    wide = f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"  # noqa: PLR2004 - the end of the Basic Multilingual Plane
    return _ESCAPES.get(character, wide)


@dataclass(frozen=True, slots=True, kw_only=True)
class Short:
    """A text as its place has room for it, and the number of the note that has it whole."""

    text: str
    length: int
    note: int | None = None

    @property
    def shortened(self) -> bool:
        """Whether `text` is only the beginning."""
        return len(self.text) < self.length


@dataclass(slots=True)
class Notes:
    """The long texts of one report, each kept once, in the order in which they were met."""

    numbers: dict[str, int] = field(default_factory=dict)

    def shorten(self, text: str, limit: int = LONG_NAME) -> Short:
        """Shorten a text beyond `limit` characters; beyond `MOST_NOTES` texts there is no note."""
        if len(text) <= limit:
            return Short(text=text, length=len(text))
        if text not in self.numbers and len(self.numbers) < MOST_NOTES:
            self.numbers[text] = len(self.numbers) + 1
        return Short(text=text[:HEAD], length=len(text), note=self.numbers.get(text))

    def whole(self) -> list[tuple[int, Short]]:
        """Every note with its text, of which at most `MOST_CHARACTERS` are given."""
        return [
            (number, Short(text=text[:MOST_CHARACTERS], length=len(text)))
            for text, number in self.numbers.items()
        ]
