"""What is put into an emulated account for the collectors that effective access needs."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.iam.models import AWSManagedPolicy, IAMBackend, iam_backends

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pytest

Client = Any
"""A client of botocore that may do anything; which, its service says."""

ACCOUNT = DEFAULT_ACCOUNT_ID
MARKER = "an-environment-variable-that-is-never-kept"
REFERENCE = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:openai/production-AbCdEf"
AWS_POLICY = "SecretsManagerReadWrite"
AWS_POLICY_ARN = f"arn:aws:iam::aws:policy/{AWS_POLICY}"
TYPES = ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY")


def archive() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as files:
        files.writestr("rotate.py", "")
    return content.getvalue()


def document(action: str, *, effect: str = "Deny", **more: object) -> str:
    statement = {"Effect": effect, "Action": action, "Resource": "*", **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def add_organization(client: Callable[[str], Client]) -> dict[str, str]:
    """
    Make the account the management account of a tree of three levels below its root.

    Each level has an account in it and a policy on it, and so has the last account. Gives
    the ids by name: `root`, `unit-1` to `unit-3`, `account-0` to `account-3` by their
    level, and each policy by the name of what it is attached to.
    """
    organizations = client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    ids = {"root": organizations.list_roots()["Roots"][0]["Id"]}
    for each in TYPES:
        organizations.enable_policy_type(RootId=ids["root"], PolicyType=each)
    parent = ids["root"]
    for level in range(4):
        if level:
            made = organizations.create_organizational_unit(ParentId=parent, Name=f"unit-{level}")
            parent = ids[f"unit-{level}"] = made["OrganizationalUnit"]["Id"]
        name = f"account-{level}"
        account = organizations.create_account(Email=f"{name}@example.com", AccountName=name)
        ids[name] = account["CreateAccountStatus"]["AccountId"]
        if level:
            organizations.move_account(
                AccountId=ids[name], SourceParentId=ids["root"], DestinationParentId=parent
            )
    targets = ("root", "unit-1", "unit-2", "unit-3", "account-3")
    for number, target in enumerate(targets):
        policy = organizations.create_policy(
            Name=f"policy-{target}",
            Description="a guard",
            Content=document(f"service:Level{number}", Principal="*"),
            Type=TYPES[number % 2],
        )["Policy"]["PolicySummary"]["Id"]
        organizations.attach_policy(PolicyId=policy, TargetId=ids[target])
        ids[f"policy-{target}"] = policy
    return ids


def add_compute(client: Callable[[str], Client], role: str) -> dict[str, str]:
    """Add one of everything that runs code as `role`, each with `MARKER` in its environment."""
    function = client("lambda").create_function(
        FunctionName="workload",
        Runtime="python3.12",
        Role=role,
        Handler="workload.handler",
        Code={"ZipFile": archive()},
        Environment={"Variables": {"API_KEY": MARKER}},
    )["FunctionArn"]
    container = {
        "name": "web",
        "image": "web",
        "memory": 128,
        "command": ["serve", MARKER],
        "environment": [{"name": "API_KEY", "value": MARKER}],
        "secrets": [{"name": "OPENAI_API_KEY", "valueFrom": REFERENCE}],
    }
    for _ in range(2):
        task = client("ecs").register_task_definition(
            family="web",
            containerDefinitions=[container],
            taskRoleArn=role,
            executionRoleArn=role,
        )["taskDefinition"]["taskDefinitionArn"]
    project = client("codebuild").create_project(
        name="build",
        source={"type": "S3", "location": "bucket/source"},
        artifacts={"type": "NO_ARTIFACTS"},
        serviceRole=role,
        environment={
            "type": "LINUX_CONTAINER",
            "image": "build",
            "computeType": "BUILD_GENERAL1_SMALL",
            "environmentVariables": [
                {"name": "API_KEY", "value": MARKER},
                {"name": "PLAIN", "value": MARKER, "type": "PLAINTEXT"},
                {"name": "OPENAI_API_KEY", "value": REFERENCE, "type": "SECRETS_MANAGER"},
            ],
        },
    )["project"]["arn"]
    iam = client("iam")
    profile = iam.create_instance_profile(InstanceProfileName="machine")["InstanceProfile"]["Arn"]
    iam.add_role_to_instance_profile(
        InstanceProfileName="machine", RoleName=role.rpartition("/")[2]
    )
    ec2 = client("ec2")
    image = ec2.register_image(Name="image")["ImageId"]
    machine = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, UserData=MARKER)
    ec2.associate_iam_instance_profile(
        InstanceId=machine["Instances"][0]["InstanceId"], IamInstanceProfile={"Name": "machine"}
    )
    return {
        "function": function,
        "task": task,
        "project": project,
        "profile": profile,
        "machine": machine["Instances"][0]["InstanceId"],
    }


def add_identity_center(client: Callable[[str], Client], account: str = ACCOUNT) -> dict[str, str]:
    """Assign a permission set to a group with a user in it, and to a user without a group."""
    sso, store = client("sso-admin"), client("identitystore")
    (instance,) = sso.list_instances()["Instances"]
    in_store = {"IdentityStoreId": instance["IdentityStoreId"]}
    group = store.create_group(**in_store, DisplayName="Platform")["GroupId"]
    ids = {"instance": instance["InstanceArn"], **in_store, "group": group}
    for name in ("ada", "grace"):
        ids[name] = store.create_user(
            **in_store,
            UserName=name,
            DisplayName=name.title(),
            Name={"GivenName": name, "FamilyName": "Example"},
            Emails=[{"Value": f"{name}@example.com"}],
        )["UserId"]
    store.create_group_membership(**in_store, GroupId=group, MemberId={"UserId": ids["ada"]})
    of_set = {
        "InstanceArn": instance["InstanceArn"],
        "PermissionSetArn": sso.create_permission_set(
            Name="Operators", InstanceArn=instance["InstanceArn"], SessionDuration="PT1H"
        )["PermissionSet"]["PermissionSetArn"],
    }
    target = {"TargetId": account, "TargetType": "AWS_ACCOUNT"}
    for kind, principal in (("GROUP", group), ("USER", ids["grace"])):
        sso.create_account_assignment(**of_set, **target, PrincipalType=kind, PrincipalId=principal)
    sso.provision_permission_set(**of_set, **target)
    return {**ids, "set": of_set["PermissionSetArn"]}


def attach_aws_policy(client: Callable[[str], Client], role: str) -> None:
    """Attach a policy of AWS's own to a role; moto has none unless it is told."""
    iam_backends[ACCOUNT]["aws"].managed_policies[AWS_POLICY_ARN] = AWSManagedPolicy.from_data(
        AWS_POLICY,
        account_id=ACCOUNT,
        region_name="aws",
        data={
            "DefaultVersionId": "v1",
            "Path": "/",
            "Document": json.loads(document("secretsmanager:*", effect="Allow")),
            "CreateDate": "2018-04-04T18:05:29+00:00",
            "UpdateDate": "2024-02-22T17:02:49+00:00",
        },
    )
    client("iam").attach_role_policy(RoleName=role, PolicyArn=AWS_POLICY_ARN)


def leave_out_aws_policies(patch: pytest.MonkeyPatch) -> None:
    """Let moto's authorization details not hold the policies that AWS manages."""
    whole = IAMBackend.get_account_authorization_details

    def details(self: IAMBackend, policy_filter: list[str]) -> Mapping[str, Any]:
        found = whole(self, policy_filter)
        own = [
            policy
            for policy in found["managed_policies"]
            if not isinstance(policy, AWSManagedPolicy)
        ]
        return {**found, "managed_policies": own}

    patch.setattr(IAMBackend, "get_account_authorization_details", details)
