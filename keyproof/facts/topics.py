"""Whom a message to an SNS topic reaches: the last links of an alert's chain."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

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
    place = _place(topic)
    record = _record(topic, place, snapshot)
    if record is None:
        if place is not None and snapshot.complete("sns", place):
            return [_recipient(topic, "broken", "the topic does not exist")]
        return [_recipient(topic, "unseen", "the topic was not seen")]
    if record["attributes"] is None or record["subscriptions"] is None:
        return [_recipient(topic, "unseen", "the topic's settings or subscriptions were not seen")]
    blocked = _blocked(topic, record["attributes"], publisher, context)
    if blocked is not None:
        return [blocked]
    if not record["subscriptions"]:
        return [_recipient(topic, "broken", "the topic has no subscription")]
    return [_subscriber(topic, subscription) for subscription in record["subscriptions"]]


def _place(topic: str) -> Place | None:
    parts = topic.split(":")
    if len(parts) != _ARN_PARTS or parts[2] != "sns":
        return None
    return Place(account=parts[4], region=parts[3])


def _record(topic: str, place: Place | None, snapshot: Snapshot) -> Json | None:
    found = snapshot.named("sns", "topics", topic)
    return next((record for at, record in found if at == place), None)


def _blocked(
    topic: str, attributes: Json, publisher: str, context: Mapping[str, str | None]
) -> Json | None:
    """Whether the publisher is kept from the topic, by its policy or by its encryption."""
    key = attributes.get("KmsMasterKeyId")
    if key == "alias/aws/sns":
        # Its policy cannot be edited and names no service: CloudWatch and Budgets are refused.
        return _recipient(topic, "broken", "the topic's AWS-managed key shuts the alert out")
    if key:
        return _recipient(topic, "unseen", "the policy of the topic's key was not seen")
    allowed = service_may(
        attributes.get("Policy"),
        service=publisher,
        action="sns:Publish",
        resource=topic,
        context={"aws:securetransport": "true", **context},
    )
    if allowed is None:
        return _recipient(topic, "unseen", "the topic's policy could not be decided")
    if not allowed:
        return _recipient(topic, "broken", "the topic's policy shuts the alert out")
    return None


def _subscriber(topic: str, record: Json) -> Json:
    subscription = record["subscription"]
    status, reason = _reach(subscription, record["attributes"])
    return {
        **_recipient(topic, status, reason),
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
    if subscription.get("Protocol") not in _PEOPLE:
        return "unseen", "who reads what arrives there is not known"
    return _filtered(attributes)


def _filtered(attributes: Json) -> tuple[str, str | None]:
    """An alarm carries no message attributes, so a filter on them lets nothing through."""
    try:
        policy = json.loads(attributes.get("FilterPolicy") or "{}")
    except ValueError:
        return "unseen", "the subscription's filter policy could not be read"
    if not policy:
        return "confirmed", None
    by_attributes = attributes.get("FilterPolicyScope", "MessageAttributes") == "MessageAttributes"
    if by_attributes and '"exists": false' not in json.dumps(policy):
        return "broken", "the subscription's filter policy drops the alert"
    return "unseen", "whether the subscription's filter policy lets the alert pass is not known"


def _recipient(topic: str, status: str, reason: str | None) -> Json:
    return {"via": topic, "endpoint": "", "protocol": "sns", "status": status, "reason": reason}
