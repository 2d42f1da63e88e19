from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from keyproof.errors import DocumentError
from reports.capped import MOST_ROWS
from reports.phrases import level_order
from reports.view import first, report_view
from tests.reports import access_estates, estates
from tests.reports.estates import AS_OF_NS

if TYPE_CHECKING:
    from reports.view import Report
    from tests.reports.estates import Estate


def _view(estate: Estate) -> Report:
    return report_view(estate.facts, estate.results, estate.coverage)


@pytest.mark.parametrize("document", ["facts", "results", "coverage"])
@pytest.mark.parametrize(
    ("member", "value"),
    [("organisation", "Another"), ("as_of", "2026-11-03T00:00:00Z"), ("example", True)],
)
def test_documents_of_two_assessments_make_no_report(
    document: str, member: str, value: object
) -> None:
    estate = estates.flawless()
    getattr(estate, document)[member] = value

    with pytest.raises(DocumentError, match=f"differ in '{member}'.*keyproof evaluate"):
        _view(estate)


def test_a_blocking_criterion_must_be_among_the_results() -> None:
    estate = estates.flawless()
    estate.set_level(proven=1, possible=1, target=3, blocking=["made_up"])

    with pytest.raises(DocumentError, match="level/blocking: no criterion is called 'made_up'"):
        _view(estate)


def test_criteria_stand_by_level_then_evidence() -> None:
    view = _view(estates.flawless())

    places = [
        (level_order(number), criterion.result["evidence"], criterion.slug)
        for number, members in view.levels
        for criterion in members
    ]

    assert places == sorted(places)
    assert len(places) == 18
    assert [number for number, _ in view.levels] == [2, 3, 4, 5, 0]


def test_every_level_has_one_state_and_its_marks() -> None:
    estate = estates.flawless()
    estate.set_level(proven=2, possible=4, target=4, blocking=[])

    steps = _view(estate).steps

    assert [step.state for step in steps] == ["proven", "proven", "possible", "possible", "open"]
    assert [step.marks for step in steps] == [(), ("proven",), (), ("possible", "target"), ()]


def test_a_cap_shows_violators_first() -> None:
    estate = estates.flawless()
    entry = estate.facts["credentials"][0]
    names = [f"key-{number:04}" for number in range(MOST_ROWS + 50)]
    estate.facts["credentials"] = [entry | {"id": name} for name in names]
    estate.fail("rotated_on_schedule", {"resource": names[-1], "observed": {}})

    inventory = _view(estate).inventory

    assert [row.id for row in inventory.rows] == [names[-1], *names[: MOST_ROWS - 1]]
    assert (inventory.total, inventory.more) == (MOST_ROWS + 50, 50)


def test_without_a_cap_entries_keep_their_order() -> None:
    view = _view(estates.example())

    assert [row.id for row in view.inventory.rows] == [
        "openai-production",
        "openai-development",
        "anthropic-production",
        "pinecone-production",
    ]


def test_the_first_few_of_a_list_tell_how_many_there_are() -> None:
    estate = estates.flawless()
    estate.fail(
        "rotated_on_schedule", *({"resource": f"key-{n}", "observed": {}} for n in range(5))
    )
    criterion = next(
        criterion
        for _, members in _view(estate).levels
        for criterion in members
        if criterion.violations.total
    )

    few = first(criterion.violations)

    assert (len(few.rows), few.more) == (3, 2)


def test_waivers_are_applied_unused_or_expired() -> None:
    estate = estates.flawless()
    applied, unused, ended, ending = (
        estates.waiver(name, "rotated_on_schedule", name, days=days)
        for name, days in (("applied", 1), ("unused", 1), ("ended", -1), ("ending", 0))
    )
    estate.facts["waivers"] = [applied, unused, ended, ending]
    estate.fail("rotated_on_schedule", {"resource": "applied", "observed": {}})
    estate.results["criteria"]["rotated_on_schedule"]["waived"] = [estates.waived(applied)]

    states = [row.state for row in _view(estate).waivers.rows]

    assert states == ["applied", "unused", "expired", "expired"]
    assert ending["expires_ns"] == AS_OF_NS


def test_secrets_without_an_entry_are_undeclared_or_excluded() -> None:
    view = _view(estates.example())

    assert [secret.name for secret in view.undeclared.rows] == ["trial/cohere/api-key"]
    assert [secret.name for secret in view.excluded.rows] == ["production/orders/database"]


def test_remarks_on_a_secret() -> None:
    estate = estates.flawless()
    secret = estates.stored_secret("rds!cluster") | {
        "provider": "openai",
        "owned_by_service": "rds",
        "pending_deletion": True,
        "replica": True,
    }
    estate.facts["stored_secrets"].append(secret)

    (shown,) = _view(estate).undeclared.rows

    assert [phrase[0] for phrase in shown.remarks] == [
        "name, description or tags point to ",
        "made and filled by the AWS service ",
        "pending deletion",
        "a replica",
    ]


def test_access_is_told_from_the_facts_and_the_results() -> None:
    estate = access_estates.crowded()

    access = _view(estate).access

    result = estate.results["criteria"]["access_restricted"]
    assert sum(secret.counts["fail"] for secret in access.secrets) == len(result["violations"])
    assert [secret.region for secret in access.secrets[:2]] == ["eu-central-1", "us-east-1"]


def test_a_looser_parameter_in_either_document_is_looser() -> None:
    estate = estates.flawless()
    for number, document in enumerate((estate.facts, estate.results)):
        name = ("development", "production")[number]
        document["looser_parameters"] = [
            {"parameter": f"rotation_ceiling_days.{name}", "configured": 365, "default": 90}
        ]
        estate.results["parameters"]["rotation_ceiling_days"][name] = 365
    estate.results["parameters"]["rotation_ceiling_days"]["staging"] = 30

    parameters = _view(estate).parameters

    assert [(item.name, item.configured, item.default, item.looser) for item in parameters] == [
        ("rotation_ceiling_days.development", 365, 90, True),
        ("rotation_ceiling_days.production", 365, 90, True),
        ("rotation_ceiling_days.staging", 30, None, False),
    ]
