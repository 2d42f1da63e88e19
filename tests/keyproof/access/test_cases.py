"""
Decisions with their expected answers, each from a page of AWS's documentation.

`cases.json` is shared with others who test evaluators, and stays as it came;
`further_cases.json` are our own, and cite what the page says.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from pathlib import Path
from typing import Any, TypeAlias

import orjson
import pytest

from keyproof.access.decision import Decision, Policies, Request, decide

Case: TypeAlias = dict[str, Any]

HERE = Path(__file__).parent
SHARED_DIGEST = "52b05938826c7378b20bba61123ca0137df8e221cafbd14e92af0061d481885f"
MEMBERS = {
    *("id", "title", "tags", "kind", "principal", "action", "resource", "resource_account"),
    *("context", "identity_policies", "permission_boundary", "session_policy"),
    *("resource_policy", "scps", "rcps", "expected", "source"),
}
SOURCE = re.compile(r"https://docs\.aws\.amazon\.com/[\w./-]+\.html(#[\w.-]+)?")


def _cases(name: str) -> list[Case]:
    cases: list[Case] = orjson.loads((HERE / name).read_bytes())["cases"]
    return cases


SHARED = _cases("cases.json")
FURTHER = _cases("further_cases.json")


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in SHARED + FURTHER])
def test_the_documentation_s_answer(case: Case) -> None:
    request = Request(
        principal=case["principal"],
        action=case["action"],
        resource=case["resource"],
        resource_account=case["resource_account"],
        context=case["context"],
    )
    policies = Policies(
        identity=case["identity_policies"],
        boundary=case["permission_boundary"],
        session=case["session_policy"],
        resource=case["resource_policy"],
        scps=case["scps"],
        rcps=case["rcps"],
    )

    assert decide(request, policies) == Decision(outcome=case["expected"], keys=(), unseen=())


def test_the_shared_cases_are_all_there_as_they_came() -> None:
    assert len(SHARED) == 55
    assert hashlib.sha256((HERE / "cases.json").read_bytes()).hexdigest() == SHARED_DIGEST


def test_there_are_sixty_further_cases_at_least() -> None:
    assert len(FURTHER) >= 60


def test_every_case_has_an_id_of_its_own() -> None:
    counted = Counter(case["id"] for case in SHARED + FURTHER)

    assert [each for each, times in counted.items() if times > 1] == []


def test_no_further_case_asks_what_another_one_asks() -> None:
    asked = ("principal", "action", "resource", "context", "identity_policies", "resource_policy")
    also = ("permission_boundary", "session_policy", "scps", "rcps", "resource_account")
    counted = Counter(
        orjson.dumps([case[member] for member in asked + also], option=orjson.OPT_SORT_KEYS)
        for case in SHARED + FURTHER
    )

    assert [question for question, times in counted.items() if times > 1] == []


@pytest.mark.parametrize("case", [pytest.param(case, id=case["id"]) for case in FURTHER])
def test_a_further_case_cites_a_page_and_what_it_says(case: Case) -> None:
    assert set(case) == MEMBERS
    assert SOURCE.fullmatch(case["source"]["cite"])
    assert len(case["source"]["says"].split()) >= 3


def test_the_further_cases_have_every_sure_outcome() -> None:
    assert {case["expected"] for case in FURTHER} == {"allow", "implicit_deny", "explicit_deny"}
