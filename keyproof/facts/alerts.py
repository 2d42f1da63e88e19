"""The spend alert of each credential: the declared threshold, and the alerts it names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keyproof.facts.alarms import alarm_alert
from keyproof.facts.budgets import budget_alerts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from keyproof.declarations.records import AlertReference, Credential, SpendMetric
    from keyproof.documents import Json
    from keyproof.facts.snapshot import Snapshot


def spend_alert(
    credential: Credential,
    *,
    account: str | None,
    metrics: Sequence[SpendMetric],
    snapshot: Snapshot,
) -> Json:
    """
    Give what a credential declares of its spend alert, with each alert as it really is.

    `account` is the one that the key stands in, on whose AWS bill its spend may appear.
    """
    declared = credential.spend_alert
    if declared is None:
        return {"threshold_usd_cents": None, "not_applicable": None, "alerts": []}
    return {
        "threshold_usd_cents": declared.threshold_usd_cents,
        "not_applicable": declared.not_applicable,
        "alerts": [
            alert
            for reference in declared.alerts
            for alert in (
                _alarms(reference, credential, account, metrics, snapshot)
                if reference.kind == "alarm"
                else _budgets(reference, credential, account, snapshot)
            )
        ],
    }


def _alarms(
    reference: AlertReference,
    credential: Credential,
    account: str | None,
    metrics: Sequence[SpendMetric],
    snapshot: Snapshot,
) -> list[Json]:
    scope = (reference.account, reference.region)
    found = [
        alarm_alert(alarm, place, credential, account=account, metrics=metrics, snapshot=snapshot)
        for place, alarm in snapshot.named("cloudwatch", "metric_alarms", reference.name, scope)
    ]
    # Alarms of these kinds watch other alarms or queries; which ones is beyond this reading.
    unreadable = any(
        snapshot.named("cloudwatch", kind, reference.name, scope)
        for kind in ("composite_alarms", "log_alarms")
    )
    seen = snapshot.seen("cloudwatch", scope) and not unreadable
    return found or [_not_found(reference, "missing" if seen else "unseen")]


def _budgets(
    reference: AlertReference, credential: Credential, account: str | None, snapshot: Snapshot
) -> list[Json]:
    scope = (reference.account, None)  # a budget has no region
    found = [
        alert
        for place, record in snapshot.named("budgets", "budgets", reference.name, scope)
        for alert in budget_alerts(
            record, place, provider=credential.provider, account=account, snapshot=snapshot
        )
    ]
    seen = snapshot.seen("budgets", scope)
    return found or [_not_found(reference, "missing" if seen else "unseen")]


def _not_found(reference: AlertReference, status: str) -> Json:
    return {
        "kind": reference.kind,
        "name": reference.name,
        "status": status,
        "enabled": False,
        "watches_provider": False,
        "daily_threshold_usd_cents": None,
        "recipients": [],
    }
