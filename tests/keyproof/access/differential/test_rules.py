"""What is known of disagreements with others, without asking them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.keyproof.access.differential import iam_simulate_rules, ministack_rules
from tests.keyproof.access.differential.generator import decision, estate
from tests.keyproof.access.differential.rules import disagreements, explain, outcome
from tests.keyproof.access.differential.statements import seeded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.keyproof.access.differential.generator import Case
    from tests.keyproof.access.differential.rules import Rule

SIDES = {"iam-simulate": iam_simulate_rules.RULES, "ministack": ministack_rules.RULES}
KEPT = [case for side in SIDES for case in disagreements(side)]


@pytest.mark.parametrize("case", KEPT, ids=[case["id"] for case in KEPT])
def test_keyproof_answers_as_the_page_says(case: Case) -> None:
    assert outcome(case) == case["expected"] != case["other"]["answer"]


@pytest.mark.parametrize("case", KEPT, ids=[case["id"] for case in KEPT])
def test_its_rule_alone_explains_a_disagreement(case: Case) -> None:
    other = case["other"]

    assert explain(case, other["answer"], SIDES[other["name"]]) == (other["rule"],)


@pytest.mark.parametrize("case", KEPT, ids=[case["id"] for case in KEPT])
def test_a_wrong_answer_is_not_explained(case: Case) -> None:
    """A rule excuses the other side's answer, not any other that keyproof might give."""
    other = case["other"]
    wrong = {"allow", "implicit_deny", "explicit_deny"} - {case["expected"], other["answer"]}

    for answer in wrong:
        assert explain(case, answer, SIDES[other["name"]]) is None


@pytest.mark.parametrize("side", SIDES)
def test_each_rule_has_its_case(side: str) -> None:
    rules: Sequence[Rule] = SIDES[side]
    kept = disagreements(side)

    assert sorted(case["other"]["rule"] for case in kept) == sorted(rule.name for rule in rules)
    pages = {rule.name: rule.page for rule in rules}
    assert all(case["source"]["cite"] == pages[case["other"]["rule"]] for case in kept)


def test_the_same_seed_gives_the_same_decisions() -> None:
    assert decision(seeded("seed", 7)) == decision(seeded("seed", 7))
    assert decision(seeded("seed", 7)) != decision(seeded("seed", 8))
    assert estate(seeded("seed", 7), 7) == estate(seeded("seed", 7), 7)


def test_each_outcome_is_frequent() -> None:
    decisions = Counter(outcome(decision(seeded("share", number))) for number in range(500))
    estates = Counter(outcome(estate(seeded("share", each), each).case) for each in range(500))

    for counted in (decisions, estates):
        assert min(counted[each] for each in ("allow", "implicit_deny", "explicit_deny")) >= 75
