"""Instants: one clock, read at the edge and passed in; whole nanoseconds, always UTC."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

Clock = Callable[[], datetime]
"""Gives the present instant with its time zone."""

DAY_NS = 24 * 60 * 60 * 1_000_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def system_clock() -> datetime:
    """The machine's clock, in UTC."""
    return datetime.now(UTC)


def nanoseconds(instant: datetime) -> int:
    """Nanoseconds since 1970-01-01T00:00:00Z; exact, since no float takes part."""
    if instant.tzinfo is None:
        raise ValueError("an instant without a time zone names no moment")
    return (instant - _EPOCH) // timedelta(microseconds=1) * 1000


def text(instant: datetime) -> str:
    """
    RFC 3339 in UTC with a `Z`; fractions only where there are any.

    Raises `ValueError` without a time zone.
    """
    if instant.tzinfo is None:
        raise ValueError("an instant without a time zone names no moment")
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def parse(value: str) -> datetime:
    """An RFC 3339 instant; raises `ValueError` when it has no time zone, or no year in UTC."""
    instant = datetime.fromisoformat(value)
    if instant.tzinfo is None:
        raise ValueError(f"{value!r} has no time zone")
    try:
        return instant.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{value!r} lies outside the years 1 to 9999 in UTC") from error
