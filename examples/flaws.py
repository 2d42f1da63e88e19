"""The three flaws of the example: each is common, and each hides from a quick look."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from examples import AS_OF
from examples.emulator import at, request_token
from examples.estate import IRELAND, KEYS, ON_CALL, VIRGINIA, client, topic_arn

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

TRIAL = "trial/cohere/api-key"
NEWCOMER = "ai-costs@example.com"


def add_flaws() -> None:
    """Turn the flawless estate into the example company's; call it after `build_estate()`."""
    _let_a_key_grow_old()
    _leave_a_subscription_unconfirmed()
    _store_a_key_that_nobody_declared()


def _let_a_key_grow_old() -> None:
    """
    Somebody turned rotation off after setting the key by hand, 45 days ago.

    A tag edited last week moved `LastChangedDate`, which proves nothing.
    """
    key = next(key for key in KEYS if key.credential == "openai-development")
    secrets: SecretsManagerClient = client("secretsmanager", key.region)
    secrets.delete_secret(SecretId=key.secret, ForceDeleteWithoutRecovery=True)
    with at(AS_OF - timedelta(days=45)):
        secrets.create_secret(
            Name=key.secret,
            ClientRequestToken=request_token(key.secret),
            Description=f"Key of {key.provider} for {key.environment}",
            SecretString="an emulated value, never read",
            Tags=[{"Key": "keyproof:credential", "Value": key.credential}],
        )
    with at(AS_OF - timedelta(days=7)):
        secrets.tag_resource(SecretId=key.secret, Tags=[{"Key": "team", "Value": "research"}])


def _leave_a_subscription_unconfirmed() -> None:
    """The alarm fires, the topic publishes, and the new address never followed the link."""
    sns = client("sns", IRELAND)
    topic = topic_arn(IRELAND)
    for subscription in sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]:
        if subscription["Endpoint"] == ON_CALL:
            sns.unsubscribe(SubscriptionArn=subscription["SubscriptionArn"])
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=NEWCOMER)


def _store_a_key_that_nobody_declared() -> None:
    """A trial that stayed: no entry, no owner, no schedule, no threshold."""
    secrets: SecretsManagerClient = client("secretsmanager", VIRGINIA)
    with at(AS_OF - timedelta(days=120)):
        secrets.create_secret(
            Name=TRIAL,
            ClientRequestToken=request_token(TRIAL),
            Description="Reranking trial",
            SecretString="an emulated value, never read",
        )
