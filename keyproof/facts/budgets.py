"""AWS Budgets as spend alerts: they see what AWS bills, which is Bedrock and nothing else."""

from __future__ import annotations

import math
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from keyproof.facts.providers import AWS_BILLED
from keyproof.facts.topics import topic_recipients

if TYPE_CHECKING:
    from keyproof.documents import Json
    from keyproof.facts.snapshot import Place, Snapshot


def budget_alerts(
    record: Json, place: Place, *, provider: str | None, snapshot: Snapshot
) -> list[Json]:
    """
    Give one fact for each notification of a budget, as the alert of a provider's key.

    A budget whose notifications were not seen, or whose filter is beyond this reading,
    has the status `unseen`. One without notifications tells nobody.
    """
    budget = record["budget"]
    watched = _watches(budget, provider)
    alert = {
        "kind": "budget",
        "name": budget["BudgetName"],
        "status": "unseen" if watched is None or record["notifications"] is None else "found",
        "enabled": budget.get("BudgetType") == "COST",
        "watches_provider": watched is True,
        "daily_threshold_usd_cents": None,
        "recipients": [],
    }
    notifications = record["notifications"] or []
    if not notifications:
        return [alert]
    return [
        {
            **alert,
            "enabled": alert["enabled"]
            and item["notification"].get("NotificationType") == "ACTUAL"
            and item["notification"].get("ComparisonOperator") == "GREATER_THAN",
            "daily_threshold_usd_cents": _cents(budget, item["notification"]),
            "recipients": _recipients(item["subscribers"], budget, place, snapshot),
        }
        for item in notifications
    ]


def _watches(budget: Json, provider: str | None) -> bool | None:
    if provider not in AWS_BILLED:
        return False
    if budget.get("FilterExpression"):
        return None
    filters = budget.get("CostFilters") or {}
    if not filters:
        return True
    if set(filters) == {"Service"}:
        return any("bedrock" in service.lower() for service in filters["Service"])
    return None


def _cents(budget: Json, notification: Json) -> int | None:
    """
    The threshold in cents, rounded up; a day's spend never exceeds its month's.

    None for a limit that moves by itself (auto-adjusting or planned budgets) or that
    is not in US dollars.
    """
    limit = budget.get("BudgetLimit") or {}
    if budget.get("AutoAdjustData") or budget.get("PlannedBudgetLimits"):
        return None
    try:
        threshold = Decimal(str(notification.get("Threshold")))
        if notification.get("ThresholdType", "PERCENTAGE") == "PERCENTAGE":
            if limit.get("Unit") != "USD":
                return None
            threshold = threshold * Decimal(limit.get("Amount", "")) / 100
        return math.ceil(threshold * 100)
    except (InvalidOperation, ValueError, OverflowError):
        return None


def _recipients(
    subscribers: list[Json] | None, budget: Json, place: Place, snapshot: Snapshot
) -> list[Json]:
    if subscribers is None:
        return [_recipient("budget", "", "unseen", "the subscribers were not seen")]
    return [
        recipient
        for subscriber in subscribers
        for recipient in _reached(subscriber, budget, place, snapshot)
    ]


def _reached(subscriber: Json, budget: Json, place: Place, snapshot: Snapshot) -> list[Json]:
    address = subscriber.get("Address") or ""
    if subscriber.get("SubscriptionType") == "SNS":
        arn = f"arn:aws:budgets::{place.account}:budget/{budget['BudgetName']}"
        return topic_recipients(
            address,
            publisher="budgets.amazonaws.com",
            context={
                "aws:sourceaccount": place.account,
                "aws:sourcearn": arn,
                "aws:sourceowner": None,
            },
            snapshot=snapshot,
        )
    # Budgets sends e-mail at once; there is nothing to confirm.
    return [_recipient("email", address, "confirmed", None)]


def _recipient(via: str, endpoint: str, status: str, reason: str | None) -> Json:
    return {
        "via": via,
        "endpoint": endpoint,
        "protocol": "email",
        "status": status,
        "reason": reason,
    }
