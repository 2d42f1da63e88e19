"""AWS Budgets as spend alerts: they see what AWS bills, which is Bedrock and nothing else."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from keyproof import clock
from keyproof.facts.spend import cents, on_aws_bill
from keyproof.facts.topics import topic_place, topic_recipient, topic_recipients

if TYPE_CHECKING:
    from keyproof.documents import Json
    from keyproof.facts.snapshot import Place, Snapshot


def budget_alerts(
    record: Json, place: Place, *, provider: str | None, account: str | None, snapshot: Snapshot
) -> list[Json]:
    """
    Give one fact for each notification of a budget, as the alert of a provider's key.

    `account` is the one that the key stands in. Where the budget may fire, but not all of
    its notifications were seen or what it sees cannot be told, the status is `unseen`.
    One without notifications tells nobody.
    """
    budget = record["budget"]
    name = budget["BudgetName"]
    running = _is_running(budget, snapshot)
    watched = _watches(budget, provider, account, place)
    without = {
        "kind": "budget",
        "name": name,
        "status": "found",
        "enabled": running,
        "watches_provider": watched is True,
        "daily_threshold_usd_cents": None,
        "recipients": [],
    }
    alerts: list[Json] = []
    for item in record["notifications"] or []:
        fires = running and _fires(item["notification"])
        alerts.append(
            {
                **without,
                "status": "unseen" if fires and watched is None else "found",
                "enabled": fires,
                "daily_threshold_usd_cents": _cents(budget, item["notification"]),
                "recipients": _recipients(item["subscribers"], budget, place, snapshot),
            }
        )
    operation = "budgets:DescribeNotificationsForBudget"
    partly = record["notifications"] is None or snapshot.failed("budgets", place, operation, name)
    if partly and running and watched is not False:
        alerts.append({**without, "status": "unseen"})
    return alerts or [without]


def _is_running(budget: Json, snapshot: Snapshot) -> bool:
    """Whether the budget watches costs, is kept up to date, and its time is now."""
    as_of = clock.parse(snapshot.coverage["as_of"])
    period = budget.get("TimePeriod", {})
    return (
        budget.get("BudgetType") == "COST"
        and budget.get("HealthStatus", {}).get("Status") != "UNHEALTHY"
        and ("Start" not in period or clock.parse(period["Start"]) <= as_of)
        and ("End" not in period or as_of < clock.parse(period["End"]))
    )


def _fires(notification: Json) -> bool:
    """Whether the notification is sent when the money has been spent."""
    return (
        notification.get("NotificationType") == "ACTUAL"
        and notification.get("ComparisonOperator") == "GREATER_THAN"
    )


def _watches(budget: Json, provider: str | None, account: str | None, place: Place) -> bool | None:
    """
    Whether the budget holds all of the provider's spend; None when that cannot be told.

    The service "Amazon Bedrock" does not: AWS Marketplace bills the models of others
    under names of their own, "Claude … (Amazon Bedrock Edition)".
    """
    on_bill = on_aws_bill(provider, account, place)
    filters = budget.get("CostFilters", {})
    services = filters.get("Service", [])
    if services and not any("bedrock" in service.lower() for service in services):
        return False
    view = budget.get("BillingViewArn", ":billingview/primary")
    whole = not filters and not budget.get("FilterExpression")
    if on_bill and not (whole and view.endswith(":billingview/primary")):
        return None
    return on_bill


def _cents(budget: Json, notification: Json) -> int | None:
    """
    The threshold in cents, rounded up; a day's spend never exceeds its month's.

    None for a part of a limit that moves by itself (auto-adjusting or planned budgets),
    or for what is not in US dollars.
    """
    limit = budget.get("BudgetLimit", {})
    if limit.get("Unit") != "USD" or "Threshold" not in notification:
        return None
    try:
        threshold = Decimal(str(notification["Threshold"]))
        if notification.get("ThresholdType", "PERCENTAGE") == "ABSOLUTE_VALUE":
            return cents(threshold)
        if budget.get("AutoAdjustData") or budget.get("PlannedBudgetLimits"):
            return None
        return cents(threshold * Decimal(limit.get("Amount", "")) / 100)
    except ArithmeticError:  # of hostile amounts: no number, or beyond all numbers
        return None


def _recipients(
    subscribers: list[Json] | None, budget: Json, place: Place, snapshot: Snapshot
) -> list[Json]:
    recipients = [
        recipient
        for subscriber in subscribers or []
        for recipient in _reached(subscriber, budget, place, snapshot)
    ]
    operation = "budgets:DescribeSubscribersForNotification"
    if subscribers is None or snapshot.failed("budgets", place, operation, budget["BudgetName"]):
        recipients.append(_mailbox("", "unseen", "not all subscribers were seen"))
    return recipients


def _reached(subscriber: Json, budget: Json, place: Place, snapshot: Snapshot) -> list[Json]:
    address = subscriber.get("Address", "")
    kind = subscriber.get("SubscriptionType")
    if kind == "EMAIL" and address:
        # Budgets sends e-mail at once; there is nothing to confirm.
        return [_mailbox(address, "confirmed", None)]
    topic = topic_place(address)
    if kind != "SNS" or topic is None:
        return [_mailbox(address, "unseen", "whom the budget tells is not known")]
    if topic.account != place.account:
        return [topic_recipient(address, "broken", "a budget reaches no other account's topic")]
    partition = address.split(":")[1]
    return topic_recipients(
        address,
        publisher="budgets.amazonaws.com",
        context={
            "aws:sourceaccount": place.account,
            "aws:sourcearn": f"arn:{partition}:budgets::{place.account}"
            f":budget/{budget['BudgetName']}",
            "aws:sourceowner": None,
        },
        snapshot=snapshot,
    )


def _mailbox(address: str, status: str, reason: str | None) -> Json:
    return {
        "via": "email",
        "endpoint": address,
        "protocol": "email",
        "status": status,
        "reason": reason,
    }
