"""
Which ways round are worth following: those that lead to more than others of their kind.

Somebody who may pass any of a thousand roles has a thousand ways to each secret, and one of
each kind is told.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from keyproof.access.extents import NOTHING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from keyproof.access.extents import Extent, Truth
    from keyproof.access.ways import Gain, Kind, Right


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """
    A way to somebody who reads, and how surely it is open.

    `rights` gives what it takes, which is worked out only for a way that is told, and `to`
    what it goes through, if not that somebody.
    """

    kind: Kind
    truth: Truth
    rights: Callable[[], tuple[Right, ...]]
    to: str | None = None


class Sought:
    """The secrets that somebody wants, and how surely each kind of way leads to them so far."""

    def __init__(self, wanted: int) -> None:
        """`wanted` is the mask of the secrets."""
        self._wanted = wanted
        self._found: dict[Kind, Extent] = {}

    def lacks(self, kind: Kind) -> bool:
        """Whether another way of a kind could still lead to more."""
        return bool(self._wanted & ~self._found.get(kind, NOTHING).sure)

    def adds(self, kind: Kind, secrets: Extent) -> bool:
        """Whether these are more, or surer, than what ways of this kind lead to so far."""
        return bool(self._new(kind, secrets))

    def _new(self, kind: Kind, secrets: Extent) -> int:
        found = self._found.get(kind, NOTHING)
        new = (secrets.possible & ~found.possible) | (secrets.sure & ~found.sure)
        return new & self._wanted

    def kept(self, gains: Iterable[Gain]) -> Iterator[Gain]:
        """Those gains that add something, with what they add."""
        for gain in gains:
            new = self._new(gain.kind, gain.secrets)
            if new:
                secrets = gain.secrets.within(new)
                self._found[gain.kind] = self._found.get(gain.kind, NOTHING) | secrets
                yield replace(gain, secrets=secrets)
