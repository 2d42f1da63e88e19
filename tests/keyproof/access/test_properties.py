"""
What holds of every decision, whatever the policies say.

Policies are drawn from a few words around one request, so that each outcome is frequent.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import product
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from keyproof.access.decision import Policies, Request, decide
from keyproof.access.evaluation import Conventions, Question
from keyproof.access.extents import Truth
from keyproof.access.policy import Reference, read_policy
from keyproof.access.principals import Principal
from keyproof.access.universe import Resource, Universe
from keyproof.access.values import known
from tests.keyproof.access.policies import ACCOUNT, OTHER_ACCOUNT, policy, root, session

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import DataObject, SearchStrategy

    from keyproof.access.decision import Outcome
    from keyproof.access.policy import AnyPolicy, Kind
    from keyproof.documents import Json

Statements: TypeAlias = tuple["Json", ...]
Levels: TypeAlias = tuple[tuple[Statements, ...], ...]
Place: TypeAlias = Literal["identity", "boundary", "session", "resource", "scps", "rcps"]

ACCESS: dict[Outcome, int] = {
    "explicit_deny": 0,
    "implicit_deny": 0,
    "conditional": 1,
    "allow": 2,
}
"""How much access an outcome is; the two denials are none alike."""

SECRET = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:prod/openai-AbCdEf"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ASKED = (("secretsmanager:GetSecretValue", SECRET), ("kms:Decrypt", KEY))
USER = f"arn:aws:iam::{ACCOUNT}:user/dev"
SESSION = session("app", "run")
CALLERS = (
    *(USER, SESSION, root()),
    f"arn:aws:iam::{OTHER_ACCOUNT}:user/dev",
    f"arn:aws:sts::{ACCOUNT}:federated-user/bob",
    "lambda.amazonaws.com",
)
CONTEXT = {
    "aws:PrincipalTag/team": "prod",
    "aws:SourceIp": "203.0.113.7",
    "aws:TagKeys": ["a", "b"],
}
CONDITIONS = (
    {"StringEquals": {"aws:PrincipalTag/team": "prod"}},
    {"StringNotEquals": {"aws:PrincipalTag/team": ["web", "prod"]}},
    {"StringNotLike": {"aws:PrincipalTag/absent": "p*"}},
    {"StringEquals": {"aws:PrincipalTag/team": "${aws:PrincipalTag/absent}"}},
    {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
    {"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}},
    {"Null": {"aws:SourceVpce": "true"}},
    {"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b", "c"]}},
    {"ForAnyValue:StringNotEquals": {"aws:TagKeys": ["a", "b"]}},
)
UNDECIDED = (  # without a quantifier, and with operators and uses that AWS does not have
    {"StringEquals": {"aws:TagKeys": "a"}},
    {"Contains": {"aws:SourceIp": "203"}},
    {"NullIfExists": {"aws:SourceIp": "true"}},
    {"NumericEquals": {"aws:SourceIp": "203"}},
    {"ForAnyValue:StringEqualsIfExists": {"aws:absent": "a"}},
)
ACTIONS = (
    *("*", "secretsmanager:*", ["secretsmanager:Get*", "kms:Decrypt"], "s3:*"),
    *("secretsmanager:GetSecretValue", ["kms:*", "s3:GetObject"]),
)
RESOURCES = (
    *(
        "*",
        SECRET,
        ["*", KEY],
        [f"{SECRET[:-6]}??????", KEY],
        SECRET[:-7],
        f"arn:aws:*:{ACCOUNT}:*",
    ),
    f"arn:aws:secretsmanager:*:{ACCOUNT}:secret:${{aws:PrincipalTag/team}}/*",
)
PRINCIPALS = (
    *("*", {"AWS": root()}, {"AWS": root(OTHER_ACCOUNT)}, {"AWS": [USER, SESSION]}),
    {"AWS": [f"arn:aws:iam::{ACCOUNT}:role/app", CALLERS[3], CALLERS[4]]},
    {"Service": "lambda.amazonaws.com"},
    {"CanonicalUser": "0123"},  # who that is nobody knows: undecided
)
NOT_PRINCIPALS = (
    {"AWS": [USER, root()]},
    {"AWS": [SESSION, f"arn:aws:iam::{ACCOUNT}:role/app", root()]},
)
EVERYTHING: Json = {"Effect": "Allow", "Action": "*", "Resource": "*"}
NAMING: frozenset[Place] = frozenset({"resource", "rcps"})
"""Where statements name principals."""


# --- situations


@dataclass(frozen=True, kw_only=True)
class Situation:
    """A request, and the statements of each policy about it, by where it stands."""

    asked: tuple[str, str]
    caller: str
    identity: tuple[Statements, ...]
    boundary: Statements | None
    session: Statements | None
    resource: Statements | None
    scps: Levels | None
    rcps: Levels | None
    unread: dict[tuple[object, ...], object] = field(default_factory=dict)
    """What stands in the place of a policy, by its position."""

    def positions(self) -> list[tuple[Any, ...]]:
        """Where each policy stands."""
        found: list[tuple[Any, ...]] = [
            ("identity", number) for number in range(len(self.identity))
        ]
        found += [(place,) for place in ("boundary", "session", "resource") if self._has(place)]
        for place in ("scps", "rcps"):
            levels: Levels = getattr(self, place) or ()
            found += [
                (place, level, number)
                for level, documents in enumerate(levels)
                for number in range(len(documents))
            ]
        return found

    def _has(self, place: str) -> bool:
        return getattr(self, place) is not None

    def at(self, position: tuple[Any, ...]) -> Statements:
        """The statements of a policy."""
        found: Any = getattr(self, position[0])
        for step in position[1:]:
            found = found[step]
        statements: Statements = found
        return statements

    def put(self, position: tuple[Any, ...], *statements: Statements) -> Situation:
        """Put policies of these statements in the place of one; several only where a list is."""
        place, *steps = position
        if not steps:
            [only] = statements
            return _with(self, place, only)
        level: list[Any] = list(getattr(self, place))
        if len(steps) == 1:
            level[steps[0] : steps[0] + 1] = statements
            return _with(self, place, tuple(level))
        inner = list(level[steps[0]])
        inner[steps[1] : steps[1] + 1] = statements
        level[steps[0]] = tuple(inner)
        return _with(self, place, tuple(level))

    def _document(self, *position: object) -> object:
        if position in self.unread:
            return self.unread[position]
        return policy(*self.at(position))

    def _levels(self, place: Literal["scps", "rcps"]) -> list[list[object]] | None:
        levels: Levels | None = getattr(self, place)
        if levels is None:
            return None
        return [
            [self._document(place, level, number) for number in range(len(documents))]
            for level, documents in enumerate(levels)
        ]

    def outcome(self) -> Outcome:
        """Ask."""
        action, resource = self.asked
        request = Request(
            principal=self.caller,
            action=action,
            resource=resource,
            resource_account=ACCOUNT,
            context=CONTEXT,
        )
        policies = Policies(
            identity=[self._document("identity", n) for n in range(len(self.identity))],
            boundary=None if self.boundary is None else self._document("boundary"),
            session=None if self.session is None else self._document("session"),
            resource=None if self.resource is None else self._document("resource"),
            scps=self._levels("scps"),
            rcps=self._levels("rcps"),
        )
        return decide(request, policies).outcome

    @property
    def access(self) -> int:
        """How much access that is."""
        return ACCESS[self.outcome()]


def _with(situation: Situation, place: str, value: Any) -> Situation:
    members: dict[str, Any] = {place: value}
    return replace(situation, **members)


def _spoken(effect: str, place: Place) -> list[Json]:
    """Every statement of an effect that the words make."""
    conditions: list[Json] = [{}] * 4
    conditions += [{"Condition": each} for each in (*CONDITIONS, *UNDECIDED * 2)]
    principals: list[Json] = [{}]
    if place in NAMING:
        principals = [{"Principal": "*"}]
    if place == "resource":
        principals = [
            *({"Principal": each} for each in PRINCIPALS),
            *({"NotPrincipal": each} for each in NOT_PRINCIPALS),
        ]
    actions: list[Json] = [{"Action": each} for each in ACTIONS]
    actions += [{"NotAction": "s3:*"}, {"NotAction": ["kms:*", "secretsmanager:G*"]}]
    resources: list[Json] = [{"Resource": each} for each in RESOURCES]
    resources += [{"NotResource": KEY}]
    return [
        {"Effect": effect, **principal, **action, **resource, **condition}
        for principal, action, resource, condition in product(
            principals, actions, resources, conditions
        )
    ]


PLACES: tuple[Place, ...] = ("identity", "boundary", "session", "resource", "scps", "rcps")
DENIALS = {place: st.sampled_from(_spoken("Deny", place)) for place in PLACES}
MIXED = {
    # A statement in twelve denies, or hardly anything would be allowed.
    place: st.sampled_from([*_spoken("Allow", place), *_spoken("Deny", place)[::11]])
    for place in PLACES
}


def _policies(place: Place, *, least: int = 0, most: int = 2) -> SearchStrategy[Statements]:
    return st.lists(MIXED[place], min_size=least, max_size=most).map(tuple)


def _whole(place: Place) -> Json:
    return {**EVERYTHING, "Principal": "*"} if place in NAMING else EVERYTHING


def _limit(place: Place) -> SearchStrategy[Statements]:
    """Mostly everything is allowed, or all but what a denial names, as people write limits."""
    whole = (_whole(place),)
    some: list[Statements] = [(*whole, denial) for denial in _spoken("Deny", place)[::7]]
    some += [(allow,) for allow in _spoken("Allow", place)[::11]]
    return st.sampled_from([*[whole] * len(some), *some])


def _levels(place: Place) -> SearchStrategy[Levels | None]:
    limit = _limit(place)
    level = st.tuples(limit) | st.tuples(limit) | st.tuples(limit, _policies(place))
    return st.none() | st.lists(level, min_size=1, max_size=2).map(tuple)


SITUATIONS = st.builds(
    Situation,
    asked=st.sampled_from(ASKED),
    caller=st.sampled_from(CALLERS),
    identity=st.lists(_policies("identity", least=1, most=3), max_size=2).map(tuple),
    boundary=st.none() | _limit("boundary"),
    session=st.none() | _limit("session"),
    resource=st.none() | _policies("resource", least=2, most=4),
    scps=_levels("scps"),
    rcps=_levels("rcps"),
)

often = settings(max_examples=300, deadline=None)


# --- properties


@often
@given(SITUATIONS, st.data())
def test_a_deny_adds_no_access(situation: Situation, data: DataObject) -> None:
    assume(situation.positions())
    position = data.draw(st.sampled_from(situation.positions()))
    denial = data.draw(DENIALS[position[0]])
    statements = situation.at(position)
    place = data.draw(st.integers(0, len(statements)))
    denied = situation.put(position, (*statements[:place], denial, *statements[place:]))

    assert denied.access <= situation.access


@often
@given(SITUATIONS, st.data())
def test_a_policy_that_only_denies_adds_no_access(situation: Situation, data: DataObject) -> None:
    denial = data.draw(DENIALS["identity"])
    added = _with(situation, "identity", (*situation.identity, (denial,)))

    assert added.access <= situation.access


@often
@given(SITUATIONS, st.data())
def test_without_an_allow_there_is_no_more_access(situation: Situation, data: DataObject) -> None:
    allows = [
        (position, number)
        for position in situation.positions()
        for number, statement in enumerate(situation.at(position))
        if statement["Effect"] == "Allow"
    ]
    assume(allows)
    position, number = data.draw(st.sampled_from(allows))
    statements = situation.at(position)
    without = situation.put(position, statements[:number] + statements[number + 1 :])

    assert without.access <= situation.access


@often
@given(SITUATIONS, st.data())
def test_a_limit_never_widens(situation: Situation, data: DataObject) -> None:
    place: Place = data.draw(st.sampled_from(("scps", "rcps", "boundary", "session")))
    limit = data.draw(_policies(place))
    if place in {"scps", "rcps"}:
        levels: Levels = getattr(situation, place) or ()
        number = data.draw(st.integers(0, len(levels)))
        limited = _with(situation, place, (*levels[:number], (limit,), *levels[number:]))
    else:
        # A federated user has rights by a session policy alone, so there it is no limit.
        assume(place == "boundary" or "federated-user" not in situation.caller)
        situation = _with(situation, place, None)
        limited = _with(situation, place, limit)

    assert limited.access <= situation.access


@often
@given(SITUATIONS, st.data())
def test_the_order_of_statements_policies_and_levels_changes_nothing(
    situation: Situation, data: DataObject
) -> None:
    def shuffled(value: Any) -> Any:
        if not isinstance(value, tuple):
            return value
        return tuple(data.draw(st.permutations([shuffled(each) for each in value])))

    after = situation
    for place in PLACES:
        after = _with(after, place, shuffled(getattr(situation, place)))

    assert after.outcome() == situation.outcome()


def _recased(statement: Json, change: Callable[[str], str]) -> Json:
    """Actions, operators, keys and the names of variables in another case."""

    def variables(value: Any) -> Any:
        if isinstance(value, list):
            return [variables(each) for each in value]
        return re.sub(r"\$\{[^}]*\}", lambda found: change(found[0]), value)

    def actions(value: Any) -> Any:
        return [change(each) for each in value] if isinstance(value, list) else change(value)

    after = dict(statement)
    for element in {"Action", "NotAction"} & after.keys():
        after[element] = actions(after[element])
    for element in {"Resource", "NotResource"} & after.keys():
        after[element] = variables(after[element])
    if "Condition" in after:
        after["Condition"] = {
            change(operator): {change(key): variables(value) for key, value in keys.items()}
            for operator, keys in after["Condition"].items()
        }
    return after


@often
@given(SITUATIONS, st.sampled_from((str.upper, str.lower, str.swapcase)))
def test_the_case_of_actions_operators_and_keys_changes_nothing(
    situation: Situation, change: Callable[[str], str]
) -> None:
    after = situation
    for position in situation.positions():
        after = after.put(position, tuple(_recased(it, change) for it in situation.at(position)))

    assert after.outcome() == situation.outcome()


@often
@given(SITUATIONS, st.data())
def test_a_policy_split_in_two_says_the_same(situation: Situation, data: DataObject) -> None:
    several = [
        position
        for position in situation.positions()
        if len(position) > 1 and len(situation.at(position)) > 1
    ]
    assume(several)
    position = data.draw(st.sampled_from(several))
    statements = situation.at(position)
    cut = data.draw(st.integers(1, len(statements) - 1))

    assert (
        situation.put(position, statements[:cut], statements[cut:]).outcome() == situation.outcome()
    )


MALFORMED: tuple[object, ...] = (
    *("{", "[]", "null", "\ud800", 3, {}),
    {"Version": "2026-01-01", "Statement": []},
    policy({"Effect": "Allow"}),
    policy({**EVERYTHING, "Principal": "*", "Conditon": {}}),
)


@often
@given(SITUATIONS, st.sampled_from(MALFORMED), st.data())
def test_what_cannot_be_read_may_say_anything(
    situation: Situation, document: object, data: DataObject
) -> None:
    """
    It is undecided unless no policy in its place could give access; a sure denial stays.

    Only where not even a Deny counts does it change nothing, as a service's SCP.
    """
    assume(situation.positions())
    position = data.draw(st.sampled_from(situation.positions()))
    whole = _whole(position[0])
    allowing = situation.put(position, (whole,))
    denying = situation.put(position, ({**whole, "Effect": "Deny"},))
    silent = situation.put(position, ())
    unread = replace(situation, unread={position: document}).outcome()

    if denying.outcome() == "allow":
        assert (unread, position[0], situation.caller) == ("allow", "scps", CALLERS[-1])
    elif max(allowing.access, denying.access, silent.access) > 0:
        assert unread == "conditional"
    elif silent.outcome() == "explicit_deny":
        assert unread == "explicit_deny"
    else:
        assert unread == "implicit_deny"


# --- many resources at once

_ARNS = (SECRET, f"{SECRET[:-6]}GhIjKl", SECRET.replace(ACCOUNT, OTHER_ACCOUNT), KEY)


def _read(kind: Kind, *documents: Statements) -> tuple[AnyPolicy, ...]:
    return tuple(
        read_policy(policy(*statements), Reference(kind=kind, name="p")) for statements in documents
    )


@often
@given(
    SITUATIONS,
    st.lists(st.tuples(st.sampled_from(_ARNS), _policies("resource")), max_size=4),
)
def test_many_resources_at_once_are_decided_as_each_alone(
    situation: Situation, resources: list[tuple[str, Statements]]
) -> None:
    user = Principal(
        arn=USER,
        type="user",
        account=ACCOUNT,
        name="dev",
        identity=_read("identity_policy", *situation.identity),
        boundary=_read("boundary", situation.boundary)[0] if situation.boundary else None,
        scps=None
        if situation.scps is None
        else tuple(_read("service_control_policy", *level) for level in situation.scps),
        context={"aws:principaltag/team": known("prod")},
    )
    rcps = [_read("resource_control_policy", *level) for level in situation.rcps or ()]
    question = Question(
        "secretsmanager:GetSecretValue",
        Universe([Resource(arn=arn, account=arn.split(":")[4]) for arn, _ in resources]),
        resource_policies=[_read("resource_policy", statements) for _, statements in resources],
        rcps={ACCOUNT: rcps},
        conventions=Conventions(
            constants={"aws:sourceip": known("203.0.113.7"), "aws:tagkeys": known("a", "b")}
        ),
    )
    answer = question.answer(user)
    thorough = question.answer(user, thorough=True)

    for index, (arn, statements) in enumerate(resources):
        ours = arn.split(":")[4] == ACCOUNT
        request = Request(
            principal=USER,
            action="secretsmanager:GetSecretValue",
            resource=arn,
            resource_account=arn.split(":")[4],
            context=CONTEXT,
        )
        alone = decide(
            request,
            Policies(
                identity=[policy(*each) for each in situation.identity],
                boundary=policy(*situation.boundary) if situation.boundary else None,
                resource=policy(*statements),
                scps=None
                if situation.scps is None
                else [[policy(*each) for each in level] for level in situation.scps],
                rcps=[[policy(*each) for each in level] for level in situation.rcps]
                if situation.rcps is not None and ours
                else None,
            ),
        )
        assert answer.allowed.truth(index) == ACCESS[alone.outcome]
        assert thorough.allowed.truth(index) == ACCESS[alone.outcome]
        assert (thorough.denied.truth(index) is Truth.YES) is (alone.outcome == "explicit_deny")


# --- whether all this says anything


def test_every_outcome_is_frequent_and_every_caller_meets_several() -> None:
    found: Counter[tuple[str, Outcome]] = Counter()

    @settings(max_examples=1000, deadline=None, derandomize=True, database=None)
    @given(SITUATIONS)
    def count(situation: Situation) -> None:
        found[situation.caller, situation.outcome()] += 1

    count()

    outcomes = Counter(outcome for _, outcome in found.elements())
    assert {outcome for outcome in ACCESS if outcomes[outcome] >= 10} == set(ACCESS)
    assert {caller for caller in CALLERS if found[caller, "allow"] >= 2} == set(CALLERS)
    assert {caller for caller in CALLERS if found[caller, "implicit_deny"] >= 2} == set(CALLERS)
