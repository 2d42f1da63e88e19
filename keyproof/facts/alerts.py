"""The spend alert of each credential: the declared threshold, and the alerts it names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keyproof.facts.alarms import alarm_alert
from keyproof.facts.budgets import budget_alerts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from keyproof.declarations.records import AlertReference, Credential, SpendMetric
    from keyproof.documents import Json
    from keyproof.facts.snapshot import Place, Snapshot


def spend_alert(credential: Credential, metrics: Sequence[SpendMetric], snapshot: Snapshot) -> Json:
    """Give what a credential declares of its spend alert, with each alert as it really is."""
    declared = credential.spend_alert
    if declared is None:
        return {"threshold_usd_cents": None, "not_applicable": None, "alerts": []}
    return {
        "threshold_usd_cents": declared.threshold_usd_cents,
        "not_applicable": declared.not_applicable,
        "alerts": [
            alert
            for reference in declared.alerts
            for alert in _alerts(reference, credential, metrics, snapshot)
        ],
    }


def _alerts(
    reference: AlertReference,
    credential: Credential,
    metrics: Sequence[SpendMetric],
    snapshot: Snapshot,
) -> list[Json]:
    if reference.kind == "alarm":
        found = [
            alarm_alert(alarm, place, credential, metrics, snapshot)
            for place, alarm in _named(reference, "cloudwatch", "metric_alarms", snapshot)
        ]
        # A composite alarm tells of other alarms; which ones is beyond this reading.
        unreadable = _named(reference, "cloudwatch", "composite_alarms", snapshot)
        return found or [_not_found(reference, "cloudwatch", unreadable, snapshot)]
    found = [
        alert
        for place, record in _named(reference, "budgets", "budgets", snapshot)
        for alert in budget_alerts(record, place, provider=credential.provider, snapshot=snapshot)
    ]
    return found or [_not_found(reference, "budgets", [], snapshot)]


def _named(
    reference: AlertReference, source: str, records: str, snapshot: Snapshot
) -> list[tuple[Place, Json]]:
    return [
        (place, record)
        for place, record in snapshot.named(source, records, reference.name)
        if _may_stand_at(reference, place)
    ]


def _may_stand_at(reference: AlertReference, place: Place) -> bool:
    """A budget has no region, so only an alarm's is compared."""
    return reference.account in (None, place.account) and (
        reference.kind == "budget" or reference.region in (None, place.region)
    )


def _not_found(
    reference: AlertReference, source: str, unreadable: Sequence[object], snapshot: Snapshot
) -> Json:
    """`missing` only where every place that may hold it was seen to its end."""
    places = [place for place, _ in snapshot.places(source) if _may_stand_at(reference, place)]
    whole = bool(places) and all(snapshot.complete(source, place) for place in places)
    return {
        "kind": reference.kind,
        "name": reference.name,
        "status": "missing" if whole and not unreadable else "unseen",
        "enabled": False,
        "watches_provider": False,
        "daily_threshold_usd_cents": None,
        "recipients": [],
    }
