from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyproof.facts.budgets import budget_alerts
from tests.keyproof.facts.builders import (
    ACCOUNT,
    AS_OF,
    EVERYWHERE,
    MAIL,
    MAILBOX,
    OTHER_ACCOUNT,
    TOPIC,
    allow,
    budget,
    budgets_seen,
    collected,
    failure,
    notification,
    policy,
    subscription,
    topic,
    topics_seen,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from keyproof.documents import Json
    from tests.keyproof.facts.builders import (
        Seen,
    )

SNS = {"SubscriptionType": "SNS", "Address": TOPIC}


def alerts(
    record: Json,
    *parts: Seen,
    provider: str = "bedrock",
    account: str | None = ACCOUNT,
    gaps: Sequence[Json] = (),
) -> list[Json]:
    snapshot = collected(budgets_seen(record, gaps=gaps), *parts)
    return budget_alerts(record, EVERYWHERE, provider=provider, account=account, snapshot=snapshot)


def alert(*, provider: str = "bedrock", account: str | None = ACCOUNT, **changes: object) -> Json:
    """The one alert of a budget with these changes, which tells a mailbox."""
    (found,) = alerts(budget(notification(MAIL), **changes), provider=provider, account=account)
    return found


def notified(**changes: object) -> Json:
    """The one alert of a budget whose notification has these changes."""
    (found,) = alerts(budget(notification(MAIL, **changes)))
    return found


def test_a_budget_that_works() -> None:
    assert alerts(budget(notification(MAIL))) == [
        {
            "kind": "budget",
            "name": "ai",
            "status": "found",
            "enabled": True,
            "watches_provider": True,
            "daily_threshold_usd_cents": 40_000,
            "recipients": [
                {
                    "via": "email",
                    "endpoint": MAILBOX,
                    "protocol": "email",
                    "status": "confirmed",
                    "reason": None,
                }
            ],
        }
    ]


def test_each_notification_is_an_alert_of_its_own() -> None:
    record = budget(notification(), notification(MAIL, Threshold=100.0))

    found = [
        (each["daily_threshold_usd_cents"], len(each["recipients"])) for each in alerts(record)
    ]

    assert found == [(40_000, 0), (50_000, 1)]


def test_a_budget_without_notifications_tells_nobody() -> None:
    (found,) = alerts(budget())

    assert (found["status"], found["recipients"]) == ("found", [])
    assert found["daily_threshold_usd_cents"] is None


class TestWatching:
    """Whose spend the budget holds."""

    @pytest.mark.parametrize("provider", ["openai", "anthropic", "pinecone"])
    def test_no_providers_whom_aws_does_not_bill(self, provider: str) -> None:
        found = alert(provider=provider)

        assert (found["status"], found["watches_provider"]) == ("found", False)

    @pytest.mark.parametrize("account", [OTHER_ACCOUNT, None])
    def test_perhaps_that_of_another_account(self, account: str | None) -> None:
        found = alert(account=account)

        assert (found["status"], found["watches_provider"]) == ("unseen", False)

    @pytest.mark.parametrize(
        "change",
        [
            {"CostFilters": {}},
            {"FilterExpression": {}},
            {"BillingViewArn": f"arn:aws:billing::{ACCOUNT}:billingview/primary"},
        ],
    )
    def test_all_of_the_bill_where_nothing_is_filtered(self, change: Json) -> None:
        found = alert(**change)

        assert (found["status"], found["watches_provider"]) == ("found", True)

    @pytest.mark.parametrize(
        "change",
        [
            # AWS Marketplace bills the models of others, each under a name of its own.
            {"CostFilters": {"Service": ["Amazon Bedrock"]}},
            {"CostFilters": {"Service": ["Claude 3 Haiku (Amazon Bedrock Edition)"]}},
            {"CostFilters": {"LinkedAccount": [ACCOUNT]}},
            {"CostFilters": {"TagKeyValue": ["user:team$search"]}},
            {"CostFilters": {"Service": ["Amazon Bedrock"], "Region": ["us-east-1"]}},
            {"FilterExpression": {"Dimensions": {"Key": "SERVICE", "Values": ["Amazon Bedrock"]}}},
            {"BillingViewArn": f"arn:aws:billing::{ACCOUNT}:billingview/custom-1"},
        ],
    )
    def test_perhaps_it_where_something_is(self, change: Json) -> None:
        found = alert(**change)

        assert (found["status"], found["watches_provider"]) == ("unseen", False)
        assert alert(provider="openai", **change)["status"] == "found"

    @pytest.mark.parametrize(
        "services", [["Amazon Elastic Compute Cloud - Compute"], ["AmazonCloudWatch", ""]]
    )
    def test_not_bedrocks_where_only_other_services_are_watched(self, services: list[str]) -> None:
        found = alert(CostFilters={"Service": services})

        assert (found["status"], found["watches_provider"]) == ("found", False)


class TestEnabled:
    """Whether the budget and its notification fire at all."""

    @pytest.mark.parametrize(
        "change",
        [
            {"BudgetType": "USAGE"},
            {"BudgetType": "RI_UTILIZATION"},
            {"HealthStatus": {"Status": "UNHEALTHY", "StatusReason": "FILTER_INVALID"}},
            {"TimePeriod": {"Start": "2026-11-02T09:30:01Z"}},
            {"TimePeriod": {"Start": "2026-01-01T00:00:00Z", "End": AS_OF}},
        ],
    )
    def test_a_budget_that_does_not_run(self, change: Json) -> None:
        assert not alert(**change)["enabled"]

    @pytest.mark.parametrize(
        "change",
        [
            {"HealthStatus": {"Status": "HEALTHY"}},
            {"TimePeriod": {}},
            {"TimePeriod": {"Start": AS_OF, "End": "2026-11-02T09:30:01Z"}},
        ],
    )
    def test_a_budget_that_runs(self, change: Json) -> None:
        assert alert(**change)["enabled"]

    @pytest.mark.parametrize(
        "change",
        [
            {"NotificationType": "FORECASTED"},
            {"ComparisonOperator": "LESS_THAN"},
            {"ComparisonOperator": "EQUAL_TO"},
        ],
    )
    def test_a_notification_that_does_not_follow_the_spend(self, change: Json) -> None:
        assert not notified(**change)["enabled"]

    @pytest.mark.parametrize("member", ["NotificationType", "ComparisonOperator"])
    def test_a_notification_that_does_not_say_when_it_is_sent(self, member: str) -> None:
        record = budget(notification(MAIL))
        del record["notifications"][0]["notification"][member]

        (found,) = alerts(record)

        assert not found["enabled"]

    @pytest.mark.parametrize(
        "change",
        [
            {"BudgetType": "USAGE", "CostFilters": {"Service": ["Amazon Bedrock"]}},
            {"BudgetType": "USAGE", "BillingViewArn": "arn:aws:billing::1:billingview/custom-1"},
        ],
    )
    def test_what_cannot_fire_is_found_and_useless(self, change: Json) -> None:
        found = alert(**change)

        assert (found["status"], found["enabled"]) == ("found", False)


class TestThreshold:
    """The most that can be spent in a day before the budget tells anybody."""

    @pytest.mark.parametrize(
        ("change", "cents"),
        [
            ({}, 40_000),
            ({"Threshold": 100}, 50_000),
            ({"Threshold": 0.001}, 1),
            ({"Threshold": 200.0}, 100_000),
            ({"ThresholdType": "ABSOLUTE_VALUE", "Threshold": 1.1}, 110),
            ({"ThresholdType": "ABSOLUTE_VALUE", "Threshold": 75.001}, 7501),
        ],
    )
    def test_of_a_notification(self, change: Json, cents: int) -> None:
        assert notified(**change)["daily_threshold_usd_cents"] == cents

    def test_a_notification_that_does_not_say_which_has_none(self) -> None:
        record = budget(notification(MAIL))
        del record["notifications"][0]["notification"]["Threshold"]

        (found,) = alerts(record)

        assert found["daily_threshold_usd_cents"] is None

    def test_it_is_a_percentage_where_nothing_else_is_said(self) -> None:
        record = budget(notification(MAIL))
        del record["notifications"][0]["notification"]["ThresholdType"]

        (found,) = alerts(record)

        assert found["daily_threshold_usd_cents"] == 40_000

    @pytest.mark.parametrize(
        "change",
        [
            {"AutoAdjustData": {"AutoAdjustType": "FORECAST"}},
            {"PlannedBudgetLimits": {"1793491200": {"Amount": "500.0", "Unit": "USD"}}},
        ],
    )
    def test_a_part_of_a_limit_that_moves_is_none(self, change: Json) -> None:
        absolute = notification(MAIL, ThresholdType="ABSOLUTE_VALUE")
        percentage, fixed = alerts(budget(notification(MAIL), absolute, **change))

        assert percentage["daily_threshold_usd_cents"] is None
        assert fixed["daily_threshold_usd_cents"] == 8000

    @pytest.mark.parametrize(
        "limit",
        [
            {},
            {"Amount": "500.0"},
            {"Unit": "USD"},
            {"Amount": "500.0", "Unit": "CNY"},
            {"Amount": "500.0", "Unit": "HOURS"},
            {"Amount": "", "Unit": "USD"},
            {"Amount": "five hundred", "Unit": "USD"},
            {"Amount": "-500.0", "Unit": "USD"},
            {"Amount": "NaN", "Unit": "USD"},
            {"Amount": "sNaN", "Unit": "USD"},
            {"Amount": "Infinity", "Unit": "USD"},
            {"Amount": "1E+999999", "Unit": "USD"},
            {"Amount": "9" * 100_000, "Unit": "USD"},
        ],
    )
    def test_a_part_of_what_is_no_amount_of_dollars_is_none(self, limit: Json) -> None:
        assert alert(BudgetLimit=limit)["daily_threshold_usd_cents"] is None

    def test_an_absolute_value_in_another_currency_is_none(self) -> None:
        absolute = notification(MAIL, ThresholdType="ABSOLUTE_VALUE")

        (found,) = alerts(budget(absolute, BudgetLimit={"Amount": "500.0", "Unit": "CNY"}))

        assert found["daily_threshold_usd_cents"] is None

    @settings(deadline=None)
    @given(
        threshold=st.floats(allow_nan=False, allow_infinity=False),
        amount=st.text() | st.floats().map(str) | st.integers().map(str),
        kind=st.sampled_from(["PERCENTAGE", "ABSOLUTE_VALUE"]),
    )
    def test_whatever_the_amounts_it_fits_into_64_bits(
        self, threshold: float, amount: str, kind: str
    ) -> None:
        absolute = notification(Threshold=threshold, ThresholdType=kind)
        record = budget(absolute, BudgetLimit={"Amount": amount, "Unit": "USD"})

        (found,) = budget_alerts(
            record, EVERYWHERE, provider="bedrock", account=ACCOUNT, snapshot=EMPTY
        )

        cents = found["daily_threshold_usd_cents"]
        assert cents is None or 0 <= cents < 2**63


EMPTY = collected()


class TestUnseen:
    """What may tell somebody, but nobody can say."""

    def test_notifications_that_were_not_seen(self) -> None:
        (found,) = alerts({**budget(), "notifications": None})

        assert (found["status"], found["enabled"]) == ("unseen", True)

    def test_notifications_beyond_the_pages_that_were_seen(self) -> None:
        gaps = [failure("budgets:DescribeNotificationsForBudget", "ai", EVERYWHERE)]

        found = alerts(budget(notification(MAIL)), gaps=gaps)

        assert [each["status"] for each in found] == ["found", "unseen"]

    @pytest.mark.parametrize(
        "record",
        [
            {**budget(), "notifications": None},
            {**budget(BudgetType="USAGE"), "notifications": None},
        ],
    )
    def test_notifications_that_would_change_nothing(self, record: Json) -> None:
        provider = "openai" if record["budget"]["BudgetType"] == "COST" else "bedrock"

        (found,) = alerts(record, provider=provider)

        assert found["status"] == "found"
        assert not (found["enabled"] and found["watches_provider"])

    def test_subscribers_that_were_not_seen(self) -> None:
        (found,) = alerts(budget({**notification(), "subscribers": None}))

        assert found["recipients"] == [
            {
                "via": "email",
                "endpoint": "",
                "protocol": "email",
                "status": "unseen",
                "reason": "not all subscribers were seen",
            }
        ]

    def test_subscribers_beyond_the_pages_that_were_seen(self) -> None:
        gaps = [failure("budgets:DescribeSubscribersForNotification", "ai", EVERYWHERE)]

        (found,) = alerts(budget(notification(MAIL)), gaps=gaps)

        assert [each["status"] for each in found["recipients"]] == ["confirmed", "unseen"]


class TestSubscribers:
    """Whom the budget tells."""

    @pytest.mark.parametrize(
        "subscriber",
        [
            {},
            {"SubscriptionType": "EMAIL"},
            {"SubscriptionType": "EMAIL", "Address": ""},
            {"Address": MAILBOX},
            {"SubscriptionType": "PIGEON", "Address": MAILBOX},
            {"SubscriptionType": "SNS"},
            {"SubscriptionType": "SNS", "Address": MAILBOX},
            {"SubscriptionType": "SNS", "Address": ":" * 1000},
        ],
    )
    def test_one_that_is_neither_mailbox_nor_topic(self, subscriber: Json) -> None:
        ((recipient,),) = [each["recipients"] for each in alerts(budget(notification(subscriber)))]

        assert recipient["status"] == "unseen"

    @pytest.mark.parametrize(
        ("condition", "status"),
        [
            ({}, "confirmed"),
            ({"StringEquals": {"aws:SourceAccount": ACCOUNT}}, "confirmed"),
            ({"StringEquals": {"aws:SourceAccount": OTHER_ACCOUNT}}, "broken"),
            ({"ArnLike": {"aws:SourceArn": f"arn:aws:budgets::{ACCOUNT}:*"}}, "confirmed"),
            ({"ArnLike": {"aws:SourceArn": f"arn:aws:budgets::{OTHER_ACCOUNT}:*"}}, "broken"),
            ({"StringEquals": {"aws:SourceOwner": ACCOUNT}}, "broken"),
        ],
    )
    def test_a_topic_that_lets_budgets_in(self, condition: Json, status: str) -> None:
        text = policy(allow("budgets.amazonaws.com", Condition=condition))
        topics = topics_seen(topic(subscription(), Policy=text))

        (found,) = alerts(budget(notification(SNS)), topics)

        assert [each["status"] for each in found["recipients"]] == [status]

    def test_a_topic_with_the_policy_that_sns_gave_it_shuts_budgets_out(self) -> None:
        (found,) = alerts(budget(notification(SNS)), topics_seen(topic(subscription())))

        assert [each["status"] for each in found["recipients"]] == ["broken"]

    def test_a_topic_of_another_account_is_out_of_reach(self) -> None:
        address = TOPIC.replace(ACCOUNT, OTHER_ACCOUNT)

        (found,) = alerts(budget(notification({**SNS, "Address": address})))

        assert found["recipients"] == [
            {
                "via": address,
                "endpoint": "",
                "protocol": "sns",
                "status": "broken",
                "reason": "a budget reaches no other account's topic",
            }
        ]

    def test_a_topic_of_another_partition(self) -> None:
        arn = TOPIC.replace("arn:aws:", "arn:aws-cn:")
        condition = {"ArnLike": {"aws:SourceArn": f"arn:aws-cn:budgets::{ACCOUNT}:*"}}
        text = policy(allow("budgets.amazonaws.com", resource=arn, Condition=condition))
        topics = topics_seen(topic(subscription(), arn=arn, Policy=text))

        (found,) = alerts(budget(notification({**SNS, "Address": arn})), topics)

        assert [each["status"] for each in found["recipients"]] == ["confirmed"]
