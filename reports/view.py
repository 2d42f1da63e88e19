"""
What the report says, before any markup: facts, results and coverage brought together.

Every table is capped near 300 rows, since a browser and a printer must cope with an estate
of any size; the documents beside the report hold all rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from keyproof import __version__
from keyproof.errors import DocumentError
from reports.access_view import access_view
from reports.capped import MOST_ROWS, Capped, capped
from reports.coverage_view import coverage_view
from reports.inventory_view import (
    credential_row,
    failed_criteria,
    stored_secret,
    violators_first,
)
from reports.observed import observations
from reports.phrases import LEVELS, VERDICTS, level_order, level_sentence, target_sentence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from keyproof.documents import Json
    from reports.access_view import Access
    from reports.capped import Row
    from reports.coverage_view import Coverage, GapRow
    from reports.inventory_view import (
        CredentialRow,
        StoredSecret,
    )
    from reports.observed import Observation

_MOST_BLOCKING = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One level of the ladder; `marks` among proven, possible and target."""

    number: int
    name: str
    meaning: str
    state: str
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A resource that fails a criterion, what was observed of it, and whether that is waived."""

    resource: str
    observed: tuple[Observation, ...]
    waived: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """One criterion's result; `waived` counts its waived violations."""

    slug: str
    result: Json
    violations: Capped[Violation]
    gaps: Capped[Json]
    waived: Capped[Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """A declared waiver and what has become of it: applied, unused or expired."""

    waiver: Json
    state: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A limit that the policies used, beside the default."""

    name: str
    configured: int | None
    default: int | None
    looser: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything that the templates print."""

    example: bool
    organisation: str
    as_of: str
    finished: str
    tool: str
    accounts: Sequence[Json]
    sentence: str
    target: str
    steps: tuple[Step, ...]
    counts: Mapping[str, int]
    next_level: int | None
    blocking: Sequence[Criterion]
    levels: Sequence[tuple[int, Sequence[Criterion]]]
    inventory: Capped[CredentialRow]
    access: Access
    undeclared: Capped[StoredSecret]
    excluded: Capped[StoredSecret]
    coverage: Coverage
    snapshots: Capped[Json]
    unseen: Capped[GapRow]
    waivers: Capped[Waiver]
    parameters: Sequence[Parameter]
    looser: Sequence[Json]


def report_view(facts: Json, results: Json, coverage: Json) -> Report:
    """
    Bring the three documents of one assessment together.

    Raises `DocumentError` when they are not of one assessment.
    """
    _require_agreement(facts, results, coverage)
    level = results["level"]
    criteria = [
        _criterion(slug, result, facts["as_of_ns"]) for slug, result in results["criteria"].items()
    ]
    criteria.sort(key=_place)
    by_slug = {criterion.slug: criterion for criterion in criteria}
    secrets = facts["stored_secrets"]
    unbound = [secret for secret in secrets if secret["entry"] is None]
    undeclared = [stored_secret(secret) for secret in unbound if secret["excluded"] is None]
    excluded = [stored_secret(secret) for secret in unbound if secret["excluded"] is not None]
    whole = coverage_view(facts, results, coverage)
    verdicts = [criterion.result["verdict"] for criterion in criteria]
    looser = _looser(facts, results)
    return Report(
        example=results["example"],
        organisation=results["organisation"],
        as_of=results["as_of"],
        finished=coverage["finished"],
        tool=f"keyproof {__version__}",
        accounts=coverage["accounts"],
        sentence=level_sentence(level),
        target=target_sentence(level),
        steps=_steps(level),
        counts={verdict: verdicts.count(verdict) for verdict in VERDICTS},
        next_level=level["proven"] + 1 if level["proven"] < max(LEVELS) else None,
        blocking=[by_slug[slug] for slug in level["blocking"]],
        levels=[
            (number, list(members))
            for number, members in groupby(criteria, key=lambda item: item.result["level"])
        ],
        inventory=_inventory(facts, results["criteria"]),
        access=access_view(facts, results["criteria"]),
        undeclared=capped(undeclared, "facts.json"),
        excluded=capped(excluded, "facts.json"),
        coverage=whole,
        snapshots=capped(whole.snapshots, "coverage.json"),
        unseen=capped(whole.gaps, "results.json and coverage.json"),
        waivers=capped(_waivers(facts, results["criteria"]), "facts.json"),
        parameters=_parameters(facts, results, looser),
        looser=looser,
    )


def first(rows: Capped[Row]) -> Capped[Row]:
    """The few rows that the section on what blocks the next level has room for."""
    return Capped(rows=rows.rows[:_MOST_BLOCKING], total=rows.total, document=rows.document)


def _require_agreement(facts: Json, results: Json, coverage: Json) -> None:
    for member in ("organisation", "as_of", "example"):
        if not facts[member] == results[member] == coverage[member]:
            raise DocumentError(
                f"facts, results and coverage differ in {member!r}, so they are not of one "
                "assessment: run `keyproof evaluate` again on this collection"
            )
    lost = sorted(set(results["level"]["blocking"]) - set(results["criteria"]))
    if lost:
        raise DocumentError(
            f"results: level/blocking: no criterion is called {lost[0]!r}: run `keyproof "
            "evaluate` again"
        )


def _place(criterion: Criterion) -> tuple[Any, ...]:
    return level_order(criterion.result["level"]), criterion.result["evidence"], criterion.slug


def _steps(level: Json) -> tuple[Step, ...]:
    def state(number: int) -> str:
        if number <= level["proven"]:
            return "proven"
        return "possible" if number <= level["possible"] else "open"

    return tuple(
        Step(
            number=number,
            name=name,
            meaning=meaning,
            state=state(number),
            marks=tuple(mark for mark in ("proven", "possible", "target") if level[mark] == number),
        )
        for number, (name, meaning) in LEVELS.items()
    )


def _criterion(slug: str, result: Json, as_of_ns: int) -> Criterion:
    waived = {waiver["resource"] for waiver in result["waived"]}
    shown = result["violations"][:MOST_ROWS]
    violations = [
        Violation(
            resource=violation["resource"],
            observed=observations(violation["observed"], as_of_ns),
            waived=violation["resource"] in waived,
        )
        for violation in shown
    ]
    return Criterion(
        slug=slug,
        result=result,
        violations=Capped(
            rows=violations, total=len(result["violations"]), document="results.json"
        ),
        gaps=capped(result["gaps"], "results.json"),
        waived=capped(result["waived"], "results.json"),
    )


def _inventory(facts: Json, criteria: Json) -> Capped[CredentialRow]:
    credentials = facts["credentials"]
    fails = failed_criteria(credentials, criteria)
    if len(credentials) > MOST_ROWS:
        credentials = violators_first(credentials, fails)
    rows = [
        credential_row(credential, fails[credential["id"]], facts["as_of_ns"])
        for credential in credentials[:MOST_ROWS]
    ]
    return Capped(rows=rows, total=len(credentials), document="facts.json")


def _waivers(facts: Json, criteria: Json) -> list[Waiver]:
    applied = {waived["waiver"] for result in criteria.values() for waived in result["waived"]}

    def state(waiver: Json) -> str:
        if waiver["expires_ns"] <= facts["as_of_ns"]:
            return "expired"
        return "applied" if waiver["id"] in applied else "unused"

    return [Waiver(waiver=waiver, state=state(waiver)) for waiver in facts["waivers"]]


def _looser(facts: Json, results: Json) -> list[Json]:
    both = {entry["parameter"]: entry for entry in facts["looser_parameters"]}
    both.update({entry["parameter"]: entry for entry in results["looser_parameters"]})
    return [both[parameter] for parameter in sorted(both)]


def _parameters(facts: Json, results: Json, looser: Sequence[Json]) -> list[Parameter]:
    group = "rotation_ceiling_days"
    configured, default = results["parameters"][group], facts["default_parameters"][group]
    loose = {entry["parameter"] for entry in looser}
    return [
        Parameter(
            name=f"{group}.{environment}",
            configured=configured.get(environment),
            default=default.get(environment),
            looser=f"{group}.{environment}" in loose,
        )
        for environment in sorted({*configured, *default})
    ]
