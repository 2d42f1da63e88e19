"""The policies of the synthetic estate of principals and secrets, as people write them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keyproof import documents

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from keyproof.documents import Json

READ = ("secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret")
ORGANIZATION = "o-exampleorg1"


def policy(*statements: Json) -> Json:
    """A policy document of these statements."""
    return {"Version": "2012-10-17", "Statement": list(statements)}


def text(document: Json) -> str:
    """Policies of resources come as text."""
    return documents.encode(document).decode()


def allow(action: str | Sequence[str], resource: str | Sequence[str] = "*", **more: object) -> Json:
    """A statement that allows."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: str | Sequence[str], resource: str | Sequence[str] = "*", **more: object) -> Json:
    """A statement that denies."""
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


def root(account: str) -> str:
    """The ARN of an account's root, which also stands for the account."""
    return f"arn:aws:iam::{account}:root"


def trust(principal: Json, action: str = "sts:AssumeRole", **more: object) -> Json:
    """A statement of a trust policy."""
    return {"Effect": "Allow", "Principal": principal, "Action": action, **more}


ADMINISTRATOR = policy(allow("*"))

COMMON = policy(
    allow(("s3:GetObject", "s3:ListBucket"), "arn:aws:s3:::example-*"),
    allow(("logs:CreateLogStream", "logs:PutLogEvents"), Sid="Logs"),
    allow("cloudwatch:PutMetricData", Condition={"StringEquals": {"cloudwatch:namespace": "App"}}),
    deny("secretsmanager:DeleteSecret", Sid="Keep"),
    deny("*", Sid="Network", Condition={"Bool": {"aws:SecureTransport": "false"}}),
)
"""What nearly everybody has beside."""

BY_TAG = policy(
    allow(
        READ,
        Sid="OwnTeam",
        Condition={"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}},
    ),
)


def decrypting(account: str) -> Json:
    """Decryption with all keys of the account, through Secrets Manager alone."""
    return allow(
        "kms:Decrypt",
        f"arn:aws:kms:*:{account}:key/*",
        Sid="Decrypt",
        Condition={"StringLike": {"kms:ViaService": "secretsmanager.*.amazonaws.com"}},
    )


def reading(account: str, arns: Iterable[str], prefixes: Iterable[str]) -> Json:
    """Some secrets by ARN, and all of which the names begin in a certain way."""
    wild = [f"arn:aws:secretsmanager:*:{account}:secret:{prefix}*" for prefix in prefixes]
    return policy(allow(READ, [*arns, *wild], Sid="Secrets"), decrypting(account))


def boundary(account: str) -> Json:
    """What a principal may have at most: development and its own account's staging."""
    secrets = f"arn:aws:secretsmanager:*:{account}:secret"
    return policy(
        allow(("s3:*", "logs:*", "kms:*", "sts:*", "lambda:*")),
        allow("secretsmanager:*", [f"{secrets}:staging/*", f"{secrets}:development/*"]),
    )


def deploying(account: str, team: str) -> Json:
    """A pipeline's rights: it passes roles of its team to functions, and writes their code."""
    functions = f"arn:aws:lambda:*:{account}:function:{team}-*"
    return policy(
        allow(("lambda:CreateFunction", "lambda:InvokeFunction"), functions),
        allow("lambda:UpdateFunctionCode", functions),
        allow(
            "iam:PassRole",
            f"arn:aws:iam::{account}:role/{team}-*",
            Condition={"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}},
        ),
    )


def guard(principals: Sequence[str]) -> Json:
    """Nobody but these, whatever else allows it."""
    return deny(
        "secretsmanager:GetSecretValue",
        Sid="Guard",
        Principal="*",
        Condition={"ArnNotEquals": {"aws:PrincipalArn": list(principals)}},
    )


def controls(regions: Sequence[str], root_id: str, unit_id: str, accounts: Sequence[str]) -> Json:
    """The documents of control policies, each with its type and what it is attached to."""
    service, resource = "SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"
    everywhere = [root_id, unit_id, *accounts]
    elsewhere = {
        "StringNotEquals": {"aws:RequestedRegion": list(regions)},
        "ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/break-glass"},
    }
    without_factor = {
        "ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/*"},
        "BoolIfExists": {"aws:MultiFactorAuthPresent": "false"},
    }
    unprivileged = {"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/administrator-*"}}
    outside = {
        "StringNotEqualsIfExists": {"aws:PrincipalOrgID": ORGANIZATION},
        "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
    }
    production = "arn:aws:secretsmanager:*:*:secret:production/*"
    writing = ("iam:Put*", "iam:Attach*", "secretsmanager:PutResourcePolicy", "kms:PutKeyPolicy")
    return {
        "FullAWSAccess": (service, everywhere, policy(allow("*"))),
        "Regions": (
            service,
            [root_id],
            policy(
                {
                    "Effect": "Deny",
                    "NotAction": ["iam:*", "sts:*", "organizations:*"],
                    "Resource": "*",
                    "Condition": elsewhere,
                }
            ),
        ),
        "SecondFactor": (
            service,
            [unit_id],
            policy(deny("secretsmanager:GetSecretValue", production, Condition=without_factor)),
        ),
        "Privileges": (service, list(accounts), policy(deny(writing, Condition=unprivileged))),
        "RCPFullAWSAccess": (resource, everywhere, policy(allow("*", Principal="*"))),
        "OwnOrganisation": (
            resource,
            [root_id],
            policy(deny("secretsmanager:*", Principal="*", Condition=outside)),
        ),
    }
