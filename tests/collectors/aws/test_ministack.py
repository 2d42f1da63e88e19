"""What MiniStack knows and moto does not: rotation schedules, composite alarms, subscribers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.session import Session

from collectors.aws.accounts import AwsAccount
from collectors.aws.collection import collect
from keyproof import documents
from tests.collectors.emulator import TRUST
from tests.collectors.estates import archive

if TYPE_CHECKING:
    from pathlib import Path

    from keyproof.documents import Json

ACCOUNT = "444455556666"
REGION = "eu-west-1"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
SUBSCRIBER = {"SubscriptionType": "SNS", "Address": f"arn:aws:sns:{REGION}:{ACCOUNT}:alerts"}


@pytest.fixture
def filled(ministack_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """MiniStack takes an access key of twelve digits for the account's number."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", ministack_url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCOUNT)
    role = _client("iam").create_role(RoleName="rotation", AssumeRolePolicyDocument=TRUST)
    function = _client("lambda").create_function(
        FunctionName="rotate",
        Runtime="python3.12",
        Role=role["Role"]["Arn"],
        Handler="rotate.handler",
        Code={"ZipFile": archive()},
    )["FunctionArn"]
    secrets = _client("secretsmanager")
    secret = secrets.create_secret(Name="openai/production", SecretString="never read")["ARN"]
    secrets.rotate_secret(
        SecretId=secret,
        RotationLambdaARN=function,
        RotationRules={"ScheduleExpression": "cron(0 8 1 * ? *)", "Duration": "3h"},
        RotateImmediately=False,
    )
    alarms = _client("cloudwatch")
    alarms.put_metric_alarm(
        AlarmName="spend",
        Namespace="ai",
        MetricName="spend",
        Statistic="Maximum",
        Period=3600,
        EvaluationPeriods=1,
        Threshold=500,
        ComparisonOperator="GreaterThanThreshold",
    )
    alarms.put_composite_alarm(AlarmName="any", AlarmRule='ALARM("spend")')
    _client("budgets").create_budget(
        AccountId=ACCOUNT,
        Budget={
            "BudgetName": "bedrock",
            "BudgetLimit": {"Amount": "500", "Unit": "USD"},
            "TimeUnit": "DAILY",
            "BudgetType": "COST",
        },
        NotificationsWithSubscribers=[
            {
                "Notification": {
                    "NotificationType": "ACTUAL",
                    "ComparisonOperator": "GREATER_THAN",
                    "Threshold": 100,
                    "ThresholdType": "PERCENTAGE",
                },
                "Subscribers": [SUBSCRIBER],
            }
        ],
    )


def _client(service: str) -> Any:
    return Session().create_client(service, region_name=REGION)


@pytest.mark.usefixtures("filled")
def test_ministack_is_collected(tmp_path: Path) -> None:
    coverage = collect(
        [AwsAccount(id=ACCOUNT, regions=(REGION,))],
        tmp_path,
        as_of=NOON,
        clock=lambda: NOON,
        organisation="Example",
        max_attempts=1,
    )

    seen: dict[str, Json] = {
        entry["source"]: documents.read(tmp_path / entry["file"], "snapshot")["records"]
        for entry in coverage["snapshots"]
    }
    (secret,) = seen["secrets_manager"]["secrets"]
    assert secret["description"]["RotationRules"] == {
        "ScheduleExpression": "cron(0 8 1 * ? *)",
        "Duration": "3h",
    }
    assert all("CreatedDate" in version for version in secret["versions"])
    assert [alarm["AlarmName"] for alarm in seen["cloudwatch"]["composite_alarms"]] == ["any"]
    (budget,) = seen["budgets"]["budgets"]
    (notification,) = budget["notifications"]
    assert notification["notification"]["NotificationState"] == "OK"
    assert notification["subscribers"] == [SUBSCRIBER]
    assert seen["lambda"]["functions"][0]["exists"] is True
    # MiniStack knows neither ListResourcePolicies nor Identity Center; nothing is assumed in
    # their place.
    (policies,) = seen["resource_policies"]["secrets"]
    assert policies["resource_policies"] == [{"name": None, "policy": None}]
    gaps = [gap for entry in coverage["snapshots"] for gap in entry["gaps"]]
    assert [(gap["operation"], gap["code"]) for gap in gaps] == [
        ("sso-admin:ListInstances", "400"),
        ("secretsmanager:ListResourcePolicies", "InvalidRequestException"),
    ]
