"""Amazon SNS: topics, their subscriptions, and whether anybody confirmed them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from collectors.aws.calls import answered

if TYPE_CHECKING:
    from collectors.aws.calls import Calls
    from keyproof.documents import Json

MEMBERS = ("topics",)


def collect(calls: Calls) -> Json:
    """
    Describe every topic of a region with its subscriptions.

    A member is None where its call failed; `attributes` of a subscription that nobody has
    confirmed is None as well, since such a subscription has no ARN to ask about.
    """
    listed = calls.pages("sns:ListTopics")
    topics = calls.each(partial(_topic, calls), listed["Topics"] if listed else [])
    subscriptions = [each for topic in topics for each in topic["subscriptions"] or ()]
    calls.each(partial(_complete, calls), subscriptions)
    return {"topics": topics}


def _topic(calls: Calls, topic: Json) -> Json:
    arn = calls.text(topic, "TopicArn", "sns:ListTopics")
    if arn is None:
        return {"arn": None, "attributes": None, "subscriptions": None}
    attributes = calls.call(
        "sns:GetTopicAttributes", {"TopicArn": arn}, resource=arn, has=("Attributes",)
    )
    listed = calls.pages("sns:ListSubscriptionsByTopic", {"TopicArn": arn}, resource=arn)
    return {
        "arn": arn,
        "attributes": answered(attributes, "Attributes"),
        "subscriptions": None
        if listed is None
        else [
            {"subscription": subscription, "attributes": None}
            for subscription in listed["Subscriptions"]
        ],
    }


def _complete(calls: Calls, subscription: Json) -> None:
    arn = calls.text(
        subscription["subscription"], "SubscriptionArn", "sns:ListSubscriptionsByTopic"
    )
    if arn is None or not arn.startswith("arn:"):  # PendingConfirmation, Deleted
        return
    answer = calls.call(
        "sns:GetSubscriptionAttributes",
        {"SubscriptionArn": arn},
        resource=arn,
        has=("Attributes",),
    )
    subscription["attributes"] = answered(answer, "Attributes")
