from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyproof import documents
from keyproof.assessment import shipped_engine
from keyproof.engine import EvaluationError
from keyproof.engine.results import evaluate
from keyproof.errors import DocumentError
from tests.keyproof.engine.conftest import copied

if TYPE_CHECKING:
    from collections.abc import Callable

    from keyproof.documents import Json


@pytest.fixture(scope="session")
def facts(estates: dict[str, Json]) -> bytes:
    return documents.encode(estates["example"])


@pytest.fixture(scope="session")
def assessment(estates: dict[str, Json]) -> Json:
    """What the policies say of the example."""
    return shipped_engine()(estates["example"])


def _without(*path: str) -> Callable[[Json], None]:
    def remove(assessment: Json) -> None:
        parent = assessment
        for name in path[:-1]:
            parent = parent[name]
        del parent[path[-1]]

    return remove


def _with(value: object, *path: str) -> Callable[[Json], None]:
    def put(assessment: Json) -> None:
        parent = assessment
        for name in path[:-1]:
            parent = parent[name]
        parent[path[-1]] = value

    return put


def test_results_carry_over_what_the_facts_say_of_the_assessment(
    facts: bytes, assessment: Json
) -> None:
    results = orjson.loads(evaluate(facts, lambda _: assessment))
    stated = orjson.loads(facts)

    assert results["schema"] == "keyproof/results/1"
    for name in ("example", "organisation", "as_of", "parameters", "looser_parameters"):
        assert results[name] == stated[name]
    assert results["level"]["target"] == stated["target_level"]
    assert len(results["criteria"]) == 18


@given(seed=st.randoms(use_true_random=False))
@settings(max_examples=25, deadline=None)
def test_no_order_of_an_engine_reaches_the_results(
    seed: Any,
    facts: bytes,
    assessment: Json,
) -> None:
    shuffled = copied(assessment)
    seed.shuffle(shuffled["level"]["blocking"])
    criteria = list(shuffled["criteria"].items())
    seed.shuffle(criteria)
    shuffled["criteria"] = dict(criteria)
    for result in shuffled["criteria"].values():
        for name in ("violations", "gaps", "waived", "requires"):
            seed.shuffle(result[name])

    assert evaluate(facts, lambda _: shuffled) == evaluate(facts, lambda _: assessment)


def test_what_blocks_is_in_the_order_of_the_levels(facts: bytes, assessment: Json) -> None:
    blocked = copied(assessment)
    blocked["level"]["blocking"] = ["usage_recorded", "no_keys_in_source", "access_restricted"]

    results = orjson.loads(evaluate(facts, lambda _: blocked))

    assert results["level"]["blocking"] == [
        "no_keys_in_source",
        "access_restricted",
        "usage_recorded",
    ]


@pytest.mark.parametrize(
    "spoil",
    [
        dict.clear,
        _without("criteria"),
        _without("level"),
        _without("criteria", "access_restricted"),
        _without("criteria", "access_restricted", "verdict"),
        _without("level", "proven"),
        _with([], "criteria"),
        _with(None, "criteria"),
        _with([["proven", 5]], "level"),
        _with(5, "level"),
        _with("pass", "criteria", "access_restricted"),
        _with("PASS", "criteria", "access_restricted", "verdict"),
        _with(6, "level", "proven"),
        _with([{}], "level", "blocking"),
        _with(["no_such_criterion"], "level", "blocking"),
        _with("none", "criteria", "access_restricted", "violations"),
        _with([1], "criteria", "access_restricted", "violations"),
        _with("x" * 100_000, "criteria", "access_restricted", "verdict"),
    ],
)
def test_an_assessment_that_lacks_anything_is_no_result(
    facts: bytes, assessment: Json, spoil: Callable[[Json], None]
) -> None:
    spoilt = copied(assessment)
    spoil(spoilt)

    with pytest.raises(
        EvaluationError, match=r"^the policies gave an assessment that cannot be used: results"
    ) as caught:
        evaluate(facts, lambda _: spoilt)

    assert len(str(caught.value)) < 500
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"schema": "keyproof/facts/2"}'])
def test_what_are_no_facts_is_not_judged(content: bytes) -> None:
    def engine(_: Json) -> Json:
        raise AssertionError("the engine was asked")

    with pytest.raises(DocumentError, match=r"^facts\.json"):
        evaluate(content, engine)
