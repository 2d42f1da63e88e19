"""
The flawless estate: the small company's AWS account as it should be.

Everything is made through AWS's own calls, at the times when it happened. Tests take
it as it is; `examples/flaws.py` turns it into the example that teaches.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import boto3

from examples import AS_OF
from examples.emulator import ACCOUNT, at, confirm_subscription, request_token
from examples.principals import ROTATION, build_principals

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

VIRGINIA, IRELAND = "us-east-1", "eu-west-1"
ON_CALL = "ai-on-call@example.com"
FUNCTION = ROTATION
DATABASE = "production/orders/database"


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One AI key as the estate holds it."""

    credential: str
    secret: str
    provider: str
    environment: str
    region: str
    rotation_days: int
    daily_usd: int | None


KEYS = (
    Key(
        credential="openai-production",
        secret="production/openai/api-key",  # noqa: S106 - the secret's name
        provider="openai",
        environment="production",
        region=VIRGINIA,
        rotation_days=60,
        daily_usd=500,
    ),
    Key(
        credential="openai-development",
        secret="development/openai/api-key",  # noqa: S106
        provider="openai",
        environment="development",
        region=VIRGINIA,
        rotation_days=21,
        daily_usd=50,
    ),
    Key(
        credential="anthropic-production",
        secret="production/anthropic/api-key",  # noqa: S106
        provider="anthropic",
        environment="production",
        region=IRELAND,
        rotation_days=60,
        daily_usd=500,
    ),
    Key(
        credential="pinecone-production",
        secret="production/pinecone/api-key",  # noqa: S106
        provider="pinecone",
        environment="production",
        region=VIRGINIA,
        rotation_days=60,
        daily_usd=None,
    ),
)


def build_estate() -> None:
    """Make the flawless estate; call it inside `emulated_aws()`."""
    with at(AS_OF - timedelta(days=200)):
        build_principals()
        for region in (VIRGINIA, IRELAND):
            customer_key = _customer_key(region)
            _rotation_function(region)
            _topic(region)
            for key in KEYS:
                if key.region == region:
                    _secret(key, customer_key)
                    _alarm(key)
        _database_secret()
    for key in KEYS:
        for age in (2 * key.rotation_days + 10, key.rotation_days + 10, 10):
            with at(AS_OF - timedelta(days=age)):
                rotate(key)


def client(service: Any, region: str) -> Any:  # noqa: ANN401 - boto3's overloads need the name
    """A client of the emulated account."""
    return boto3.client(service, region_name=region)


def function_arn(region: str) -> str:
    """The rotation function of a region."""
    return f"arn:aws:lambda:{region}:{ACCOUNT}:function:{FUNCTION}"


def topic_arn(region: str) -> str:
    """The topic of a region that tells the people on call."""
    return f"arn:aws:sns:{region}:{ACCOUNT}:ai-spend"


def rotate(key: Key) -> None:
    """Let Secrets Manager rotate one key now, and on schedule from now on."""
    secrets: SecretsManagerClient = client("secretsmanager", key.region)
    secrets.rotate_secret(
        SecretId=key.secret,
        ClientRequestToken=request_token(key.secret),
        RotationLambdaARN=function_arn(key.region),
        RotationRules={"ScheduleExpression": f"rate({key.rotation_days} days)"},
    )


def _secret(key: Key, customer_key: str) -> None:
    secrets: SecretsManagerClient = client("secretsmanager", key.region)
    secrets.create_secret(
        Name=key.secret,
        ClientRequestToken=request_token(key.secret),
        Description=f"Key of {key.provider} for {key.environment}",
        KmsKeyId=customer_key,
        SecretString="an emulated value, never read",
        Tags=[
            {"Key": "keyproof:credential", "Value": key.credential},
            {"Key": "environment", "Value": key.environment},
        ],
    )


def _database_secret() -> None:
    """A secret that has nothing to do with AI; the inventory says so."""
    secrets: SecretsManagerClient = client("secretsmanager", VIRGINIA)
    secrets.create_secret(
        Name=DATABASE,
        ClientRequestToken=request_token(DATABASE),
        Description="Password of the order database",
        SecretString="an emulated value, never read",
    )


def _customer_key(region: str) -> str:
    kms: KMSClient = client("kms", region)
    key_id = kms.create_key(Description="AI keys", KeyUsage="ENCRYPT_DECRYPT")["KeyMetadata"][
        "KeyId"
    ]
    kms.create_alias(AliasName="alias/ai-keys", TargetKeyId=key_id)
    kms.enable_key_rotation(KeyId=key_id)
    return f"arn:aws:kms:{region}:{ACCOUNT}:key/{key_id}"


def _rotation_function(region: str) -> None:
    functions: LambdaClient = client("lambda", region)
    functions.create_function(
        FunctionName=FUNCTION,
        Runtime="python3.13",
        Role=f"arn:aws:iam::{ACCOUNT}:role/{ROTATION}",
        Handler="rotate.handler",
        Code={"ZipFile": b"an emulated archive, never run"},
    )
    functions.add_permission(
        FunctionName=FUNCTION,
        StatementId="secrets-manager",
        Action="lambda:InvokeFunction",
        Principal="secretsmanager.amazonaws.com",
        SourceAccount=ACCOUNT,
    )


def _topic(region: str) -> None:
    sns = client("sns", region)
    topic = sns.create_topic(Name="ai-spend")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=ON_CALL)
    confirm_subscription(topic, ON_CALL)


def _alarm(key: Key) -> None:
    """An alarm on the daily spend that the company's own job publishes for each key."""
    if key.daily_usd is None:
        return
    client("cloudwatch", key.region).put_metric_alarm(
        AlarmName=f"ai-spend-{key.credential}",
        Namespace="ExampleCompany/AI",
        MetricName="SpendSinceMidnight",
        Dimensions=[
            {"Name": "Provider", "Value": key.provider},
            {"Name": "Environment", "Value": key.environment},
        ],
        Statistic="Maximum",
        Period=300,
        EvaluationPeriods=1,
        Threshold=float(key.daily_usd),
        ComparisonOperator="GreaterThanOrEqualToThreshold",
        ActionsEnabled=True,
        AlarmActions=[topic_arn(key.region)],
    )
