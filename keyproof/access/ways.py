"""
The ways round: how somebody who may not read a secret can make it possible.

Each needs rights that are no right to read. They are told apart from reading, since
control SEC-004 speaks of direct access.
https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from keyproof.access.extents import Extent, Truth

if TYPE_CHECKING:
    from collections.abc import Mapping

    from keyproof.access.evaluation import Question
    from keyproof.access.principals import Principal

Kind: TypeAlias = Literal[
    "direct",
    "role_chain",
    "web_identity",
    "saml",
    "pass_role",
    "run_code",
    "write_policy",
    "write_trust",
    "write_resource_policy",
    "write_key_policy",
    "create_grant",
    "replicate",
    "new_credentials",
    "new_principal",
]

KINDS: Mapping[Kind, str] = {
    "direct": "may read it",
    "role_chain": "may assume a role that reads it",
    "web_identity": "is let into a role that reads it by a web identity provider",
    "saml": "is let into a role that reads it by a SAML provider",
    "pass_role": "may start a program with a role that reads it",
    "run_code": "may change or control a program whose role reads it",
    "write_policy": "may write policies that let it read",
    "write_trust": "may write the trust policy of a role that reads it",
    "write_resource_policy": "may write the secret's own policy",
    "write_key_policy": "may write the policy of the key",
    "create_grant": "may create a grant on the key",
    "replicate": "may replicate it to a region in which it may read it",
    "new_credentials": "may make credentials of a user who reads it",
    "new_principal": "may make a role or user that reads it",
}
"""Each way, in words that follow the principal's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """A service that runs programs under a role that is passed to it, and the rights to use it."""

    service: str
    actions: tuple[tuple[str, ...], ...]
    """One of each group is needed."""


LAUNCHES: tuple[Launch, ...] = (
    Launch(
        service="lambda.amazonaws.com",
        actions=(
            ("lambda:CreateFunction",),
            (
                "lambda:InvokeFunction",
                "lambda:AddPermission",
                "lambda:CreateEventSourceMapping",
                "lambda:CreateFunctionUrlConfig",
            ),
        ),
    ),
    Launch(service="lambda.amazonaws.com", actions=(("lambda:UpdateFunctionConfiguration",),)),
    Launch(service="ec2.amazonaws.com", actions=(("ec2:RunInstances",),)),
    Launch(
        service="ec2.amazonaws.com",
        actions=(("ec2:AssociateIamInstanceProfile", "ec2:ReplaceIamInstanceProfileAssociation"),),
    ),
    Launch(service="ecs-tasks.amazonaws.com", actions=(("ecs:RunTask", "ecs:StartTask"),)),
    Launch(
        service="ecs-tasks.amazonaws.com",
        actions=(
            ("ecs:RegisterTaskDefinition",),
            ("ecs:CreateService", "ecs:UpdateService"),
        ),
    ),
    Launch(
        service="ecs-tasks.amazonaws.com",
        actions=(("batch:RegisterJobDefinition",), ("batch:SubmitJob",)),
    ),
    Launch(
        service="codebuild.amazonaws.com",
        actions=(
            ("codebuild:CreateProject", "codebuild:UpdateProject"),
            ("codebuild:StartBuild", "codebuild:StartBuildBatch"),
        ),
    ),
    Launch(
        service="cloudformation.amazonaws.com",
        actions=(
            (
                "cloudformation:CreateStack",
                "cloudformation:UpdateStack",
                "cloudformation:CreateChangeSet",
            ),
        ),
    ),
    Launch(
        service="glue.amazonaws.com",
        actions=(
            ("glue:CreateJob", "glue:UpdateJob"),
            ("glue:StartJobRun", "glue:CreateTrigger"),
        ),
    ),
    Launch(
        service="sagemaker.amazonaws.com",
        actions=(
            (
                "sagemaker:CreateNotebookInstance",
                "sagemaker:CreateTrainingJob",
                "sagemaker:CreateProcessingJob",
            ),
        ),
    ),
    Launch(
        service="states.amazonaws.com",
        actions=(
            ("states:CreateStateMachine", "states:UpdateStateMachine"),
            ("states:StartExecution", "states:StartSyncExecution"),
        ),
    ),
    Launch(service="ssm.amazonaws.com", actions=(("ssm:StartAutomationExecution",),)),
    Launch(
        service="tasks.apprunner.amazonaws.com",
        actions=(("apprunner:CreateService", "apprunner:UpdateService"),),
    ),
)

WRITE_USER = ("iam:PutUserPolicy", "iam:AttachUserPolicy")
UNBIND_USER = ("iam:DeleteUserPermissionsBoundary", "iam:PutUserPermissionsBoundary")
UNBIND_ROLE = ("iam:DeleteRolePermissionsBoundary", "iam:PutRolePermissionsBoundary")
WRITE_ROLE = ("iam:PutRolePolicy", "iam:AttachRolePolicy")
WRITE_GROUP = ("iam:PutGroupPolicy", "iam:AttachGroupPolicy")
WRITE_MANAGED = ("iam:CreatePolicyVersion",)
CHOOSE_VERSION = ("iam:SetDefaultPolicyVersion",)
JOIN_GROUP = "iam:AddUserToGroup"
WRITE_TRUST = "iam:UpdateAssumeRolePolicy"
NEW_ROLE: tuple[tuple[str, ...], ...] = (("iam:CreateRole",), WRITE_ROLE)
NEW_USER: tuple[tuple[str, ...], ...] = (
    ("iam:CreateUser",),
    WRITE_USER,
    ("iam:CreateAccessKey", "iam:CreateLoginProfile"),
)
"""What it takes to make a role or user that may do anything: one right of each group."""
NEW_CREDENTIALS = ("iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile")
WRITE_SECRET = "secretsmanager:PutResourcePolicy"  # noqa: S105 - an action
UNGUARD_SECRET = "secretsmanager:DeleteResourcePolicy"  # noqa: S105 - an action
"""Without a policy of its own a secret denies nothing, and is read by identity policies alone."""
WRITE_KEY = "kms:PutKeyPolicy"
CREATE_GRANT = "kms:CreateGrant"
REPLICATE = "secretsmanager:ReplicateSecretToRegions"
PASS_ROLE = "iam:PassRole"  # noqa: S105 - an action
CHANGE_FUNCTION = ("lambda:UpdateFunctionCode", "lambda:UpdateFunctionConfiguration")
"""New code, or a layer and a handler in it: each runs under the role that the function has."""
START_BUILD = ("codebuild:StartBuild", "codebuild:StartBuildBatch")
COMMAND_INSTANCE = ("ssm:SendCommand", "ssm:StartSession")
COMMAND_TASK = ("ecs:ExecuteCommand",)


ACTIONS = frozenset(
    action.lower()
    for action in (
        *(action for launch in LAUNCHES for group in launch.actions for action in group),
        *(action for group in (*NEW_ROLE, *NEW_USER) for action in group),
        *(*WRITE_USER, *WRITE_ROLE, *WRITE_GROUP, *WRITE_MANAGED, *CHOOSE_VERSION, JOIN_GROUP),
        *(*UNBIND_USER, *UNBIND_ROLE, WRITE_TRUST, *NEW_CREDENTIALS, PASS_ROLE),
        *(*CHANGE_FUNCTION, *START_BUILD, *COMMAND_INSTANCE, *COMMAND_TASK),
    )
)
"""The actions, in lower case, that a principal's own policies must allow for a way round."""


@dataclass(frozen=True, slots=True)
class Right:
    """
    A right that a way needs: the question it answers, and the resource it is about.

    `holder` has it where the principal itself has not: a service that a role must trust.
    """

    question: Question
    index: int
    holder: Principal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """
    What a principal gains by one way, and the rights that it takes.

    `to` is what the way goes through: a role, a function, a policy; `reads_as` the principal
    that reads in the end, where that is another one.
    """

    kind: Kind
    secrets: Extent
    rights: tuple[Right, ...]
    to: str
    reads_as: Principal | None = None


def scaled(truth: Truth, found: Extent) -> Extent:
    """What is reached by a step that may be in doubt."""
    if truth is Truth.YES:
        return found
    return found.doubted() if truth is Truth.MAYBE else Extent(0, 0)
