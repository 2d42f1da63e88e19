from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyproof.access.extents import NOTHING, Extent, Truth, bits, extent, indices

NO, MAYBE, YES = Truth.NO, Truth.MAYBE, Truth.YES
SIZE = 6
FULL = (1 << SIZE) - 1


@st.composite
def _extents(draw: st.DrawFn) -> Extent:
    possible = draw(st.integers(0, FULL))
    return Extent(draw(st.integers(0, FULL)) & possible, possible)


EXTENTS = _extents()


def truths(of: Extent) -> list[Truth]:
    """What is said of each resource."""
    return [of.truth(index) for index in range(SIZE)]


@pytest.mark.parametrize(("truth", "negated"), [(NO, YES), (MAYBE, MAYBE), (YES, NO)])
def test_what_is_in_doubt_stays_in_doubt_when_negated(truth: Truth, negated: Truth) -> None:
    assert truth.negated is negated


@pytest.mark.parametrize(
    ("one", "other", "both", "either"),
    [
        (NO, NO, NO, NO),
        (NO, MAYBE, NO, MAYBE),
        (NO, YES, NO, YES),
        (MAYBE, MAYBE, MAYBE, MAYBE),
        (MAYBE, YES, MAYBE, YES),
        (YES, YES, YES, YES),
    ],
)
def test_kleene_s_tables(one: Truth, other: Truth, both: Truth, either: Truth) -> None:
    assert (min(one, other), min(other, one)) == (both, both)
    assert (max(one, other), max(other, one)) == (either, either)


def test_a_member_is_sure_possible_or_none() -> None:
    assert truths(Extent(0b001, 0b011)) == [YES, MAYBE, NO, NO, NO, NO]


@settings(deadline=None)
@given(EXTENTS, EXTENTS)
def test_extents_follow_the_logic_of_truths(one: Extent, other: Extent) -> None:
    pairs = list(zip(truths(one), truths(other), strict=True))

    assert truths(one & other) == [min(pair) for pair in pairs]
    assert truths(one | other) == [max(pair) for pair in pairs]
    assert truths(one.without(other)) == [min(mine, its.negated) for mine, its in pairs]


@settings(deadline=None)
@given(EXTENTS)
def test_a_doubted_extent_is_sure_of_nothing(one: Extent) -> None:
    assert truths(one.doubted()) == [min(truth, MAYBE) for truth in truths(one)]


@settings(deadline=None)
@given(EXTENTS, st.integers(0, FULL))
def test_within_a_mask_only_its_resources_are_left(one: Extent, mask: int) -> None:
    assert truths(one.within(mask)) == [
        truth if mask >> index & 1 else NO for index, truth in enumerate(truths(one))
    ]


@pytest.mark.parametrize(
    ("truth", "expected"),
    [(YES, Extent(0b101, 0b101)), (MAYBE, Extent(0, 0b101)), (NO, NOTHING)],
)
def test_one_answer_for_all_resources_of_a_mask(truth: Truth, expected: Extent) -> None:
    assert extent(truth, 0b101) == expected


@pytest.mark.parametrize(
    ("bits", "expected"),
    [(0, []), (1, [0]), (0b1010, [1, 3]), (1 << 4000 | 1, [0, 4000])],
)
def test_the_indices_of_bits(bits: int, expected: list[int]) -> None:
    assert indices(bits) == expected


@settings(deadline=None)
@given(st.sets(st.integers(0, 200)))
def test_indices_are_in_order_and_complete(members: set[int]) -> None:
    assert indices(sum(1 << each for each in members)) == sorted(members)
    assert indices(bits(members)) == sorted(members)


def test_a_few_bits_of_many_are_found_too() -> None:
    assert indices(bits([70_000, 3])) == [3, 70_000]
    assert bits([]) == 0
