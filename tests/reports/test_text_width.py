from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.text_width import ems, fitted

_text = st.text(st.characters(exclude_characters="…"), max_size=60)


@pytest.mark.parametrize(
    ("narrower", "wider"),
    [("i", "a"), ("a", "A"), ("A", "W"), ("W", "日"), ("日", "\ufdfa"), ("", "i")],
)
def test_letters_differ_in_width(narrower: str, wider: str) -> None:
    assert ems(narrower) < ems(wider)


def test_a_mark_over_a_letter_takes_no_room() -> None:
    assert ems("e\u0301") == ems("e")


@pytest.mark.parametrize(
    ("text", "room", "shown"),
    [
        ("research", 10.0, "research"),
        ("production/openai/api-key", 10.0, "productio…pi-key"),
        ("WWWWWWWWWWWWWWWWWWWWWWWWW", 10.0, "WWWWW…WWW"),
        ("日本日本日本日本日本", 10.0, "日本日本…日本"),
        ("research", 1.3, "…"),
        ("research", 0.0, "…"),
        ("", 0.0, ""),
    ],
)
def test_a_text_that_is_too_long_keeps_both_its_ends(text: str, room: float, shown: str) -> None:
    assert fitted(text, room) == shown


@given(_text, _text)
def test_width_adds_up(before: str, after: str) -> None:
    assert ems(before + after) == pytest.approx(ems(before) + ems(after))


@given(_text, st.floats(1.3, 40))
def test_what_is_fitted_has_room(text: str, room: float) -> None:
    shown = fitted(text, room)

    assert ems(shown) <= room + 1e-9
    head, cut, tail = shown.partition("…")
    if ems(text) <= room:
        assert shown == text
    else:
        assert cut
        assert text.startswith(head)
        assert text.endswith(tail)
        assert len(head) + len(tail) < len(text)
