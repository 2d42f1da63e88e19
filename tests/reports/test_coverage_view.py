from __future__ import annotations

from typing import TYPE_CHECKING

from reports.coverage_view import coverage_view
from tests.reports import estates

if TYPE_CHECKING:
    from reports.coverage_view import Coverage
    from tests.reports.estates import Estate


def _view(estate: Estate) -> Coverage:
    return coverage_view(estate.facts, estate.results, estate.coverage)


def test_everything_was_seen() -> None:
    view = _view(estates.flawless())

    assert view.complete
    assert view.summary == (
        "Everything that was asked for was seen: 48 calls in 4 snapshots, none refused, "
        "none missing."
    )


def test_nothing_collected_is_never_complete() -> None:
    estate = estates.flawless()
    estate.coverage.update(snapshots=[], accounts=[])

    view = _view(estate)

    assert not view.complete
    assert view.summary.startswith("Nothing was collected.")


def test_a_gap_in_any_document_is_listed_once() -> None:
    estate = estates.flawless()
    refused = estates.denied("sns", "sns:ListTopics")
    estate.facts["coverage"]["sns"]["gaps"] = [refused]
    estate.coverage["snapshots"][0]["gaps"] = [refused]
    estate.miss("spend_alerts_deliverable", refused)

    view = _view(estate)

    (row,) = view.gaps
    assert row.gap == refused
    assert row.criteria == ("spend_alerts_deliverable",)
    assert not view.complete
    assert "1 thing could not be seen" in view.summary


def test_gaps_that_only_one_document_has() -> None:
    estate = estates.flawless()
    operations = ("sns:A", "sns:B", "sns:C")
    first, second, third = (estates.denied("sns", operation) for operation in operations)
    estate.facts["coverage"]["sns"]["gaps"] = [first]
    estate.coverage["snapshots"][0]["gaps"] = [second]
    estate.miss("spend_alerts_deliverable", third)

    view = _view(estate)

    assert [row.gap["operation"] for row in view.gaps] == list(operations)
    assert [row.criteria for row in view.gaps] == [(), (), ("spend_alerts_deliverable",)]


def test_failed_calls_stand_before_what_is_not_collected_at_all() -> None:
    estate = estates.example()
    refused = estates.denied("sns", "sns:ListTopics")
    estate.facts["coverage"]["sns"]["gaps"] = [refused]

    view = _view(estate)

    assert view.gaps[0].gap == refused
    assert view.gaps[1].gap["reason"] == "no source yet"
    assert "1 thing could not be seen, 9 kinds of evidence are not collected" in view.summary


def test_a_region_in_scope_without_a_snapshot() -> None:
    estate = estates.flawless()
    estate.coverage["accounts"].append(
        {"id": "444455556666", "regions": ["eu-west-1"], "identity": None}
    )

    view = _view(estate)

    assert view.unvisited == ["444455556666 eu-west-1"]
    assert not view.complete
    assert "1 region in scope has no snapshot" in view.summary
