"""Whom a message to an SNS topic reaches: the last links of an alert's chain."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from keyproof.facts.service_access import service_may
from keyproof.facts.snapshot import Place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from keyproof.documents import Json
    from keyproof.facts.snapshot import Snapshot

_PEOPLE = frozenset({"email", "email-json", "sms", "http", "https", "application"})
"""Protocols whose confirmed endpoint somebody or some paging service answers for."""

_ARN_PARTS = 6


def topic_recipients(
    topic: str, *, publisher: str, context: Mapping[str, str | None], snapshot: Snapshot
) -> list[Json]:
    """
    Give every recipient behind a topic, each `confirmed`, `broken` or `unseen`.

    `publisher` is the service principal that publishes, `context` what it sends along
    (see `service_may`). A topic that cannot be published to has one broken recipient,
    itself, so that the report can say where the chain ends.
    """
    place = topic_place(topic)
    if place is None:
        return [topic_recipient(topic, "unseen", "what the alert is sent to is no topic of SNS")]
    scope = (place.account, place.region)
    _, record = next(iter(snapshot.named("sns", "topics", topic, scope)), (place, None))
    if record is None:
        if snapshot.seen("sns", scope):
            return [topic_recipient(topic, "broken", "the topic does not exist")]
        return [topic_recipient(topic, "unseen", "the topic was not seen")]
    if record["attributes"] is None or record["subscriptions"] is None:
        return [
            topic_recipient(topic, "unseen", "the topic's settings or subscriptions were not seen")
        ]
    blocked = _blocked(topic, record["attributes"], publisher, context)
    if blocked is not None:
        return [blocked]
    recipients = [_subscriber(topic, subscription) for subscription in record["subscriptions"]]
    if snapshot.failed("sns", place, "sns:ListSubscriptionsByTopic", topic):
        recipients.append(topic_recipient(topic, "unseen", "not all subscriptions were seen"))
    return recipients or [topic_recipient(topic, "broken", "the topic has no subscription")]


def topic_place(topic: str) -> Place | None:
    """Give account and region of a topic's ARN; None for what is none."""
    parts = topic.split(":")
    if len(parts) != _ARN_PARTS or parts[2] != "sns":
        return None
    return Place(account=parts[4], region=parts[3])


def _blocked(
    topic: str, attributes: Json, publisher: str, context: Mapping[str, str | None]
) -> Json | None:
    """Whether the publisher is kept from the topic, by its policy or by its encryption."""
    key = attributes.get("KmsMasterKeyId", "")
    if key.endswith("alias/aws/sns"):
        # Its policy cannot be edited and names no service: CloudWatch and Budgets are refused.
        return topic_recipient(topic, "broken", "the topic's AWS-managed key shuts the alert out")
    if key:
        return topic_recipient(topic, "unseen", "the policy of the topic's key was not seen")
    if "Policy" not in attributes:
        return topic_recipient(topic, "unseen", "the topic's policy was not seen")
    allowed = service_may(
        attributes["Policy"],
        service=publisher,
        action="sns:Publish",
        resource=topic,
        context={"aws:securetransport": "true", **context},
    )
    if allowed is None:
        return topic_recipient(topic, "unseen", "the topic's policy could not be decided")
    if not allowed:
        return topic_recipient(topic, "broken", "the topic's policy shuts the alert out")
    return None


def _subscriber(topic: str, record: Json) -> Json:
    subscription = record["subscription"]
    status, reason = _reach(subscription, record["attributes"])
    return {
        **topic_recipient(topic, status, reason),
        "endpoint": subscription.get("Endpoint") or "",
        "protocol": subscription.get("Protocol") or "",
    }


def _reach(subscription: Json, attributes: Json | None) -> tuple[str, str | None]:
    arn = subscription.get("SubscriptionArn")
    if arn == "PendingConfirmation":
        return "broken", "the subscription was never confirmed"
    if arn == "Deleted":
        return "broken", "the subscription was cancelled"
    if attributes is None:
        return "unseen", "the subscription's settings were not seen"
    if str(attributes.get("PendingConfirmation")).lower() == "true":
        return "broken", "the subscription was never confirmed"
    if subscription.get("Protocol") not in _PEOPLE or not subscription.get("Endpoint"):
        return "unseen", "who reads what arrives there is not known"
    return _filtered(attributes)


def _filtered(attributes: Json) -> tuple[str, str | None]:
    """An alert carries no message attributes, so a filter that asks for one drops it."""
    try:
        policy = orjson.loads(attributes.get("FilterPolicy") or "{}")
    except orjson.JSONDecodeError:
        policy = None
    if not isinstance(policy, dict):
        return "unseen", "the subscription's filter policy could not be read"
    if not policy:
        return "confirmed", None
    by_attributes = attributes.get("FilterPolicyScope", "MessageAttributes") == "MessageAttributes"
    if by_attributes and any(_asks_for(name, conditions) for name, conditions in policy.items()):
        return "broken", "the subscription's filter policy drops the alert"
    return "unseen", "whether the subscription's filter policy lets the alert pass is not known"


def _asks_for(name: str, conditions: Any) -> bool:  # noqa: ANN401 - whatever JSON the filter holds
    """Whether a message without the attribute is dropped; `$or` names no attribute."""
    return name != "$or" and isinstance(conditions, list) and {"exists": False} not in conditions


def topic_recipient(topic: str, status: str, reason: str | None) -> Json:
    """Give the topic itself as the place where an alert's chain ends."""
    return {"via": topic, "endpoint": "", "protocol": "sns", "status": status, "reason": reason}
