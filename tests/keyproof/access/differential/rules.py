"""
Why another implementation answers otherwise: rules, each of which is exact.

A rule rewrites a decision into what the other side makes of it. With all of them applied,
keyproof must answer every decision like the other side, those that both agree on included;
so a rule excuses one misreading, and nothing else in the decisions in which it occurs.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from keyproof.access.decision import Policies, Request, decide

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from keyproof.access.decision import Outcome
    from tests.keyproof.access.differential.generator import Case
    from tests.keyproof.access.differential.statements import Document

_WORST_FIRST: Sequence[Outcome] = ("explicit_deny", "implicit_deny", "conditional", "allow")
GUIDE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/"
NEVER = {"StringEquals": {"aws:PrincipalType": "nobody"}}
"""A condition that no request meets."""
ABSENT = "aws:ChatbotSourceArn"
"""A key that no request has."""
SLOTS = ("permission_boundary", "session_policy", "resource_policy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """
    One way in which the other side departs from AWS's documentation, or fills its silence.

    `page` is the page of AWS that says so. `rewrite` gives the decision as the other side
    reads it; several when it asks for several permissions, all of which are needed.
    """

    name: str
    page: str
    rewrite: Callable[[Case], Sequence[Case]]


@dataclass(frozen=True, slots=True)
class Comparand:
    """One key of one operator of a Condition, with the values it is compared with."""

    operator: str
    key: str
    values: tuple[Any, ...]


def outcome(case: Case) -> Outcome:
    """Ask keyproof."""
    return decide(
        Request(
            principal=case["principal"],
            action=case["action"],
            resource=case["resource"],
            resource_account=case["resource_account"],
            context=case["context"],
        ),
        Policies(
            identity=case["identity_policies"],
            boundary=case["permission_boundary"],
            session=case["session_policy"],
            resource=case["resource_policy"],
            scps=case["scps"],
            rcps=case["rcps"],
        ),
    ).outcome


def rewritten(case: Case, rules: Iterable[Rule]) -> Sequence[Case]:
    """Give the decision as the other side reads it, as far as these rules go."""
    cases: Sequence[Case] = [case]
    for rule in rules:
        cases = [after for before in cases for after in rule.rewrite(before)]
    return cases


def together(cases: Iterable[Case]) -> Outcome:
    """Ask keyproof for several permissions, all of which are needed."""
    return min(map(outcome, cases), key=_WORST_FIRST.index)


def explain(case: Case, theirs: str, rules: Sequence[Rule]) -> tuple[str, ...] | None:
    """Give the fewest rules after which keyproof answers like the other side; None if none do."""
    possible = [rule for rule in rules if rewritten(case, [rule]) != [case]]
    for count in range(1, len(possible) + 1):
        for chosen in combinations(possible, count):
            if together(rewritten(case, chosen)) == theirs:
                return tuple(rule.name for rule in chosen)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """
    How two sides compare over many decisions.

    `outcomes` are keyproof's. `untouched` counts the decisions that no rule is about,
    `agreed` those that both answer alike, and `by_rule` the others by each rule they needed.
    `unexplained` has the number and the answers (keyproof's, keyproof's to what the other side
    reads, the other side's) wherever the last two differ.
    """

    outcomes: Counter[Outcome]
    untouched: int
    agreed: int
    by_rule: Counter[str]
    unexplained: tuple[tuple[int, Outcome, Outcome, str], ...]

    @property
    def figures(self) -> Case:
        """How often both sides agree, as it is kept and documented."""
        return {
            "decisions": self.outcomes.total(),
            "agreed": self.agreed,
            "untouched": self.untouched,
            "by_rule": dict(self.by_rule),
        }

    @property
    def rarest(self) -> float:
        """The share of the rarest of the three outcomes that AWS has."""
        counts = [self.outcomes[each] for each in _WORST_FIRST if each != "conditional"]
        return min(counts) / self.outcomes.total()


def compare(cases: Sequence[Case], theirs: Sequence[str], rules: Sequence[Rule]) -> Comparison:
    """
    Ask keyproof all decisions that the other side has answered.

    All rules are applied to every decision, to those that both sides agree on as well, so
    a rule that says too much is found out.
    """
    outcomes: Counter[Outcome] = Counter()
    by_rule: Counter[str] = Counter()
    unexplained = []
    untouched = agreed = 0
    for number, (case, answer) in enumerate(zip(cases, theirs, strict=True)):
        ours = outcome(case)
        outcomes[ours] += 1
        read = rewritten(case, rules)
        untouched += read == [case]
        if together(read) != answer:
            unexplained.append((number, ours, together(read), answer))
        elif ours == answer:
            agreed += 1
        else:
            by_rule.update(explain(case, answer, rules) or ())
    return Comparison(
        outcomes=outcomes,
        untouched=untouched,
        agreed=agreed,
        by_rule=by_rule,
        unexplained=tuple(unexplained),
    )


def disagreements(other: str) -> list[Case]:
    """The smallest case of each rule of one side, kept with what AWS's page expects."""
    return [case for case in _kept()["cases"] if case["other"]["name"] == other]


def measured(other: str) -> Case:
    """The figures of a comparison with one side, as they were when last looked at."""
    found: Case = _kept()["measured"][other]
    return found


def _kept() -> Case:
    kept: Case = json.loads(Path(__file__).with_name("disagreements.json").read_text("utf-8"))
    return kept


def documents(case: Case) -> Iterator[Document]:
    """Every policy of a decision."""
    yield from case["identity_policies"]
    yield from (case[slot] for slot in SLOTS if case[slot] is not None)
    for slot in ("scps", "rcps"):
        for level in case[slot] or ():
            yield from level


def statements(document: Document) -> list[dict[str, Any]]:
    """The statements of a policy, which may have one alone."""
    found: list[dict[str, Any]] | dict[str, Any] = document["Statement"]
    return found if isinstance(found, list) else [found]


def texts(value: object) -> list[Any]:
    """One value, or several."""
    return value if isinstance(value, list) else [value]


def keys_of(case: Case) -> set[str]:
    """The condition keys that the request has, in lower case."""
    return {key.lower() for key, value in case["context"].items() if value != []}


def edited(case: Case, edit: Callable[[dict[str, Any], Document], object]) -> Sequence[Case]:
    """Give the decision with each statement edited in place; its document comes as well."""
    after: Case = orjson.loads(orjson.dumps(case))  # a copy, several times faster than deepcopy
    for document in documents(after):
        for statement in statements(document):
            edit(statement, document)
    return [after]


def conditions_edited(case: Case, edit: Callable[[Comparand], Comparand | None]) -> Sequence[Case]:
    """Give it with each test of a condition put otherwise; None stands for one that fails."""

    def edit_statement(statement: dict[str, Any], _: Document) -> None:
        before = [
            Comparand(operator, key, tuple(texts(values)))
            for operator, by_key in statement.get("Condition", {}).items()
            for key, values in by_key.items()
        ]
        after = [edit(test) for test in before]
        if after != before:
            tests = [test for test in after if test is not None]
            statement["Condition"] = _condition(tests) if len(tests) == len(after) else NEVER

    return edited(case, edit_statement)


def _condition(tests: Iterable[Comparand]) -> Document:
    """The Condition of these tests, all of which must hold."""
    found: Document = {}
    for test in tests:
        by_key = found.setdefault(test.operator, {})
        # What had two operators may have one now; the name of a key has no case.
        spellings = (test.key, test.key.lower(), test.key.upper(), test.key.swapcase())
        by_key[next(each for each in spellings if each not in by_key)] = list(test.values)
    return found
