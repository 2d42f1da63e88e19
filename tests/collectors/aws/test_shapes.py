from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.session import Session

from collectors.aws.shapes import conforms

if TYPE_CHECKING:
    from botocore.model import Shape

MODELS = Session()


def _answers(operation: str) -> Shape | None:
    service, name = operation.split(":")
    return MODELS.get_service_model(service).operation_model(name).output_shape


DESCRIBE_SECRET = "secretsmanager:DescribeSecret"
CASES: list[tuple[str, dict[str, Any], bool]] = [
    (DESCRIBE_SECRET, {}, True),
    (DESCRIBE_SECRET, {"ARN": "arn", "SomethingNew": b"x"}, True),
    (DESCRIBE_SECRET, {"ARN": 1}, False),
    (DESCRIBE_SECRET, {"ARN": None}, False),
    (DESCRIBE_SECRET, {"RotationEnabled": True}, True),
    (DESCRIBE_SECRET, {"RotationEnabled": "true"}, False),
    (DESCRIBE_SECRET, {"RotationEnabled": 1}, False),
    (DESCRIBE_SECRET, {"CreatedDate": "2026-11-23T12:00:00Z"}, True),
    (DESCRIBE_SECRET, {"CreatedDate": 1}, False),
    (DESCRIBE_SECRET, {"RotationRules": {"AutomaticallyAfterDays": 30}}, True),
    (DESCRIBE_SECRET, {"RotationRules": {"AutomaticallyAfterDays": True}}, False),
    (DESCRIBE_SECRET, {"RotationRules": {"AutomaticallyAfterDays": 30.5}}, False),
    (DESCRIBE_SECRET, {"RotationRules": []}, False),
    (DESCRIBE_SECRET, {"Tags": [{"Key": "a", "Value": "b"}]}, True),
    (DESCRIBE_SECRET, {"Tags": [{"Key": "a", "Value": ["b"]}]}, False),
    (DESCRIBE_SECRET, {"Tags": {"Key": "a"}}, False),
    (DESCRIBE_SECRET, {"VersionIdsToStages": {"v": ["AWSCURRENT"]}}, True),
    (DESCRIBE_SECRET, {"VersionIdsToStages": {"v": "AWSCURRENT"}}, False),
    (DESCRIBE_SECRET, {"VersionIdsToStages": []}, False),
    ("secretsmanager:ListSecrets", {"SecretList": [None]}, False),
    ("cloudwatch:DescribeAlarms", {"MetricAlarms": [{"Threshold": 500}]}, True),
    ("cloudwatch:DescribeAlarms", {"MetricAlarms": [{"Threshold": "500"}]}, False),
    ("secretsmanager:GetSecretValue", {"SecretBinary": "x"}, False),
]


@pytest.mark.parametrize(("operation", "answer", "expected"), CASES)
def test_an_answer_is_held_against_the_model(
    operation: str, answer: dict[str, Any], *, expected: bool
) -> None:
    assert conforms(answer, _answers(operation)) is expected


@pytest.mark.parametrize(
    ("policy", "expected"), [({"Version": "2012-10-17"}, True), ("%7B", False)]
)
def test_a_policy_of_iam_is_decoded(policy: object, *, expected: bool) -> None:
    roles = [{"RoleName": "r", "AssumeRolePolicyDocument": policy}]
    answer = {"RoleDetailList": roles}

    assert conforms(answer, _answers("iam:GetAccountAuthorizationDetails")) is expected


def test_an_operation_without_an_answer_conforms_to_nothing() -> None:
    assert not conforms({}, None)
