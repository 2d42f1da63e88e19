"""CloudWatch alarms as spend alerts: what they watch, from which spend, and whom they tell."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from keyproof.facts.spend import cents, on_aws_bill
from keyproof.facts.topics import topic_recipients

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from keyproof.declarations.records import Credential, SpendMetric
    from keyproof.documents import Json
    from keyproof.facts.snapshot import Place, Snapshot

_DAY_SECONDS = 86_400
_HOUR_SECONDS = 3_600
_FIRES_ABOVE = frozenset({"GreaterThanThreshold", "GreaterThanOrEqualToThreshold"})
_UNSEEN = "unseen"


def alarm_alert(  # noqa: PLR0913 - an alarm, whose it is, and what it is held against
    alarm: Json,
    place: Place,
    credential: Credential,
    *,
    account: str | None,
    metrics: Sequence[SpendMetric],
    snapshot: Snapshot,
) -> Json:
    """
    Give the fact of one alarm as the spend alert of a credential.

    `account` is the one that the key stands in. Its status is `unseen` where it may fire
    but what it sees cannot be told: metric maths, part of a bill, a metric without data.
    """
    enabled = alarm.get("ActionsEnabled") is True
    measures = _measures(alarm, place, credential, account, metrics)
    watches = measures not in (None, _UNSEEN)
    unseen = measures == _UNSEEN or (watches and _is_blind(alarm))
    return {
        "kind": "alarm",
        "name": alarm["AlarmName"],
        "status": "unseen" if enabled and unseen else "found",
        "enabled": enabled,
        "watches_provider": watches,
        "daily_threshold_usd_cents": _daily_cents(alarm, measures) if watches else None,
        "recipients": [
            recipient
            for action in alarm.get("AlarmActions", [])
            for recipient in _recipients(action, alarm, place, snapshot)
        ],
    }


def _measures(
    alarm: Json,
    place: Place,
    credential: Credential,
    account: str | None,
    metrics: Sequence[SpendMetric],
) -> str | None:
    """
    How the alarm's metric measures this provider's spend; None when it does not.

    AWS's own metrics see only what AWS bills, whatever a declaration says of them.
    `unseen` where it cannot be told whether the metric holds all of the spend.
    """
    name = alarm.get("MetricName")
    if name is None:
        return _UNSEEN  # the threshold of metric maths says nothing alone
    namespace, unit = alarm.get("Namespace", ""), alarm.get("Unit")
    dimensions = {item.get("Name"): item.get("Value") for item in alarm.get("Dimensions", [])}
    if namespace == "AWS/Billing" and name == "EstimatedCharges" and unit in (None, "None"):
        return _measures_bill(place, dimensions, on_aws_bill(credential.provider, account, place))
    for metric in metrics:
        if (
            (metric.namespace, metric.metric) == (namespace, name)
            and metric.provider == credential.provider
            and not namespace.startswith("AWS/")
            and dict(metric.dimensions) == dimensions
            and metric.account in (None, place.account)
            and metric.region in (None, place.region)
            and metric.environment in (None, credential.environment)
            # An alarm that names another unit than the metric's finds no data.
            and unit in (None, metric.unit or "None")
        ):
            return metric.measures
    return None


def _measures_bill(
    place: Place,
    dimensions: Mapping[str, str],
    on_bill: bool | None,  # noqa: FBT001 - or unknown
) -> str | None:
    """
    How EstimatedCharges measures the spend.

    The metric exists in us-east-1 alone and sums up the month to date, which no day's
    spend exceeds.
    """
    if on_bill is False or place.region != "us-east-1" or dimensions.get("Currency") != "USD":
        return None
    if dimensions.get("ServiceName") not in (None, "AmazonBedrock"):
        return None
    # AmazonBedrock alone leaves out the models that AWS Marketplace bills under names of
    # their own, and a linked account may be another than the key's.
    return "spend_to_date" if on_bill and len(dimensions) == 1 else _UNSEEN


def _is_blind(alarm: Json) -> bool:
    """Whether the alarm lacks data, so that nothing tells whether its metric is published."""
    return alarm.get("StateValue") == "INSUFFICIENT_DATA" or "EvaluationState" in alarm


def _daily_cents(alarm: Json, measures: str | None) -> int | None:
    """
    The most that can be spent in one day before the alarm fires, in cents, rounded up.

    None where no such bound exists: it fires below its threshold or on an average,
    or only after several periods, in which any sum may be spent.
    """
    period: int = alarm.get("Period", 0)
    needed: int = alarm.get("DatapointsToAlarm") or alarm.get("EvaluationPeriods", 0)
    if alarm.get("ComparisonOperator") not in _FIRES_ABOVE or "Threshold" not in alarm:
        return None
    if period <= 0 or needed <= 0:
        return None
    threshold = Decimal(str(alarm["Threshold"]))
    statistic = alarm.get("Statistic")
    if measures == "spend_in_period":
        if statistic != "Sum" or needed > 1:
            return None
        return cents(threshold * _periods_of_a_day(period))
    # A running total: its maximum passes the threshold when the spend does, and stays there.
    if statistic not in ("Maximum", "Sum") or (needed > 1 and needed * period > _HOUR_SECONDS):
        return None
    return cents(threshold)


def _periods_of_a_day(period: int) -> int:
    """How many periods a day may touch: one more at either end where they do not fit into it."""
    whole, rest = divmod(_DAY_SECONDS, period)
    if rest == 0:
        return whole
    return 1 if period % _DAY_SECONDS == 0 else whole + 2


def _recipients(action: str, alarm: Json, place: Place, snapshot: Snapshot) -> list[Json]:
    service = action.split(":")[2] if action.count(":") > 1 else ""
    if service == "sns":
        context = {"aws:sourceaccount": place.account, "aws:sourceowner": place.account}
        if "AlarmArn" in alarm:
            context["aws:sourcearn"] = alarm["AlarmArn"]
        return topic_recipients(
            action, publisher="cloudwatch.amazonaws.com", context=context, snapshot=snapshot
        )
    acts_on_machines = service in ("automate", "autoscaling", "swf")
    return [
        {
            "via": action,
            "endpoint": "",
            "protocol": service,
            "status": "broken" if acts_on_machines else "unseen",
            "reason": "the action changes machines and tells nobody"
            if acts_on_machines
            else "whom the action tells is not known",
        }
    ]
