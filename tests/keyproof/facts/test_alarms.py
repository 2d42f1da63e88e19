from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyproof.facts.alarms import alarm_alert
from tests.keyproof.facts.builders import (
    ACCOUNT,
    DELIVERING,
    ELSEWHERE,
    HERE,
    MAILBOX,
    OTHER_ACCOUNT,
    OTHER_REGION,
    REGION,
    TOPIC,
    alarm,
    allow,
    collected,
    credential,
    metric,
    policy,
    subscription,
    topic,
    topics_seen,
)

if TYPE_CHECKING:
    from keyproof.declarations.records import SpendMetric
    from keyproof.documents import Json
    from keyproof.facts.snapshot import Place
    from tests.keyproof.facts.builders import (
        Seen,
    )

MAXIMUM, SINCE_MIDNIGHT, IN_PERIOD = "Maximum", "spend_since_midnight", "spend_in_period"


def alert(
    *metrics: SpendMetric,
    place: Place = HERE,
    provider: str = "openai",
    account: str | None = ACCOUNT,
    topics: Seen = DELIVERING,
    **changes: Any,
) -> Json:
    return alarm_alert(
        alarm(place, **changes),
        place,
        credential(provider=provider),
        account=account,
        metrics=metrics or (metric(),),
        snapshot=collected(topics),
    )


def without(member: str) -> Json:
    """What becomes of an alarm that AWS describes without one of its members."""
    record = alarm()
    del record[member]
    return alarm_alert(
        record,
        HERE,
        credential(),
        account=ACCOUNT,
        metrics=[metric()],
        snapshot=collected(DELIVERING),
    )


def daily_cents(*metrics: SpendMetric, **changes: Any) -> int | None:
    found: int | None = alert(*metrics, **changes)["daily_threshold_usd_cents"]
    return found


def watches(*metrics: SpendMetric, place: Place = HERE, **changes: Any) -> bool:
    found = alert(*metrics, place=place, **changes)
    assert found["status"] == "found"
    assert found["watches_provider"] or found["daily_threshold_usd_cents"] is None
    return bool(found["watches_provider"])


def test_an_alarm_that_works() -> None:
    assert alert() == {
        "kind": "alarm",
        "name": "ai-spend",
        "status": "found",
        "enabled": True,
        "watches_provider": True,
        "daily_threshold_usd_cents": 50_000,
        "recipients": [
            {
                "via": TOPIC,
                "endpoint": MAILBOX,
                "protocol": "email",
                "status": "confirmed",
                "reason": None,
            }
        ],
    }


def test_an_alarm_whose_actions_are_off_is_not_enabled() -> None:
    assert not alert(ActionsEnabled=False)["enabled"]
    assert not without("ActionsEnabled")["enabled"]


class TestMetric:
    """Which alarms watch what the organisation publishes of a provider's spend."""

    @pytest.mark.parametrize(
        "change",
        [
            {"environment": "production"},
            {"account": ACCOUNT},
            {"region": REGION},
        ],
    )
    def test_a_metric_of_the_same_scope_is_watched(self, change: Json) -> None:
        assert watches(metric(**change))

    @pytest.mark.parametrize(
        "change",
        [
            {"provider": "anthropic"},
            {"environment": "development"},
            {"namespace": "Kestrel/ai"},
            {"metric": "Requests"},
            {"dimensions": {}},
            {"dimensions": {"Provider": "anthropic"}},
            {"dimensions": {"Provider": "openai", "Environment": "production"}},
            {"account": OTHER_ACCOUNT},
            {"region": OTHER_REGION},
        ],
    )
    def test_another_metric_is_not_watched(self, change: Json) -> None:
        assert not watches(metric(**change))
        assert watches(metric(**change), metric())

    def test_an_alarm_in_another_region_watches_another_metric(self) -> None:
        assert watches(metric(region=REGION), place=HERE)
        assert not watches(metric(region=REGION), place=ELSEWHERE)

    @pytest.mark.parametrize(
        ("of_metric", "of_alarm", "found"),
        [
            (None, None, True),
            ("Count", None, True),
            ("Count", "Count", True),
            (None, "None", True),
            # An alarm with another unit than the metric's waits for data for ever.
            (None, "Count", False),
            ("Count", "None", False),
        ],
    )
    def test_the_unit_must_be_the_same(
        self, of_metric: str | None, of_alarm: str | None, *, found: bool
    ) -> None:
        unit: Json = {} if of_alarm is None else {"Unit": of_alarm}

        assert watches(metric(unit=of_metric), **unit) is found

    @pytest.mark.parametrize("namespace", ["AWS/Billing", "AWS/Bedrock", "AWS/SecretsManager"])
    def test_a_metric_of_aws_sees_no_other_providers_spend(self, namespace: str) -> None:
        # Whatever the inventory declares.
        assert not watches(metric(namespace=namespace), Namespace=namespace)

    @pytest.mark.parametrize("member", ["Namespace", "Dimensions"])
    def test_an_alarm_that_does_not_say_what_it_watches(self, member: str) -> None:
        assert not without(member)["watches_provider"]

    @pytest.mark.parametrize("dimension", [{}, {"Name": "Provider"}, {"Value": "openai"}])
    def test_a_dimension_in_part_is_no_dimension(self, dimension: Json) -> None:
        assert not watches(Dimensions=[dimension])


BILL: Json = {
    "Namespace": "AWS/Billing",
    "MetricName": "EstimatedCharges",
    "Dimensions": [{"Name": "Currency", "Value": "USD"}],
    "Period": 21_600,
}


class TestBill:
    """AWS's own estimate of its bill, which holds Bedrock and no other provider."""

    def test_it_sees_bedrock(self) -> None:
        found = alert(provider="bedrock", **BILL)

        assert (found["status"], found["watches_provider"]) == ("found", True)
        assert found["daily_threshold_usd_cents"] == 50_000

    @pytest.mark.parametrize("provider", ["openai", "anthropic", "pinecone"])
    def test_it_sees_no_other_provider(self, provider: str) -> None:
        declared = metric(
            provider=provider,
            namespace="AWS/Billing",
            metric="EstimatedCharges",
            dimensions={"Currency": "USD"},
        )

        assert not watches(declared, provider=provider, **BILL)

    def test_it_exists_in_one_region_only(self) -> None:
        assert not watches(provider="bedrock", place=ELSEWHERE, **BILL)

    @pytest.mark.parametrize(
        "change",
        [
            {"MetricName": "EstimatedSavings"},
            {"Unit": "Count"},
            {"Dimensions": []},
            {"Dimensions": [{"Name": "Currency", "Value": "EUR"}]},
            {
                "Dimensions": [
                    {"Name": "Currency", "Value": "USD"},
                    {"Name": "ServiceName", "Value": "AmazonEC2"},
                ]
            },
        ],
    )
    def test_another_part_of_it_does_not_see_bedrock(self, change: Json) -> None:
        assert not watches(provider="bedrock", **{**BILL, **change})

    @pytest.mark.parametrize(
        "dimension",
        [
            # AWS Marketplace bills the models of others, under names of their own.
            {"Name": "ServiceName", "Value": "AmazonBedrock"},
            {"Name": "LinkedAccount", "Value": OTHER_ACCOUNT},
            {"Name": "LinkedAccount", "Value": ACCOUNT},
        ],
    )
    def test_a_part_of_it_may_leave_bedrock_out(self, dimension: Json) -> None:
        dimensions = [*BILL["Dimensions"], dimension]

        found = alert(provider="bedrock", **{**BILL, "Dimensions": dimensions})

        assert (found["status"], found["watches_provider"]) == ("unseen", False)

    @pytest.mark.parametrize("account", [OTHER_ACCOUNT, None])
    def test_the_bill_of_another_account_may_leave_the_key_out(self, account: str | None) -> None:
        found = alert(provider="bedrock", account=account, **BILL)

        assert (found["status"], found["watches_provider"]) == ("unseen", False)


class TestUnseen:
    """What may fire, but nobody can tell."""

    def test_metric_maths(self) -> None:
        found = without("MetricName")

        assert (found["status"], found["watches_provider"]) == ("unseen", False)
        assert found["daily_threshold_usd_cents"] is None

    @pytest.mark.parametrize(
        "change", [{"StateValue": "INSUFFICIENT_DATA"}, {"EvaluationState": "EVALUATION_ERROR"}]
    )
    def test_a_metric_without_data_may_never_have_been_published(self, change: Json) -> None:
        assert alert(**change)["status"] == "unseen"

    @pytest.mark.parametrize("state", ["OK", "ALARM"])
    def test_a_metric_with_data_is_published(self, state: str) -> None:
        assert alert(StateValue=state)["status"] == "found"

    @pytest.mark.parametrize(
        "change",
        [
            {"ActionsEnabled": False, "StateValue": "INSUFFICIENT_DATA"},
            {"ActionsEnabled": False, "MetricName": None},
            {"MetricName": "Requests", "StateValue": "INSUFFICIENT_DATA"},
        ],
    )
    def test_what_cannot_fire_for_the_spend_is_found_and_useless(self, change: Json) -> None:
        found = alert(**change)

        assert found["status"] == "found"
        assert not (found["enabled"] and found["watches_provider"])


class TestThreshold:
    """The most that can be spent in a day before the alarm fires."""

    @pytest.mark.parametrize(
        ("change", "cents"),
        [
            ({}, 50_000),
            ({"ComparisonOperator": "GreaterThanOrEqualToThreshold"}, 50_000),
            ({"Threshold": 500}, 50_000),
            ({"Threshold": 1.1}, 110),
            ({"Threshold": 499.999}, 50_000),
            ({"Threshold": 500.001}, 50_001),
            ({"Threshold": 0.0}, 0),
            ({"Statistic": "Sum"}, 50_000),
            ({"Period": 86_400}, 50_000),
            ({"EvaluationPeriods": 5, "DatapointsToAlarm": 1}, 50_000),
            ({"Period": 300, "EvaluationPeriods": 12}, 50_000),
        ],
    )
    def test_of_a_running_total(self, change: Json, cents: int) -> None:
        assert daily_cents(**change) == cents

    @pytest.mark.parametrize(
        "change",
        [
            {"ComparisonOperator": "LessThanThreshold"},
            {"ComparisonOperator": "LessThanOrEqualToThreshold"},
            {"ComparisonOperator": "GreaterThanUpperThreshold"},
            {"ComparisonOperator": "LessThanLowerOrGreaterThanUpperThreshold"},
            {"Statistic": "Average"},
            {"Statistic": "Minimum"},
            {"Statistic": "SampleCount"},
            {"Period": 300, "EvaluationPeriods": 13},
            {"Period": 3600, "EvaluationPeriods": 3, "DatapointsToAlarm": 2},
            {"Period": 0},
            {"Period": -60},
            {"EvaluationPeriods": 0},
            {"Threshold": -1.0},
            {"Threshold": 1e300},
            {"Threshold": 10**18},
        ],
    )
    def test_none_exists(self, change: Json) -> None:
        assert daily_cents(**change) is None

    @pytest.mark.parametrize(
        "member", ["ComparisonOperator", "Threshold", "Statistic", "Period", "EvaluationPeriods"]
    )
    def test_none_is_known_where_a_setting_is_not(self, member: str) -> None:
        assert without(member)["daily_threshold_usd_cents"] is None

    @pytest.mark.parametrize(
        ("period", "cents"),
        [
            (60, 1440 * 1000),
            (3600, 24 * 1000),
            (86_400, 1000),
            (7 * 86_400, 1000),
            # 14 periods of 100 minutes and the ends of two more may lie in one day.
            (6000, 16 * 1000),
            (86_460, 2 * 1000),
        ],
    )
    def test_of_the_spend_in_each_period_it_is_that_of_all_periods_of_a_day(
        self, period: int, cents: int
    ) -> None:
        each = metric(measures=IN_PERIOD)

        assert daily_cents(each, Statistic="Sum", Threshold=10.0, Period=period) == cents

    @pytest.mark.parametrize(
        "change",
        [
            {"Statistic": "Maximum"},
            {"Statistic": "Average"},
            {"Statistic": "Sum", "EvaluationPeriods": 2},
            {"Statistic": "Sum", "EvaluationPeriods": 3, "DatapointsToAlarm": 2},
        ],
    )
    def test_of_the_spend_in_each_period_none_exists(self, change: Json) -> None:
        assert daily_cents(metric(measures=IN_PERIOD), **change) is None

    @settings(deadline=None)
    @given(threshold=st.floats(0, 1e9), period=st.integers(1, 10**6))
    def test_it_is_never_below_what_may_be_spent(self, threshold: float, period: int) -> None:
        each = metric(measures=IN_PERIOD)
        changes = {"Statistic": "Sum", "Threshold": threshold, "Period": period}

        found = daily_cents(each, **changes)

        assert found is not None
        assert found >= threshold * 100 * max(1.0, 86_400 / period) * (1 - 1e-12)

    @settings(deadline=None)
    @given(threshold=st.floats(allow_nan=False, allow_infinity=False), period=st.integers())
    def test_whatever_the_settings_it_fits_into_64_bits(
        self, threshold: float, period: int
    ) -> None:
        for each in (metric(), metric(measures=IN_PERIOD)):
            changes = {"Statistic": "Sum", "Threshold": threshold, "Period": period}
            found = daily_cents(each, **changes)
            assert found is None or 0 <= found < 2**63


class TestRecipients:
    """Whom the alarm tells."""

    def test_nobody_without_actions(self) -> None:
        assert alert(AlarmActions=[])["recipients"] == []
        assert without("AlarmActions")["recipients"] == []

    def test_other_actions_than_those_of_the_alarm_do_not_count(self) -> None:
        found = alert(AlarmActions=[], OKActions=[TOPIC], InsufficientDataActions=[TOPIC])

        assert found["recipients"] == []

    @pytest.mark.parametrize(
        ("action", "status"),
        [
            (TOPIC, "confirmed"),
            (f"{TOPIC}-2", "broken"),
            (TOPIC.replace(ACCOUNT, OTHER_ACCOUNT), "unseen"),
            (f"arn:aws:automate:{REGION}:ec2:stop", "broken"),
            (
                f"arn:aws:swf:{REGION}:{ACCOUNT}:action/actions/AWS_EC2.InstanceId.Stop/1.0",
                "broken",
            ),
            (f"arn:aws:autoscaling:{REGION}:{ACCOUNT}:scalingPolicy:1", "broken"),
            (f"arn:aws:ssm:{REGION}:{ACCOUNT}:opsitem:1", "unseen"),
            (f"arn:aws:ssm-incidents::{ACCOUNT}:response-plan/ai", "unseen"),
            (f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:tell", "unseen"),
            ("", "unseen"),
            ("::", "unseen"),
            ("arn:aws", "unseen"),
            ("x" * 100_000, "unseen"),
        ],
    )
    def test_an_action(self, action: str, status: str) -> None:
        (recipient,) = alert(AlarmActions=[action])["recipients"]

        assert recipient["status"] == status
        assert (recipient["reason"] is None) == (status == "confirmed")

    def test_every_action_counts(self) -> None:
        found = alert(AlarmActions=[f"{TOPIC}-2", TOPIC])

        assert [each["status"] for each in found["recipients"]] == ["broken", "confirmed"]

    @pytest.mark.parametrize(
        ("condition", "status"),
        [
            (
                {"ArnLike": {"aws:SourceArn": f"arn:aws:cloudwatch:*:{ACCOUNT}:alarm:ai-*"}},
                "confirmed",
            ),
            (
                {"ArnLike": {"aws:SourceArn": f"arn:aws:cloudwatch:*:{ACCOUNT}:alarm:db-*"}},
                "broken",
            ),
            ({"StringEquals": {"aws:SourceAccount": ACCOUNT}}, "confirmed"),
            ({"StringEquals": {"aws:SourceAccount": OTHER_ACCOUNT}}, "broken"),
            ({"StringEquals": {"aws:SourceOwner": ACCOUNT}}, "confirmed"),
        ],
    )
    def test_a_topic_may_ask_which_alarm_it_is(self, condition: Json, status: str) -> None:
        text = policy(allow("cloudwatch.amazonaws.com", Condition=condition))

        (recipient,) = alert(topics=topics_seen(topic(subscription(), Policy=text)))["recipients"]

        assert recipient["status"] == status

    def test_an_alarm_without_arn_cannot_answer(self) -> None:
        condition = {"ArnLike": {"aws:SourceArn": f"arn:aws:cloudwatch:*:{ACCOUNT}:alarm:*"}}
        text = policy(allow("cloudwatch.amazonaws.com", Condition=condition))
        record = alarm()
        del record["AlarmArn"]

        found = alarm_alert(
            record,
            HERE,
            credential(),
            account=ACCOUNT,
            metrics=[metric()],
            snapshot=collected(topics_seen(topic(subscription(), Policy=text))),
        )

        assert [each["status"] for each in found["recipients"]] == ["unseen"]
