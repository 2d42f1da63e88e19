"""
Condition operators.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyproof.access.conditions import MULTIVALUED, condition_of, holds, instant
from keyproof.access.extents import Truth
from keyproof.access.patterns import template
from keyproof.access.values import ABSENT, UNKNOWN, Beginning, Elsewhere, Since, known

if TYPE_CHECKING:
    from collections.abc import Mapping

    from keyproof.access.values import Value

NO, MAYBE, YES = Truth.NO, Truth.MAYBE, Truth.YES
KEY = "aws:Key"
NOW = Decimal(1_793_610_000)  # 2026-11-02T09:00:00Z
ROLE = "arn:aws:iam::111122223333:role/app"
NONE: Mapping[str, Value] = {}

POSITIVE = {
    "StringEquals": ("prod", "prod", "dev"),
    "StringEqualsIgnoreCase": ("prod", "PROD", "dev"),
    "StringLike": ("pr?d*", "prodigy", "dev"),
    "NumericEquals": ("10", "10.0", "11"),
    "NumericLessThan": ("10", "9", "10"),
    "NumericLessThanEquals": ("10", "10", "10.5"),
    "NumericGreaterThan": ("10", "10.5", "10"),
    "NumericGreaterThanEquals": ("10", "1e1", "9"),
    "DateEquals": ("2026-11-02T09:00:00Z", "2026-11-02T10:00:00+01:00", "2026-11-02T09:00:01Z"),
    "DateLessThan": ("2026-11-02", "2026-11-01T23:59:59Z", "2026-11-02T00:00:00Z"),
    "DateLessThanEquals": ("2026-11-02", "2026-11-02T00:00:00Z", "2026-11-02T00:00:01Z"),
    "DateGreaterThan": ("1793610000", "2026-11-02T09:00:01Z", "2026-11-02T09:00:00Z"),
    "DateGreaterThanEquals": ("1793610000", "2026-11-02T09:00:00Z", "2026-11-02T08:59:59Z"),
    "Bool": ("true", "true", "false"),
    "BinaryEquals": ("QmluYXJ5", "QmluYXJ5", "QmluYXJ6"),
    "IpAddress": ("203.0.113.0/24", "203.0.113.9", "198.51.100.1"),
    "ArnEquals": ("arn:aws:iam::*:role/app", ROLE, ROLE.replace("app", "dev")),
    "ArnLike": ("arn:aws:iam::111122223333:role/*", ROLE, ROLE.replace("role", "user")),
}
"""By operator a value of the policy, one of the request that passes, and one that does not."""

NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
}
OPERATORS = [*POSITIVE, *NEGATED]


def answer(
    operator: str,
    wanted: str | list[str],
    value: Value,
    others: Mapping[str, Value] = NONE,
    *,
    key: str = KEY,
) -> Truth:
    """Whether a condition on one key holds; a key that is not given is absent."""
    texts = [wanted] if isinstance(wanted, str) else wanted
    values = {key.lower(): value, **others}
    return holds(
        condition_of(operator, key, tuple(template(text, variables=True) for text in texts)),
        lambda name: values.get(name, ABSENT),
    )


def samples(operator: str) -> tuple[str, str, str]:
    """A value of the policy, one that the operator passes, and one that it does not."""
    wanted, equal, other = POSITIVE[NEGATED.get(operator, operator)]
    return (wanted, other, equal) if operator in NEGATED else (wanted, equal, other)


# --- every operator


@pytest.mark.parametrize("operator", OPERATORS)
def test_an_operator_compares_one_value(operator: str) -> None:
    wanted, passes, fails = samples(operator)

    assert answer(operator, wanted, known(passes)) is YES
    assert answer(operator, wanted, known(fails)) is NO


@pytest.mark.parametrize("operator", OPERATORS)
def test_with_an_absent_key_only_negations_hold(operator: str) -> None:
    wanted, _, _ = samples(operator)

    assert answer(operator, wanted, ABSENT) is (YES if operator in NEGATED else NO)


@pytest.mark.parametrize("operator", OPERATORS)
def test_if_exists_holds_of_an_absent_key_and_else_compares(operator: str) -> None:
    wanted, passes, fails = samples(operator)

    assert answer(f"{operator}IfExists", wanted, ABSENT) is YES
    assert answer(f"{operator}IfExists", wanted, known(passes)) is YES
    assert answer(f"{operator}IfExists", wanted, known(fails)) is NO


@pytest.mark.parametrize(
    ("operator", "wanted", "value", "expected"),
    [
        ("StringEquals", ["dev", "prod"], "prod", YES),
        ("StringEquals", ["dev", "web"], "prod", NO),
        ("StringNotEquals", ["dev", "prod"], "prod", NO),
        ("StringNotEquals", ["dev", "web"], "prod", YES),
        ("StringNotLike", ["d*", "p*"], "prod", NO),
        ("NumericLessThan", ["1", "10"], "9", YES),
        ("NumericNotEquals", ["1", "10"], "10", NO),
        ("DateGreaterThan", ["2027", "2026"], "2026-11-02", YES),
        ("DateNotEquals", ["2027", "2026"], "2026-11-02", YES),
        ("Bool", ["true", "false"], "false", YES),
        ("BinaryEquals", ["QmluYXJ6", "QmluYXJ5"], "QmluYXJ5", YES),
        ("IpAddress", ["2001:db8::/32", "203.0.113.0/24"], "203.0.113.9", YES),
        ("NotIpAddress", ["2001:db8::/32", "203.0.113.0/24"], "203.0.113.9", NO),
        ("ArnLike", ["arn:aws:iam::444455556666:*", ROLE], ROLE, YES),
        ("ArnNotEquals", ["arn:aws:iam::444455556666:*", ROLE], ROLE, NO),
    ],
)
def test_of_several_values_of_the_policy_one_is_enough_and_a_negation_needs_all(
    operator: str, wanted: list[str], value: str, expected: Truth
) -> None:
    assert answer(operator, wanted, known(value)) is expected


@pytest.mark.parametrize("operator", OPERATORS)
def test_for_all_values_needs_every_value_of_the_request(operator: str) -> None:
    wanted, passes, fails = samples(operator)
    quantified = f"ForAllValues:{operator}"

    assert answer(quantified, wanted, known(passes, passes)) is YES
    assert answer(quantified, wanted, known(passes, fails)) is NO
    assert answer(quantified, wanted, known(fails)) is NO
    assert answer(quantified, wanted, ABSENT) is YES
    assert answer(f"{quantified}IfExists", wanted, ABSENT) is YES


@pytest.mark.parametrize("operator", OPERATORS)
def test_for_any_value_needs_one_value_of_the_request(operator: str) -> None:
    wanted, passes, fails = samples(operator)
    quantified = f"ForAnyValue:{operator}"

    assert answer(quantified, wanted, known(fails, passes)) is YES
    assert answer(quantified, wanted, known(fails, fails)) is NO
    assert answer(quantified, wanted, known(passes)) is YES
    assert answer(quantified, wanted, ABSENT) is NO


@pytest.mark.parametrize("operator", OPERATORS)
def test_for_any_value_with_if_exists_is_open_for_an_absent_key(operator: str) -> None:
    """One of them says yes and the other no; AWS does not tell which counts."""
    wanted, _, fails = samples(operator)

    assert answer(f"ForAnyValue:{operator}IfExists", wanted, ABSENT) is MAYBE
    assert answer(f"ForAnyValue:{operator}IfExists", wanted, known(fails)) is NO


@pytest.mark.parametrize("operator", OPERATORS)
def test_an_empty_text_is_no_value_to_a_quantifier(operator: str) -> None:
    """AWS calls it a null dataset, of which ForAllValues holds and ForAnyValue does not."""
    wanted, _, _ = samples(operator)

    assert answer(f"ForAllValues:{operator}", wanted, known("")) is YES
    assert answer(f"ForAnyValue:{operator}", wanted, known("")) is NO


@pytest.mark.parametrize("operator", OPERATORS)
def test_without_a_quantifier_several_values_count_where_they_agree(operator: str) -> None:
    wanted, passes, fails = samples(operator)

    assert answer(operator, wanted, known(passes, passes)) is YES
    assert answer(operator, wanted, known(fails, fails)) is NO
    assert answer(operator, wanted, known(passes, fails)) is MAYBE


@pytest.mark.parametrize("key", sorted(MULTIVALUED))
def test_a_key_of_several_values_needs_a_quantifier(key: str) -> None:
    assert answer("StringEquals", "prod", known("prod"), key=key) is MAYBE
    assert answer("StringNotEquals", "prod", known("prod"), key=key) is MAYBE
    assert answer("StringEquals", "prod", ABSENT, key=key) is NO
    assert answer("ForAnyValue:StringEquals", "prod", known("prod", "dev"), key=key) is YES
    assert answer("ForAllValues:StringEquals", "prod", known("prod", "dev"), key=key) is NO


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("prefix", ["", "ForAllValues:", "ForAnyValue:"])
@pytest.mark.parametrize("suffix", ["", "IfExists"])
def test_of_an_unknown_value_nothing_is_said(operator: str, prefix: str, suffix: str) -> None:
    wanted, _, _ = samples(operator)

    assert answer(f"{prefix}{operator}{suffix}", wanted, UNKNOWN) is MAYBE


@pytest.mark.parametrize("operator", OPERATORS)
@pytest.mark.parametrize("prefix", ["", "ForAllValues:", "ForAnyValue:"])
@pytest.mark.parametrize("suffix", ["", "IfExists"])
def test_operators_and_keys_have_no_case(operator: str, prefix: str, suffix: str) -> None:
    wanted, passes, fails = samples(operator)
    name = f"{prefix}{operator}{suffix}"

    for spelling in (name.lower(), name.upper(), name.swapcase()):
        for value in (known(passes), known(fails), known(passes, fails), ABSENT):
            assert answer(spelling, wanted, value, key="AWS:KEY") is answer(name, wanted, value)


@pytest.mark.parametrize(
    "operator",
    [
        "",
        "StringEqual",
        "StringContains",
        "NotStringEquals",
        "BoolNot",
        "BinaryNotEquals",
        "IfExists",
        "NullIfExists",
        "StringEqualsIfExistsIfExists",
        "StringEquals:ForAllValues",
        "ForSomeValues:StringEquals",
        "ForAllValues:ForAnyValue:StringEquals",
        "ForAllValues:",
        " StringEquals",
        "StringEquals\x00",
    ],
)
@pytest.mark.parametrize("value", [ABSENT, UNKNOWN, known("prod"), known("true"), known("a", "b")])
def test_an_operator_that_aws_does_not_have_decides_nothing(operator: str, value: Value) -> None:
    assert condition_of(operator, KEY, (("prod",),)).comparison is None
    assert answer(operator, "prod", value) is MAYBE


@pytest.mark.parametrize(
    ("wanted", "value", "expected"),
    [
        ("true", ABSENT, YES),
        ("true", known("x"), NO),
        ("false", ABSENT, NO),
        ("false", known("x"), YES),
        ("FALSE", known("x", "y"), YES),
        (["true", "false"], ABSENT, YES),
        (["true", "false"], known("x"), YES),
        ("true", UNKNOWN, MAYBE),
        ("true", Elsewhere(frozenset({"111122223333"})), MAYBE),
        ("true", Beginning("AROA:"), NO),
        ("false", Since(NOW), YES),
        ("yes", ABSENT, MAYBE),
        (["yes", "true"], ABSENT, YES),
        ("true", known(""), MAYBE),
        ("false", known(""), MAYBE),
    ],
)
def test_null_tells_whether_a_key_is_absent(
    wanted: str | list[str], value: Value, expected: Truth
) -> None:
    assert answer("Null", wanted, value) is expected


# --- values of each type


@pytest.mark.parametrize(
    ("operator", "wanted", "value", "expected"),
    [
        ("StringEquals", "pr*", "prod", NO),
        ("StringEquals", "pr*", "pr*", YES),
        ("StringEquals", "prod", "Prod", NO),
        ("StringEquals", "", "", YES),
        ("StringEqualsIgnoreCase", "pr*", "prod", NO),
        ("StringEqualsIgnoreCase", "Straße", "STRASSE", NO),
        ("StringLike", "prod", "production", NO),
        ("StringLike", "p*d", "Prod", NO),
        ("StringLike", "arn:*:role/app", ROLE, YES),
        ("StringLike", "", "", YES),
        ("NumericEquals", "0", "-0", YES),
        ("NumericEquals", "0.1", "0.10", YES),
        ("NumericEquals", "10000000000000000000001", "10000000000000000000000", NO),
        ("NumericLessThan", "9", "10", NO),
        ("NumericGreaterThan", "1e300", "9" * 400, YES),
        ("DateEquals", "2026", "2026-01-01T00:00:00Z", YES),
        ("DateEquals", "2026-11", "2026-11-01", YES),
        ("DateEquals", "1793610000", "2026-11-02T09:00Z", YES),
        ("DateEquals", "2026-11-02T09:00:00.500Z", "2026-11-02T09:00:00Z", NO),
        ("DateEquals", "2026-11-02T09:00:00", "2026-11-02T09:00:00Z", YES),
        ("DateLessThan", "9999-12-31T23:59:59Z", "2026", YES),
        ("DateGreaterThan", "0001-01-01T00:00:00+14:00", "2026", YES),
        ("Bool", "True", "TRUE", YES),
        ("Bool", "true", "1", NO),
        ("BinaryEquals", "QmluYXJ5", "qmluyxj5", NO),
        ("IpAddress", "203.0.113.9", "203.0.113.9", YES),
        ("IpAddress", "203.0.113.9", "203.0.113.10", NO),
        ("IpAddress", "203.0.113.9/24", "203.0.113.200", YES),
        ("IpAddress", "0.0.0.0/0", "203.0.113.9", YES),
        ("IpAddress", "0.0.0.0/0", "2001:db8::1", NO),
        ("IpAddress", "::/0", "203.0.113.9", NO),
        ("IpAddress", "2001:DB8:1234:5678::/64", "2001:db8:1234:5678:ffff::1", YES),
        ("IpAddress", "2001:db8::1", "2001:db8:0:0::1", YES),
        ("ArnLike", "arn:*:role/app", ROLE, MAYBE),
        ("ArnLike", "*", ROLE, YES),
        ("ArnLike", "*", "no arn", YES),
        ("ArnLike", "arn:aws:iam", ROLE, MAYBE),
        ("ArnLike", "arn:aws:*:*:111122223333:role/app", ROLE, YES),
        ("ArnLike", "arn:aws:iam:*:role/app:x", ROLE, NO),
        ("ArnLike", "arn:aws:iam::111122223333:role/app", "arn:aws:iam", NO),
        ("ArnEquals", "arn:aws:iam::111122223333:role/App", ROLE, NO),
        ("ArnEquals", "arn:aws:s3:::bucket:*", "arn:aws:s3:::bucket:a:b", YES),
    ],
)
def test_how_values_compare(operator: str, wanted: str, value: str, expected: Truth) -> None:
    assert answer(operator, wanted, known(value)) is expected


@pytest.mark.parametrize("operator", [each for each in OPERATORS if each.startswith("Numeric")])
@pytest.mark.parametrize(
    "malformed",
    ["", "ten", "0x10", "1_0", "1,0", " 1", "NaN", "Infinity", "\u0661", "1e9999", "1.", "*"],
)
def test_a_malformed_number_decides_nothing(operator: str, malformed: str) -> None:
    assert answer(operator, malformed, known("10")) is MAYBE
    assert answer(operator, "10", known(malformed)) is MAYBE


@pytest.mark.parametrize("operator", [each for each in OPERATORS if each.startswith("Date")])
@pytest.mark.parametrize(
    "malformed",
    ["", "today", "2026-13-01", "2026-02-30", "26", "02.11.2026", "2026-11-02T25:00Z", "1e9999"],
)
def test_a_malformed_date_decides_nothing(operator: str, malformed: str) -> None:
    assert answer(operator, malformed, known("2026-11-02")) is MAYBE
    assert answer(operator, "2026-11-02", known(malformed)) is MAYBE


@pytest.mark.parametrize("operator", ["IpAddress", "NotIpAddress"])
@pytest.mark.parametrize(
    "malformed",
    ["", "203.0.113", "203.0.113.256", "203.0.113.0/33", "2001:db8::/129", "*", "a/b/c"],
)
def test_a_malformed_address_decides_nothing(operator: str, malformed: str) -> None:
    assert answer(operator, malformed, known("203.0.113.9")) is MAYBE
    assert answer(operator, "203.0.113.9", known(malformed)) is MAYBE


@pytest.mark.parametrize("malformed", ["Qml", "Qm*=", "Q mluYXJ5", "ä", "\ud800"])
def test_what_is_no_base64_decides_nothing(malformed: str) -> None:
    assert answer("BinaryEquals", malformed, known("QmluYXJ5")) is MAYBE
    assert answer("BinaryEquals", "QmluYXJ5", known(malformed)) is MAYBE


@pytest.mark.parametrize("wanted", ["", "yes", "1", "*", "${aws:absent, 'maybe'}"])
def test_what_is_no_boolean_decides_nothing(wanted: str) -> None:
    assert answer("Bool", wanted, known("true")) is MAYBE


def test_beside_one_that_matches_a_malformed_value_does_not_matter() -> None:
    assert answer("NumericEquals", ["ten", "10"], known("10")) is YES
    assert answer("NumericNotEquals", ["ten", "10"], known("10")) is NO
    assert answer("NumericEquals", ["ten", "10"], known("11")) is MAYBE


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2026-11-02T09:00:00Z", NOW),
        ("1793610000", NOW),
        ("1793610000.25", NOW + Decimal("0.25")),
        ("1970", 0),
        ("1970-01", 0),
        ("1970-01-01", 0),
        ("1970-01-01T00:00:01.5+00:00", Decimal("1.5")),
        ("0001-01-01", -62_135_596_800),
        ("", None),
        ("197", None),
        ("19700", 19_700),
    ],
)
def test_an_instant_in_seconds(text: str, seconds: Decimal | None) -> None:
    assert instant(text) == seconds


# --- policy variables


@pytest.mark.parametrize(
    ("operator", "expected"),
    [("StringEquals", YES), ("StringLike", YES), ("StringNotEquals", NO), ("StringNotLike", NO)],
)
def test_a_variable_is_the_value_of_its_key(operator: str, expected: Truth) -> None:
    others = {"aws:principaltag/team": known("ml")}

    assert answer(operator, "${aws:PrincipalTag/team}", known("ml"), others) is expected


@pytest.mark.parametrize("operator", ["StringEquals", "StringLike", "StringEqualsIgnoreCase"])
def test_a_variable_without_a_value_equals_nothing(operator: str) -> None:
    wanted = "${aws:absent}"

    assert answer(operator, wanted, known("")) is NO
    assert answer(operator, wanted, known(wanted)) is NO
    assert answer(f"{operator}IfExists", wanted, ABSENT) is YES


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("StringEquals", NO),
        ("StringNotEquals", YES),
        ("StringEqualsIfExists", MAYBE),
        ("ForAllValues:StringEquals", MAYBE),
        ("ForAllValues:StringNotEquals", YES),
        ("ForAnyValue:StringEquals", NO),
    ],
)
def test_whatever_a_key_s_value_is_it_does_not_equal_what_has_none(
    operator: str, expected: Truth
) -> None:
    assert answer(operator, "${aws:absent}", UNKNOWN) is expected


@pytest.mark.parametrize("operator", ["StringNotEquals", "StringNotLike", "ArnNotLike"])
def test_a_negation_of_a_variable_without_a_value_holds(operator: str) -> None:
    assert answer(operator, "${aws:absent}", known(ROLE)) is YES


@pytest.mark.parametrize("value", [UNKNOWN, known("a", "b"), Beginning("m"), Since(NOW)])
def test_a_variable_whose_one_value_is_not_known_decides_nothing(value: Value) -> None:
    others = {"aws:var": value}

    assert answer("StringEquals", "${aws:var}", known("ml"), others) is MAYBE
    assert answer("StringNotEquals", "${aws:var, 'ml'}", known("ml"), others) is MAYBE
    assert answer("StringEquals", ["${aws:var}", "ml"], known("ml"), others) is YES


def test_a_default_is_for_an_absent_key_alone() -> None:
    wanted = "${aws:var, 'ml'}"

    assert answer("StringEquals", wanted, known("ml")) is YES
    assert answer("StringEquals", wanted, known("ml"), {"aws:var": known("web")}) is NO
    assert answer("StringEquals", wanted, known("web"), {"aws:var": known("web")}) is YES


def test_a_wildcard_in_the_value_of_a_variable_stands_for_itself() -> None:
    others = {"aws:var": known("m*")}

    assert answer("StringLike", "${aws:var}-*", known("m*-1"), others) is YES
    assert answer("StringLike", "${aws:var}-*", known("ml-1"), others) is NO


def test_an_arn_may_have_a_variable() -> None:
    others = {"aws:principalaccount": known("111122223333")}

    assert answer("ArnLike", "arn:aws:iam::${aws:PrincipalAccount}:*", known(ROLE), others) is YES


@pytest.mark.parametrize(
    ("operator", "value"),
    [
        ("NumericEquals", "10"),
        ("NumericNotEquals", "10"),
        ("DateLessThan", "2026"),
        ("BinaryEquals", "QmluYXJ5"),
        ("IpAddress", "203.0.113.9"),
        ("NotIpAddressIfExists", "203.0.113.9"),
        ("ForAllValues:NumericEquals", "10"),
        ("Null", "true"),
    ],
)
def test_where_aws_fills_in_no_variables_one_decides_nothing(operator: str, value: str) -> None:
    others = {"aws:var": known(value)}

    assert answer(operator, "${aws:var}", known(value), others) is MAYBE
    assert answer(operator, "${aws:var}", ABSENT, others) is MAYBE


def test_a_boolean_may_be_a_variable() -> None:
    assert answer("Bool", "${aws:var}", known("true"), {"aws:var": known("true")}) is YES


def test_the_keys_whose_values_a_condition_needs() -> None:
    condition = condition_of(
        "ForAnyValue:StringNotLikeIfExists",
        "AWS:Key",
        (template("${aws:A}/${aws:B, 'c'}", variables=True), ("plain",)),
    )

    assert condition.keys == ("aws:key", "aws:a", "aws:b")
    assert (condition.comparison, condition.negated) == ("string_like", True)
    assert (condition.quantifier, condition.if_exists) == ("foranyvalue", True)
    assert (condition.operator, condition.name) == ("ForAnyValue:StringNotLikeIfExists", "AWS:Key")


def test_equal_conditions_are_one_object() -> None:
    given = ("StringEquals", "aws:Key", (("a",),))

    assert condition_of(*given) is condition_of(*given)
    assert condition_of(*given) is not condition_of("StringEquals", "aws:Key", (("b",),))


# --- values of which a part is known

SESSION = Beginning("AROAEXAMPLE:")
SESSION_ARN = Beginning("arn:aws:sts::111122223333:assumed-role/app/")


@pytest.mark.parametrize(
    ("operator", "wanted", "value", "expected"),
    [
        ("StringLike", "AROAEXAMPLE:*", SESSION, YES),
        ("StringLike", "*", SESSION, YES),
        ("StringLike", "AROA*", SESSION, YES),
        ("StringLike", "AROA*:?*", SESSION, MAYBE),
        ("StringLike", "AROAEXAMPLE:run1", SESSION, MAYBE),
        ("StringLike", "AROAEXAMPLE:", SESSION, MAYBE),
        ("StringLike", "AROAOTHER:*", SESSION, NO),
        ("StringLike", "AROA?", SESSION, NO),
        ("StringLike", "aroaexample:*", SESSION, NO),
        ("StringLike", "AROA*${*}", SESSION, MAYBE),
        ("StringLike", ["AROAOTHER:*", "AROAEXAMPLE:*"], SESSION, YES),
        ("StringNotLike", "AROAEXAMPLE:*", SESSION, NO),
        ("StringNotLike", "AROAOTHER:*", SESSION, YES),
        ("StringNotLike", "AROAEXAMPLE:run1", SESSION, MAYBE),
        ("StringLikeIfExists", "AROAOTHER:*", SESSION, NO),
        ("ForAllValues:StringLike", "AROAEXAMPLE:*", SESSION, YES),
        ("ForAnyValue:StringLike", "AROAOTHER:*", SESSION, NO),
        ("StringEquals", "AROAEXAMPLE:run1", SESSION, MAYBE),
        ("StringEquals", "AROAEXAMPLE:*", SESSION, MAYBE),
        ("StringEquals", "AROAOTHER:run1", SESSION, NO),
        ("StringNotEquals", "AROAOTHER:run1", SESSION, YES),
        ("StringNotEquals", "AROAEXAMPLE:run1", SESSION, MAYBE),
        ("StringEqualsIgnoreCase", "aroaother:x", SESSION, MAYBE),
        ("NumericEquals", "10", SESSION, MAYBE),
        ("StringEquals", "${aws:absent}", SESSION, NO),
        ("StringNotEquals", "${aws:absent}", SESSION, YES),
        ("ArnLike", "arn:aws:sts::111122223333:assumed-role/app/*", SESSION_ARN, YES),
        ("ArnLike", "arn:aws:sts::111122223333:assumed-role/app/run1", SESSION_ARN, MAYBE),
        ("ArnLike", "arn:aws:sts::111122223333:assumed-role/web/*", SESSION_ARN, NO),
        ("ArnLike", "*", SESSION_ARN, YES),
        ("ArnLike", "arn:aws:*", SESSION_ARN, MAYBE),
        ("ArnLike", "AROAEXAMPLE:*", SESSION, MAYBE),
        ("ArnLike", "AROAOTHER:*", SESSION, MAYBE),
        ("ArnNotLike", "arn:aws:sts::444455556666:*", SESSION_ARN, YES),
    ],
)
def test_a_value_of_which_the_beginning_is_known(
    operator: str, wanted: str | list[str], value: Value, expected: Truth
) -> None:
    assert answer(operator, wanted, value) is expected


ALPHABET = "a:*?"


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(["StringEquals", "StringLike", "StringNotEquals", "StringNotLike", "ArnLike"]),
    st.lists(st.text(ALPHABET + "b", max_size=9), min_size=1, max_size=2),
    st.text(ALPHABET, max_size=4),
    st.text(ALPHABET, max_size=4),
)
def test_what_is_sure_of_a_beginning_is_so_of_every_text_that_begins_so(
    operator: str, wanted: list[str], beginning: str, rest: str
) -> None:
    sure = answer(operator, wanted, Beginning(beginning))

    assert sure in {MAYBE, answer(operator, wanted, known(beginning + rest))}


ABROAD = Elsewhere(frozenset({"111122223333", "o-a1b2c3d4e5"}))


@pytest.mark.parametrize(
    ("operator", "wanted", "expected"),
    [
        ("StringEquals", "111122223333", NO),
        ("StringEquals", "o-a1b2c3d4e5", NO),
        ("StringEquals", "999999999999", MAYBE),
        ("StringEquals", ["111122223333", "999999999999"], MAYBE),
        ("StringNotEquals", "111122223333", YES),
        ("StringNotEquals", "999999999999", MAYBE),
        ("StringLike", "o-a1b2c3d4e5/r-ab12/*", NO),
        ("StringLike", "o-*", MAYBE),
        ("StringNotLike", "o-a1b2c3d4e5/*", YES),
        ("ArnLike", "arn:aws:lambda:*:111122223333:function:*", NO),
        ("ArnLike", "arn:aws:lambda:*:999999999999:function:*", MAYBE),
        ("ArnNotLike", "arn:aws:lambda:*:111122223333:function:*", YES),
        ("StringEqualsIfExists", "111122223333", MAYBE),
        ("StringNotEqualsIfExists", "111122223333", YES),
        ("ForAllValues:StringEquals", "111122223333", MAYBE),
        ("ForAllValues:StringNotEquals", "111122223333", YES),
        ("ForAnyValue:StringEquals", "111122223333", NO),
        ("ForAnyValue:StringNotEquals", "111122223333", MAYBE),
        ("ForAnyValue:StringEqualsIfExists", "111122223333", MAYBE),
    ],
)
def test_a_value_that_names_none_of_some_accounts(
    operator: str, wanted: str | list[str], expected: Truth
) -> None:
    assert answer(operator, wanted, ABROAD) is expected


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from(["", "ForAllValues:", "ForAnyValue:"]),
    st.sampled_from(["StringEquals", "StringNotEquals", "StringLike", "StringNotLike"]),
    st.sampled_from(["", "IfExists"]),
    st.lists(st.sampled_from(["111122223333", "999999999999", "*", "o-*"]), min_size=1, max_size=2),
    st.sampled_from([UNKNOWN, ABROAD]),
)
def test_what_is_sure_of_an_unknown_value_is_so_of_each_and_of_none(
    quantifier: str, operator: str, suffix: str, wanted: list[str], value: Value
) -> None:
    name = f"{quantifier}{operator}{suffix}"
    sure = answer(name, wanted, value)

    for each in (ABSENT, known("999999999999"), known("444455556666"), known("o-z9y8x7w6v5")):
        assert sure is MAYBE or answer(name, wanted, each) in {sure, MAYBE}


BEFORE, AFTER = "2026-11-02T08:59:59Z", "2026-11-02T09:00:01Z"
AT = "2026-11-02T09:00:00Z"


@pytest.mark.parametrize(
    ("operator", "before", "at", "after"),
    [
        ("DateGreaterThan", YES, MAYBE, MAYBE),
        ("DateGreaterThanEquals", YES, YES, MAYBE),
        ("DateLessThan", NO, NO, MAYBE),
        ("DateLessThanEquals", NO, MAYBE, MAYBE),
        ("DateEquals", NO, MAYBE, MAYBE),
        ("DateNotEquals", YES, MAYBE, MAYBE),
        ("DateLessThanIfExists", NO, NO, MAYBE),
    ],
)
def test_the_time_of_a_request_is_now_or_later(
    operator: str, before: Truth, at: Truth, after: Truth
) -> None:
    assert [answer(operator, limit, Since(NOW)) for limit in (BEFORE, AT, AFTER)] == [
        before,
        at,
        after,
    ]


@pytest.mark.parametrize(
    ("operator", "before", "after"),
    [
        ("NumericLessThan", NO, MAYBE),
        ("NumericGreaterThan", YES, MAYBE),
        ("NumericGreaterThanEquals", YES, MAYBE),
        ("NumericNotEquals", YES, MAYBE),
    ],
)
def test_the_time_may_be_compared_as_a_number(operator: str, before: Truth, after: Truth) -> None:
    assert answer(operator, "1577836800", Since(NOW)) is before
    assert answer(operator, "1893456000", Since(NOW)) is after


@pytest.mark.parametrize(
    ("operator", "wanted"),
    [
        ("DateLessThan", "tomorrow"),
        ("DateGreaterThanEquals", "1e99999999"),
        ("DateGreaterThanEquals", "-1e99999999"),
        ("StringEquals", BEFORE),
        ("StringLike", "2026-*"),
    ],
)
def test_what_is_no_limit_in_time_decides_nothing(operator: str, wanted: str) -> None:
    assert answer(operator, wanted, Since(NOW)) is MAYBE


@settings(max_examples=300, deadline=None)
@given(
    st.sampled_from([each for each in OPERATORS if each.startswith(("Date", "Numeric"))]),
    st.integers(-3, 3),
    st.integers(0, 3),
)
def test_what_is_sure_of_now_and_later_is_so_of_each_later_moment(
    operator: str, limit: int, later: int
) -> None:
    sure = answer(operator, str(NOW + limit), Since(NOW))

    assert sure in {MAYBE, answer(operator, str(NOW + limit), known(str(NOW + later)))}


VALUES = st.text(max_size=12) | st.sampled_from(["10", "2026-11-02", "203.0.113.9", "true", ROLE])


@settings(max_examples=400, deadline=None)
@given(
    st.sampled_from(["", "ForAllValues:", "ForAnyValue:"]),
    st.sampled_from([*OPERATORS, "Null"]),
    st.lists(VALUES, min_size=1, max_size=2),
    st.lists(VALUES, max_size=2),
)
def test_whatever_is_compared_there_is_an_answer(
    quantifier: str, operator: str, wanted: list[str], values: list[str]
) -> None:
    compared = answer(f"{quantifier}{operator}", wanted, known(*values))

    assert compared in {NO, MAYBE, YES}
    if operator in NEGATED and len(values) == 1 and not quantifier:
        assert compared is answer(NEGATED[operator], wanted, known(*values)).negated
