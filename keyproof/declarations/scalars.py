"""
What a plain word in YAML means, and which texts state nothing.

Scalars follow the core schema of YAML 1.2, but for numbers that readers take apart in
different ways (`0123`, `0x1f`, `1_000`, `.inf`, more than 18 digits): they stay text. So
do `yes`, `no`, `on`, `off`, times and dates.
"""

from __future__ import annotations

import math
import re

_CONSTANTS = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~", "")),
}
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"(?=.*[.eE])[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?")

_PLACEHOLDERS = frozenset(
    {
        "change me",
        "changeme",
        "fixme",
        "n.a",
        "n/a",
        "na",
        "nil",
        "no one",
        "nobody",
        "none",
        "not applicable",
        "not available",
        "not defined",
        "not known",
        "not specified",
        "not yet defined",
        "not yet known",
        "null",
        "pending",
        "placeholder",
        "someone",
        "tba",
        "tbc",
        "tbd",
        "to be added",
        "to be announced",
        "to be confirmed",
        "to be decided",
        "to be defined",
        "to be determined",
        "to be done",
        "to do",
        "todo",
        "undefined",
        "unknown",
        "unspecified",
    }
)
_LEFT_OPEN = re.compile(r"(todo|to do|tbd|tba|tbc|fixme|xxx+)\s*[:(-].*", re.DOTALL)
_TEMPLATE = re.compile(r"<[^<>]*>|\[[^\[\]]*\]|\{\{[^{}]*\}\}|\$\{[^{}]*\}|x{2,}")


def resolve(text: str) -> str | int | float | bool | None:
    """The value of a plain scalar: a word without quotes."""
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text) and math.isfinite(number := float(text)):
        return number
    return text


def is_placeholder(text: str) -> bool:
    """Whether a text only keeps a place for one: empty, `-`, `tbd`, `n/a`, `<name>`."""
    words = " ".join(text.casefold().split()).strip(".,;:!?… ")
    return (
        words in _PLACEHOLDERS
        or _TEMPLATE.fullmatch(words) is not None
        or _LEFT_OPEN.fullmatch(words) is not None
        or not any(character.isalnum() or character == "*" for character in words)
    )


def without_placeholders(value: object) -> object:
    """The same value, with None for every text that states nothing."""
    if isinstance(value, dict):
        return {name: without_placeholders(member) for name, member in value.items()}
    if isinstance(value, list):
        return [without_placeholders(item) for item in value]
    return None if isinstance(value, str) and is_placeholder(value) else value
