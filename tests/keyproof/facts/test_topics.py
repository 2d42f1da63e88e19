from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from keyproof.facts.snapshot import Place
from keyproof.facts.topics import topic_place, topic_recipients
from tests.keyproof.facts.builders import (
    ACCOUNT,
    DEFAULT_POLICY,
    ELSEWHERE,
    HERE,
    MAILBOX,
    OTHER_ACCOUNT,
    REGION,
    TOPIC,
    allow,
    collected,
    failure,
    policy,
    subscription,
    topic,
    topics_seen,
)

if TYPE_CHECKING:
    from keyproof.documents import Json
    from tests.keyproof.facts.builders import (
        Seen,
    )

CLOUDWATCH = "cloudwatch.amazonaws.com"
BUDGETS = "budgets.amazonaws.com"
CONTEXT = {"aws:sourceaccount": ACCOUNT, "aws:sourceowner": ACCOUNT}


def recipients(*parts: Seen, arn: str = TOPIC, absent: bool = False) -> list[Json]:
    snapshot = collected(*parts, absent=[("sns", HERE)] if absent else [])
    return topic_recipients(arn, publisher=CLOUDWATCH, context=CONTEXT, snapshot=snapshot)


def statuses(*parts: Seen, arn: str = TOPIC, absent: bool = False) -> list[str]:
    return [each["status"] for each in recipients(*parts, arn=arn, absent=absent)]


def behind(record: Json) -> str:
    """What becomes of the only recipient of a topic."""
    (status,) = statuses(topics_seen(record))
    return status


def subscribed(**changes: object) -> Json:
    """A topic whose one subscription the listing describes with these changes."""
    record = subscription()
    record["subscription"] |= changes
    return topic(record)


def test_a_confirmed_mailbox() -> None:
    assert recipients(topics_seen(topic(subscription()))) == [
        {
            "via": TOPIC,
            "endpoint": MAILBOX,
            "protocol": "email",
            "status": "confirmed",
            "reason": None,
        }
    ]


def test_every_subscription_is_a_recipient() -> None:
    pending = subscription()
    pending["subscription"]["SubscriptionArn"] = "PendingConfirmation"
    pending["attributes"] = None

    assert statuses(topics_seen(topic(pending, subscription()))) == ["broken", "confirmed"]


@pytest.mark.parametrize("arn", ["PendingConfirmation", "Deleted"])
def test_a_subscription_that_nobody_holds(arn: str) -> None:
    record = subscription()
    record["subscription"]["SubscriptionArn"] = arn
    record["attributes"] = None

    assert behind(topic(record)) == "broken"


def test_a_subscription_whose_settings_say_that_it_is_pending() -> None:
    assert behind(topic(subscription(PendingConfirmation="true"))) == "broken"


def test_a_subscription_whose_settings_were_not_seen() -> None:
    record = subscription()
    record["attributes"] = None

    assert behind(topic(record)) == "unseen"


@pytest.mark.parametrize(
    ("protocol", "status"),
    [
        ("email", "confirmed"),
        ("email-json", "confirmed"),
        ("sms", "confirmed"),
        ("http", "confirmed"),
        ("https", "confirmed"),
        ("application", "confirmed"),
        ("sqs", "unseen"),
        ("lambda", "unseen"),
        ("firehose", "unseen"),
        ("", "unseen"),
        ("carrier pigeon", "unseen"),
    ],
)
def test_who_answers_for_an_endpoint(protocol: str, status: str) -> None:
    assert behind(topic(subscription(protocol))) == status


def test_an_endpoint_that_nobody_names_reaches_nobody_known() -> None:
    assert behind(subscribed(Endpoint="")) == "unseen"


def test_a_subscription_of_which_nothing_is_said() -> None:
    (recipient,) = recipients(topics_seen(topic({"subscription": {}, "attributes": {}})))

    assert recipient["status"] == "unseen"
    assert (recipient["endpoint"], recipient["protocol"]) == ("", "")


@pytest.mark.parametrize(
    ("filter_policy", "scope", "status"),
    [
        ({}, None, "confirmed"),
        ({"severity": ["high"]}, None, "broken"),
        ({"severity": ["high"]}, "MessageAttributes", "broken"),
        ({"severity": [{"exists": True}]}, None, "broken"),
        ({"severity": [{"exists": False}]}, None, "unseen"),
        ({"severity": ["high", {"exists": False}]}, None, "unseen"),
        ({"severity": [{"exists": False}], "team": ["search"]}, None, "broken"),
        ({"$or": [{"severity": ["high"]}, {"team": [{"exists": False}]}]}, None, "unseen"),
        ({"severity": ["high"]}, "MessageBody", "unseen"),
        ({"severity": "high"}, None, "unseen"),
        (["severity"], None, "unseen"),
        (None, None, "unseen"),
        (5, None, "unseen"),
    ],
)
def test_a_filter_policy(filter_policy: object, scope: str | None, status: str) -> None:
    attributes = {"FilterPolicy": json.dumps(filter_policy)}
    if scope is not None:
        attributes["FilterPolicyScope"] = scope

    assert behind(topic(subscription(**attributes))) == status


@pytest.mark.parametrize("text", ["{", "[" * 100_000, '{"a":' * 5000, "\x00"])
def test_a_filter_policy_that_is_none(text: str) -> None:
    assert behind(topic(subscription(FilterPolicy=text))) == "unseen"


@pytest.mark.parametrize("level", [200, 500, 1000])
def test_a_filter_policy_may_be_deep(level: int) -> None:
    text = '{"a":' * level + '["b"]' + "}" * level

    assert behind(topic(subscription(FilterPolicy=text))) == "unseen"


class TestPublishing:
    """Whether the alert gets into the topic at all."""

    @pytest.mark.parametrize(
        ("text", "status"),
        [
            (DEFAULT_POLICY, "confirmed"),
            (policy(allow(CLOUDWATCH)), "confirmed"),
            (policy(), "broken"),
            (policy(allow(BUDGETS)), "broken"),
            (policy(allow(CLOUDWATCH), allow("*", Effect="Deny", Principal="*")), "broken"),
            (
                policy(
                    allow(
                        CLOUDWATCH,
                        Condition={"StringEquals": {"aws:SourceAccount": OTHER_ACCOUNT}},
                    )
                ),
                "broken",
            ),
            (
                policy(
                    allow(CLOUDWATCH),
                    allow(
                        "",
                        Effect="Deny",
                        Principal="*",
                        Condition={"Bool": {"aws:SecureTransport": "false"}},
                    ),
                ),
                "confirmed",
            ),
            (
                policy(
                    allow(CLOUDWATCH, Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}})
                ),
                "unseen",
            ),
            ("{", "unseen"),
            ("", "unseen"),
        ],
    )
    def test_its_policy_decides(self, text: str, status: str) -> None:
        assert behind(topic(subscription(), Policy=text)) == status

    def test_a_policy_that_was_not_answered_decides_nothing(self) -> None:
        record = topic(subscription())
        del record["attributes"]["Policy"]

        assert behind(record) == "unseen"

    def test_the_default_policy_lets_budgets_in_nowhere(self) -> None:
        (recipient,) = topic_recipients(
            TOPIC,
            publisher=BUDGETS,
            context={"aws:sourceaccount": ACCOUNT, "aws:sourceowner": None},
            snapshot=collected(topics_seen(topic(subscription()))),
        )

        assert recipient["status"] == "broken"
        assert recipient["reason"] == "the topic's policy shuts the alert out"

    @pytest.mark.parametrize(
        ("key", "status"),
        [
            ("", "confirmed"),
            ("alias/aws/sns", "broken"),
            (f"arn:aws:kms:{REGION}:{ACCOUNT}:alias/aws/sns", "broken"),
            ("alias/alerts", "unseen"),
            ("11111111-2222-3333-4444-555555555555", "unseen"),
        ],
    )
    def test_its_key_decides(self, key: str, status: str) -> None:
        assert behind(topic(subscription(), KmsMasterKeyId=key)) == status


class TestTopic:
    """Whether there is a topic, and what was seen of it."""

    def test_one_without_subscriptions_reaches_nobody(self) -> None:
        assert behind(topic()) == "broken"

    def test_one_that_does_not_exist(self) -> None:
        assert recipients(topics_seen()) == [
            {
                "via": TOPIC,
                "endpoint": "",
                "protocol": "sns",
                "status": "broken",
                "reason": "the topic does not exist",
            }
        ]

    def test_one_beyond_the_part_of_the_list_that_was_seen(self) -> None:
        assert statuses(topics_seen(gaps=[failure("sns:ListTopics")])) == ["unseen"]

    def test_one_of_a_place_that_was_not_collected(self) -> None:
        assert statuses(absent=True) == ["unseen"]
        assert statuses(arn=TOPIC.replace(ACCOUNT, OTHER_ACCOUNT)) == ["unseen"]
        assert statuses(arn=TOPIC.replace(REGION, "eu-north-1")) == ["unseen"]

    def test_one_of_the_same_arn_recorded_elsewhere_is_another(self) -> None:
        assert statuses(topics_seen(topic(subscription()), place=ELSEWHERE)) == ["broken"]

    @pytest.mark.parametrize("member", ["attributes", "subscriptions"])
    def test_one_that_was_seen_in_part(self, member: str) -> None:
        record = {**topic(subscription()), member: None}

        assert behind(record) == "unseen"

    @pytest.mark.parametrize("operation", ["sns:ListSubscriptionsByTopic", "sts:AssumeRole"])
    def test_subscriptions_beyond_the_pages_that_were_seen(self, operation: str) -> None:
        gaps = [failure(operation, TOPIC)]

        assert statuses(topics_seen(topic(), gaps=gaps)) == ["unseen"]
        assert statuses(topics_seen(topic(subscription()), gaps=gaps)) == ["confirmed", "unseen"]

    @pytest.mark.parametrize(
        "arn",
        [
            "",
            "arn:aws:sns",
            "alerts",
            ":::::",
            f"{TOPIC}:more",
            f"arn:aws:sqs:{REGION}:{ACCOUNT}:alerts",
            "arn:" * 10_000,
        ],
    )
    def test_what_is_no_topic(self, arn: str) -> None:
        assert topic_place(arn) is None
        assert statuses(arn=arn) == ["unseen"]

    def test_a_topic_of_another_partition(self) -> None:
        arn = f"arn:aws-us-gov:sns:{REGION}:{ACCOUNT}:alerts"
        record = topic(subscription(), arn=arn, Policy=policy(allow(CLOUDWATCH, resource=arn)))

        assert topic_place(arn) == Place(account=ACCOUNT, region=REGION)
        assert statuses(topics_seen(record), arn=arn) == ["confirmed"]
