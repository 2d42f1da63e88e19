"""What is known of a condition key's value in a request that somebody could make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Known:
    """Exactly these values; none at all says that the key is absent from the request."""

    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """The caller chooses, or nothing that was collected tells it; it may be absent."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """One value that begins so; the caller chooses the rest, such as a session's name."""

    text: str


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Absent, or one value that names none of these accounts and organisations."""

    than: frozenset[str]


@dataclass(frozen=True, slots=True)
class Since:
    """The time of the request: this instant (seconds since 1970) or any later one."""

    seconds: Decimal


Value: TypeAlias = Known | Unknown | Beginning | Elsewhere | Since

ABSENT = Known(())
UNKNOWN = Unknown()


def known(*texts: str) -> Known:
    """A key with these values."""
    return Known(texts)
