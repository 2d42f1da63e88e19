from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from collectors.aws.budgets import collect
from collectors.aws.faults import MALFORMED
from tests.collectors.script import ACCOUNT, Refusal, Script

if TYPE_CHECKING:
    from collectors.aws.calls import Workers

NOTIFICATION = {
    "NotificationType": "ACTUAL",
    "ComparisonOperator": "GREATER_THAN",
    "Threshold": 80.5,
    "ThresholdType": "PERCENTAGE",
}
SUBSCRIBER = {"SubscriptionType": "EMAIL", "Address": "alerts@example.com"}
BUDGET = {"BudgetName": "bedrock"}
LIST, NOTIFICATIONS, SUBSCRIBERS = (
    f"budgets:{name}"
    for name in (
        "DescribeBudgets",
        "DescribeNotificationsForBudget",
        "DescribeSubscribersForNotification",
    )
)


def _script(**changes: object) -> Script:
    answers = {
        LIST: {"Budgets": [BUDGET]},
        NOTIFICATIONS: {"Notifications": [NOTIFICATION]},
        SUBSCRIBERS: {"Subscribers": [SUBSCRIBER]},
    }
    return Script({**answers, **{f"budgets:{name}": to for name, to in changes.items()}})


def test_a_budget_has_its_notifications_and_who_is_told(workers: Workers) -> None:
    script = _script()
    calls = script.calls(workers)

    assert collect(calls) == {
        "budgets": [
            {
                "budget": BUDGET,
                "notifications": [{"notification": NOTIFICATION, "subscribers": [SUBSCRIBER]}],
            }
        ]
    }
    assert calls.gaps == ()
    asked = dict(script.requests)
    assert asked[LIST]["ShowFilterExpression"] is True
    assert asked[SUBSCRIBERS]["Notification"] == NOTIFICATION
    assert {parameters["AccountId"] for parameters in asked.values()} == {ACCOUNT.id}


@pytest.mark.parametrize(
    ("operation", "expected", "resource"),
    [
        ("DescribeBudgets", [], None),
        (
            "DescribeNotificationsForBudget",
            [{"budget": BUDGET, "notifications": None}],
            "bedrock",
        ),
        (
            "DescribeSubscribersForNotification",
            [
                {
                    "budget": BUDGET,
                    "notifications": [{"notification": NOTIFICATION, "subscribers": None}],
                }
            ],
            "bedrock",
        ),
    ],
)
def test_what_could_not_be_read_is_none_and_a_gap(
    workers: Workers, operation: str, expected: list[object], resource: str | None
) -> None:
    calls = _script(**{operation: Refusal("AccessDeniedException")}).calls(workers)

    assert collect(calls) == {"budgets": expected}
    assert [(gap.operation, gap.resource) for gap in calls.gaps] == [
        (f"budgets:{operation}", resource)
    ]


def test_a_budget_without_a_name_is_malformed(workers: Workers) -> None:
    calls = _script(DescribeBudgets={"Budgets": [{}]}).calls(workers)

    assert collect(calls) == {"budgets": [{"budget": {}, "notifications": None}]}
    assert [(gap.operation, gap.code) for gap in calls.gaps] == [(LIST, MALFORMED)]
