"""What keeps a statement from applying, element by element."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from keyproof.access.extents import Truth
from keyproof.access.near_misses import elements, levels_of, near_misses, value_of
from keyproof.access.policy import Policy
from keyproof.access.readers import EffectiveAccess
from keyproof.access.values import ABSENT, UNKNOWN, known
from tests.keyproof.access.answers import READ
from tests.keyproof.access.snapshots import (
    ACCOUNT,
    MANAGEMENT,
    OTHER_ACCOUNT,
    Managed,
    Organization,
    Role,
    Secret,
    User,
    allow,
    deny,
    estate,
    policy,
    root,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from keyproof.access.evaluation import Question
    from keyproof.access.principals import Principal
    from keyproof.documents import Json

OPENAI = Secret(name="openai", tags={"team": "chat"})
INSIDE = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}


def asked(
    identity: Mapping[str, object], *, secret: Secret = OPENAI, **more: Any
) -> tuple[Question, Principal]:
    """A user with these policies, and the question about the value of the secret."""
    access = EffectiveAccess(
        estate(users=[User(name="ana", policies=identity, **more)], secrets=[secret])
    )
    [ana] = [each for each in access.principals if each.name == "ana"]
    return access.reading.value, ana


def misses(identity: Mapping[str, object], **more: Any) -> list[tuple[str, str, str, str | None]]:
    """Level, statement, the kind of the element that failed, and the key of a condition."""
    question, ana = asked(identity, **more)
    return [
        (
            miss.level,
            miss.statement.name,
            miss.failed.kind,
            None if miss.failed.condition is None else miss.failed.condition.name,
        )
        for miss in near_misses(question, ana, 0)
    ]


def found(identity: Json, **more: Any) -> list[tuple[str, Truth, str | None]]:
    """Each element of the only statement: its kind, whether it fits, the key of a condition."""
    question, ana = asked({"own": policy(identity)}, **more)
    [own] = ana.identity
    assert isinstance(own, Policy)
    return [
        (each.kind, each.truth, None if each.condition is None else each.condition.name)
        for each in elements(question, ana, own.statements[0], 0)
    ]


YES, MAYBE, NO = Truth.YES, Truth.MAYBE, Truth.NO


def test_the_elements_of_a_statement() -> None:
    condition = {
        "StringEquals": {"aws:username": "ben", "secretsmanager:ResourceTag/team": "chat"},
        **INSIDE,
    }

    assert found(allow(READ, f"{OPENAI.arn[:-6]}??????", Condition=condition)) == [
        ("principal", YES, None),
        ("resource", YES, None),
        ("condition", MAYBE, "aws:SourceIp"),
        ("condition", NO, "aws:username"),
        ("condition", YES, "secretsmanager:ResourceTag/team"),
    ]


@pytest.mark.parametrize(
    ("elements_given", "truth"),
    [
        ({"Resource": OPENAI.arn}, YES),
        ({"Resource": OPENAI.arn[:-7]}, NO),
        ({"NotResource": OPENAI.arn}, NO),
        ({"NotResource": "arn:aws:s3:::*"}, YES),
        ({"Resource": [OPENAI.arn[:-7], OPENAI.arn]}, YES),
        ({"Resource": "arn:aws:secretsmanager:*:*:secret:open${aws:SourceVpc}*"}, MAYBE),
        ({"Resource": "arn:aws:secretsmanager:*:*:secret:open${aws:PrincipalTag/team}*"}, NO),
    ],
)
def test_resource_and_not_resource_are_one_element(elements_given: Json, truth: Truth) -> None:
    statement = {"Effect": "Allow", "Action": READ, **elements_given}

    assert found(statement)[1] == ("resource", truth, None)


def test_one_element_alone_makes_a_near_miss() -> None:
    near = allow(READ, OPENAI.arn[:-7], Sid="Near")
    far = allow(READ, OPENAI.arn[:-7], Sid="Far", Condition={"StringEquals": {"aws:username": "x"}})
    other = allow("secretsmanager:DescribeSecret", OPENAI.arn[:-7], Sid="Other")
    fits = allow(READ, Sid="Fits")

    assert misses({"own": policy(near, far, other, fits)}) == [
        ("identity", "Near", "resource", None)
    ]


def test_a_condition_in_doubt_does_not_miss() -> None:
    team = {"StringEquals": {"aws:PrincipalTag/team": "chat"}}

    assert misses({"own": policy(allow(READ, Sid="Tag", Condition=team | INSIDE))}) == [
        ("identity", "Tag", "condition", "aws:PrincipalTag/team")
    ]
    assert misses({"own": policy(allow(READ, Sid="Network", Condition=INSIDE))}) == []


def test_a_denial_that_almost_applies_is_a_near_miss_too() -> None:
    spared = {"StringNotEquals": {"aws:username": "ana"}}

    assert misses({"own": policy(deny(READ, Sid="Guard", Condition=spared))}) == [
        ("identity", "Guard", "condition", "aws:username")
    ]


def test_a_policy_that_cannot_be_read_has_no_near_miss() -> None:
    assert misses({"own": "{", "more": policy(allow(READ, OPENAI.arn[:-7], Sid="Near"))}) == [
        ("identity", "Near", "resource", None)
    ]


def test_a_statement_of_the_secret_may_miss_by_its_principal() -> None:
    opened = policy(
        allow(READ, Principal={"AWS": root(OTHER_ACCOUNT)}, Sid="Abroad"),
        deny(
            READ, NotPrincipal={"AWS": [root(), f"arn:aws:iam::{ACCOUNT}:user/ana"]}, Sid="Spared"
        ),
    )
    secret = Secret(name="openai", policies={"default": opened})

    assert misses({}, secret=secret) == [
        ("resource", "Abroad", "principal", None),
        ("resource", "Spared", "principal", None),
    ]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("aws:username", known("ana")),
        ("aws:principaltag/team", ABSENT),
        ("aws:sourceip", UNKNOWN),
        ("secretsmanager:resourcetag/team", known("chat")),
        ("aws:resourcetag/team", known("chat")),
        ("aws:resourcetag/other", ABSENT),
        ("aws:securetransport", known("true")),
        ("aws:resourceaccount", known(ACCOUNT)),
    ],
)
def test_what_is_known_of_a_key(key: str, value: object) -> None:
    question, ana = asked({})

    assert value_of(question, ana, key, 0) == value


def test_a_condition_tells_what_is_known_of_its_key() -> None:
    condition = {"StringEquals": {"aws:ResourceTag/team": "search"}}
    question, ana = asked({"own": policy(allow(READ, Condition=condition))})
    [miss] = near_misses(question, ana, 0)

    assert (miss.failed.truth, miss.failed.value) == (NO, known("chat"))


def test_every_level_is_there_though_it_is_empty() -> None:
    bound = Managed(name="bound", document=policy(allow("*")))
    role = Role(name="app", boundary=bound.arn)
    access = EffectiveAccess(
        estate(
            accounts=(MANAGEMENT, ACCOUNT),
            roles=[role],
            managed=[bound],
            secrets=[OPENAI],
            organization=Organization(accounts={ACCOUNT: "Workloads"}, detached=["Workloads"]),
        )
    )
    [app] = [each for each in access.principals if each.arn == role.arn]

    assert [
        (name, [each.reference.name.partition(" ")[0] for each in policies])
        for name, policies in levels_of(access.reading.value, app, 0)
    ] == [
        ("scp 1", ["FullAWSAccess"]),
        ("scp 2", []),
        ("scp 3", ["FullAWSAccess"]),
        ("rcp 1", ["RCPFullAWSAccess"]),
        ("rcp 2", ["RCPFullAWSAccess"]),
        ("rcp 3", ["RCPFullAWSAccess"]),
        ("resource", []),
        ("identity", []),
        ("boundary", [bound.arn]),
    ]
