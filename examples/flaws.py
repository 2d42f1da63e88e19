"""The flaws of the example: each is common, and each hides from a quick look."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from examples import AS_OF
from examples.emulator import ACCOUNT, at, request_token
from examples.estate import IRELAND, KEYS, ON_CALL, VIRGINIA, client, topic_arn
from examples.principals import DEPLOYMENT, DEVELOPERS, allow, reserved_role, trust

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

TRIAL = "trial/cohere/api-key"
NEWCOMER = "ai-costs@example.com"


def add_flaws() -> None:
    """Turn the flawless estate into the example company's; call it after `build_estate()`."""
    _let_a_key_grow_old()
    _leave_a_subscription_unconfirmed()
    _store_a_key_that_nobody_declared()
    _let_developers_become_the_pipeline()


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


def _let_developers_become_the_pipeline() -> None:
    """
    A build failed on a Friday, and somebody let developers in to look.

    No policy that speaks of secrets was touched. Support may mend the rotation function,
    which is a way round that the report shows.
    """
    iam = client("iam", VIRGINIA)
    with at(AS_OF - timedelta(days=17)):
        _change_access(iam)


def _change_access(iam: IAMClient) -> None:
    trust(iam, DEPLOYMENT, {"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    pipeline = f"arn:aws:iam::{ACCOUNT}:role/{DEPLOYMENT}"
    allow(iam, reserved_role(DEVELOPERS), "look-at-builds", "sts:AssumeRole", pipeline)
    iam.create_role(RoleName="support", AssumeRolePolicyDocument=_trusted_by("ops"))
    functions = f"arn:aws:lambda:*:{ACCOUNT}:function:*"
    allow(iam, "support", "mend-functions", "lambda:UpdateFunctionCode", functions)


def _trusted_by(user: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/{user}"},
        "Action": "sts:AssumeRole",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})
