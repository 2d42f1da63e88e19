"""
How wide a text is at most, since a drawing must keep its words apart without a browser.

A few signs of rare scripts are wider than any rule says; a drawing must clip what it draws.
"""

from __future__ import annotations

import unicodedata

# In em, of the widest faces that a reader may have in place of the system's own (DejaVu Sans).
_NARROW = frozenset("ijlI.,:;|!' ")
_HALF = frozenset('frt()[]{}-/\\"`_*')
_WIDE = frozenset("mwMW@%&…")
_EMS = {"narrow": 0.4, "half": 0.52, "lower": 0.64, "upper": 0.79, "wide": 1.04, "full": 1.3}
_ELLIPSIS = "…"


def ems(text: str) -> float:
    """The width of a text at most, in em."""
    return sum(_em(character) for character in text)


def _em(character: str) -> float:
    if character in _WIDE:
        return _EMS["wide"]
    if not character.isascii():
        if unicodedata.category(character) in {"Mn", "Me"}:
            return 0.0
        # A ligature, such as U+FDFA, is as wide as what it stands for.
        return _EMS["full"] * len(unicodedata.normalize("NFKC", character))
    if character in _NARROW:
        return _EMS["narrow"]
    if character in _HALF:
        return _EMS["half"]
    return _EMS["upper"] if character.isupper() else _EMS["lower"]


def fitted(text: str, room: float) -> str:
    """The text in that many em; of a longer one its two ends, which tell names apart."""
    if ems(text) <= room:
        return text
    room -= _em(_ELLIPSIS)
    head = _fitting(text, room * 0.6)
    tail = _fitting(text[:head:-1], room * 0.4)
    return text[:head] + _ELLIPSIS + (text[-tail:] if tail else "")


def _fitting(text: str, room: float) -> int:
    """How many characters fit."""
    for place, character in enumerate(text):
        room -= _em(character)
        if room < 0:
            return place
    return len(text)
