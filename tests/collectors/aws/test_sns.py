from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from collectors.aws.faults import MALFORMED
from collectors.aws.sns import collect
from tests.collectors.script import Refusal, Script

if TYPE_CHECKING:
    from collectors.aws.calls import Workers

TOPIC = "arn:aws:sns:us-east-1:111122223333:alerts"
CONFIRMED = f"{TOPIC}:8a21d249-4329-4871-acc6-7be709c6ea7f"
LIST, TOPIC_ATTRIBUTES, SUBSCRIPTIONS, ATTRIBUTES = (
    f"sns:{name}"
    for name in (
        "ListTopics",
        "GetTopicAttributes",
        "ListSubscriptionsByTopic",
        "GetSubscriptionAttributes",
    )
)


def _script(*subscriptions: str, **changes: object) -> Script:
    answers = {
        LIST: {"Topics": [{"TopicArn": TOPIC}]},
        TOPIC_ATTRIBUTES: {"Attributes": {"SubscriptionsConfirmed": "1"}},
        SUBSCRIPTIONS: {"Subscriptions": [{"SubscriptionArn": each} for each in subscriptions]},
        ATTRIBUTES: {"Attributes": {"PendingConfirmation": "false"}},
    }
    return Script({**answers, **{f"sns:{name}": to for name, to in changes.items()}})


def test_only_what_was_confirmed_has_attributes_to_ask_for(workers: Workers) -> None:
    script = _script(CONFIRMED, "PendingConfirmation", "Deleted")
    calls = script.calls(workers)

    assert collect(calls) == {
        "topics": [
            {
                "arn": TOPIC,
                "attributes": {"SubscriptionsConfirmed": "1"},
                "subscriptions": [
                    {
                        "subscription": {"SubscriptionArn": CONFIRMED},
                        "attributes": {"PendingConfirmation": "false"},
                    },
                    {
                        "subscription": {"SubscriptionArn": "PendingConfirmation"},
                        "attributes": None,
                    },
                    {"subscription": {"SubscriptionArn": "Deleted"}, "attributes": None},
                ],
            }
        ]
    }
    assert calls.gaps == ()
    assert [parameters for name, parameters in script.requests if name == ATTRIBUTES] == [
        {"SubscriptionArn": CONFIRMED}
    ]


@pytest.mark.parametrize(
    ("operation", "resource"),
    [
        ("ListTopics", None),
        ("GetTopicAttributes", TOPIC),
        ("ListSubscriptionsByTopic", TOPIC),
        ("GetSubscriptionAttributes", CONFIRMED),
    ],
)
def test_what_could_not_be_read_is_a_gap(
    workers: Workers, operation: str, resource: str | None
) -> None:
    calls = _script(CONFIRMED, **{operation: Refusal("AuthorizationError")}).calls(workers)

    collect(calls)

    assert [(gap.operation, gap.resource) for gap in calls.gaps] == [(f"sns:{operation}", resource)]


def test_a_topic_or_subscription_without_an_arn_is_malformed(workers: Workers) -> None:
    calls = _script(
        CONFIRMED,
        ListTopics={"Topics": [{}, {"TopicArn": TOPIC}]},
        ListSubscriptionsByTopic={"Subscriptions": [{}]},
    ).calls(workers)

    nameless, topic = collect(calls)["topics"]

    assert nameless == {"arn": None, "attributes": None, "subscriptions": None}
    assert topic["subscriptions"] == [{"subscription": {}, "attributes": None}]
    assert {(gap.operation, gap.code) for gap in calls.gaps} == {
        (LIST, MALFORMED),
        (SUBSCRIPTIONS, MALFORMED),
    }
