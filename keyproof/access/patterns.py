"""
Text in policies: wildcards, policy variables, and how both match.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache, partial
from itertools import zip_longest
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
_DEFAULTED = re.compile(r"\s*([^,']*[^,'\s])\s*,\s*'([^']*)'\s*\Z")
_THEMSELVES = frozenset("*?$")
_PARTS_OF_ARN = 6
_STAR = ("*", True)
_ANY = ("?", True)


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


def beginning(pattern: Pattern) -> tuple[str, Pattern]:
    """The text that whatever matches begins with, and the rest of the pattern."""
    found = ""
    for number, part in enumerate(pattern):
        if isinstance(part, Exact):
            found += part.text
            continue
        for place, character in enumerate(part):
            if character in "*?":
                return found + part[:place], (part[place:], *pattern[number + 1 :])
        found += part
    return found, ()


def has_wildcards(pattern: Pattern) -> bool:
    """Whether more than one text may match."""
    return any(isinstance(part, str) and ("*" in part or "?" in part) for part in pattern)


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
    if not has_wildcards(pattern):
        return literal(pattern).__eq__
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


@dataclass(frozen=True, slots=True)
class _Step:
    """One character of a pattern; a wildcard that is not `confined` covers colons too."""

    character: str
    wild: bool
    confined: bool


@lru_cache(maxsize=65536)
def segment_matcher(pattern: Pattern) -> Callable[[str], object] | None:
    """
    Match an ARN so that only a star at the end of a segment covers a colon.

    None where that makes no difference to `matcher`: every wildcard stands at the end of a
    segment, or in the last one, in which colons separate nothing.
    """
    characters = _characters(pattern)
    steps, colons = [], 0
    for (character, plain), following in zip_longest(characters, characters[1:]):
        colons += character == ":"
        wild = plain and character in "*?"
        ends = character == "*" and following in (None, (":", True))
        steps.append(_Step(character, wild, wild and not ends and colons < _PARTS_OF_ARN - 1))
    return partial(_match, tuple(steps)) if any(step.confined for step in steps) else None


def _match(steps: tuple[_Step, ...], text: str) -> bool:
    """
    Whether the steps lead from the beginning of the text to its end.

    The bits of a number are the places in the text that have been reached. However hostile
    a pattern is, each step is a few operations on such numbers.
    """
    anything = (1 << len(text)) - 1
    places: dict[str, int] = defaultdict(int)
    for place, character in enumerate(text):
        places[character] |= 1 << place
    reached = 1
    for step in steps:
        coverable = anything & ~places[":"] if step.confined else anything
        if not step.wild:
            reached = (reached & places[step.character]) << 1
        elif step.character == "?":
            reached = (reached & coverable) << 1
        else:  # the carry of the addition runs on for as long as the star covers what follows
            reached |= ((reached & coverable) + coverable) ^ coverable
    return bool(reached >> len(text))


def can_begin(pattern: Pattern, beginning: str) -> bool:
    """Whether some text that begins so matches the pattern."""
    characters: list[tuple[str, bool]] = []
    for each in _characters(pattern):
        if each != _STAR or characters[-1:] != [_STAR]:  # several stars are as good as one
            characters.append(each)
    stars = {place for place, each in enumerate(characters) if each == _STAR}
    places = {0}
    for character in beginning:
        places |= {place + 1 for place in places & stars}  # a star may stand for nothing
        places = (places & stars) | {
            place + 1
            for place in places - stars
            if place < len(characters)
            and (characters[place] == _ANY or characters[place][0] == character)
        }
    return bool(places)


def _characters(pattern: Pattern) -> list[tuple[str, bool]]:
    """Each character, and whether it may be a wildcard."""
    return [
        (character, isinstance(part, str))
        for part in pattern
        for character in (part if isinstance(part, str) else part.text)
    ]
