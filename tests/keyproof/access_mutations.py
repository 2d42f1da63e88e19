"""Single changes of who may read what in the flawless account, and the verdicts that change."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from examples import AS_OF
from examples.emulator import ACCOUNT
from examples.estate import FUNCTION, IRELAND, KEYS, VIRGINIA, client
from examples.principals import DEPLOYMENT, DEVELOPERS, allow, reading, reserved_role, role, trust
from tests.keyproof.mutations import FAIL, UNKNOWN, Mutation

if TYPE_CHECKING:
    from collections.abc import Mapping

RESTRICTED = {"access_restricted": FAIL}
PINECONE = KEYS[3]
STRANGER = "arn:aws:iam::444455556666:root"
DEPLOYMENT_ARN = f"arn:aws:iam::{ACCOUNT}:role/{DEPLOYMENT}"
NEWCOMER = f"arn:aws:iam::{ACCOUNT}:role/newcomer"


def iam() -> Any:
    return client("iam", VIRGINIA)


def secrets() -> Any:
    return client("secretsmanager", VIRGINIA)


def kms() -> Any:
    return client("kms", VIRGINIA)


def key_id() -> str:
    described: str = secrets().describe_secret(SecretId=PINECONE.secret)["KmsKeyId"]
    return described


def newcomer(policy: Mapping[str, Any], **more: Any) -> None:
    """A role that belongs to no class, with one policy."""
    nobody = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}}
    role(iam(), "newcomer", trust=nobody | {"Action": "sts:AssumeRole"}, policy=dict(policy))
    if more:
        iam().put_role_permissions_boundary(RoleName="newcomer", **more)


def policy(*statements: Mapping[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def statement(action: str | list[str], resource: str = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def managed(name: str, document: Mapping[str, Any]) -> str:
    made: str = iam().create_policy(PolicyName=name, PolicyDocument=json.dumps(document))["Policy"][
        "Arn"
    ]
    return made


def user_in_group() -> None:
    iam().create_user(UserName="newcomer")
    iam().create_group(GroupName="operators")
    iam().add_user_to_group(GroupName="operators", UserName="newcomer")
    arn = managed("operate", policy(statement("*")))
    iam().attach_group_policy(GroupName="operators", PolicyArn=arn)


def resource_policy(principal: object, **more: Any) -> None:
    granted = statement("secretsmanager:GetSecretValue", Principal=principal, **more)
    secrets().put_resource_policy(
        SecretId=PINECONE.secret, ResourcePolicy=json.dumps(policy(granted))
    )


def key_policy(principal: object, **more: Any) -> None:
    """Let somebody decrypt with the key, beside the account."""
    own = statement("kms:*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    granted = statement("kms:Decrypt", Principal=principal, **more)
    kms().put_key_policy(
        KeyId=key_id(), PolicyName="default", Policy=json.dumps(policy(own, granted))
    )


def open_to(principal: object, **more: Any) -> None:
    resource_policy(principal, **more)
    key_policy(principal, **more)


def granted_decryption() -> None:
    newcomer(policy(statement("secretsmanager:GetSecretValue")))
    kms().create_grant(KeyId=key_id(), GranteePrincipal=NEWCOMER, Operations=["Decrypt"])


def guarded() -> None:
    """A reader by its own policy, whom the secret's policy denies."""
    newcomer(reading("production/pinecone/*"))
    allowed = [f"arn:aws:iam::{ACCOUNT}:role/service/*", f"arn:aws:iam::{ACCOUNT}:role/{FUNCTION}"]
    guard = statement(
        "secretsmanager:GetSecretValue",
        Effect="Deny",
        Principal="*",
        Condition={"ArnNotLike": {"aws:PrincipalArn": allowed}},
    )
    secrets().put_resource_policy(
        SecretId=PINECONE.secret, ResourcePolicy=json.dumps(policy(guard))
    )


def chain(*names: str) -> None:
    """Each role may assume the next, and the last the pipeline's."""
    ec2 = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}}
    own = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    for name in names:
        role(
            iam(), name, trust=ec2 | {"Action": "sts:AssumeRole"}, policy=policy(statement("s3:*"))
        )
        trust(iam(), name, own)
    trust(iam(), DEPLOYMENT, own)
    for name, following in zip(names, (*names[1:], DEPLOYMENT), strict=True):
        allow(iam(), name, "go-on", "sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/{following}")


def developers_become_the_pipeline() -> None:
    trust(iam(), DEPLOYMENT, {"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    allow(iam(), reserved_role(DEVELOPERS), "debug", "sts:AssumeRole", DEPLOYMENT_ARN)


def any_build_of_anybody() -> None:
    """The pipeline's role asks GitHub for the audience and for nothing else."""
    document = iam().get_role(RoleName=DEPLOYMENT)["Role"]["AssumeRolePolicyDocument"]
    conditions = document["Statement"][0]["Condition"]["StringEquals"]
    (subject,) = [key for key in conditions if key.endswith(":sub")]
    del conditions[subject]
    iam().update_assume_role_policy(RoleName=DEPLOYMENT, PolicyDocument=json.dumps(document))


def replica_reader() -> None:
    secrets().replicate_secret_to_regions(
        SecretId=PINECONE.secret, AddReplicaRegions=[{"Region": IRELAND}]
    )
    there = f"arn:aws:secretsmanager:{IRELAND}:{ACCOUNT}:secret:production/pinecone/*"
    newcomer(policy(statement("secretsmanager:GetSecretValue", there)))


def limited_by_boundary() -> None:
    newcomer(
        reading("production/*"),
        PermissionsBoundary=managed("bound", policy(statement("s3:*"))),
    )


def dated(operator: str, days: int) -> None:
    instant = (AS_OF + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    newcomer(reading("production/pinecone/*", {operator: {"aws:CurrentTime": instant}}))


def rename_class_member() -> None:
    """A service's role is made anew under a path that no class names."""
    ecs = {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}}
    role(
        iam(),
        "search-2",
        path="/services/",
        trust=ecs | {"Action": "sts:AssumeRole"},
        policy=reading("production/pinecone/*"),
    )


OFFICE = {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}

ACCESS_MUTATIONS = (
    Mutation(
        name="a role outside of all classes reads a key",
        apply=partial(newcomer, reading("production/pinecone/*")),
        changes=RESTRICTED,
    ),
    Mutation(
        name="a role outside of all classes reads a development key",
        apply=partial(newcomer, reading("development/*")),
    ),
    Mutation(
        name="a role that may fetch a key and not decrypt it",
        apply=partial(newcomer, policy(statement("secretsmanager:*"))),
    ),
    Mutation(
        name="a role that may decrypt by a grant alone",
        apply=granted_decryption,
        changes=RESTRICTED,
    ),
    Mutation(
        name="a user reads by a managed policy of a group", apply=user_in_group, changes=RESTRICTED
    ),
    Mutation(
        name="a role whose path no class names", apply=rename_class_member, changes=RESTRICTED
    ),
    Mutation(
        name="reading from one network only",
        apply=partial(newcomer, reading("production/pinecone/*", OFFICE)),
        changes=RESTRICTED,
    ),
    Mutation(name="a right that has ended", apply=partial(dated, "DateLessThan", 0)),
    Mutation(
        name="a right that ends tomorrow",
        apply=partial(dated, "DateLessThan", 1),
        changes=RESTRICTED,
    ),
    Mutation(
        name="a right that begins tomorrow",
        apply=partial(dated, "DateGreaterThan", 1),
        changes=RESTRICTED,
    ),
    Mutation(name="a reader whom the secret's policy denies", apply=guarded),
    Mutation(name="a reader whom a boundary stops", apply=limited_by_boundary),
    Mutation(
        name="a right with NotAction",
        apply=partial(newcomer, policy({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"})),
        changes=RESTRICTED,
    ),
    Mutation(
        name="a name without the random suffix matches no secret",
        apply=partial(newcomer, reading("production/pinecone/api-key")),
    ),
    Mutation(
        name="developers may become the pipeline",
        apply=developers_become_the_pipeline,
        changes=RESTRICTED,
    ),
    Mutation(
        name="the pipeline trusts the account, and nobody may use it",
        apply=lambda: trust(iam(), DEPLOYMENT, {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}),
    ),
    Mutation(
        name="a chain of three roles",
        apply=partial(chain, "first", "second", "third"),
        changes=RESTRICTED,
    ),
    Mutation(
        name="another account may become the pipeline",
        apply=lambda: trust(iam(), DEPLOYMENT, {"AWS": STRANGER}),
        changes=RESTRICTED,
    ),
    Mutation(
        name="any build of anybody on GitHub is the pipeline",
        apply=any_build_of_anybody,
        changes=RESTRICTED,
    ),
    Mutation(
        name="another account by the secret's policy, without the key",
        apply=partial(resource_policy, {"AWS": STRANGER}),
    ),
    Mutation(
        name="another account by the secret's and the key's policy",
        apply=partial(open_to, {"AWS": STRANGER}),
        changes=RESTRICTED,
    ),
    Mutation(name="everybody", apply=partial(open_to, "*"), changes=RESTRICTED),
    Mutation(
        name="everybody of an organisation that is not ours",
        apply=partial(
            open_to, "*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-exampleorg"}}
        ),
        changes=RESTRICTED,
    ),
    Mutation(
        name="everybody who has the ARN of a role that reads already",
        apply=partial(open_to, "*", Condition={"ArnEquals": {"aws:PrincipalArn": DEPLOYMENT_ARN}}),
    ),
    Mutation(
        name="a service by the secret's and the key's policy",
        apply=partial(open_to, {"Service": "codebuild.amazonaws.com"}),
        changes=RESTRICTED,
    ),
    Mutation(name="a role reads the replica alone", apply=replica_reader, changes=RESTRICTED),
    Mutation(
        name="a role that may write a reader's policies",
        apply=partial(newcomer, policy(statement("iam:PutRolePolicy"))),
    ),
    Mutation(
        name="a role that may change the rotation function's code",
        apply=partial(newcomer, policy(statement("lambda:UpdateFunctionCode"))),
    ),
    Mutation(
        name="a role that may pass a reader's role to a function",
        apply=partial(
            newcomer,
            policy(statement(["iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"])),
        ),
    ),
    Mutation(
        name="the key stands in an account that nobody collects",
        apply=lambda: secrets().update_secret(
            SecretId=PINECONE.secret,
            KmsKeyId="arn:aws:kms:us-east-1:444455556666:key/11111111-2222-3333-4444-555555555555",
        ),
        changes={"access_restricted": UNKNOWN},
    ),
)
