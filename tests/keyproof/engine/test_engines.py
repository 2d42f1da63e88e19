"""Both engines give the same bytes, whatever the facts say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyproof import documents
from keyproof.assessment import shipped_engine
from keyproof.engine.results import evaluate
from keyproof.engine.server import server_engine
from tests.keyproof.engine.conftest import copied
from tests.keyproof.opa_server import opa_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from keyproof.documents import Json

Place = tuple[str | int, ...]
WASM = shipped_engine()
INTEGERS = st.one_of(
    st.integers(-(2**63), 2**63 - 1),
    st.integers(-2, 100),
    st.sampled_from([2**53, 2**53 + 1, 0, -1]),
)
TEXTS = st.one_of(st.text(max_size=6), st.sampled_from(["", "\x00", "\u2028", "\U0001f600", "\\"]))


@pytest.mark.parametrize("estate", ["example", "flawless"])
def test_both_engines_give_the_same_bytes(estates: dict[str, Json], estate: str) -> None:
    facts = documents.encode(estates[estate])

    results = evaluate(facts, WASM)

    assert results == evaluate(facts, server_engine(opa_server()))
    assert results == documents.encode(documents.decode(results, "results.json"))


def _places(value: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    yield place, value
    if isinstance(value, dict):
        for name in value:
            yield from _places(value[name], (*place, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _places(item, (*place, index))


def _other(value: Any) -> st.SearchStrategy[Any]:
    """Other values of the same kind, and none."""
    if isinstance(value, bool):
        return st.one_of(st.just(not value), st.none())
    if isinstance(value, int):
        return st.one_of(INTEGERS, st.none())
    if isinstance(value, str):
        return st.one_of(TEXTS, st.none())
    if isinstance(value, list):
        return st.one_of(st.permutations(value), st.just(value * 2), st.just([]))
    return st.none()


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_both_engines_give_the_same_bytes_of_changed_facts(
    data: st.DataObject, estates: dict[str, Json]
) -> None:
    facts = copied(estates[data.draw(st.sampled_from(["example", "flawless"]))])
    for _ in range(data.draw(st.integers(1, 4))):
        place, value = data.draw(st.sampled_from(_changeable(facts)))
        parent: Any = facts
        for step in place[:-1]:
            parent = parent[step]
        parent[place[-1]] = data.draw(_other(value))
        if not documents.schema_validator("facts").is_valid(facts):
            parent[place[-1]] = value

    encoded = documents.encode(facts)

    assert evaluate(encoded, WASM) == evaluate(encoded, server_engine(opa_server()))


def _changeable(facts: Json) -> list[tuple[Place, Any]]:
    members = ("credentials", "stored_secrets", "waivers", "coverage")
    return [found for name in members for found in _places(facts[name], (name,))]
