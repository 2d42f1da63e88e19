from __future__ import annotations

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from keyproof.declarations.source import parse

SCALARS = st.none() | st.booleans() | st.integers(-(10**9), 10**9) | st.text(max_size=20)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
CONTENT = b"""\
a: 1
b:
  - x
  - c: yes
    d:
      e: "90"
f: {g: 0123,
  h: ~}
"""


def test_values_and_their_lines() -> None:
    source = parse(CONTENT)

    assert source.faults == ()
    assert source.value == {
        "a": 1,
        "b": ["x", {"c": "yes", "d": {"e": "90"}}],
        "f": {"g": "0123", "h": None},
    }
    lines = {
        (): 1,
        ("a",): 1,
        ("b",): 2,
        ("b", 0): 3,
        ("b", 1): 4,
        ("b", 1, "c"): 4,
        ("b", 1, "d"): 5,
        ("b", 1, "d", "e"): 6,
        ("f", "g"): 7,
        ("f", "h"): 8,
    }
    assert {path: source.lines.of(path) for path in lines} == lines


def test_a_path_that_does_not_exist_has_the_line_of_its_last_step_that_does() -> None:
    lines = parse(CONTENT).lines

    assert lines.of(("b", 1, "d", "none", "such")) == 5
    assert lines.of(("b", 9)) == 2
    assert lines.of(("a", 0)) == 1


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        ("a: 1\nb: 2\na: 3\n", (3, 'the key "a" is there already, on line 1')),
        ("a: {b: 1,\n b: 2}\n", (2, 'the key "b" is there already, on line 1')),
        ("a: &anchor 1\n", (1, "the anchor &anchor: leave it out")),
        ("a:\n  - &x {b: 1}\n", (2, "the anchor &x: leave it out")),
        ("a: 1\nb: *anchor\n", (2, "the alias *anchor: write the value itself")),
        ("a: !!str 1\n", (1, "the tag !!str: leave it out, quotes make a text")),
        ("a: !os x\n", (1, "the tag !os: leave it out, quotes make a text")),
        ("a: !secret\n  b: 1\n", (1, "the tag !secret: leave it out, quotes make a text")),
        ("a: 1\n---\nb: 2\n", (2, "a second document: put one document in a file")),
        ("? [a]\n: 1\n", (1, "a key that is no text: write a field's name")),
        ("? {a: 1}\n: 1\n", (1, "a key that is no text: write a field's name")),
        ("a:\n\tb: 1\n", (2, "a tab: YAML is indented with spaces")),
        ("a: b\n\tc: d\n", (2, "a tab: YAML is indented with spaces")),
        ("a: |\n\tb\n", (2, "a tab: YAML is indented with spaces")),
        ("a: 1\nb: \x07\n", (2, "a control character (U+0007): take it out")),
        ("é: ü\nb: \x00\n", (2, "a control character (U+0000): take it out")),
        ("a: b: c\n", (1, "is not YAML: mapping values are not allowed in this context")),
        ("a: 1\nb: @x\n", (2, "is not YAML: found character that cannot start any token")),
        ("a: [1,\n", (2, "is not YAML: did not find expected node content")),
        ("a: 'b\n", (2, "is not YAML: found unexpected end of stream")),
        ("[" * 100_000, (1, "values within values, more than 32 deep")),
        ("- " * 5_000 + "a", (1, "values within values, more than 32 deep")),
    ],
)  # fmt: skip
def test_what_makes_a_file_say_something_else_is_a_fault(
    content: str, fault: tuple[int, str]
) -> None:
    assert parse(content.encode()).faults == (fault,)


def test_all_faults_before_a_syntax_error_are_kept() -> None:
    source = parse(b"a: &x 1\na: 2\nb: 'c\n")

    assert [line for line, _ in source.faults] == [1, 2, 4]
    assert source.value is None


def test_the_first_of_two_values_of_a_key_is_kept() -> None:
    assert parse(b"a: 1\na: 2\n").value == {"a": 1}


@settings(deadline=None)
@given(VALUES)
def test_what_a_yaml_library_writes_is_read_back(value: object) -> None:
    content = yaml.safe_dump(value, allow_unicode=True, default_style='"').encode()
    plain = yaml.load(content, Loader=yaml.BaseLoader)  # noqa: S506 - builds nothing but text

    source = parse(
        content.replace(b"!!int ", b"").replace(b"!!bool ", b"").replace(b"!!null ", b"")
    )

    assert source.faults == ()
    assert source.value == plain


@settings(deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_content_makes_the_reader_fail(content: bytes) -> None:
    source = parse(content)

    breaks = [b"\n", b"\r", *(character.encode() for character in "\x85\u2028\u2029")]
    rows = sum(content.count(line_break) for line_break in breaks) + 2
    assert all(1 <= line <= rows for line, _ in source.faults)
    assert all("\n" not in text for _, text in source.faults)
