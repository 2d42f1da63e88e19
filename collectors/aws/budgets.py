"""AWS Budgets: each budget with its notifications, and who is told."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collectors.aws.calls import Calls
    from keyproof.documents import Json

MEMBERS = ("budgets",)


def collect(calls: Calls) -> Json:
    """
    Describe the account's budgets; these are billed to AWS and see no other provider.

    `notifications` and `subscribers` are None where their call failed.
    """
    listed = calls.pages(
        "budgets:DescribeBudgets", {"AccountId": calls.account, "ShowFilterExpression": True}
    )
    return {"budgets": calls.each(partial(_budget, calls), listed["Budgets"] if listed else [])}


def _budget(calls: Calls, budget: Json) -> Json:
    name = calls.text(budget, "BudgetName", "budgets:DescribeBudgets")
    if name is None:
        return {"budget": budget, "notifications": None}
    listed = calls.pages(
        "budgets:DescribeNotificationsForBudget",
        {"AccountId": calls.account, "BudgetName": name},
        resource=name,
    )
    if listed is None:
        return {"budget": budget, "notifications": None}
    return {
        "budget": budget,
        "notifications": [
            {
                "notification": notification,
                "subscribers": _subscribers(calls, name, notification),
            }
            for notification in listed["Notifications"]
        ],
    }


def _subscribers(calls: Calls, budget: str, notification: Json) -> list[Json] | None:
    listed = calls.pages(
        "budgets:DescribeSubscribersForNotification",
        {"AccountId": calls.account, "BudgetName": budget, "Notification": notification},
        resource=budget,
    )
    return None if listed is None else list(listed["Subscribers"])
