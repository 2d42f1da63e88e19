"""
What the documents say in numbers and members, said for people.

A phrase is a run of words. Those that were collected or declared are `Name`s, so that a
template can set them apart and no name can pass for the report's own prose.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from keyproof import clock

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Name:
    """A word that the report did not choose: collected, declared or computed by a policy."""

    text: str


@dataclass(frozen=True, slots=True)
class Unbroken:
    """A word that stays on one line: a date, with its hyphens."""

    text: str


Phrase = tuple[str | Name | Unbroken, ...]


LEVELS = {
    1: ("Initial", "Keys travel informally; some sit in repositories or plain files."),
    2: ("Developing", "Each key is looked after by someone, with no central store or schedule."),
    3: ("Defined", "Every key is in a secrets manager, with schedules and access controls."),
    4: ("Managed", "Use is monitored; unusual spend or use alerts somebody."),
    5: ("Optimizing", "Keys are scoped and rotated automatically; response time is measured."),
}

SUPPORTING = ("Supporting", "What helps to trust the rest. It keeps no level from being proven.")
"""What is said of criteria of level 0."""


def level_order(level: int) -> int:
    """The place of a criterion's level: those that gate no level come last."""
    return level or max(LEVELS) + 1


EVIDENCE = {
    "E1": "credential inventory",
    "E2": "access configuration",
    "E3": "rotation records",
    "E4": "spend alerts",
    "E5": "source scan",
}

VERDICTS = {
    "fail": "fail",
    "unknown": "unknown",
    "pass": "pass",
    "not_applicable": "not applicable",
}
"""Each verdict in words, the most urgent first."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = (
    ("day", clock.DAY_NS),
    ("hour", clock.DAY_NS // 24),
    ("minute", clock.DAY_NS // 24 // 60),
    ("second", clock.DAY_NS // 24 // 60 // 60),
)


def counted(number: int, thing: str, things: str | None = None) -> str:
    """`1 gap`, `2 gaps`, `1,204 gaps`."""
    return f"{number:,} {thing if number == 1 else things or thing + 's'}"


def listed(texts: Sequence[str]) -> Phrase:
    """Several names in a row."""
    words: list[str | Name | Unbroken] = []
    for text in texts:
        words.extend([", ", Name(text)] if words else [Name(text)])
    return tuple(words) or ("none",)


def day(rfc3339: str) -> str:
    """The UTC date and time of an RFC 3339 instant, to the minute or, if need be, the second."""
    return _day(clock.parse(rfc3339))


def instant(nanoseconds: int) -> str:
    """The UTC date and time of an instant in nanoseconds since 1970, rounded down to seconds."""
    try:
        return _day(_EPOCH + timedelta(microseconds=nanoseconds // 1000))
    except OverflowError:
        return f"{nanoseconds:,} ns since 1970, beyond any calendar"


def _day(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC" if moment.second else "%Y-%m-%d %H:%M UTC")


def duration(nanoseconds: int) -> str:
    """A length of time in its largest unit and the next one, rounded down to seconds."""
    if nanoseconds < 0:
        return f"minus {duration(-nanoseconds)}"
    for place, (unit, length) in enumerate(_UNITS):
        whole, rest = divmod(nanoseconds, length)
        if whole:
            smaller = _UNITS[place + 1 : place + 2]
            tail = [counted(rest // size, name) for name, size in smaller if rest >= size]
            return " ".join([counted(whole, unit), *tail])
    return "less than a second" if nanoseconds else "no time"


def distance(nanoseconds: int, as_of_ns: int) -> str:
    """How far an instant lies from the snapshot's."""
    if nanoseconds > as_of_ns:
        return f"{_rough(nanoseconds - as_of_ns)} after the snapshot"
    return f"{_rough(as_of_ns - nanoseconds)} before the snapshot"


def _rough(nanoseconds: int) -> str:
    """Whole days where there is one."""
    whole = nanoseconds // clock.DAY_NS
    return counted(whole, "day") if whole else duration(nanoseconds)


def dollars(cents: int) -> str:
    """US cents as dollars: `$500`, `$12.50`."""
    whole, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}${whole:,}" + (f".{rest:02}" if rest else "")


def level_sentence(level: Mapping[str, Any]) -> str:
    """The verdict in one sentence."""
    proven, possible, target = level["proven"], level["possible"], level["target"]
    hope = (
        f"level {possible} is possible if every unknown turned out well"
        if possible > proven
        else "no unknown could raise it"
    )
    return f"Level {proven} is proven; {hope}; the target is level {target}."


def target_sentence(level: Mapping[str, Any]) -> str:
    """Whether the target is reached, as far as the evidence tells."""
    if level["proven"] >= level["target"]:
        return "The target is reached."
    if level["possible"] >= level["target"]:
        return "Whether the target is reached cannot be told from this evidence."
    return "The target is not reached."
