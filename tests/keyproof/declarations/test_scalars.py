from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyproof.declarations.scalars import is_placeholder, resolve, without_placeholders


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("true", True),
        ("TRUE", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("0", 0),
        ("90", 90),
        ("-3", -3),
        ("+3", 3),
        ("500.5", 500.5),
        (".5", 0.5),
        ("5.", 5.0),
        ("1e3", 1000.0),
    ],
)
def test_words_of_the_core_schema(text: str, value: object) -> None:
    resolved = resolve(text)

    assert (type(resolved), resolved) == (type(value), value)


@pytest.mark.parametrize(
    "text",
    [
        "yes", "no", "on", "off", "y", "tRUE", "Null!",
        "0123", "012345678901", "0x1f", "0o17", "0b1", "1_000", "1:30", "12:30:45",
        "1e999", ".inf", "-.INF", ".nan", ".", "e3", "1e", "--1", "1 2", "٣",
        "2027-01-31", "2027-01-31T00:00:00Z", "1" * 19, "<<", "=",
    ],
)  # fmt: skip
def test_everything_else_stays_text(text: str) -> None:
    assert resolve(text) == text


@settings(deadline=None)
@given(st.integers(min_value=-(10**18) + 1, max_value=10**18 - 1))
def test_whole_numbers_are_read_as_they_are_written(number: int) -> None:
    assert resolve(str(number)) == number


@settings(deadline=None)
@given(st.text())
def test_any_text_resolves(text: str) -> None:
    assert resolve(text) is None or isinstance(resolve(text), str | int | float)


@pytest.mark.parametrize(
    "text",
    [
        "", "   ", "\t\n", "-", "--", "?", "???", "…", ".", "n/a", "N/A", "na", "N.A.", "none",
        "None", "NULL", "unknown", "tbd", "TBD", "tbd.", "todo",
        "TODO!", "TODO: find the owner", "tbd - ask Ada", "tbd (ask Ada)", "FIXME", "xxx", "XXXX",
        "to be defined", "To  Be\nDetermined", "not yet known", "<owner>", "[owner]", "{{ owner }}",
        "${OWNER}", "nobody", "not applicable", "changeme",
    ],
)  # fmt: skip
def test_texts_that_only_keep_a_place(text: str) -> None:
    assert is_placeholder(text)


@pytest.mark.parametrize(
    "text",
    [
        "Ada", "Platform", "openai", "GPT-4o", "Todo list product", "TBD Bank", "unknown-service",
        "none of the admin rights", "production/*", "*", "arn:aws:iam::111122223333:root",
        "x", "7", "日本", "Notes (none)", "nation", "<a> to <b>",
    ],
)  # fmt: skip
def test_texts_that_state_something(text: str) -> None:
    assert not is_placeholder(text)


def test_placeholders_are_taken_out_at_every_depth() -> None:
    value = {"a": "tbd", "b": [{"c": "-"}, "Ada", 0, None, False]}

    assert without_placeholders(value) == {"a": None, "b": [{"c": None}, "Ada", 0, None, False]}
