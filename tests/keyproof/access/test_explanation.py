"""Which statements decide, at which level, and on which condition keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from keyproof.access.explanation import deciding, doubtful_keys, matches
from keyproof.access.extents import Truth
from keyproof.access.readers import EffectiveAccess
from tests.keyproof.access.answers import READ
from tests.keyproof.access.snapshots import (
    ACCOUNT,
    MANAGEMENT,
    OTHER_ACCOUNT,
    Control,
    Group,
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
    session,
)

if TYPE_CHECKING:
    from keyproof.access.explanation import Match
    from keyproof.access.principals import Principal
    from keyproof.documents import Json
    from keyproof.facts.snapshot import Snapshot

INSIDE = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
OUTSIDE = {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
READING = policy(allow(READ, Sid="Read"))


class Asked:
    """The question about the value of the first secret, for one principal."""

    def __init__(self, snapshot: Snapshot, name: str) -> None:
        access = EffectiveAccess(snapshot)
        self.question = access.reading.value
        self.principal: Principal
        [self.principal] = [each for each in access.principals if each.name == name]

    def matches(self) -> list[tuple[str, str, str | None, str | None, Truth, tuple[str, ...]]]:
        return [_told(each) for each in matches(self.question, self.principal, 0)]

    def deciding(self) -> list[tuple[str, str, str | None, str | None, Truth, tuple[str, ...]]]:
        return [_told(each) for each in deciding(self.question, self.principal, 0)]

    def keys(self) -> tuple[str, ...]:
        return doubtful_keys(self.question, self.principal, 0)


def _told(
    match: Match,
) -> tuple[str, str, str | None, str | None, Truth, tuple[str, ...]]:
    statement = None if match.statement is None else match.statement.name
    return (
        match.level,
        match.policy.reference.name,
        statement,
        match.effect,
        match.truth,
        match.keys,
    )


def test_matches_come_level_by_level_in_the_order_of_evaluation() -> None:
    bound = Managed(name="bound", document=policy(allow("*", Sid="Bound")))
    staff = Group(name="staff", policies={"own": policy(allow("secretsmanager:*", Sid="Staff"))})
    ana = User(name="ana", groups=["staff"], boundary=bound.arn, policies={"read": READING})
    everybody = Control(
        name="RcpGuard",
        document=policy(deny(READ, Principal="*", Condition=OUTSIDE, Sid="Network")),
        resources=True,
    )
    secret = Secret(
        name="openai",
        policies={"default": policy(allow(READ, Principal={"AWS": ana.arn}, Sid="Grant"))},
    )
    asked = Asked(
        estate(
            accounts=(MANAGEMENT, ACCOUNT),
            users=[ana],
            groups=[staff],
            managed=[bound],
            secrets=[secret],
            organization=Organization(accounts={ACCOUNT: ""}, controls=[everybody]),
        ),
        "ana",
    )

    found = asked.matches()
    assert [
        (level, statement, effect, truth, keys)
        for level, _, statement, effect, truth, keys in found
    ] == [
        ("scp 1", "statement 1", "Allow", Truth.YES, ()),
        ("scp 2", "statement 1", "Allow", Truth.YES, ()),
        ("rcp 1", "statement 1", "Allow", Truth.YES, ()),
        ("rcp 1", "Network", "Deny", Truth.MAYBE, ("aws:SourceIp",)),
        ("rcp 2", "statement 1", "Allow", Truth.YES, ()),
        ("resource", "Grant", "Allow", Truth.YES, ()),
        ("identity", "Read", "Allow", Truth.YES, ()),
        ("identity", "Staff", "Allow", Truth.YES, ()),
        ("boundary", "Bound", "Allow", Truth.YES, ()),
    ]
    assert [name for _, name, *_ in found[5:]] == [
        "default",
        "user/ana/read",
        "group/staff/own",
        bound.arn,
    ]
    assert asked.keys() == ("aws:SourceIp",)


def test_what_does_not_apply_is_no_match() -> None:
    other = Secret(name="anthropic")
    role = Role(
        name="app",
        policies={
            "action": policy(allow("s3:GetObject")),
            "resource": policy(allow(READ, f"{other.arn}")),
            "condition": policy(allow(READ, Condition={"StringEquals": {"aws:username": "app"}})),
        },
    )
    secret = Secret(
        name="openai",
        policies={"default": policy(allow(READ, Principal={"AWS": root(OTHER_ACCOUNT)}))},
    )

    assert Asked(estate(roles=[role], secrets=[secret]), "app").matches() == []


def test_a_policy_that_cannot_be_read_is_a_match_without_a_statement() -> None:
    ana = User(name="ana", policies={"own": "{"})
    asked = Asked(estate(users=[ana], secrets=[Secret(name="openai")]), "ana")

    assert asked.matches() == [("identity", "user/ana/own", None, None, Truth.MAYBE, ())]
    [match] = matches(asked.question, asked.principal, 0)
    assert match.unseen == "identity_policy user/ana/own: it is no JSON"
    assert asked.keys() == ()


def test_a_policy_that_can_be_read_is_not_unseen() -> None:
    ana = User(name="ana", policies={"own": READING})
    asked = Asked(estate(users=[ana], secrets=[Secret(name="openai")]), "ana")

    assert [each.unseen for each in matches(asked.question, asked.principal, 0)] == [None]


@pytest.mark.parametrize(
    ("statements", "keys"),
    [
        ([allow(READ)], ()),
        ([allow(READ, Condition=INSIDE)], ("aws:SourceIp",)),
        ([allow(READ, Condition=INSIDE | MFA)], ("aws:MultiFactorAuthPresent", "aws:SourceIp")),
        ([allow(READ), allow(READ, Condition=INSIDE)], ()),
        ([allow(READ), deny(READ, Condition=OUTSIDE)], ("aws:SourceIp",)),
        (
            [allow(READ, Condition=MFA), deny(READ, Condition=OUTSIDE)],
            ("aws:MultiFactorAuthPresent", "aws:SourceIp"),
        ),
        (
            [allow(READ, Condition={"StringSame": {"aws:username": "x"}})],
            ("StringSame aws:username",),
        ),
        (
            [allow(READ, Condition={"StringEquals": {"aws:username": "${aws:SourceVpc}"}})],
            ("aws:sourcevpc", "aws:username"),
        ),
        (
            [allow(READ, "arn:aws:secretsmanager:*:*:secret:${aws:SourceVpc}/*")],
            (),
        ),
        (
            [allow(READ, "arn:aws:secretsmanager:*:*:secret:open${aws:SourceVpc}")],
            ("aws:sourcevpc",),
        ),
        (
            [allow(READ, Condition={"StringEquals": {"aws:username": "ana"}} | INSIDE)],
            ("aws:SourceIp",),
        ),
    ],
)
def test_the_keys_in_doubt_are_those_that_matter(
    statements: list[Json], keys: tuple[str, ...]
) -> None:
    ana = User(name="ana", policies={"own": policy(*statements)})

    assert Asked(estate(users=[ana], secrets=[Secret(name="openai")]), "ana").keys() == keys


def by_secret(*statements: Json, account: str = ACCOUNT, reads: bool = True) -> Asked:
    """A user who reads on a condition, and a secret with a policy of its own."""
    conditional = policy(allow(READ, Condition=INSIDE))
    ana = User(name="ana", account=account, policies={"own": conditional} if reads else {})
    secret = Secret(name="openai", policies={"default": policy(*statements)})
    return Asked(estate(accounts=(ACCOUNT, OTHER_ACCOUNT), users=[ana], secrets=[secret]), "ana")


def test_in_an_account_a_sure_grant_of_either_side_settles_the_other() -> None:
    granted = allow(READ, Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:user/ana"})

    assert by_secret().keys() == ("aws:SourceIp",)
    assert by_secret(granted).keys() == ()
    assert by_secret({**granted, "Condition": MFA}).keys() == (
        "aws:MultiFactorAuthPresent",
        "aws:SourceIp",
    )


def test_across_accounts_each_side_must_be_sure() -> None:
    granted = allow(READ, Principal={"AWS": root(OTHER_ACCOUNT)})

    assert by_secret(granted, account=OTHER_ACCOUNT).keys() == ("aws:SourceIp",)


def test_a_grant_to_a_session_rests_on_its_name() -> None:
    role = Role(name="app")
    granted = policy(allow(READ, Principal={"AWS": session("app", "run")}))
    secret = Secret(name="openai", policies={"default": granted})
    asked = Asked(estate(roles=[role], secrets=[secret]), "app")

    assert asked.deciding() == [
        ("resource", "default", "statement 1", "Allow", Truth.MAYBE, ("sts:RoleSessionName",))
    ]
    assert asked.keys() == ("sts:RoleSessionName",)


def test_a_principal_in_doubt_is_told_as_such() -> None:
    """Whom a canonical id of S3 stands for, nothing here tells."""
    ana = User(name="ana")
    granted = policy(allow(READ, Principal={"CanonicalUser": "79a59df900b949e55d96a1e698fbaced"}))
    secret = Secret(name="openai", policies={"default": granted})
    asked = Asked(estate(users=[ana], secrets=[secret]), "ana")

    assert asked.keys() == ("Principal",)


def test_only_doubts_decide() -> None:
    ana = User(
        name="ana",
        policies={
            "own": policy(allow(READ, Sid="Sure"), allow(READ, Sid="Maybe", Condition=INSIDE)),
            "bar": policy(deny(READ, Sid="Bar", Condition=OUTSIDE)),
            "bad": "{",
        },
    )
    asked = Asked(estate(users=[ana], secrets=[Secret(name="openai")]), "ana")

    assert [(statement, effect) for _, _, statement, effect, _, _ in asked.matches()] == [
        ("Sure", "Allow"),
        ("Maybe", "Allow"),
        ("Bar", "Deny"),
        (None, None),
    ]
    assert [(statement, effect) for _, _, statement, effect, _, _ in asked.deciding()] == [
        ("Bar", "Deny"),
        (None, None),
    ]
