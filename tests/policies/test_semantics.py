"""
The compiled policies against OPA's own evaluation, with an unusable value at every place.

Each estate differs from a good or a bad one in a single place; both engines must tell the
same of it. Sets leave the engines in different orders, so they are sorted first.
"""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from keyproof import documents
from keyproof.engine import EvaluationError
from keyproof.engine.wasm import wasm_engine
from tests.policies.opa import COMPILED, POLICIES, opa

if TYPE_CHECKING:
    from collections.abc import Iterator

    from keyproof.engine import Engine

Place = tuple[str | int, ...]

UNUSABLE: tuple[object, ...] = (
    None,
    True,
    False,
    -1,
    9223372036854775807,
    "90",
    "unseen",
    [],
    {},
)
EACH = """{name: assessment |
    some name, facts in input
    assessment := data.sec004.assessment with input as facts
}"""
SETS = ("violations", "gaps", "waived")


@pytest.fixture(scope="module")
def compiled() -> Engine:
    return wasm_engine(COMPILED.read_bytes())


@pytest.fixture(scope="module")
def flawless() -> dict[str, Any]:
    """The estate that the tests in Rego use."""
    facts: dict[str, Any] = _ask("data.sec004.estate_test.flawless", {})
    return facts


@pytest.fixture(scope="module")
def flawed(flawless: dict[str, Any]) -> dict[str, Any]:
    """An estate that violates every criterion written so far, and waives one violation."""
    facts = copy.deepcopy(flawless)
    credential = facts["credentials"][0]
    credential["scope"] = None
    credential["owner"]["address"] = True
    credential["rotation"]["interval_ns"] *= 10
    credential["spend_alert"]["alerts"][0]["enabled"] = False
    credential["secret"]["rotated_at_ns"] //= 2
    credential["secret"]["current"] = False
    credential["secret"]["rotation"]["stuck"] = True
    facts["stored_secrets"][0]["entry"] = None
    leak: dict[str, Any] = _ask("data.sec004.estate_test.leak", {})
    facts["leaked_keys"] = [leak | {"where": "tip", "rotated_at_ns": None}]
    facts["effective_access"]["classes"] = {}
    facts["waivers"] = [
        {
            "id": "W-1",
            "criterion": "rotated_on_schedule",
            "resource": credential["id"],
            "reason": "moves to a new vault",
            "approver": "Chief Information Security Officer",
            "expires": "2027-01-01T00:00:00Z",
            "expires_ns": 1798761600000000000,
        }
    ]
    return facts


def test_the_flawless_estate_is_a_document_of_facts(flawless: dict[str, Any]) -> None:
    documents.validate(flawless | _told_by_python(flawless), "facts", "flawless")


@pytest.mark.parametrize("estate", ["flawless", "flawed"])
def test_the_assessment_is_a_document_of_results(
    estate: str, compiled: Engine, request: pytest.FixtureRequest
) -> None:
    facts: dict[str, Any] = request.getfixturevalue(estate)
    told = _told_by_python(facts)
    told["schema"] = "keyproof/results/1"

    documents.validate(compiled(facts) | told, "results", estate)


def test_the_flawed_estate_violates_what_the_flawless_one_holds(
    flawless: dict[str, Any], flawed: dict[str, Any], compiled: Engine
) -> None:
    good = compiled(flawless)["criteria"]
    bad = compiled(flawed)["criteria"]

    holding = {slug for slug, result in good.items() if result["verdict"] == "pass"}
    failing = {slug for slug, result in bad.items() if result["verdict"] == "fail"}
    assert holding == failing
    assert len(holding) == 11
    assert [waived["waiver"] for waived in bad["rotated_on_schedule"]["waived"]] == ["W-1"]


@pytest.mark.parametrize("estate", ["flawless", "flawed"])
def test_both_engines_tell_the_same(
    estate: str, compiled: Engine, request: pytest.FixtureRequest
) -> None:
    facts: dict[str, Any] = request.getfixturevalue(estate)
    estates = [facts, *_departures(facts)]
    interpreted = _ask(EACH, _numbered(estates))

    for name, each in _numbered(estates).items():
        if name in interpreted:
            assert _canonical(compiled(each)) == _canonical(interpreted[name]), each
        else:
            with pytest.raises(EvaluationError, match="gave no assessment"):
                compiled(each)


def _numbered(estates: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {str(number): facts for number, facts in enumerate(estates)}


def _departures(facts: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in _paths(facts):
        for value in UNUSABLE:
            departed = copy.deepcopy(facts)
            _parent(departed, path)[path[-1]] = value
            yield departed
        departed = copy.deepcopy(facts)
        del _parent(departed, path)[path[-1]]
        yield departed


def _paths(value: object, path: Place = ()) -> Iterator[Place]:
    if path:
        yield path
    if isinstance(value, dict):
        for name, member in value.items():
            yield from _paths(member, (*path, name))
    if isinstance(value, list):
        for index, element in enumerate(value):
            yield from _paths(element, (*path, index))


def _parent(facts: dict[str, Any], path: Place) -> Any:
    parent: Any = facts
    for step in path[:-1]:
        parent = parent[step]
    return parent


def _ask(query: str, given: object) -> Any:
    run = opa(
        "eval",
        "--format=json",
        f"--data={POLICIES / 'sec004'}",
        "--stdin-input",
        query,
        stdin=json.dumps(given).encode(),
    )
    assert run.returncode == 0, run.stdout
    return json.loads(run.stdout)["result"][0]["expressions"][0]["value"]


def _canonical(assessment: dict[str, Any]) -> dict[str, Any]:
    criteria = {
        slug: result | {name: sorted(result[name], key=documents.encode) for name in SETS}
        for slug, result in assessment["criteria"].items()
    }
    level = assessment["level"] | {"blocking": sorted(assessment["level"]["blocking"])}
    return {"criteria": criteria, "level": level}


def _told_by_python(facts: dict[str, Any]) -> dict[str, Any]:
    """Members that the policies neither read nor tell."""
    return {
        "schema": "keyproof/facts/1",
        "example": False,
        "organisation": "Example Ltd",
        "as_of": "2026-11-01T00:00:00Z",
        "parameters": facts["parameters"],
        "looser_parameters": [],
    }
