"""CloudWatch alarms as spend alerts: what they watch, from which spend, and whom they tell."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from keyproof.facts.providers import AWS_BILLED
from keyproof.facts.topics import topic_recipients

if TYPE_CHECKING:
    from collections.abc import Sequence

    from keyproof.declarations.records import Credential, SpendMetric
    from keyproof.documents import Json
    from keyproof.facts.snapshot import Place, Snapshot

_DAY_SECONDS = 86_400
_HOUR_SECONDS = 3_600
_FIRES_ABOVE = frozenset({"GreaterThanThreshold", "GreaterThanOrEqualToThreshold"})


def alarm_alert(
    alarm: Json,
    place: Place,
    credential: Credential,
    metrics: Sequence[SpendMetric],
    snapshot: Snapshot,
) -> Json:
    """
    Give the fact of one alarm as the spend alert of a credential.

    An alarm on metric maths cannot be judged by its threshold alone, so its status is
    `unseen`.
    """
    measures = _measures(alarm, place, credential, metrics)
    return {
        "kind": "alarm",
        "name": alarm["AlarmName"],
        "status": "unseen" if alarm.get("MetricName") is None else "found",
        "enabled": alarm.get("ActionsEnabled") is True,
        "watches_provider": measures is not None,
        "daily_threshold_usd_cents": None if measures is None else _daily_cents(alarm, measures),
        "recipients": [
            recipient
            for action in alarm.get("AlarmActions") or []
            for recipient in _recipients(action, alarm, place, snapshot)
        ],
    }


def _measures(
    alarm: Json,
    place: Place,
    credential: Credential,
    metrics: Sequence[SpendMetric],
) -> str | None:
    """
    How the alarm's metric measures this provider's spend; None when it does not.

    AWS's own metrics see only what AWS bills, whatever a declaration says of them.
    """
    namespace, name = alarm.get("Namespace"), alarm.get("MetricName")
    dimensions = {item["Name"]: item["Value"] for item in alarm.get("Dimensions") or []}
    if namespace == "AWS/Billing":
        billed = credential.provider in AWS_BILLED and name == "EstimatedCharges"
        whole = dimensions.get("ServiceName") in (None, "AmazonBedrock")
        dollars = dimensions.get("Currency") == "USD"
        # The metric exists in us-east-1 alone and sums up the month to date, which no
        # day's spend exceeds.
        return (
            "spend_to_date"
            if billed and whole and dollars and place.region == "us-east-1"
            else None
        )
    for metric in metrics:
        same = (metric.namespace, metric.metric) == (namespace, name)
        if (
            same
            and metric.provider == credential.provider
            and not metric.namespace.startswith("AWS/")
            and dict(metric.dimensions) == dimensions
            and metric.account in (None, place.account)
            and metric.region in (None, place.region)
            and metric.environment in (None, credential.environment)
        ):
            return metric.measures
    return None


def _daily_cents(alarm: Json, measures: str) -> int | None:
    """
    The most that can be spent in one day before the alarm fires, in cents, rounded up.

    None where no such bound exists: it fires below its threshold or on an average,
    or only after several periods, in which any sum may be spent.
    """
    threshold: float | None = alarm.get("Threshold")
    if alarm.get("ComparisonOperator") not in _FIRES_ABOVE or threshold is None:
        return None
    period: int = alarm.get("Period") or 0
    needed: int = alarm.get("DatapointsToAlarm") or alarm.get("EvaluationPeriods") or 0
    if period <= 0 or needed <= 0:
        return None
    statistic = alarm.get("Statistic")
    if measures == "spend_in_period":
        if statistic != "Sum" or needed > 1:
            return None
        return math.ceil(threshold * 100 * max(1.0, _DAY_SECONDS / period))
    # A running total: its maximum passes the threshold when the spend does, and stays there.
    if statistic not in ("Maximum", "Sum") or (needed > 1 and needed * period > _HOUR_SECONDS):
        return None
    return math.ceil(threshold * 100)


def _recipients(action: str, alarm: Json, place: Place, snapshot: Snapshot) -> list[Json]:
    service = action.split(":")[2] if action.count(":") > 1 else ""
    if service == "sns":
        return topic_recipients(
            action,
            publisher="cloudwatch.amazonaws.com",
            context={
                "aws:sourceaccount": place.account,
                "aws:sourceowner": place.account,
                "aws:sourcearn": alarm["AlarmArn"],
            },
            snapshot=snapshot,
        )
    acts_on_machines = service in ("automate", "autoscaling", "swf", "ssm")
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
