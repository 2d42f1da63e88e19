from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyproof.facts.service_access import service_may

if TYPE_CHECKING:
    from keyproof.documents import Json

SERVICE = "cloudwatch.amazonaws.com"
TOPIC = "arn:aws:sns:us-east-1:111122223333:alerts"
ALARM = "arn:aws:cloudwatch:us-east-1:111122223333:alarm:ai-spend"
CONTEXT = {
    "aws:sourceaccount": "111122223333",
    "aws:sourcearn": ALARM,
    "aws:sourceowner": None,
    "aws:securetransport": "true",
}


def may(*statements: Json, **document: Any) -> bool | None:
    return ask(json.dumps({"Version": "2012-10-17", "Statement": statements, **document}))


def ask(policy: str | None) -> bool | None:
    return service_may(
        policy, service=SERVICE, action="sns:Publish", resource=TOPIC, context=CONTEXT
    )


def statement(effect: str = "Allow", **changes: object) -> Json:
    """A grant to the service; an element whose negation is given is left out."""
    members = {
        "Effect": effect,
        "Principal": {"Service": SERVICE},
        "Action": "sns:Publish",
        "Resource": TOPIC,
    }
    return {name: each for name, each in members.items() if f"Not{name}" not in changes} | changes


def without(member: str) -> Json:
    return {name: value for name, value in statement().items() if name != member}


def test_no_policy_grants_nothing() -> None:
    assert ask(None) is False


def test_a_grant_to_the_service_is_enough() -> None:
    assert may(statement()) is True


def test_one_statement_may_stand_without_a_list() -> None:
    assert may(Statement=statement()) is True


def test_a_policy_without_a_fitting_statement_grants_nothing() -> None:
    assert may() is False


@pytest.mark.parametrize(
    "change",
    [
        {"Principal": "*"},
        {"Principal": {"AWS": "*"}},
        {"Principal": {"AWS": ["arn:aws:iam::111122223333:root", "*"]}},
        {"Principal": {"Service": ["budgets.amazonaws.com", SERVICE]}},
        {"Action": "*"},
        {"Action": "SNS:publish"},
        {"Action": ["sns:Get*", "sns:Pub?ish"]},
        {"Resource": "*"},
        {"Resource": "arn:aws:sns:*:111122223333:al*ts"},
        {"Condition": {}},
        {"Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}}},
        {"Condition": {"StringEquals": {"aws:SourceAccount": 111122223333}}},
        {"Condition": {"ForAllValues:StringEquals": {"aws:SourceAccount": "111122223333"}}},
        {"Condition": {"Null": {"aws:SourceArn": "false"}}},
        {"Condition": {"NumericEquals": {"aws:SourceAccount": "111122223333"}}},
        {"Condition": {"ArnLike": {"aws:SourceArn": "*"}}},
        {"NotPrincipal": {"AWS": "arn:aws:iam::111122223333:root"}},
        {"NotAction": "sns:Subscribe"},
        {"NotResource": f"{TOPIC}-2"},
    ],
)
def test_the_same_grant_in_other_words(change: Json) -> None:
    assert may(statement(**change)) is True


@pytest.mark.parametrize(
    "change",
    [
        {"Principal": {"Service": "budgets.amazonaws.com"}},
        {"Principal": {"AWS": "arn:aws:iam::111122223333:root"}},
        {"Principal": {"Federated": "*"}},
        {"Principal": {}},
        {"Action": "sns:Subscribe"},
        {"Action": "sns:PublishBatch"},
        {"Resource": TOPIC.upper()},
        {"Resource": f"{TOPIC}-2"},
        {"Resource": "arn:aws:sns:us-east-1:111122223333:[a]lerts"},
        {"Condition": {"StringEquals": {"aws:SourceAccount": "444455556666"}}},
    ],
)
def test_a_grant_to_others_or_of_other_things_is_none(change: Json) -> None:
    assert may(statement(**change)) is False
    assert may(statement("Deny", **change), statement()) is True


@pytest.mark.parametrize(
    "change",
    [
        {"Principal": {"Service": "*"}},
        {"Resource": "arn:aws:sns:us-east-1:${aws:PrincipalAccount}:alerts"},
        {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}},
        {"Condition": {"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}},
        {"Condition": {"StringEquals": {"aws:SourceAccount": "${aws:ResourceAccount}"}}},
        {"Condition": {"StringNotEquals": {"aws:SourceAccount": "${aws:ResourceAccount}"}}},
        {"Condition": {"StringSounds": {"aws:SourceAccount": "111122223333"}}},
        {"Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:cloudwatch:*"}}},
    ],
)
def test_what_cannot_be_decided_is_neither_yes_nor_no(change: Json) -> None:
    assert may(statement(**change)) is None
    assert may(statement("Deny", **change), statement()) is None
    assert may(statement("Deny", **change)) is False
    assert may(statement("Deny"), statement(**change)) is False
    assert may(statement(**change), statement()) is True


@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"StringEquals": {"AWS:SOURCEACCOUNT": ["1", "111122223333"]}}, True),
        ({"stringequals": {"aws:SourceAccount": "1111*"}}, False),
        ({"StringLike": {"aws:SourceAccount": "1111*"}}, True),
        ({"StringLike": {"aws:SourceAccount": "4444*"}}, False),
        ({"StringEqualsIgnoreCase": {"aws:SourceArn": ALARM.upper()}}, True),
        ({"StringEquals": {"aws:SourceArn": ALARM.upper()}}, False),
        ({"StringNotEquals": {"aws:SourceAccount": "444455556666"}}, True),
        ({"StringNotEquals": {"aws:SourceAccount": ["444455556666", "111122223333"]}}, False),
        ({"StringNotEqualsIgnoreCase": {"aws:SourceArn": ALARM.upper()}}, False),
        ({"StringNotLike": {"aws:SourceAccount": "1111*"}}, False),
        ({"ArnEquals": {"aws:SourceArn": "arn:aws:cloudwatch:*:111122223333:alarm:*"}}, True),
        ({"ArnLike": {"aws:SourceArn": ALARM}}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:cloudwatch:*:444455556666:alarm:*"}}, False),
        ({"ArnLike": {"aws:SourceArn": "arn:*:111122223333:alarm:a:i:*"}}, False),
        ({"ArnNotLike": {"aws:SourceArn": "arn:aws:cloudwatch:*:111122223333:*"}}, False),
        ({"ArnNotEquals": {"aws:SourceArn": "arn:aws:cloudwatch:*:444455556666:*"}}, True),
        ({"Bool": {"aws:SecureTransport": "True"}}, True),
        ({"Bool": {"aws:SecureTransport": False}}, False),
        # The service is known not to send this key.
        ({"StringEquals": {"aws:SourceOwner": "111122223333"}}, False),
        ({"StringEqualsIfExists": {"aws:SourceOwner": "444455556666"}}, True),
        ({"StringNotEquals": {"aws:SourceOwner": "111122223333"}}, True),
        # All operators and keys must hold.
        (
            {
                "StringEquals": {"aws:SourceAccount": "111122223333"},
                "Bool": {"aws:SecureTransport": "false"},
            },
            False,
        ),
        (
            {"StringEquals": {"aws:SourceAccount": "111122223333", "aws:SourceArn": "arn"}},
            False,
        ),
    ],
)
def test_conditions(condition: Json, *, holds: bool) -> None:
    assert may(statement(Condition=condition)) is holds
    assert may(statement("Deny", Condition=condition), statement()) is not holds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[]",
        "{}",
        '"Allow"',
        '{"Statement": "Allow"}',
        '{"Statement": ["Allow"]}',
        "[" * 100_000,
        '{"Statement":' + "[" * 900 + "]" * 900 + "}",
    ],
)
def test_what_is_no_policy_decides_nothing(text: str) -> None:
    assert ask(text) is None


@pytest.mark.parametrize(
    "malformed",
    [
        {},
        *(without(member) for member in statement()),
        statement("allow"),
        statement(Effect=[]),
        statement(Effect={"Allow": True}),
        statement(Principal=[]),
        statement(Principal={"AWS": 111122223333}),
        statement(Principal={"AWS": []}),
        statement(Principal={"Service": {"Name": SERVICE}}),
        statement(Action=None),
        statement(Action=[]),
        statement(Action=["sns:Publish", 5]),
        statement(Resource={}),
        statement(Condition=[]),
        statement(Condition={"StringEquals": "aws:SourceAccount"}),
        statement(Condition={"StringEquals": {"aws:SourceAccount": []}}),
        statement(Condition={"StringEquals": {"aws:SourceAccount": [["111122223333"]]}}),
    ],
)
def test_a_malformed_statement_leaves_the_whole_policy_undecided(malformed: Json) -> None:
    assert may(statement(), malformed) is None
    assert may(malformed, statement()) is None


def test_many_wildcards_take_no_longer_than_few() -> None:
    pattern = "*a" * 200 + "*b"
    resource = "arn:aws:sns:us-east-1:111122223333:" + "a" * 4000

    answer = service_may(
        json.dumps({"Statement": statement(Resource=pattern)}),
        service=SERVICE,
        action="sns:Publish",
        resource=resource,
        context={},
    )

    assert answer is False


PRINCIPALS = st.sampled_from(
    ["*", {"AWS": "*"}, {"Service": SERVICE}, {"Service": "*"}, {"Service": "s3.amazonaws.com"}, 7]
)
ACTIONS = st.sampled_from(["sns:Publish", "SNS:PUBLISH", "*", "sns:Subscribe", ["sns:Get*"], []])
RESOURCES = st.sampled_from([TOPIC, "*", "arn:aws:sns:*:*:*", f"{TOPIC}-2", "${aws:x}", None])
CONDITIONS = st.sampled_from(
    [
        {},
        {"StringEquals": {"aws:SourceAccount": "111122223333"}},
        {"StringNotEquals": {"aws:SourceAccount": "111122223333"}},
        {"StringEquals": {"aws:PrincipalOrgID": "o-1"}},
        {"Bool": {"aws:SecureTransport": "false"}},
        {"ArnLike": {"aws:SourceArn": "arn:aws:cloudwatch:*:111122223333:alarm:*"}},
        "aws:SourceAccount",
    ]
)
STATEMENTS = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Allow", "Deny", "Neither"]),
        "Principal": PRINCIPALS,
        "Action": ACTIONS,
        "Resource": RESOURCES,
        "Condition": CONDITIONS,
    },
    optional={"NotAction": ACTIONS, "NotPrincipal": PRINCIPALS},
)
POLICIES = st.lists(STATEMENTS, max_size=5)


@settings(deadline=None)
@given(statements=POLICIES, denial=STATEMENTS, position=st.integers(0, 5))
def test_a_denial_never_adds_a_right(statements: list[Json], denial: Json, position: int) -> None:
    denied = [*statements]
    denied.insert(position, {**denial, "Effect": "Deny"})

    assert may(*denied) is not True or may(*statements) is True


@settings(deadline=None)
@given(statements=POLICIES)
def test_a_denial_of_everything_denies_or_leaves_undecided(statements: list[Json]) -> None:
    everything = statement("Deny", Principal="*", Action="*", Resource="*")

    assert may(*statements, everything) in (False, None)


@settings(deadline=None)
@given(statements=POLICIES, data=st.data())
def test_the_order_of_statements_changes_nothing(
    statements: list[Json], data: st.DataObject
) -> None:
    shuffled = data.draw(st.permutations(statements))

    assert may(*shuffled) is may(*statements)


@settings(deadline=None)
@given(statements=POLICIES)
def test_the_case_of_actions_changes_nothing(statements: list[Json]) -> None:
    def upper(value: object) -> object:
        return [upper(each) for each in value] if isinstance(value, list) else str(value).upper()

    shouted = [{**each, "Action": upper(each["Action"])} for each in statements]

    assert may(*shouted) is may(*statements)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)
@given(value=JSON, member=st.sampled_from([*statement(), "Condition"]))
def test_whatever_a_member_holds_there_is_an_answer(value: object, member: str) -> None:
    assert may({**statement(), member: value}) in (True, False, None)


@settings(deadline=None)
@given(text=st.text())
def test_whatever_stands_in_the_place_of_a_policy_decides_nothing(text: str) -> None:
    assert ask(text) is None
