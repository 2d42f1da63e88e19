"""
Answers that may be uncertain: for one question (`Truth`), or for many resources (`Extent`).

Both follow Kleene's three-valued logic, so that what cannot be decided is never taken for
a "no", and a "no" that stands whatever the undecided part is remains one.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Truth(IntEnum):
    """And is `min`, or is `max`, not is `negated`."""

    NO = 0
    MAYBE = 1
    YES = 2

    @property
    def negated(self) -> Truth:
        """A "maybe" stays one."""
        return _NEGATED[self]


_NEGATED = {Truth.NO: Truth.YES, Truth.MAYBE: Truth.MAYBE, Truth.YES: Truth.NO}


@dataclass(frozen=True, slots=True)
class Extent:
    """
    A set of resources, as two numbers whose bits stand for the resources of a universe.

    `sure` are the members; `possible` has them too, and those that may be members.
    """

    sure: int
    possible: int

    def __and__(self, other: Extent) -> Extent:
        """Members of both."""
        return Extent(self.sure & other.sure, self.possible & other.possible)

    def __or__(self, other: Extent) -> Extent:
        """Members of either."""
        if not other.possible:
            return self
        if not self.possible:
            return other
        return Extent(self.sure | other.sure, self.possible | other.possible)

    def without(self, other: Extent) -> Extent:
        """Members of this one that are not members of the other."""
        return Extent(self.sure & ~other.possible, self.possible & ~other.sure)

    def within(self, mask: int) -> Extent:
        """Those of the members whose bits the mask has."""
        return Extent(self.sure & mask, self.possible & mask)

    def doubted(self) -> Extent:
        """The same resources, none of them for sure."""
        return Extent(0, self.possible)

    def truth(self, index: int) -> Truth:
        """Whether the resource of this index is a member."""
        bit = 1 << index
        if self.sure & bit:
            return Truth.YES
        return Truth.MAYBE if self.possible & bit else Truth.NO


NOTHING = Extent(0, 0)


def extent(truth: Truth, mask: int) -> Extent:
    """One answer for all resources of the mask."""
    return Extent(
        mask if truth is Truth.YES else 0,
        mask if truth is not Truth.NO else 0,
    )


def indices(mask: int) -> list[int]:
    """The indices whose bits are set, in order."""
    if mask.bit_count() * _SPARSE < mask.bit_length():
        found = []
        while mask:
            low = mask & -mask
            found.append(low.bit_length() - 1)
            mask ^= low
        return found
    return [index for index, digit in enumerate(reversed(f"{mask:b}")) if digit == "1"]


_SPARSE = 16
"""Fewer than one bit in so many are found faster one by one than in the mask's digits."""


def bits(indexes: Iterable[int]) -> int:
    """The mask in which the bits of these indices are set; each is given once."""
    given = list(indexes)
    digits = bytearray(max(given, default=-1) // 8 + 1)
    for index in given:
        digits[index >> 3] |= 1 << (index & 7)
    return int.from_bytes(digits, "little")
