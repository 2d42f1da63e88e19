"""The same decisions, asked of keyproof and of @cloud-copilot/iam-simulate."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.keyproof.access.differential.generator import decision
from tests.keyproof.access.differential.iam_simulate_rules import RULES
from tests.keyproof.access.differential.rules import compare, disagreements, measured
from tests.keyproof.access.differential.statements import seeded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.keyproof.access.differential.generator import Case

pytestmark = pytest.mark.everything

REPOSITORY = Path(__file__).parents[4]
PACKAGES = REPOSITORY / ".tools" / "differential"
ANSWERS = Path(__file__).with_name("iam_simulate.mjs")
DECISIONS = 20_000
AT_ONCE = 2_000


@pytest.fixture(scope="module")
def ask() -> Callable[[Sequence[Case]], list[str]]:
    """Ask iam-simulate, in one process for as many decisions as there are."""
    if not (PACKAGES / "node_modules").exists():
        pytest.fail(f"{PACKAGES} has no packages: run `make test-all`, which installs them")

    def answers(cases: Sequence[Case]) -> list[str]:
        done = subprocess.run(
            ["node", ANSWERS, PACKAGES],
            input="".join(f"{json.dumps(case)}\n" for case in cases),
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return [_answer(json.loads(line)) for line in done.stdout.splitlines()]

    return answers


def _answer(given: Case) -> str:
    """The outcome; what iam-simulate refuses, or leaves out of the context, compares nothing."""
    assert "errors" not in given, given
    assert given["ignored"] == []
    answer: str = given["outcome"]
    return answer


def test_iam_simulate_agrees(ask: Callable[[Sequence[Case]], list[str]]) -> None:
    cases = [decision(seeded("decision", number)) for number in range(DECISIONS)]

    compared = compare(cases, ask(cases), RULES)

    assert compared.unexplained == ()
    assert compared.agreed >= 0.85 * DECISIONS
    assert compared.rarest >= 0.15
    # No rule may grow into one that excuses everything.
    assert max(compared.by_rule.values()) <= 0.05 * DECISIONS
    assert compared.untouched >= 0.2 * DECISIONS
    assert compared.figures == measured("iam-simulate"), (
        "put the figures into disagreements.json, and run: "
        ".venv/bin/python tools/disagreements_table.py docs/access.md"
    )


def test_iam_simulate_disagrees(ask: Callable[[Sequence[Case]], list[str]]) -> None:
    """Each rule has its case, which tells when iam-simulate has been mended."""
    kept = disagreements("iam-simulate")

    answers = dict(zip((case["title"] for case in kept), ask(kept), strict=True))

    assert answers == {case["title"]: case["other"]["answer"] for case in kept}
