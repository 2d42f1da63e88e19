"""
Why another implementation answers otherwise: rules, each of which is exact.

A rule rewrites a decision into what the other side makes of it. A disagreement is explained
when keyproof, asked the rewritten decision, gives the other side's answer; so a rule excuses
one misreading, and nothing else that is wrong with a decision in which it occurs.
"""

from __future__ import annotations

import json
from collections import Counter
from copy import deepcopy
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from keyproof.access.decision import Outcome, Policies, Request, decide

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.keyproof.access.differential.generator import Case
    from tests.keyproof.access.differential.statements import Document

_WORST_FIRST: Sequence[Outcome] = ("explicit_deny", "implicit_deny", "conditional", "allow")
_MOST_RULES_AT_ONCE = 3
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
class Test:
    """One key of one operator of a Condition, with the values it is compared with."""

    operator: str
    key: str
    values: tuple[Any, ...]


Test.__test__ = False  # type: ignore[attr-defined] - pytest takes the name for a test's


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


def explain(case: Case, theirs: str, rules: Sequence[Rule]) -> tuple[str, ...] | None:
    """Give the fewest rules after which keyproof answers like the other side; None if none do."""
    possible = [rule for rule in rules if list(rule.rewrite(case)) != [case]]
    for count in range(1, _MOST_RULES_AT_ONCE + 1):
        for chosen in combinations(possible, count):
            cases: Sequence[Case] = [case]
            for rule in chosen:
                cases = [after for before in cases for after in rule.rewrite(before)]
            if min(map(outcome, cases), key=_WORST_FIRST.index) == theirs:
                return tuple(rule.name for rule in chosen)
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """
    How two sides compare over many decisions.

    `outcomes` are keyproof's; `agreed` counts decisions that no rule was needed for, and
    `by_rule` how often each rule was. `unexplained` has the numbers of the rest, with both answers.
    """

    outcomes: Counter[Outcome]
    agreed: int
    by_rule: Counter[str]
    unexplained: tuple[tuple[int, Outcome, str], ...]

    @property
    def rarest(self) -> float:
        """The share of the rarest of the three outcomes that AWS has."""
        counts = [self.outcomes[each] for each in _WORST_FIRST if each != "conditional"]
        return min(counts) / self.outcomes.total()


def compare(cases: Sequence[Case], theirs: Sequence[str], rules: Sequence[Rule]) -> Comparison:
    """Ask keyproof all decisions that the other side has answered."""
    outcomes: Counter[Outcome] = Counter()
    by_rule: Counter[str] = Counter()
    unexplained = []
    agreed = 0
    for number, (case, answer) in enumerate(zip(cases, theirs, strict=True)):
        ours = outcome(case)
        outcomes[ours] += 1
        if ours == answer:
            agreed += 1
            continue
        names = explain(case, answer, rules)
        if names is None:
            unexplained.append((number, ours, answer))
        else:
            by_rule.update(names)
    return Comparison(
        outcomes=outcomes, agreed=agreed, by_rule=by_rule, unexplained=tuple(unexplained)
    )


def disagreements(other: str) -> list[Case]:
    """The smallest case of each rule of one side, kept with what AWS's page expects."""
    kept = json.loads(Path(__file__).with_name("disagreements.json").read_text())["cases"]
    return [case for case in kept if case["other"]["name"] == other]


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
    after = deepcopy(case)
    for document in documents(after):
        for statement in statements(document):
            edit(statement, document)
    return [after]


def conditions_edited(
    case: Case, edit: Callable[[Test], Test | None]
) -> Sequence[Case]:
    """Give it with each test of a condition put otherwise; None stands for one that fails."""

    def edit_statement(statement: dict[str, Any], _: Document) -> None:
        after: dict[str, Any] = {}
        for operator, by_key in statement.get("Condition", {}).items():
            for key, values in by_key.items():
                test = edit(Test(operator, key, tuple(texts(values))))
                if test is None:
                    statement["Condition"] = NEVER
                    return
                after.setdefault(test.operator, {})[test.key] = list(test.values)
        if after:
            statement["Condition"] = after

    return edited(case, edit_statement)
