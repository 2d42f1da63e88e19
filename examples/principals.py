"""Who works in the small company's AWS account: its services, its pipeline and its people."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import boto3

from examples.emulator import ACCOUNT, enable_identity_center

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_iam import IAMClient

ROTATION = "rotate-ai-key"
DEPLOYMENT = "deployment"
LEADS, DEVELOPERS = "EngineeringLead", "Developer"
EMERGENCY = "break-glass"

_HOME = "us-east-1"
_IDENTITY_CENTER_REGION = "eu-west-1"
_SERVICES: Mapping[str, str] = {
    "chat": "production/openai/api-key-??????",
    "research": "production/anthropic/api-key-??????",
    "search": "production/pinecone/api-key-??????",
}
"""What each service reads: its own key, and no other."""

_HASHES: Mapping[str, str] = {LEADS: "0123456789abcdef", DEVELOPERS: "fedcba9876543210"}
"""Identity Center ends a role's name with one, and makes another whenever it likes."""


def reserved_role(permission_set: str) -> str:
    """The name of the role that Identity Center made for a permission set."""
    return f"AWSReservedSSO_{permission_set}_{_HASHES[permission_set]}"


def build_principals() -> None:
    """Make everybody; call it inside `emulated_aws()`."""
    iam: IAMClient = boto3.client("iam", region_name=_HOME)
    role(iam, ROTATION, trust=_service("lambda.amazonaws.com"), policy=_rotation())
    role(iam, DEPLOYMENT, trust=_pipeline(), policy=reading("production/*"))
    for name, secret in _SERVICES.items():
        role(
            iam,
            name,
            path="/service/",
            trust=_service("ecs-tasks.amazonaws.com"),
            policy=reading(secret),
        )
    from_office = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    for name, secret, condition in (
        (LEADS, "production/*", from_office),
        (DEVELOPERS, "development/*", {}),
    ):
        role(
            iam,
            reserved_role(name),
            path=f"/aws-reserved/sso.amazonaws.com/{_IDENTITY_CENTER_REGION}/",
            trust=_identity_center(),
            policy=reading(secret, condition),
        )
    _emergency_user(iam)
    _assign_permission_sets()


def role(
    iam: IAMClient, name: str, *, trust: dict[str, Any], policy: dict[str, Any], path: str = "/"
) -> str:
    """Make a role with one inline policy; gives its ARN."""
    made = iam.create_role(
        RoleName=name, Path=path, AssumeRolePolicyDocument=json.dumps(_document(trust))
    )["Role"]
    iam.put_role_policy(
        RoleName=name, PolicyName="secrets", PolicyDocument=json.dumps(policy, sort_keys=True)
    )
    return made["Arn"]


def allow(iam: IAMClient, role_name: str, policy: str, action: str, resource: str) -> None:
    """Add one more right to a role, as an inline policy of its own."""
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    iam.put_role_policy(
        RoleName=role_name, PolicyName=policy, PolicyDocument=json.dumps(_document(statement))
    )


def trust(iam: IAMClient, role_name: str, principal: dict[str, str]) -> None:
    """Add somebody to those who may assume a role."""
    document: Any = iam.get_role(RoleName=role_name)["Role"]["AssumeRolePolicyDocument"]
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    document["Statement"].append(statement)
    iam.update_assume_role_policy(RoleName=role_name, PolicyDocument=json.dumps(document))


def reading(secrets: str, condition: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A policy that lets its holder read secrets of these names, through Secrets Manager alone."""
    statement: dict[str, Any] = {
        "Sid": "ReadKeys",
        "Effect": "Allow",
        "Action": "secretsmanager:GetSecretValue",
        "Resource": f"arn:aws:secretsmanager:*:{ACCOUNT}:secret:{secrets}",
    }
    if condition:
        statement["Condition"] = dict(condition)
    return _document(statement, _decrypting("kms:Decrypt"))


def _rotation() -> dict[str, Any]:
    return _document(
        {
            "Sid": "ReplaceKeys",
            "Effect": "Allow",
            "Action": [
                "secretsmanager:DescribeSecret",
                "secretsmanager:GetSecretValue",
                "secretsmanager:PutSecretValue",
                "secretsmanager:UpdateSecretVersionStage",
            ],
            "Resource": f"arn:aws:secretsmanager:*:{ACCOUNT}:secret:*",
        },
        _decrypting("kms:Decrypt", "kms:GenerateDataKey"),
    )


def _decrypting(*actions: str) -> dict[str, Any]:
    return {
        "Sid": "UseKeyThroughSecretsManager",
        "Effect": "Allow",
        "Action": list(actions),
        "Resource": f"arn:aws:kms:*:{ACCOUNT}:key/*",
        "Condition": {"StringLike": {"kms:ViaService": "secretsmanager.*.amazonaws.com"}},
    }


def _service(name: str) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": {"Service": name}, "Action": "sts:AssumeRole"}


def _pipeline() -> dict[str, Any]:
    """Only builds of the main branch of one repository."""
    issuer = "token.actions.githubusercontent.com"
    return {
        "Effect": "Allow",
        "Principal": {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer}"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {
                f"{issuer}:aud": "sts.amazonaws.com",
                f"{issuer}:sub": "repo:example-company/platform:ref:refs/heads/main",
            }
        },
    }


def _identity_center() -> dict[str, Any]:
    provider = f"arn:aws:iam::{ACCOUNT}:saml-provider/AWSSSO_0123456789abcdef_DO_NOT_DELETE"
    return {
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": ["sts:AssumeRoleWithSAML", "sts:TagSession"],
        "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
    }


def _emergency_user(iam: IAMClient) -> None:
    """A user whose password lies in a safe, and who needs a second factor."""
    iam.create_user(UserName=EMERGENCY)
    iam.create_group(GroupName="emergency")
    iam.add_user_to_group(GroupName="emergency", UserName=EMERGENCY)
    factor = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    iam.put_group_policy(
        GroupName="emergency",
        PolicyName="secrets",
        PolicyDocument=json.dumps(reading("*", factor), sort_keys=True),
    )


def _assign_permission_sets() -> None:
    """Tell Identity Center who may become which of its roles."""
    enable_identity_center(_IDENTITY_CENTER_REGION)
    center = boto3.client("sso-admin", region_name=_IDENTITY_CENTER_REGION)
    people = boto3.client("identitystore", region_name=_IDENTITY_CENTER_REGION)
    instance = center.list_instances()["Instances"][0]
    for name, group in ((LEADS, "Engineering leads"), (DEVELOPERS, "Developers")):
        created = people.create_group(
            IdentityStoreId=instance["IdentityStoreId"], DisplayName=group
        )
        permission_set = center.create_permission_set(
            InstanceArn=instance["InstanceArn"],
            Name=name,
            Description=f"Permissions of {group.lower()}",
            SessionDuration="PT1H",
            RelayState="https://console.aws.amazon.com/",
        )["PermissionSet"]["PermissionSetArn"]
        center.create_account_assignment(
            InstanceArn=instance["InstanceArn"],
            TargetId=ACCOUNT,
            TargetType="AWS_ACCOUNT",
            PermissionSetArn=permission_set,
            PrincipalType="GROUP",
            PrincipalId=created["GroupId"],
        )


def _document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}
