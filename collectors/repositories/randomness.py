"""Whether a value looks drawn at random, as keys are, and not spelled out by somebody."""

from __future__ import annotations

import re
from itertools import pairwise

_RUN = 6
"""Characters that count up."""
_SAME = 9
"""Equal characters in a row; chance makes six in some of ten thousand hexadecimal keys."""
_DISTINCT = 7
_PERIOD = 12
_TAIL = 24

_SPELLED_OUT = re.compile(
    r"example|placeholder|change[-_]?me|redacted|your[-_]|[-_]here\b|[-_]goes[-_]|dummy|"
    r"replace[-_]|insert[-_]|\bfake|deadbeef|sample[-_]|(?:^|[-_])test[-_]key",
    re.IGNORECASE,
)
_UUID_FIRST = re.compile("[0-9a-fA-F-]{36}.*")


def is_random(value: str) -> bool:
    """Tell a key from a placeholder: nothing spelled out, counted up or repeated."""
    body = value.lower()
    if _SPELLED_OUT.search(value) or len(set(body)) <= _DISTINCT:
        return False
    if _counts_up(body) or _repeats(body):
        return False
    if any(letter.isdigit() for letter in value[4:]):  # behind a mark as `r8_`
        return True
    # A long name in camel case has capitals too, but far fewer than chance.
    letters = [letter for letter in value if letter.isalpha()]
    capitals = sum(letter.isupper() for letter in letters)
    return len(letters) / 6 <= capitals <= len(letters) * 5 / 6


def is_name(value: str) -> bool:
    """Tell a name or a path, with no digit, many separators or one case only, from a key."""
    if value.isalpha():  # chance leaves few keys of this length without a digit
        return True
    if value.isalnum() or _UUID_FIRST.fullmatch(value):
        return False
    if value.startswith("sk-"):
        return _separators(value[3:]) > max(4, len(value) // 8)
    cases = (re.search(case, value) for case in ("[a-z]", "[A-Z]", "[0-9]"))
    return _separators(value) > max(4, len(value) // 8) or not all(cases)


def _separators(value: str) -> int:
    return sum(letter in "-_/" for letter in value)


def _counts_up(body: str) -> bool:
    """Find characters that count up, alone (`abcdef`) or two abreast (`a1b2c3d4e5f6`)."""
    codes = [ord(letter) for letter in body]
    return any(_has_series(codes[first::step]) for step in (1, 2) for first in range(step))


def _has_series(codes: list[int]) -> bool:
    run = same = 1
    for left, right in pairwise(codes):
        run = run + 1 if right == left + 1 else 1
        same = same + 1 if right == left else 1
        if run >= _RUN or same >= _SAME:
            return True
    return False


def _repeats(body: str) -> bool:
    """Find a value that repeats itself: `12ab12ab12ab`."""
    tail = body[-_TAIL:]
    return any(tail == (tail[:period] * _TAIL)[: len(tail)] for period in range(1, _PERIOD + 1))
