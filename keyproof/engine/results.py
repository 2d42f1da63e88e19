"""From an engine's assessment to `results.json`, in one canonical order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keyproof import documents
from keyproof.engine import EvaluationError
from keyproof.errors import DocumentError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from keyproof.documents import Json
    from keyproof.engine import Engine

_CARRIED_OVER = ("example", "organisation", "as_of", "parameters", "looser_parameters")
_LISTS = ("violations", "gaps", "waived", "requires")


def evaluate(facts: bytes, engine: Engine) -> bytes:
    """
    Judge facts and give the bytes of `results.json`.

    Sets leave Rego in an order that differs between engines, so every list is
    sorted here. A criterion that is missing from the results, or any other departure
    from the schema, raises `EvaluationError`: no verdict may be lost in silence.
    """
    document = documents.decode(facts, "facts.json")
    documents.validate(document, "facts", "facts.json")
    results = _results(document, engine(document))
    try:
        documents.validate(results, "results", "results.json")
        _require_known(results["level"]["blocking"], results["criteria"])
    except DocumentError as error:
        raise EvaluationError(
            f"the policies gave an assessment that cannot be used: {error}"
        ) from error
    return documents.encode(_ordered(results))


def _results(facts: Json, assessment: Json) -> Json:
    level = assessment.get("level")
    return {
        "schema": "keyproof/results/1",
        **{name: facts[name] for name in _CARRIED_OVER},
        "level": {**level, "target": facts["target_level"]} if isinstance(level, dict) else level,
        "criteria": assessment.get("criteria"),
    }


def _require_known(blocking: Iterable[str], criteria: Json) -> None:
    for slug in blocking:
        if slug not in criteria:
            raise DocumentError(f"results.json: level/blocking: {slug!a} is no criterion")


def _ordered(results: Json) -> Json:
    criteria = {
        slug: {
            name: sorted(value, key=documents.encode) if name in _LISTS else value
            for name, value in result.items()
        }
        for slug, result in results["criteria"].items()
    }
    level = results["level"]
    blocking = sorted(level["blocking"], key=lambda slug: (criteria[slug]["level"], slug))
    return {**results, "level": {**level, "blocking": blocking}, "criteria": criteria}
