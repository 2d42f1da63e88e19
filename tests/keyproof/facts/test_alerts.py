from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from keyproof.declarations.records import SpendAlert
from keyproof.facts.alerts import spend_alert
from tests.keyproof.facts.builders import (
    ACCOUNT,
    DELIVERING,
    ELSEWHERE,
    EVERYWHERE,
    HERE,
    MAIL,
    OTHER_ACCOUNT,
    OTHER_REGION,
    REGION,
    Seen,
    alarm,
    alarm_reference,
    alarms_seen,
    alerted_by,
    budget,
    budget_reference,
    budgets_seen,
    collected,
    credential,
    failure,
    metric,
    notification,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from keyproof.declarations.records import AlertReference
    from keyproof.documents import Json
    from keyproof.facts.snapshot import Place, Snapshot


def alerts(snapshot: Snapshot, *references: AlertReference, provider: str = "openai") -> list[Json]:
    found = spend_alert(
        credential(provider=provider, spend_alert=alerted_by(*references)),
        account=ACCOUNT,
        metrics=[metric()],
        snapshot=snapshot,
    )
    assert found["threshold_usd_cents"] == 50_000
    assert found["not_applicable"] is None
    each: list[Json] = found["alerts"]
    return each


def status(
    *parts: Seen,
    reference: AlertReference | None = None,
    regions: Mapping[str, Sequence[str]] | None = None,
    absent: Sequence[tuple[str, Place]] = (),
) -> str:
    snapshot = collected(*parts, regions=regions, absent=absent)
    (found,) = alerts(snapshot, reference or alarm_reference())
    return str(found["status"])


@pytest.mark.parametrize(
    "declared",
    [
        None,
        SpendAlert(threshold_usd_cents=None, not_applicable="a flat fee", alerts=()),
        SpendAlert(threshold_usd_cents=50_000, not_applicable=None, alerts=()),
    ],
)
def test_what_is_declared_without_alerts(declared: SpendAlert | None) -> None:
    found = spend_alert(
        credential(spend_alert=declared), account=None, metrics=[], snapshot=collected()
    )

    assert found == {
        "threshold_usd_cents": None if declared is None else declared.threshold_usd_cents,
        "not_applicable": None if declared is None else declared.not_applicable,
        "alerts": [],
    }


def test_an_alarm_down_to_its_recipient() -> None:
    (found,) = alerts(collected(alarms_seen(alarm()), DELIVERING), alarm_reference())

    assert (found["status"], found["enabled"], found["watches_provider"]) == ("found", True, True)
    assert found["daily_threshold_usd_cents"] == 50_000
    assert [each["status"] for each in found["recipients"]] == ["confirmed"]


def test_a_budget_down_to_its_recipient() -> None:
    snapshot = collected(budgets_seen(budget(notification(MAIL))))

    (found,) = alerts(snapshot, budget_reference(), provider="bedrock")

    assert (found["status"], found["enabled"], found["watches_provider"]) == ("found", True, True)
    assert [each["status"] for each in found["recipients"]] == ["confirmed"]


def test_alerts_stand_in_the_order_in_which_they_were_named() -> None:
    snapshot = collected(
        alarms_seen(alarm()), budgets_seen(budget(notification(MAIL), notification()))
    )

    found = alerts(snapshot, budget_reference(), alarm_reference(), alarm_reference("other"))

    names = [(each["kind"], each["name"]) for each in found]
    assert names == [("budget", "ai"), ("budget", "ai"), ("alarm", "ai-spend"), ("alarm", "other")]


def test_alarms_of_one_name_in_two_regions_are_two_alerts() -> None:
    snapshot = collected(
        alarms_seen(alarm()), alarms_seen(alarm(ELSEWHERE), place=ELSEWHERE), DELIVERING
    )

    assert len(alerts(snapshot, alarm_reference())) == 2
    assert len(alerts(snapshot, alarm_reference(region=OTHER_REGION))) == 1


def test_an_alarm_that_does_not_exist() -> None:
    assert alerts(collected(), alarm_reference()) == [
        {
            "kind": "alarm",
            "name": "ai-spend",
            "status": "missing",
            "enabled": False,
            "watches_provider": False,
            "daily_threshold_usd_cents": None,
            "recipients": [],
        }
    ]


@pytest.mark.parametrize(
    "reference",
    [
        alarm_reference(region=OTHER_REGION),
        alarm_reference(account=ACCOUNT, region=OTHER_REGION),
        alarm_reference("AI-spend"),
    ],
)
def test_an_alarm_of_another_place_or_name_is_another(reference: AlertReference) -> None:
    assert status(alarms_seen(alarm()), reference=reference) == "missing"


@pytest.mark.parametrize(
    "reference",
    [
        alarm_reference(account=OTHER_ACCOUNT),
        alarm_reference(account=OTHER_ACCOUNT, region=REGION),
        alarm_reference(region="eu-north-1"),
        budget_reference(account=OTHER_ACCOUNT),
    ],
)
def test_outside_of_the_snapshot_nothing_was_seen(reference: AlertReference) -> None:
    snapshot = collected(alarms_seen(alarm()), budgets_seen(budget(notification(MAIL))))

    (found,) = alerts(snapshot, reference)

    assert found["status"] == "unseen"


def test_an_incomplete_list_of_alarms_proves_no_absence() -> None:
    gaps = [failure("cloudwatch:DescribeAlarms")]

    assert status(alarms_seen(gaps=gaps)) == "unseen"
    assert status(alarms_seen(gaps=gaps), reference=alarm_reference(region=REGION)) == "unseen"
    assert status(alarms_seen(alarm(), gaps=gaps)) == "found"
    elsewhere = alarm_reference(region=OTHER_REGION)
    assert status(alarms_seen(gaps=gaps), reference=elsewhere) == "missing"


def test_a_place_that_was_not_collected_proves_no_absence() -> None:
    assert status(absent=[("cloudwatch", HERE)]) == "unseen"
    elsewhere = alarm_reference(region=OTHER_REGION)
    assert status(absent=[("cloudwatch", HERE)], reference=elsewhere) == "missing"


def test_a_snapshot_without_accounts_proves_no_absence() -> None:
    assert status(regions={}) == "unseen"


@pytest.mark.parametrize("kind", ["composite_alarms", "log_alarms"])
def test_an_alarm_of_a_kind_that_is_not_read_is_not_missing(kind: str) -> None:
    other_kind = Seen(source="cloudwatch", records={kind: [{"AlarmName": "ai-spend"}]})

    assert status(other_kind) == "unseen"
    assert status(other_kind, reference=alarm_reference("other")) == "missing"
    assert status(other_kind, reference=alarm_reference(region=OTHER_REGION)) == "missing"


def test_a_budget_that_does_not_exist() -> None:
    assert status(reference=budget_reference()) == "missing"


def test_an_incomplete_list_of_budgets_proves_no_absence() -> None:
    seen = budgets_seen(gaps=[failure("budgets:DescribeBudgets", place=EVERYWHERE)])

    assert status(seen, reference=budget_reference()) == "unseen"
    assert status(absent=[("budgets", EVERYWHERE)], reference=budget_reference()) == "unseen"


def test_a_failure_about_one_budget_leaves_the_list_whole() -> None:
    gap = failure("budgets:DescribeNotificationsForBudget", "other", EVERYWHERE)

    assert status(budgets_seen(gaps=[gap]), reference=budget_reference()) == "missing"
