from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.visible import HEAD, LONG_NAME, MOST_CHARACTERS, MOST_NOTES, Notes, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("production/openai/api-key", "production/openai/api-key"),
        ("invoice\u202efdp.exe", "invoice\\u202efdp.exe"),
        ("\u2066left\u2069", "\\u2066left\\u2069"),
        ("zero\u200bwidth\ufeff", "zero\\u200bwidth\\ufeff"),
        ("no\u00a0break", "no\\u00a0break"),
        ("a\x00b\x1b[31mc\x7f", "a\\u0000b\\u001b[31mc\\u007f"),
        ("line\nnext\r\tcell", "line\\nnext\\r\\tcell"),
        ("tag\U000e0041", "tag\\U000e0041"),
        ("half\ud800", "half\\ud800"),
        ("none\ufffe \U0001ffff \ufdd0", "none\\ufffe \\U0001ffff \\ufdd0"),
        ("cafe\u0301 \u0939\u093f 日本語 עברית 🦊", "cafe\u0301 \u0939\u093f 日本語 עברית 🦊"),
        ("z" + "\u0301" * 5, "z" + "\u0301" * 3 + "\\u0301" * 2),
    ],
)
def test_what_cannot_be_seen_is_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text(alphabet=st.characters()))
def test_nothing_invisible_is_left(text: str) -> None:
    shown = visible(text)

    hidden = {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"}
    assert not [character for character in shown if unicodedata.category(character) in hidden]
    assert visible(shown) == shown
    assert shown.encode().decode() == shown


def test_a_text_is_shortened_beyond_the_limit_only() -> None:
    notes = Notes()

    assert not notes.shorten("x" * LONG_NAME).shortened
    short = notes.shorten("x" * (LONG_NAME + 1))

    assert short.shortened
    assert (short.text, short.length, short.note) == ("x" * HEAD, LONG_NAME + 1, 1)


def test_a_long_text_has_one_note_however_often_it_is_met() -> None:
    notes = Notes()
    texts = ["a" * 300, "b" * 300, "a" * 300]

    numbers = [notes.shorten(text).note for text in texts]

    assert numbers == [1, 2, 1]
    assert [(number, whole.text) for number, whole in notes.whole()] == [
        (1, "a" * 300),
        (2, "b" * 300),
    ]


def test_notes_have_an_end() -> None:
    notes = Notes()
    for number in range(MOST_NOTES):
        notes.shorten(f"{number}" * 300)

    beyond = notes.shorten("x" * (MOST_CHARACTERS + 1))

    assert beyond.note is None
    assert len(notes.whole()) == MOST_NOTES


def test_a_note_says_when_it_is_not_the_whole_text() -> None:
    notes = Notes()
    notes.shorten("x" * (MOST_CHARACTERS + 1))

    ((_, whole),) = notes.whole()

    assert whole.shortened
    assert len(whole.text) == MOST_CHARACTERS
