"""Each way round: what opens it, its path, and each right without which it is closed."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from keyproof.access.ways import KINDS, LAUNCHES
from tests.keyproof.access.answers import DECRYPT, READ, others, readers, steps, way_of
from tests.keyproof.access.snapshots import (
    ACCOUNT,
    OTHER_ACCOUNT,
    OTHER_REGION,
    REGION,
    Group,
    Key,
    Managed,
    Role,
    Secret,
    User,
    allow,
    deny,
    estate,
    policy,
    root,
    trust,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from keyproof.access.ways import Launch
    from keyproof.documents import Json
    from keyproof.facts.snapshot import Snapshot

OPENAI = Secret(name="openai")
READING = policy(allow(READ))
APP = Role(name="app", policies={"read": READING})
IDLE = Role(name="idle")
EVE = f"arn:aws:iam::{ACCOUNT}:user/eve"
COMPUTE = ("compute", ACCOUNT, REGION)
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:rotate"
PROJECT = f"arn:aws:codebuild:{REGION}:{ACCOUNT}:project/build"
TASK = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/chat:7"
RUNNING = {
    COMPUTE: {
        "functions": [{"FunctionArn": FUNCTION, "FunctionName": "rotate", "Role": APP.arn}],
        "projects": [
            {"name": "build", "project": {"arn": PROJECT, "name": "build", "serviceRole": APP.arn}}
        ],
    }
}


def eve(*rights: str, resource: str = "*", **more: Any) -> User:
    """Somebody with these rights and no other."""
    return User(name="eve", policies={"own": policy(allow(list(rights), resource))}, **more)


def trusting(service: str) -> Role:
    return replace(APP, trust=trust(service))


CASES: Sequence[tuple[str, tuple[str, ...], Json]] = [
    (
        "pass_role",
        ("iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"),
        {"roles": [APP]},
    ),
    ("pass_role", ("iam:PassRole", "lambda:UpdateFunctionConfiguration"), {"roles": [APP]}),
    ("pass_role", ("iam:PassRole", "ec2:RunInstances"), {"roles": [trusting("ec2.amazonaws.com")]}),
    (
        "pass_role",
        ("iam:PassRole", "ecs:RunTask"),
        {"roles": [trusting("ecs-tasks.amazonaws.com")]},
    ),
    (
        "pass_role",
        ("iam:PassRole", "codebuild:CreateProject", "codebuild:StartBuild"),
        {"roles": [trusting("codebuild.amazonaws.com")]},
    ),
    (
        "pass_role",
        ("iam:PassRole", "glue:CreateJob", "glue:StartJobRun"),
        {"roles": [trusting("glue.amazonaws.com")]},
    ),
    (
        "pass_role",
        ("iam:PassRole", "cloudformation:CreateStack"),
        {"roles": [trusting("cloudformation.amazonaws.com")]},
    ),
    ("run_code", ("lambda:UpdateFunctionCode",), {"roles": [APP], "records": RUNNING}),
    ("run_code", ("lambda:UpdateFunctionConfiguration",), {"roles": [APP], "records": RUNNING}),
    ("run_code", ("codebuild:StartBuild",), {"roles": [APP], "records": RUNNING}),
    ("write_policy", ("iam:PutUserPolicy",), {}),
    ("write_policy", ("iam:AttachUserPolicy",), {}),
    (
        "write_policy",
        ("iam:AttachRolePolicy", "sts:AssumeRole"),
        {"roles": [replace(IDLE, trust=trust(root()))]},
    ),
    ("write_trust", ("iam:UpdateAssumeRolePolicy",), {"roles": [APP]}),
    ("write_trust", ("iam:UpdateAssumeRolePolicy", "iam:PutRolePolicy"), {"roles": [IDLE]}),
    ("write_resource_policy", ("secretsmanager:PutResourcePolicy",), {}),
    (
        "new_credentials",
        ("iam:CreateAccessKey",),
        {"users": [User(name="ana", policies={"read": READING})]},
    ),
    ("new_principal", ("iam:CreateRole", "iam:AttachRolePolicy"), {}),
    ("new_principal", ("iam:CreateUser", "iam:PutUserPolicy", "iam:CreateLoginProfile"), {}),
]


def _estate(user: User, parts: Json) -> Snapshot:
    users = [user, *parts.get("users", ())]
    return estate(**{"secrets": [OPENAI], **parts, "users": users})


@pytest.mark.parametrize(("kind", "rights", "parts"), CASES)
def test_a_way_is_open_with_all_its_rights(kind: str, rights: tuple[str, ...], parts: Json) -> None:
    assert others(_estate(eve(*rights), parts))[EVE][kind] == "allow"


@pytest.mark.parametrize(
    ("kind", "rights", "parts", "missing"),
    [(*case, missing) for case in CASES for missing in case[1]],
)
def test_a_way_is_closed_without_any_one_of_them(
    kind: str, rights: tuple[str, ...], parts: Json, missing: str
) -> None:
    kept = [right for right in rights if right != missing]
    user = eve(*kept) if kept else User(name="eve")

    assert kind not in others(_estate(user, parts)).get(EVE, {})


@pytest.mark.parametrize(("kind", "rights", "parts"), CASES)
def test_a_way_is_closed_by_a_denial_of_reading(
    kind: str, rights: tuple[str, ...], parts: Json
) -> None:
    """Whoever is denied the value whatever the ways are, cannot open one by policies of IAM."""
    secret = Secret(name="openai", policies={"default": policy(deny("*", Principal="*"))})
    found = readers(_estate(eve(*rights), {**parts, "secrets": [secret]}))

    assert found.get(EVE, {}) == {}
    assert kind not in found


def test_every_kind_of_way_has_its_case() -> None:
    elsewhere = {"direct", "role_chain", "web_identity", "saml", "write_key_policy"}
    elsewhere |= {"create_grant", "replicate"}

    assert {kind for kind, _, _ in CASES} | elsewhere == set(KINDS)


def test_the_path_goes_on_to_the_value() -> None:
    user = eve("iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction")
    snapshot = estate(users=[user], roles=[APP], secrets=[OPENAI])

    own = ("identity_policy", "user/eve/own", "statement 1")
    assert steps(way_of(snapshot, EVE, "pass_role")) == [
        (*own, "iam:PassRole", APP.arn),
        (*own, "lambda:CreateFunction", APP.arn),
        (*own, "lambda:InvokeFunction", APP.arn),
        ("trust_policy", APP.arn, "statement 1", "sts:AssumeRole", APP.arn),
        ("identity_policy", "role/app/read", "statement 1", READ, OPENAI.arn),
        ("aws_managed_key", None, None, DECRYPT, None),
    ]


def test_a_role_is_passed_only_to_a_service_that_it_trusts() -> None:
    user = eve("iam:PassRole", "ec2:RunInstances")

    assert others(estate(users=[user], roles=[APP], secrets=[OPENAI])) == {
        APP.arn: {"direct": "allow"}
    }


@pytest.mark.parametrize(
    ("service", "actions"),
    [(launch.service, actions) for launch in LAUNCHES for actions in product(*launch.actions)],
)
def test_a_service_starts_a_program_under_a_role_that_is_passed(
    service: str, actions: tuple[str, ...]
) -> None:
    passing = policy(
        allow("iam:PassRole", Condition={"StringEquals": {"iam:PassedToService": service}}),
        allow(list(actions)),
    )
    user = User(name="eve", policies={"own": passing})
    snapshot = estate(users=[user], roles=[trusting(service)], secrets=[OPENAI])

    assert others(snapshot)[EVE]["pass_role"] == "allow"
    assert [step[3] for step in steps(way_of(snapshot, EVE, "pass_role"))] == [
        "iam:PassRole",
        *actions,
        "sts:AssumeRole",
        READ,
        DECRYPT,
    ]


@pytest.mark.parametrize("launch", [each for each in LAUNCHES if len(each.actions) > 1])
def test_each_group_of_rights_is_needed_to_start_a_program(launch: Launch) -> None:
    for missing in launch.actions:
        kept = [each for group in launch.actions if group is not missing for each in group]
        user = eve("iam:PassRole", *kept)
        snapshot = estate(users=[user], roles=[trusting(launch.service)], secrets=[OPENAI])

        assert others(snapshot) == {APP.arn: {"direct": "allow"}}


def test_a_condition_of_the_trust_is_a_condition_of_the_way() -> None:
    mine = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    role = replace(APP, trust=trust("lambda.amazonaws.com", Condition=mine))
    user = eve("iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction")
    snapshot = estate(users=[user], roles=[role], secrets=[OPENAI])

    assert others(snapshot)[EVE] == {"pass_role": "conditional"}
    assert way_of(snapshot, EVE, "pass_role").path.conditions == ("aws:SourceAccount",)


def test_a_denial_in_the_trust_keeps_the_service_out() -> None:
    barred = trust("lambda.amazonaws.com")
    barred["Statement"].append({**barred["Statement"][0], "Effect": "Deny"})
    user = eve("iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction")
    snapshot = estate(users=[user], roles=[replace(APP, trust=barred)], secrets=[OPENAI])

    assert others(snapshot) == {APP.arn: {"direct": "allow"}}


def test_a_trust_that_cannot_be_read_leaves_the_way_in_doubt() -> None:
    user = eve("iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction")
    snapshot = estate(users=[user], roles=[replace(APP, trust="{")], secrets=[OPENAI])

    assert others(snapshot)[EVE] == {"pass_role": "conditional"}
    assert way_of(snapshot, EVE, "pass_role").path.unseen == (
        f"trust_policy {APP.arn}: it is no JSON",
    )


@pytest.mark.parametrize(
    ("right", "kind"), [("lambda:InvokeFunction", "pass_role"), ("iam:CreateRole", "new_principal")]
)
def test_a_right_to_what_has_a_tag_is_in_doubt_where_one_chooses_what_it_is(
    right: str, kind: str
) -> None:
    tagged = {"StringEquals": {"aws:ResourceTag/team": "chat"}}
    rest = ["iam:PassRole", "lambda:CreateFunction", "iam:PutRolePolicy"]
    rights = policy(allow(right, Condition=tagged), allow(rest, f"arn:aws:iam::{ACCOUNT}:role/*"))
    user = User(
        name="eve", policies={"own": rights, "more": policy(allow("lambda:CreateFunction"))}
    )
    snapshot = estate(users=[user], roles=[APP], secrets=[OPENAI])

    assert others(snapshot)[EVE] == {kind: "conditional"}
    assert way_of(snapshot, EVE, kind).path.conditions == ("aws:ResourceTag/team",)


def test_a_condition_names_the_service_that_a_role_may_be_passed_to() -> None:
    only = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    rights = policy(
        allow("iam:PassRole", APP.arn, Condition=only),
        allow(["ec2:RunInstances", "lambda:CreateFunction", "lambda:InvokeFunction"]),
    )
    user = User(name="eve", policies={"own": rights})

    for service, ways in (
        ("ec2.amazonaws.com", None),
        ("lambda.amazonaws.com", {"pass_role": "allow"}),
    ):
        found = others(estate(users=[user], roles=[trusting(service)], secrets=[OPENAI]))
        assert found.get(EVE) == ways


def test_the_policies_of_a_passed_role_may_be_written_first() -> None:
    user = eve(
        "iam:PassRole", "iam:PutRolePolicy", "lambda:CreateFunction", "lambda:InvokeFunction"
    )
    snapshot = estate(users=[user], roles=[IDLE], secrets=[OPENAI])

    assert others(snapshot) == {EVE: {"pass_role": "allow"}}
    path = steps(way_of(snapshot, EVE, "pass_role"))
    assert [step[3] for step in path] == [
        "iam:PassRole",
        "lambda:CreateFunction",
        "lambda:InvokeFunction",
        "sts:AssumeRole",
        "iam:PutRolePolicy",
        READ,
        DECRYPT,
    ]


NARROW = Managed(name="narrow", document=policy(allow("iam:*")))


def test_a_boundary_taken_away_gives_what_policies_allow_and_no_more() -> None:
    reading = User(
        name="eve",
        policies={"own": policy(allow(["iam:DeleteUserPermissionsBoundary", READ]))},
        boundary=NARROW.arn,
    )
    other = eve("iam:DeleteUserPermissionsBoundary", boundary=NARROW.arn)

    def found(user: User) -> Json:
        return others(estate(users=[user], managed=[NARROW], secrets=[OPENAI]))

    assert found(reading) == {EVE: {"write_policy": "allow"}}
    assert found(other) == {}


def test_a_written_policy_is_bounded_unless_the_boundary_can_go_too() -> None:
    def found(*rights: str) -> Json:
        user = eve(*rights, boundary=NARROW.arn)
        return others(estate(users=[user], managed=[NARROW], secrets=[OPENAI]))

    assert found("iam:PutUserPolicy") == {}
    assert found("iam:PutUserPolicy", "iam:PutUserPermissionsBoundary") == {
        EVE: {"write_policy": "allow"}
    }


@pytest.mark.parametrize(("document", "reads"), [(READING, True), (policy(allow("s3:*")), False)])
def test_another_version_gives_what_it_says(document: Json, *, reads: bool) -> None:
    managed = Managed(name="own", document=policy(allow("iam:SetDefaultPolicyVersion")))
    record = managed.record()
    record["PolicyVersionList"].append(
        {"VersionId": "v2", "IsDefaultVersion": False, "Document": document}
    )
    user = User(name="eve", attached=[managed.arn])
    snapshot = estate(
        users=[user], secrets=[OPENAI], records={("iam", ACCOUNT, "global"): {"policies": [record]}}
    )

    assert others(snapshot) == ({EVE: {"write_policy": "allow"}} if reads else {})


def test_a_policy_of_a_group_or_an_attached_one_can_be_written() -> None:
    group = Group(name="operators", policies={"own": policy(allow("iam:PutGroupPolicy"))})
    managed = Managed(name="own", document=policy(allow("iam:CreatePolicyVersion")))
    ana = User(name="ana", groups=["operators"])
    ben = User(name="ben", attached=[managed.arn])
    snapshot = estate(users=[ana, ben], groups=[group], managed=[managed], secrets=[OPENAI])

    assert others(snapshot) == {each.arn: {"write_policy": "allow"} for each in (ana, ben)}


def test_a_group_that_reads_can_be_joined() -> None:
    group = Group(name="readers", policies={"read": READING})
    snapshot = estate(users=[eve("iam:AddUserToGroup")], groups=[group], secrets=[OPENAI])

    assert others(snapshot) == {EVE: {"write_policy": "allow"}}


def test_rights_on_some_names_only_may_not_meet_on_one() -> None:
    user = eve("iam:CreateRole", "iam:PutRolePolicy", resource=f"arn:aws:iam::{ACCOUNT}:role/app-*")

    assert others(estate(users=[user], secrets=[OPENAI])) == {EVE: {"new_principal": "conditional"}}


KEY = Key(name="key")


@pytest.mark.parametrize(
    ("right", "kind"),
    [("kms:PutKeyPolicy", "write_key_policy"), ("kms:CreateGrant", "create_grant")],
)
def test_who_has_the_value_can_open_the_key(right: str, kind: str) -> None:
    secret = Secret(name="openai", key=KEY)

    assert others(estate(users=[eve(READ, right)], secrets=[secret])) == {EVE: {kind: "allow"}}
    assert others(estate(users=[eve(right)], secrets=[secret])) == {}


def test_a_replica_may_be_read_where_the_secret_may_not() -> None:
    rights = policy(
        allow("secretsmanager:ReplicateSecretToRegions"),
        allow(READ, f"arn:aws:secretsmanager:{OTHER_REGION}:{ACCOUNT}:secret:*"),
    )
    user = User(name="eve", policies={"own": rights})
    snapshot = estate(users=[user], secrets=[OPENAI])

    assert others(snapshot) == {EVE: {"replicate": "allow"}}
    assert way_of(snapshot, EVE, "replicate").path.steps[-1].to == OTHER_REGION


def _tasks(**more: object) -> dict[tuple[str, str, str], Json]:
    container = {"name": "app", "secrets": [{"name": "KEY", "valueFrom": f"{OPENAI.arn}:key::"}]}
    task = {
        "taskDefinitionArn": TASK,
        "family": "chat",
        "containerDefinitions": [container],
        **more,
    }
    return {COMPUTE: {"task_definitions": [{"family": "chat", "task_definition": task}]}}


@pytest.mark.parametrize("member", ["taskRoleArn", "executionRoleArn"])
def test_a_container_that_is_given_the_secret_can_be_commanded(member: str) -> None:
    """Whether that very task may be commanded depends on where it runs."""
    snapshot = estate(
        users=[eve("ecs:ExecuteCommand")],
        roles=[APP],
        secrets=[OPENAI],
        records=_tasks(**{member: APP.arn}),
    )

    assert others(snapshot)[EVE] == {"run_code": "conditional"}


def test_a_container_has_only_the_secrets_that_it_is_given() -> None:
    other = Secret(name="another")
    snapshot = estate(
        users=[eve("ecs:ExecuteCommand")],
        roles=[APP],
        secrets=[other, OPENAI],
        records=_tasks(executionRoleArn=APP.arn),
    )

    assert EVE not in others(snapshot, 0)
    assert others(snapshot, 1)[EVE] == {"run_code": "conditional"}


def test_an_instance_can_be_commanded() -> None:
    role = Role(
        name="machine",
        policies={"read": READING},
        trust=trust("ec2.amazonaws.com"),
        instance_profile=True,
    )
    association = {
        "InstanceId": "i-0123456789abcdef0",
        "State": "associated",
        "IamInstanceProfile": {"Arn": role.profile_arn},
    }
    snapshot = estate(
        users=[eve("ssm:SendCommand")],
        roles=[role],
        secrets=[OPENAI],
        records={COMPUTE: {"instance_profiles": [association]}},
    )

    assert others(snapshot)[EVE] == {"run_code": "allow"}


def test_a_way_round_is_found_behind_a_chain_of_roles() -> None:
    operator = Role(
        name="operator",
        trust=trust(EVE),
        policies={"own": policy(allow("iam:UpdateAssumeRolePolicy", APP.arn))},
    )
    snapshot = estate(users=[User(name="eve")], roles=[operator, APP], secrets=[OPENAI])

    assert others(snapshot)[EVE] == {"write_trust": "allow"}
    assert [step[3] for step in steps(way_of(snapshot, EVE, "write_trust"))] == [
        "sts:AssumeRole",
        "iam:UpdateAssumeRolePolicy",
        READ,
        DECRYPT,
    ]


def test_who_reads_is_told_of_no_way_round() -> None:
    administrator = User(name="eve", policies={"own": policy(allow("*"))})

    assert others(estate(users=[administrator], secrets=[OPENAI])) == {EVE: {"direct": "allow"}}


CONTROLLED = replace(APP, path="/aws-service-role/lambda.amazonaws.com/")
RESERVED = replace(APP, path="/aws-reserved/sso.amazonaws.com/")


@pytest.mark.parametrize("role", [CONTROLLED, RESERVED])
def test_nobody_but_aws_can_change_a_role_of_its_own(role: Role) -> None:
    """See https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAssumeRolePolicy.html."""
    rights = ("iam:UpdateAssumeRolePolicy", "iam:PutRolePolicy")
    snapshot = estate(users=[eve(*rights)], roles=[role], secrets=[OPENAI])

    assert others(snapshot) == {role.arn: {"direct": "allow"}}


def test_a_policy_of_ones_own_is_written_though_the_role_that_has_it_is_aws_s() -> None:
    managed = Managed(name="shared", document=policy(allow("s3:GetObject")))
    role = Role(
        name="AWSReservedSSO_Support_0123456789abcdef",
        path="/aws-reserved/sso.amazonaws.com/",
        attached=[managed.arn],
        policies={"own": policy(allow("iam:CreatePolicyVersion"))},
    )
    snapshot = estate(roles=[role], managed=[managed], secrets=[OPENAI])

    assert others(snapshot) == {role.arn: {"write_policy": "allow"}}


def test_who_is_denied_to_assume_roles_gains_nothing_by_their_trust() -> None:
    rights = policy(allow("iam:UpdateAssumeRolePolicy"), deny("sts:AssumeRole"))
    user = User(name="eve", policies={"own": rights})

    assert others(estate(users=[user], roles=[APP], secrets=[OPENAI])) == {
        APP.arn: {"direct": "allow"}
    }


def test_the_text_of_a_boundary_can_be_written() -> None:
    user = User(
        name="eve",
        policies={"own": policy(allow([READ, "iam:CreatePolicyVersion"]))},
        boundary=NARROW.arn,
    )
    snapshot = estate(users=[user], managed=[NARROW], secrets=[OPENAI])

    assert others(snapshot) == {EVE: {"write_policy": "allow"}}
    assert steps(way_of(snapshot, EVE, "write_policy"))[0] == (
        "identity_policy",
        "user/eve/own",
        "statement 1",
        "iam:CreatePolicyVersion",
        NARROW.arn,
    )


def test_a_written_policy_leads_on_to_a_role() -> None:
    """The secret bars everybody but one role, which anybody may assume who is allowed to."""
    reader = replace(APP, trust=trust(root()))
    only = {"ArnNotEquals": {"aws:PrincipalArn": reader.arn}}
    secret = Secret(
        name="openai",
        policies={"default": policy(deny("secretsmanager:*", Principal="*", Condition=only))},
    )
    snapshot = estate(users=[eve("iam:PutUserPolicy")], roles=[reader], secrets=[secret])

    assert readers(snapshot) == {
        root(): {"new_credentials": "allow", "new_principal": "conditional"},
        reader.arn: {"direct": "allow"},
        EVE: {"write_policy": "allow"},
    }
    assert [step[:4] for step in steps(way_of(snapshot, EVE, "write_policy"))] == [
        ("identity_policy", "user/eve/own", "statement 1", "iam:PutUserPolicy"),
        (
            "identity_policy",
            "a policy that the principal writes",
            "statement 1",
            "sts:AssumeRole",
        ),
        ("trust_policy", reader.arn, "statement 1", "sts:AssumeRole"),
        ("identity_policy", "role/app/read", "statement 1", READ),
        ("aws_managed_key", None, None, DECRYPT),
    ]


def test_a_secret_s_policy_and_its_key_s_may_both_have_to_be_written() -> None:
    secret = Secret(name="openai", key=KEY)
    user = eve("secretsmanager:PutResourcePolicy", "kms:PutKeyPolicy")
    snapshot = estate(users=[user], secrets=[secret])

    assert others(snapshot) == {EVE: {"write_resource_policy": "allow"}}
    own = ("identity_policy", "user/eve/own", "statement 1")
    delegated = ("key_policy", f"{KEY.arn} default", "Enable IAM policies")
    assert steps(way_of(snapshot, EVE, "write_resource_policy")) == [
        (*own, "secretsmanager:PutResourcePolicy", secret.arn),
        (*own, "kms:PutKeyPolicy", secret.arn),
        (*delegated, "kms:PutKeyPolicy", secret.arn),
    ]


@pytest.mark.parametrize("right", ["secretsmanager:PutResourcePolicy", READ])
@pytest.mark.parametrize("opener", ["kms:PutKeyPolicy", "kms:CreateGrant"])
def test_who_is_denied_decryption_gains_nothing_by_the_key(right: str, opener: str) -> None:
    user = User(name="eve", policies={"own": policy(allow([right, opener]), deny(DECRYPT))})

    assert others(estate(users=[user], secrets=[Secret(name="openai", key=KEY)])) == {}


@pytest.mark.parametrize(
    ("opener", "ways"),
    [("kms:PutKeyPolicy", {EVE: {"write_key_policy": "allow"}}), ("kms:CreateGrant", {})],
)
def test_a_denial_in_the_key_s_policy_stands_against_a_grant_alone(opener: str, ways: Json) -> None:
    """See https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html."""
    barring = {"bar": policy(deny(DECRYPT, Principal={"AWS": EVE}))}
    secret = Secret(name="openai", key=Key(name="barring", policies=barring))

    assert others(estate(users=[eve(READ, opener)], secrets=[secret])) == ways


def test_a_key_is_opened_by_the_caller_and_not_through_secrets_manager() -> None:
    """See https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html."""
    through = {"StringEquals": {"kms:ViaService": f"secretsmanager.{REGION}.amazonaws.com"}}
    rights = policy(allow(READ), allow("kms:CreateGrant", Condition=through))
    user = User(name="eve", policies={"own": rights})

    assert others(estate(users=[user], secrets=[Secret(name="openai", key=KEY)])) == {}


OTHER = (ACCOUNT, OTHER_ACCOUNT)


def test_another_account_can_write_the_policy_of_a_secret_that_lets_it() -> None:
    writing = allow("secretsmanager:PutResourcePolicy", Principal={"AWS": root(OTHER_ACCOUNT)})
    decrypting = policy(allow(DECRYPT, Principal={"AWS": root(OTHER_ACCOUNT)}))
    secret = Secret(
        name="openai",
        policies={"default": policy(writing)},
        key=Key(name="shared", policies={"share": decrypting}),
    )
    writer = Role(
        name="writer",
        account=OTHER_ACCOUNT,
        policies={"own": policy(allow(["secretsmanager:*", DECRYPT]))},
    )
    timid = Role(
        name="timid",
        account=OTHER_ACCOUNT,
        policies={"own": policy(allow(["secretsmanager:PutResourcePolicy", DECRYPT]))},
    )
    way = {"write_resource_policy": "allow"}

    collected = estate(accounts=OTHER, roles=[writer, timid], secrets=[secret])
    assert others(collected) == {root(OTHER_ACCOUNT): way, writer.arn: way}

    assert others(estate(secrets=[secret])) == {root(OTHER_ACCOUNT): way}


def test_another_account_may_not_write_the_policy_of_a_key() -> None:
    """See https://docs.aws.amazon.com/kms/latest/developerguide/kms-api-permissions-reference.html."""
    other = {"AWS": root(OTHER_ACCOUNT)}

    def found(action: str) -> Json:
        key = Key(name="shared", policies={"share": policy(allow(action, Principal=other))})
        reading = policy(allow(READ, Principal=other))
        return others(estate(secrets=[Secret(name="openai", key=key, policies={"own": reading})]))

    assert found("kms:PutKeyPolicy") == {}
    assert found("kms:CreateGrant") == {root(OTHER_ACCOUNT): {"create_grant": "allow"}}


def test_a_replica_has_the_policies_of_its_secret() -> None:
    """See https://docs.aws.amazon.com/secretsmanager/latest/userguide/replicate-secrets.html."""
    user = User(
        name="eve",
        policies={"own": policy(allow([READ, "secretsmanager:ReplicateSecretToRegions"]))},
    )

    def found(resource: str) -> Json:
        barring = policy(deny(READ, resource, Principal={"AWS": EVE}))
        secret = Secret(name="openai", policies={"default": barring})
        return others(estate(users=[user], secrets=[secret]))

    assert found("*") == {}
    assert found(OPENAI.arn) == {EVE: {"replicate": "allow"}}


def test_who_must_not_replicate_to_a_region_does_not() -> None:
    rights = policy(
        allow("secretsmanager:ReplicateSecretToRegions"),
        allow(READ, f"arn:aws:secretsmanager:{OTHER_REGION}:{ACCOUNT}:secret:*"),
        deny(READ, Condition={"StringNotEquals": {"aws:RequestedRegion": REGION}}),
    )
    user = User(name="eve", policies={"own": rights})

    assert others(estate(users=[user], secrets=[OPENAI])) == {}


def test_an_identity_provider_is_told_of_ways_round_too() -> None:
    provider = f"arn:aws:iam::{ACCOUNT}:saml-provider/example"
    operator = Role(
        name="operator",
        trust=trust(provider, action="sts:AssumeRoleWithSAML"),
        policies={"own": policy(allow("iam:UpdateAssumeRolePolicy", APP.arn))},
    )
    snapshot = estate(roles=[operator, APP], secrets=[OPENAI])

    assert others(snapshot) == {
        APP.arn: {"direct": "allow"},
        operator.arn: {"write_trust": "allow"},
        provider: {"write_trust": "allow"},
    }
    assert [step[3] for step in steps(way_of(snapshot, provider, "write_trust"))] == [
        "sts:AssumeRoleWithSAML",
        "iam:UpdateAssumeRolePolicy",
        READ,
        DECRYPT,
    ]


def test_in_china_a_service_may_have_a_name_of_its_own() -> None:
    role = replace(
        APP,
        trust={
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow",
                "Principal": {"Service": "ec2.amazonaws.com.cn"},
                "Action": "sts:AssumeRole",
            },
        },
    )
    user = eve("iam:PassRole", "ec2:RunInstances")
    records = [
        {**each.record(), "Arn": each.arn.replace("arn:aws:", "arn:aws-cn:")}
        for each in (role, user)
    ]
    snapshot = estate(
        accounts={ACCOUNT: ["cn-north-1"]},
        records={("iam", ACCOUNT, "global"): {"roles": records[:1], "users": records[1:]}},
        secrets=[Secret(name="openai", region="cn-north-1")],
    )

    assert readers(snapshot) == {
        f"arn:aws-cn:iam::{ACCOUNT}:root": {"direct": "allow"},
        f"arn:aws-cn:iam::{ACCOUNT}:role/app": {"direct": "allow"},
        f"arn:aws-cn:iam::{ACCOUNT}:user/eve": {"pass_role": "allow"},
    }


def test_a_policy_that_is_deleted_denies_no_more_and_grants_nothing() -> None:
    """A guard that leaves open who changes it."""
    guard = policy(deny(READ, Principal={"AWS": [EVE, f"arn:aws:iam::{ACCOUNT}:user/ana"]}))
    secret = Secret(name="openai", policies={"default": guard})
    ana = User(
        name="ana", policies={"own": policy(allow([READ, "secretsmanager:DeleteResourcePolicy"]))}
    )
    snapshot = estate(users=[eve("secretsmanager:DeleteResourcePolicy"), ana], secrets=[secret])

    assert others(snapshot) == {ana.arn: {"write_resource_policy": "allow"}}
    assert [step[3] for step in steps(way_of(snapshot, ana.arn, "write_resource_policy"))] == [
        "secretsmanager:DeleteResourcePolicy"
    ]
