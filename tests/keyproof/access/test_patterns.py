"""
Wildcards and policy variables.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyproof.access.patterns import (
    Exact,
    Unfilled,
    Variable,
    arn_matchers,
    can_begin,
    fill,
    literal,
    matcher,
    segment_matcher,
    template,
    variables_of,
    widened,
)

if TYPE_CHECKING:
    from keyproof.access.patterns import Pattern, Template

SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret:prod/openai-AbCdEf"
LONG = 20_000
"""More characters than a matcher that tries everything gets through in a lifetime."""


# --- a reference that is as plain as can be


def symbols(pattern: Pattern) -> list[tuple[str, bool]]:
    """The characters of a pattern, each with whether it may be a wildcard."""
    return [
        (character, isinstance(part, str))
        for part in pattern
        for character in (part if isinstance(part, str) else part.text)
    ]


def spelled(pattern: Pattern, text: str, *, confined: bool = False) -> bool:
    """
    Whether a text matches, worked out for every beginning of pattern and text in turn.

    `confined`: wildcards cover no colon among the first five segments, but for a star that
    ends one.
    """
    characters = symbols(pattern)
    reached = {0}
    colons = 0
    for place, (character, wild) in enumerate(characters):
        colons += character == ":"
        open_ended = place + 1 == len(characters) or characters[place + 1] == (":", True)
        crosses = not confined or colons > 4 or (character == "*" and open_ended)
        if wild and character == "*":
            for start in sorted(reached):
                end = start
                while end < len(text) and (crosses or text[end] != ":"):
                    end += 1
                    reached.add(end)
        else:
            reached = {
                start + 1
                for start in reached
                if start < len(text)
                and (
                    (text[start] != ":" or crosses)
                    if wild and character == "?"
                    else text[start] == character
                )
            }
    return len(text) in reached


ALPHABET = "ab:*?"
PATTERNS = st.lists(
    st.text(ALPHABET, max_size=5) | st.builds(Exact, st.text(ALPHABET, max_size=2)), max_size=4
).map(tuple)
TEXTS = st.text(ALPHABET, max_size=9)


@settings(max_examples=500, deadline=None)
@given(PATTERNS, TEXTS)
def test_matching_is_that_of_the_reference(pattern: Pattern, text: str) -> None:
    assert bool(matcher(pattern)(text)) is spelled(pattern, text)


@settings(max_examples=500, deadline=None)
@given(PATTERNS, TEXTS)
def test_matching_within_segments_is_that_of_the_reference(pattern: Pattern, text: str) -> None:
    within = segment_matcher(pattern)
    found = matcher(pattern)(text) if within is None else within(text)

    assert bool(found) is spelled(pattern, text, confined=True)


@settings(max_examples=500, deadline=None)
@given(PATTERNS, st.text(ALPHABET, max_size=5))
def test_a_pattern_can_begin_so_if_its_own_rest_completes_the_text(
    pattern: Pattern, beginning: str
) -> None:
    rests = [
        "".join(
            {"*": "", "?": "a"}.get(character, character) if wild else character
            for character, wild in symbols(pattern)[start:]
        )
        for start in range(len(symbols(pattern)) + 1)
    ]

    assert can_begin(pattern, beginning) is any(spelled(pattern, beginning + it) for it in rests)


@settings(deadline=None)
@given(st.text(max_size=8), st.text(max_size=8))
def test_text_that_is_exact_matches_itself_alone(text: str, other: str) -> None:
    match = matcher((Exact(text),))

    assert bool(match(text))
    assert bool(match(other)) is (text == other)


# --- wildcards


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        ("", "", True),
        ("", "a", False),
        ("*", "", True),
        ("*", "a\nb", True),
        ("?", "", False),
        ("?", "\n", True),
        ("?", "é", True),
        ("a*c", "abc", True),
        ("a*c", "abcd", False),
        ("a*c", "ac", True),
        ("a?c", "ac", False),
        ("**", "ab", True),
        ("*a*", "bab", True),
        ("*a*", "bb", False),
        ("a*b*c", "aXbXbXc", True),
        ("a*bc*bc", "abc", False),
        ("a*bc*bc", "abcbc", True),
        ("secretsmanager:Get*", "secretsmanager:getsecretvalue", False),
        ("a.c", "abc", False),
        ("[ab]", "a", False),
        ("a{2}", "aa", False),
        ("(a", "(a", True),
        ("a$", "a", False),
        ("\\d", "1", False),
        ("*-??????", "prod/openai-AbCdEf", True),
        ("prod/openai-??????", "prod/openai-AbCdEfG", False),
        ("prod/openai", "prod/openai-AbCdEf", False),
    ],
)
def test_a_star_is_any_text_and_a_question_mark_one_character(
    pattern: str,
    text: str,
    matches: bool,  # noqa: FBT001 - a column of the table
) -> None:
    assert bool(matcher((pattern,))(text)) is matches


@pytest.mark.parametrize(
    "pattern",
    [
        "*a" * 40 + "*b",
        "*" * LONG + "b",
        "*a?" * 30 + "b",
        "a*" * 40 + "b",
        "*" + "a" * 500 + "*" + "a" * 500 + "*b",
        "?*" * 100 + "b",
    ],
)
def test_a_pattern_made_to_take_long_is_answered(pattern: str) -> None:
    assert not matcher((pattern,))("a" * LONG)
    assert matcher((pattern,))("a" * LONG + "b")


@pytest.mark.parametrize("pattern", ["arn:*:" + "a*" * 60 + "b:*z:x", "*a" * 10_000, "*?" * 99])
def test_a_pattern_made_to_take_long_is_answered_within_segments(pattern: str) -> None:
    match = segment_matcher((pattern,))

    assert match is not None
    assert not match("arn:aws:" + "a" * 400 + "b:c:z:x")


@pytest.mark.parametrize("pattern", ["*" * 10_000, "a*" * 5_000, "?*" * 5_000])
def test_a_pattern_made_to_take_long_can_begin(pattern: str) -> None:
    assert can_begin((pattern,), "a" * 300)
    assert not can_begin((pattern.replace("*", "") + "b*",), "a" * 5_000 + "c")


# --- segments of an ARN


@pytest.mark.parametrize(
    "pattern",
    [
        "*",
        SECRET,
        "arn:aws:secretsmanager:*",
        "arn:aws:secretsmanager:*:*:secret:*",
        "arn:aws:secretsmanager:us-*:111122223333:secret:prod/*",
        "arn:aws:secretsmanager:us-east-1:111122223333:secret:*-??????",
        "arn:aws:secretsmanager:us-east-1:111122223333:*a*b?c*",
    ],
)
def test_at_the_end_of_a_segment_and_in_the_last_one_nothing_is_in_doubt(pattern: str) -> None:
    assert segment_matcher((pattern,)) is None


@pytest.mark.parametrize(
    ("pattern", "text", "within"),
    [
        ("arn:aws:*manager:us-east-1:1:x", "arn:aws:secretsmanager:us-east-1:1:x", True),
        ("arn:aws:*manager:us-east-1:1:x", "arn:aws:a:manager:us-east-1:1:x", False),
        ("arn:*prod-AbCdEf", SECRET.replace("/openai", ""), False),
        ("arn:aws:a:us-east-?:1:x", "arn:aws:a:us-east-1:1:x", True),
        ("arn:aws:a:us-east?1:1:x", "arn:aws:a:us-east:1:1:x", False),
        ("arn:aws:*a*:x", "arn:aws:bab:c:x", True),
    ],
)
def test_elsewhere_a_wildcard_is_sure_of_its_own_segment_alone(
    pattern: str,
    text: str,
    within: bool,  # noqa: FBT001 - a column of the table
) -> None:
    match = segment_matcher((pattern,))

    assert match is not None
    assert bool(match(text)) is within
    assert matcher((pattern,))(text)


def test_a_star_that_a_variable_brings_is_confined_nowhere() -> None:
    assert segment_matcher(("arn:", Exact("a*b"), ":c")) is None


@pytest.mark.parametrize(
    ("pattern", "arn", "matches"),
    [
        (SECRET, SECRET, True),
        ("arn:*:*:*:*:*", SECRET, True),
        ("arn:aws:secretsmanager:*:111122223333:secret:prod/*", SECRET, True),
        ("arn:aws:secretsmanager:us-?ast-1:*:*", SECRET, True),
        ("arn:aws:*:secret:prod/openai-AbCdEf:a:b", SECRET, False),
        ("*:*:*:*:*:*", "a:b:c:d:e:f:g:h", True),
        ("a:b:c:d:e:f:?:h", "a:b:c:d:e:f:g:h", True),
        ("a:b:c:d:e:f?g:h", "a:b:c:d:e:f:g:h", True),
    ],
)
def test_each_of_the_six_components_of_an_arn_is_matched_on_its_own(
    pattern: str,
    arn: str,
    matches: bool,  # noqa: FBT001 - a column of the table
) -> None:
    matchers = arn_matchers((pattern,))
    components = arn.split(":", 5)

    assert matchers is not None
    assert matches is all(
        match(component) for match, component in zip(matchers, components, strict=True)
    )


@pytest.mark.parametrize("pattern", ["*", "", "arn:aws:iam", "arn:aws:iam::111122223333"])
def test_what_has_not_six_components_is_no_arn(pattern: str) -> None:
    assert arn_matchers((pattern,)) is None


def test_a_variable_s_value_may_hold_several_components() -> None:
    matchers = arn_matchers((Exact("arn:aws:iam::*"), ":user/", Exact("a:*"), "*"))

    assert matchers is not None
    assert [bool(match(each)) for match, each in zip(matchers, ("arn", "aws"), strict=False)] == [
        True,
        True,
    ]
    assert (bool(matchers[4]("*")), bool(matchers[4]("1"))) == (True, False)
    assert (bool(matchers[5]("user/a:*-b")), bool(matchers[5]("user/a:x"))) == (True, False)


@pytest.mark.parametrize(
    ("pattern", "beginning", "can"),
    [
        (("AROAEXAMPLE:*",), "AROAEXAMPLE:", True),
        (("AROAEXAMPLE:run1",), "AROAEXAMPLE:", True),
        (("AROAOTHER:*",), "AROAEXAMPLE:", False),
        (("AROA",), "AROAEXAMPLE:", False),
        (("*:run1",), "AROAEXAMPLE:", True),
        (("????",), "AROAEXAMPLE:", False),
        ((Exact("AROA*"),), "AROAEXAMPLE:", False),
        (("",), "a", False),
        (("",), "", True),
        (("*" * 300,), "a" * 300, True),
    ],
)
def test_whether_a_text_that_begins_so_could_match(
    pattern: Pattern,
    beginning: str,
    can: bool,  # noqa: FBT001 - a column of the table
) -> None:
    assert can_begin(pattern, beginning) is can


# --- variables


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain*", ("plain*",)),
        ("", ("",)),
        ("${aws:username}", (Variable("aws:username", None),)),
        ("a/${AWS:UserName}/*", ("a/", Variable("aws:username", None), "/*")),
        ("${ aws:username }", (Variable("aws:username", None),)),
        (
            "${aws:PrincipalTag/team, 'company-wide'}",
            (Variable("aws:principaltag/team", "company-wide"),),
        ),
        ("${a:b,''}", (Variable("a:b", ""),)),
        ("${a:b,'x*, y'}z", (Variable("a:b", "x*, y"), "z")),
        ("${*}${?}${$}", (Exact("*"), Exact("?"), Exact("$"))),
        ("a${*}b*", ("a", Exact("*"), "b*")),
        ("${a:b}${c:d}", (Variable("a:b", None), Variable("c:d", None))),
        ("${aws:username", ("${aws:username",)),
        ("$aws:username}", ("$aws:username}",)),
        ("$${a:b}", ("$", Variable("a:b", None))),
        ("${${a:b}}", ("${", Variable("a:b", None), "}")),
    ],
)
def test_a_text_s_variables(text: str, expected: Template) -> None:
    assert template(text, variables=True) == expected


@pytest.mark.parametrize("text", ["${aws:username}", "${*}", "${$}{", "${a:b, 'c'}"])
def test_the_version_of_2008_has_no_variables(text: str) -> None:
    assert template(text, variables=False) == (text,)


def test_the_keys_that_a_text_needs() -> None:
    parts = template("${a:B}/*/${C:d, 'x'}/${*}", variables=True)

    assert variables_of(parts) == ("a:b", "c:d")


VALUES: dict[str, str | Unfilled] = {
    "aws:username": "dev*",
    "aws:absent": Unfilled.ABSENT,
    "aws:unknown": Unfilled.UNKNOWN,
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("home/${aws:username}/*", ("home/", Exact("dev*"), "/*")),
        ("${aws:username, 'nobody'}", (Exact("dev*"),)),
        ("${aws:absent}", Unfilled.ABSENT),
        ("${aws:absent, 'nobody?'}", (Exact("nobody?"),)),
        ("${aws:absent, ''}", (Exact(""),)),
        ("${aws:unknown}", Unfilled.UNKNOWN),
        ("${aws:unknown, 'nobody'}", Unfilled.UNKNOWN),
        ("${aws:unknown}${aws:absent}", Unfilled.ABSENT),
        ("${aws:absent}${aws:unknown}", Unfilled.ABSENT),
        ("${aws:username}${aws:unknown}", Unfilled.UNKNOWN),
        ("${*}", (Exact("*"),)),
        ("*", ("*",)),
    ],
)
def test_values_in_place_of_variables(text: str, expected: Pattern | Unfilled) -> None:
    assert fill(template(text, variables=True), VALUES.__getitem__) == expected


def test_a_wildcard_in_a_value_stands_for_itself() -> None:
    pattern = fill(template("home/${aws:username}/*", variables=True), VALUES.__getitem__)

    assert not isinstance(pattern, Unfilled)
    assert matcher(pattern)("home/dev*/file")
    assert not matcher(pattern)("home/developer/file")


@pytest.mark.parametrize(
    ("text", "matches", "misses"),
    [("a${*}", "a*", "ab"), ("a${?}", "a?", "ab"), ("a${$}", "a$", "a"), ("${$}{b}", "${b}", "b")],
)
def test_a_predefined_variable_is_its_character(text: str, matches: str, misses: str) -> None:
    pattern = fill(template(text, variables=True), VALUES.__getitem__)

    assert not isinstance(pattern, Unfilled)
    assert matcher(pattern)(matches)
    assert not matcher(pattern)(misses)
    assert literal(pattern) == matches


@settings(deadline=None)
@given(st.text(ALPHABET, max_size=6))
def test_a_widened_text_matches_whatever_its_variables_turn_out_to_be(value: str) -> None:
    parts = template("a*${a:b}?${*}${c:d, 'x'}", variables=True)
    filled = fill(parts, lambda _: value)

    assert not isinstance(filled, Unfilled)
    assert widened(parts) == ("a*", "*", "?", Exact("*"), "*")
    assert matcher(widened(parts))(literal(filled))


@settings(deadline=None)
@given(st.text(max_size=30) | st.text("${}*?',ab:", max_size=30))
def test_any_text_can_be_taken_apart(text: str) -> None:
    parts = template(text, variables=True)
    filled = fill(parts, lambda _: "")

    assert not isinstance(filled, Unfilled)
    assert all(part for part in parts) is bool(text)
    assert len(literal(filled)) <= len(text)
