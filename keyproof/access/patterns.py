"""
Text in policies: wildcards, policy variables, and how both match.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True, slots=True)
class Exact:
    """Text in which `*` and `?` stand for themselves: `${*}`, or a variable's value."""

    text: str


@dataclass(frozen=True, slots=True)
class Variable:
    """`${key}` or `${key, 'default'}`; the key is in lower case, as keys have no case."""

    key: str
    default: str | None


Template: TypeAlias = tuple[str | Exact | Variable, ...]
"""A text of a policy; a plain `str` is text in which `*` and `?` may be wildcards."""

Pattern: TypeAlias = tuple[str | Exact, ...]
"""A template whose variables have been filled in."""


class Unfilled(Enum):
    """Why a template could not be filled in."""

    ABSENT = "a variable's key is not in the request"
    UNKNOWN = "a variable's value is not known"


_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_DEFAULTED = re.compile(r"\s*([^,\s]+)\s*,\s*'([^']*)'\s*\Z")
_THEMSELVES = frozenset("*?$")
_PARTS_OF_ARN = 6
_MOST_STARS = 8


@lru_cache(maxsize=65536)
def template(text: str, *, variables: bool) -> Template:
    """
    Take a text apart. Policies of version 2008-10-17 have no variables.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
    """
    if not variables or "${" not in text:
        return (text,)
    parts: list[str | Exact | Variable] = []
    end = 0
    for found in _VARIABLE.finditer(text):
        parts += [text[end : found.start()]] if found.start() > end else []
        parts.append(_variable(found[1]))
        end = found.end()
    return (*parts, text[end:]) if end < len(text) else tuple(parts)


def _variable(inside: str) -> Exact | Variable:
    if inside in _THEMSELVES:
        return Exact(inside)
    defaulted = _DEFAULTED.match(inside)
    if defaulted:
        return Variable(key=defaulted[1].lower(), default=defaulted[2])
    return Variable(key=inside.strip().lower(), default=None)


def variables_of(parts: Template) -> tuple[str, ...]:
    """The keys that must be known to fill the template in."""
    return tuple(part.key for part in parts if isinstance(part, Variable))


def fill(parts: Template, lookup: Callable[[str], str | Unfilled]) -> Pattern | Unfilled:
    """
    Put values in place of the variables.

    `lookup` gives a key's single value. A default stands in for a key that is absent, not
    for one whose value is unknown.
    """
    filled: list[str | Exact] = []
    missing: set[Unfilled] = set()
    for part in parts:
        if isinstance(part, Variable):
            value = lookup(part.key)
            if value is Unfilled.ABSENT and part.default is not None:
                value = part.default
            if isinstance(value, Unfilled):
                missing.add(value)
            else:
                filled.append(Exact(value))
        else:
            filled.append(part)
    if missing:
        return Unfilled.ABSENT if Unfilled.ABSENT in missing else Unfilled.UNKNOWN
    return tuple(filled)


def widened(parts: Template) -> Pattern:
    """The pattern of whatever the template could become: a star for each variable."""
    return tuple("*" if isinstance(part, Variable) else part for part in parts)


def literal(pattern: Pattern) -> str:
    """The text where wildcards have no meaning."""
    return "".join(part.text if isinstance(part, Exact) else part for part in pattern)


@lru_cache(maxsize=65536)
def matcher(pattern: Pattern) -> Callable[[str], object]:
    """
    Give a function that tells whether a text matches, `*` and `?` being wildcards.

    Between two stars the first place that fits is as good as any later one, so each is
    looked for once (an atomic group): matching takes no longer than pattern times text.
    """
    pieces = [""]
    for part in pattern:
        if isinstance(part, Exact):
            pieces[-1] += re.escape(part.text)
            continue
        for number, piece in enumerate(part.split("*")):
            if number:
                pieces.append("")
            pieces[-1] += ".".join(re.escape(text) for text in piece.split("?"))
    first, *rest = pieces
    if not rest:
        return re.compile(first, re.DOTALL).fullmatch
    *middle, last = rest
    found = "".join(f"(?>.*?{piece})" for piece in middle if piece)
    return re.compile(f"{first}{found}.*{last}", re.DOTALL).fullmatch


@lru_cache(maxsize=65536)
def arn_matchers(pattern: Pattern) -> tuple[Callable[[str], object], ...] | None:
    """
    The matchers of an ARN's six components, each of which is compared on its own.

    None for what has not six of them. The ARN condition operators match in this way:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
    """
    components: list[list[str | Exact]] = [[]]
    for part in pattern:
        text = part.text if isinstance(part, Exact) else part
        for number, piece in enumerate(text.split(":")):
            if number and len(components) < _PARTS_OF_ARN:
                components.append([])
            elif number:
                components[-1].append(Exact(":"))
            if piece:
                components[-1].append(Exact(piece) if isinstance(part, Exact) else piece)
    if len(components) < _PARTS_OF_ARN:
        return None
    return tuple(matcher(tuple(component)) for component in components)


@lru_cache(maxsize=65536)
def segment_matcher(pattern: Pattern) -> Callable[[str], object] | None:
    """
    Match an ARN so that only a star at the end of a segment covers a colon.

    None where that makes no difference to `matcher`: every wildcard stands at the end of a
    segment, or in the last one, in which colons separate nothing.
    """
    expression, colons, differs, stars = "", 0, False, 0
    characters: list[str | Exact] = []
    for part in pattern:
        characters += [part] if isinstance(part, Exact) else list(part)
    for place, character in enumerate(characters):
        if isinstance(character, Exact):
            expression += re.escape(character.text)
            colons += character.text.count(":")
            continue
        colons += character == ":"
        last = place + 1 == len(characters) or characters[place + 1] == ":"
        confined = colons < _PARTS_OF_ARN - 1
        if character == "*":
            stars += 1
            differs |= confined and not last
            expression += ".*" if last or not confined else "[^:]*"
        elif character == "?":
            differs |= confined
            expression += "[^:]" if confined else "."
        else:
            expression += re.escape(character)
    if not differs:
        return None
    if stars > _MOST_STARS:  # a hostile pattern would take this kind of matching for ever
        return lambda _: None
    return re.compile(expression, re.DOTALL).fullmatch


def can_begin(pattern: Pattern, beginning: str) -> bool:
    """Whether some text that begins so matches the pattern."""
    symbols: list[str | None] = []  # None is a star, "" any one character
    for part in pattern:
        if isinstance(part, Exact):
            symbols += part.text
        else:
            symbols += [{"*": None, "?": ""}.get(character, character) for character in part]
    places = {0}
    for character in beginning:
        places = _closed(places, symbols)
        after = {place for place in places if place < len(symbols) and symbols[place] is None}
        after |= {
            place + 1
            for place in places
            if place < len(symbols) and symbols[place] in {"", character}
        }
        places = after
    return bool(places)


def _closed(places: set[int], symbols: list[str | None]) -> set[int]:
    """With the places that a star which stands for nothing leads to."""
    closed = set(places)
    for start in places:
        place = start
        while place < len(symbols) and symbols[place] is None:
            place += 1
            closed.add(place)
    return closed
