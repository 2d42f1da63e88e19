"""What holds of every decision, whatever the policies say."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from hypothesis import given, settings
from hypothesis import strategies as st

from keyproof.access.decision import Policies, Request, decide
from tests.keyproof.access.policies import ACCOUNT, OTHER_ACCOUNT, policy, root, session

if TYPE_CHECKING:
    from collections.abc import Callable

    from keyproof.access.decision import Outcome

Statement = dict[str, Any]

SECRET = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:prod/openai-AbCdEf"
ACTIONS = (
    "secretsmanager:GetSecretValue",
    "SecretsManager:Get*",
    "secretsmanager:*",
    "*",
    "secretsmanager:PutSecretValue",
)
RESOURCES = (
    SECRET,
    f"{SECRET[:-6]}??????",
    "*",
    f"{SECRET[:-7]}",
    f"arn:aws:secretsmanager:*:{ACCOUNT}:secret:${{aws:PrincipalTag/team}}/*",
)
CONTEXT = {
    "aws:PrincipalTag/team": "prod",
    "aws:SourceIp": "203.0.113.7",
    "aws:MultiFactorAuthPresent": "false",
}
CONDITIONS: tuple[Statement, ...] = (
    {"StringEquals": {"aws:PrincipalTag/team": "prod"}},
    {"StringNotEquals": {"aws:PrincipalTag/team": "prod"}},
    {"StringNotLike": {"aws:PrincipalTag/absent": "p*"}},
    {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}},
    {"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}},
    {"Null": {"aws:SourceVpce": "true"}},
    {"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}},
    {"NoSuchOperator": {"aws:SourceIp": "203.0.113.7"}},
)
PRINCIPALS: tuple[object, ...] = (
    "*",
    {"AWS": root()},
    {"AWS": root(OTHER_ACCOUNT)},
    {"AWS": f"arn:aws:iam::{ACCOUNT}:user/dev"},
    {"AWS": f"arn:aws:iam::{ACCOUNT}:role/app"},
    {"AWS": session("app", "run")},
)
CALLERS = (
    f"arn:aws:iam::{ACCOUNT}:user/dev",
    session("app", "run"),
    f"arn:aws:iam::{OTHER_ACCOUNT}:user/dev",
    root(),
)
ORDER: dict[Outcome, int] = {
    "explicit_deny": 0,
    "implicit_deny": 0,
    "conditional": 1,
    "allow": 2,
}
"""How much access an outcome is."""

MALFORMED = st.sampled_from(
    (
        "{",
        "[]",
        "null",
        '{"Version": "2026-01-01", "Statement": []}',
        '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow"}]}',
        '{"Version": "2012-10-17"}',
        "\ud800",
    )
)


@dataclass(frozen=True, kw_only=True)
class Question:
    """Statements by where they stand; a level of the organisation has a list of its own."""

    caller: str
    identity: list[Statement]
    boundary: list[Statement] | None
    session: list[Statement] | None
    resource: list[Statement] | None
    scps: list[list[Statement]] | None
    rcps: list[list[Statement]] | None
    malformed: dict[str, str] = field(default_factory=dict)

    def document(self, place: str, statements: list[Statement] | None) -> object:
        if place in self.malformed:
            return self.malformed[place]
        return None if statements is None else policy(*statements)

    def answer(self, *, split: bool = False) -> Outcome:
        """Ask; `split` puts each statement of the identity into a policy of its own."""
        identity = [policy(each) for each in self.identity] if split else [policy(*self.identity)]
        if "identity" in self.malformed:
            identity.append(self.malformed["identity"])
        return decide(
            Request(
                principal=self.caller,
                action="secretsmanager:GetSecretValue",
                resource=SECRET,
                resource_account=ACCOUNT,
                context=CONTEXT,
            ),
            Policies(
                identity=identity,
                boundary=self.document("boundary", self.boundary),
                session=self.document("session", self.session),
                resource=self.document("resource", self.resource),
                scps=None if self.scps is None else [[policy(*each)] for each in self.scps],
                rcps=None if self.rcps is None else [[policy(*each)] for each in self.rcps],
            ),
        ).outcome


def _statement(*, principal: bool, effects: tuple[str, ...]) -> st.SearchStrategy[Statement]:
    parts: dict[str, st.SearchStrategy[Any]] = {
        "Effect": st.sampled_from(effects),
        "Action": st.sampled_from(ACTIONS),
        "Resource": st.sampled_from(RESOURCES),
    }
    if principal:
        parts["Principal"] = st.sampled_from(PRINCIPALS)
    return st.fixed_dictionaries(parts, optional={"Condition": st.sampled_from(CONDITIONS)})


BOTH = ("Allow", "Allow", "Deny")
OWN = _statement(principal=False, effects=BOTH)
OF_RESOURCE = _statement(principal=True, effects=BOTH)
OF_RCP = OF_RESOURCE.map(lambda each: {**each, "Principal": "*"})
WIDE = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def _levels(statement: st.SearchStrategy[Statement], wide: Statement) -> st.SearchStrategy[Any]:
    level = st.lists(statement, max_size=2).map(lambda own: [wide, *own])
    return st.none() | st.lists(level | st.lists(statement, max_size=2), min_size=1, max_size=2)


QUESTIONS = st.builds(
    Question,
    caller=st.sampled_from(CALLERS),
    identity=st.lists(OWN, max_size=3),
    boundary=st.none() | st.none() | st.lists(OWN, max_size=2),
    session=st.none() | st.none() | st.lists(OWN, max_size=2),
    resource=st.none() | st.lists(OF_RESOURCE, max_size=3),
    scps=_levels(OWN, WIDE),
    rcps=_levels(OF_RCP, {**WIDE, "Principal": "*"}),
)

DENIALS = _statement(principal=False, effects=("Deny",))
DENIALS_OF_RESOURCE = _statement(principal=True, effects=("Deny",))

quick = settings(max_examples=300, deadline=None)


def _access(question: Question) -> int:
    return ORDER[question.answer()]


@quick
@given(QUESTIONS, DENIALS, DENIALS_OF_RESOURCE)
def test_a_deny_adds_no_access(question: Question, own: Statement, other: Statement) -> None:
    before = _access(question)

    assert _access(replace(question, identity=[*question.identity, own])) <= before
    if question.resource is not None:
        assert _access(replace(question, resource=[*question.resource, other])) <= before


@quick
@given(QUESTIONS, st.data())
def test_without_an_allow_there_is_no_more_access(question: Question, data: st.DataObject) -> None:
    before = _access(question)

    for place in ("identity", "boundary", "session", "resource"):
        statements: list[Statement] | None = getattr(question, place)
        allows = [n for n, each in enumerate(statements or ()) if each["Effect"] == "Allow"]
        if statements and allows:
            gone = data.draw(st.sampled_from(allows))
            kept = statements[:gone] + statements[gone + 1 :]
            assert _access(replace(question, **{place: kept})) <= before


@quick
@given(QUESTIONS, st.lists(OWN, max_size=3), st.lists(OF_RCP, max_size=3))
def test_a_limit_never_widens(
    question: Question, own: list[Statement], rcp: list[Statement]
) -> None:
    unlimited = replace(question, boundary=None, session=None)

    # A federated or role session aside, what has no boundary may do no less.
    assert _access(replace(unlimited, boundary=own)) <= _access(unlimited)
    assert _access(replace(unlimited, session=own)) <= _access(unlimited)
    assert _access(replace(question, scps=[*(question.scps or ()), own])) <= _access(question)
    assert _access(replace(question, rcps=[*(question.rcps or ()), rcp])) <= _access(question)


@quick
@given(QUESTIONS, st.randoms(use_true_random=False))
def test_order_and_partition_into_policies_change_nothing(question: Question, random: Any) -> None:
    identity, resource = list(question.identity), list(question.resource or ())
    random.shuffle(identity)
    random.shuffle(resource)
    shuffled = replace(
        question, identity=identity, resource=None if question.resource is None else resource
    )

    assert shuffled.answer() == question.answer() == question.answer(split=True)


def _recased(statement: Statement, change: Callable[[str], str]) -> Statement:
    after = deepcopy(statement)
    after["Action"] = change(after["Action"])
    if "Condition" in after:
        after["Condition"] = {
            change(operator): {change(key): value for key, value in keys.items()}
            for operator, keys in after["Condition"].items()
        }
    return after


@quick
@given(QUESTIONS, st.sampled_from((str.upper, str.lower, str.swapcase)))
def test_the_case_of_actions_operators_and_keys_changes_nothing(
    question: Question, change: Callable[[str], str]
) -> None:
    recased = replace(
        question,
        identity=[_recased(each, change) for each in question.identity],
        resource=None
        if question.resource is None
        else [_recased(each, change) for each in question.resource],
    )

    assert recased.answer() == question.answer()


@quick
@given(QUESTIONS, st.sampled_from(("identity", "boundary", "session", "resource")), MALFORMED)
def test_what_cannot_be_read_decides_nothing(question: Question, place: str, text: str) -> None:
    """It may deny or allow anything: what is left is in doubt, or denied whatever it says."""
    unread = replace(question, malformed={place: text})
    nothing: list[Statement] = []
    without = replace(question, **({place: nothing} if place != "identity" else {}))
    wide = {**WIDE, "Principal": "*"} if place == "resource" else WIDE
    everything = [*question.identity, wide] if place == "identity" else [wide]
    given_all = replace(question, **{place: everything})

    answer = unread.answer()

    assert answer != "allow"
    if ORDER[given_all.answer()] > 0 or ORDER[without.answer()] > 0:
        assert answer == "conditional"
    else:
        assert answer in {"implicit_deny", "explicit_deny"}


def test_all_outcomes_occur() -> None:
    """The questions above are no walk-over: each outcome is a good part of them."""
    found: Counter[str] = Counter()

    @settings(max_examples=400, deadline=None, derandomize=True)
    @given(QUESTIONS)
    def count(question: Question) -> None:
        found[question.answer()] += 1

    count()

    assert set(found) == set(ORDER)
    assert min(found[each] for each in ("allow", "implicit_deny", "explicit_deny")) >= 40
