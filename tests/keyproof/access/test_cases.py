"""Decisions with the page of AWS's documentation that settles each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from keyproof.access.decision import Policies, Request, decide

Case = dict[str, Any]


def _cases(name: str) -> list[Case]:
    cases: list[Case] = json.loads(Path(__file__).with_name(name).read_text())["cases"]
    return cases


SHARED = _cases("cases.json")
FURTHER = _cases("further_cases.json")
CASES = [*SHARED, *FURTHER]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_the_decision_is_the_documented_one(case: Case) -> None:
    decision = decide(
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
    )

    assert decision.outcome == case["expected"]
    assert decision.unseen == ()


def test_each_case_is_one_of_its_own() -> None:
    ids = [case["id"] for case in CASES]
    # Ids and titles apart, no two ask the same.
    questions = {
        json.dumps({name: case[name] for name in case if name not in _NAMES}, sort_keys=True)
        for case in CASES
    }

    assert (len(SHARED), len(FURTHER) >= 60) == (55, True)
    assert len(set(ids)) == len(ids)
    assert len(questions) == len(CASES)


_NAMES = {"id", "title", "tags", "source", "kind"}


def test_each_case_names_its_page() -> None:
    pages = {case["id"]: case["source"]["cite"] for case in CASES}

    assert {
        key: page for key, page in pages.items() if not page.startswith("https://docs.aws.amazon.")
    } == {}
    assert [case["id"] for case in FURTHER if not case["source"]["says"]] == []


def test_each_outcome_is_among_them() -> None:
    assert {case["expected"] for case in CASES} == {"allow", "implicit_deny", "explicit_deny"}
