from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reports.capped import MOST_ROWS, capped


def test_a_short_list_is_whole() -> None:
    few = capped(["a", "b"], "facts.json")

    assert (few.rows, few.total, few.more, few.document) == (["a", "b"], 2, 0, "facts.json")


def test_a_long_list_keeps_its_first_rows() -> None:
    many = capped(range(MOST_ROWS + 7), "facts.json")

    assert list(many.rows) == list(range(MOST_ROWS))
    assert (many.total, many.more) == (MOST_ROWS + 7, 7)


@given(st.lists(st.integers(), max_size=30), st.integers(0, 40))
def test_nothing_is_lost_without_being_counted(rows: list[int], most: int) -> None:
    found = capped(rows, "facts.json", most)

    assert len(found.rows) <= most
    assert len(found.rows) + found.more == len(rows)
    assert rows[: len(found.rows)] == found.rows
