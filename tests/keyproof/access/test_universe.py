"""
Many resources at once, against each of them alone.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyproof.access.extents import NOTHING, Extent, Truth, indices
from keyproof.access.patterns import Exact, matcher, segment_matcher
from keyproof.access.universe import Resource, Universe, tag_values
from keyproof.access.values import ABSENT, UNKNOWN, known
from tests.keyproof.access.policies import ACCOUNT, OTHER_ACCOUNT

if TYPE_CHECKING:
    from keyproof.access.patterns import Pattern
    from keyproof.access.values import Value

NO, MAYBE, YES = Truth.NO, Truth.MAYBE, Truth.YES


def arn(name: str, account: str = ACCOUNT, region: str = "us-east-1") -> str:
    return f"arn:aws:secretsmanager:{region}:{account}:secret:{name}"


NAMES = ("prod/openai-AbCdEf", "prod/anthropic-GhIjKl", "dev/openai-MnOpQr", "prod-StUvWx")
ARNS = (
    *map(arn, NAMES),
    arn(NAMES[0], OTHER_ACCOUNT),
    arn(NAMES[0], region="eu-west-1"),
    arn("prod*-YzAbCd"),
    arn(NAMES[0]),  # once more, as the key of each secret may be one
)
UNIVERSE = Universe([Resource(arn=each, account=each.split(":")[4]) for each in ARNS])


def found(pattern: Pattern | str, universe: Universe = UNIVERSE) -> list[int]:
    """The indices of the resources that surely match; no other one may."""
    extent = universe.matching((pattern,) if isinstance(pattern, str) else pattern)
    assert extent.sure == extent.possible
    return indices(extent.sure)


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*", [0, 1, 2, 3, 4, 5, 6, 7]),
        (ARNS[0], [0, 7]),
        (ARNS[1], [1]),
        (arn("prod/openai"), []),
        (arn("prod/openai-??????"), [0, 7]),
        (arn("prod/openai-*"), [0, 7]),
        (arn("prod*"), [0, 1, 3, 6, 7]),
        (arn("PROD*"), []),
        (arn("*/openai-*"), [0, 2, 7]),
        (arn("prod/openai-AbCdEf*"), [0, 7]),
        (arn("prod/openai-AbCdEf?"), []),
        ("arn:aws:secretsmanager:*:*:secret:prod/openai-??????", [0, 4, 5, 7]),
        ("arn:aws:secretsmanager:us-east-1:*", [0, 1, 2, 3, 4, 6, 7]),
        ("arn:*:secretsmanager:*:444455556666:secret:*", [4]),
        ("arn:aws-cn:*", []),
        ("?rn:aws:secretsmanager:eu-west-?:*", [5]),
        ("", []),
        ((arn("prod"), Exact("*"), "-*"), [6]),
        ((Exact(arn("prod*-YzAbCd")),), [6]),
        ((Exact(arn("prod*")),), []),
        (("arn:aws:secretsmanager:", Exact("us-east-1"), ":*:secret:dev/*"), [2]),
    ],
)
def test_the_resources_that_a_pattern_matches(pattern: Pattern | str, expected: list[int]) -> None:
    assert found(pattern) == expected


@pytest.mark.parametrize(
    ("pattern", "possible"),
    [
        ("arn:aws:*-1:111122223333:secret:prod-*", [3]),
        ("arn:*west-1:*", [5]),
        ("*AbCdEf", [0, 4, 5, 7]),
        ("arn:aws:secretsmanager:us-east-1?111122223333:secret:dev/*", [2]),
    ],
)
def test_within_a_segment_a_wildcard_is_not_sure_to_cover_a_colon(
    pattern: str, possible: list[int]
) -> None:
    extent = UNIVERSE.matching((pattern,))

    assert (indices(extent.sure), indices(extent.possible)) == ([], possible)


def test_the_order_of_resources_does_not_matter() -> None:
    backwards = Universe([Resource(arn=each, account=ACCOUNT) for each in reversed(ARNS)])

    assert found(arn("prod/*"), backwards) == [0, 6, 7]


def test_of_no_resources_none_match() -> None:
    empty = Universe([])

    assert (empty.full, empty.everything, empty.matching(("*",))) == (0, NOTHING, NOTHING)
    assert empty.groups(("aws:key",)) == ()
    assert list(empty.accounts) == []


SEGMENTS = st.text("ab*?", max_size=3)
PATTERNS = st.lists(SEGMENTS, min_size=1, max_size=7).map(":".join) | st.sampled_from(ARNS)
TEXTS = st.lists(st.text("ab*", max_size=3), min_size=6, max_size=7).map(":".join)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(PATTERNS | st.builds(Exact, SEGMENTS), min_size=1, max_size=2).map(tuple),
    st.lists(TEXTS | st.sampled_from(ARNS), max_size=6),
)
def test_matching_is_that_of_each_resource_alone(pattern: Pattern, texts: list[str]) -> None:
    universe = Universe([Resource(arn=text, account=ACCOUNT) for text in texts])
    extent = universe.matching(pattern)
    within = segment_matcher(pattern) or matcher(pattern)

    assert [extent.truth(index) for index in range(len(texts))] == [
        (YES if within(text) else MAYBE) if matcher(pattern)(text) else NO for text in texts
    ]
    assert universe.matching(pattern) is extent


def test_the_resources_of_an_account() -> None:
    assert list(UNIVERSE.accounts) == [ACCOUNT, OTHER_ACCOUNT]
    assert UNIVERSE.of_account(OTHER_ACCOUNT) == 1 << 4
    assert UNIVERSE.of_account(ACCOUNT) == UNIVERSE.full ^ 1 << 4
    assert UNIVERSE.of_account("999999999999") == 0
    assert UNIVERSE.everything == Extent(0b11111111, 0b11111111)


# --- the keys that resources decide


def resource(
    tags: dict[str, Value] | None = None, context: dict[str, Value] | None = None
) -> Resource:
    return Resource(arn=ARNS[0], account=ACCOUNT, tags=tags, context=context or {})


TAGGED = Universe(
    [
        resource({"team": known("ml")}, {"secretsmanager:name": known("a")}),
        resource({"team": known("web")}),
        resource({}),
        resource({"team": known("ml")}),
        resource(None),
    ],
    tag_prefixes=("aws:resourcetag/", "secretsmanager:resourcetag/"),
    unknown=UNKNOWN,
)


@pytest.mark.parametrize(
    ("key", "decides"),
    [
        ("aws:resourcetag/team", True),
        ("aws:resourcetag/", True),
        ("secretsmanager:resourcetag/other", True),
        ("secretsmanager:name", True),
        ("aws:principaltag/team", False),
        ("kms:resourcetag/team", False),
        ("aws:sourceip", False),
    ],
)
def test_which_keys_the_resources_decide(
    key: str,
    decides: bool,  # noqa: FBT001 - a column of the table
) -> None:
    assert TAGGED.decides(key) is decides


def test_without_prefixes_of_tags_none_are_the_resources_own() -> None:
    assert not Universe([resource({"team": known("ml")})], tag_prefixes=()).decides(
        "aws:resourcetag/team"
    )


@pytest.mark.parametrize("prefix", ["aws:resourcetag/", "secretsmanager:resourcetag/"])
def test_resources_are_grouped_by_the_values_of_their_tags(prefix: str) -> None:
    assert TAGGED.groups((f"{prefix}team",)) == (
        ((known("ml"),), 0b01001),
        ((known("web"),), 0b00010),
        ((ABSENT,), 0b00100),
        ((UNKNOWN,), 0b10000),
    )


def test_resources_are_grouped_by_several_keys() -> None:
    assert TAGGED.groups(("secretsmanager:name", "aws:resourcetag/team")) == (
        ((known("a"), known("ml")), 0b00001),
        ((ABSENT, known("web")), 0b00010),
        ((ABSENT, ABSENT), 0b00100),
        ((ABSENT, known("ml")), 0b01000),
        ((ABSENT, UNKNOWN), 0b10000),
    )


def test_no_key_makes_one_group() -> None:
    assert TAGGED.groups(()) == (((), 0b11111),)


def test_a_value_of_its_own_goes_before_a_tag() -> None:
    universe = Universe([resource({"team": known("ml")}, {"aws:resourcetag/team": known("web")})])

    assert universe.groups(("aws:resourcetag/team",)) == (((known("web"),), 1),)


def test_unless_told_otherwise_tags_that_are_not_known_are_absent() -> None:
    assert Universe([resource(None)]).groups(("aws:resourcetag/team",)) == (((ABSENT,), 1),)


def test_tags_are_found_by_their_keys_in_lower_case() -> None:
    assert tag_values([("Team", "ml"), ("ENV", ""), ("", "x")]) == {
        "team": known("ml"),
        "env": known(""),
        "": known("x"),
    }
    assert tag_values([]) == {}


def test_of_two_tags_that_differ_in_case_alone_both_count() -> None:
    assert tag_values([("Team", "ml"), ("team", "web")]) == {"team": known("ml", "web")}
