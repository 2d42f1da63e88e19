from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from moto.moto_api._internal.models import moto_api_backend

from collectors.aws import collection
from collectors.aws.accounts import AwsAccount
from collectors.aws.compute import collect
from collectors.aws.faults import MALFORMED
from keyproof import documents
from tests.collectors.emulator import ACCOUNT, HOME, TRUST
from tests.collectors.estates import MARKER, REFERENCE, add_compute
from tests.collectors.script import Refusal, Script

if TYPE_CHECKING:
    from pathlib import Path

    from collectors.aws.calls import Workers
    from tests.collectors.emulator import Emulator

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
DENIED = Refusal("AccessDeniedException")
ROLE = "arn:aws:iam::111122223333:role/workload"
FUNCTION = {"FunctionName": "f", "FunctionArn": "arn:aws:lambda:f", "Role": ROLE}
PROFILE = {
    "InstanceId": "i-1234567890abcdef0",
    "IamInstanceProfile": {"Arn": "arn:aws:iam::111122223333:instance-profile/machine"},
    "State": "associated",
}


def _script(**changes: Any) -> Script:
    answers: dict[str, Any] = {
        "lambda:ListFunctions": {"Functions": [FUNCTION]},
        "ecs:ListTaskDefinitionFamilies": {"families": ["web"]},
        "ecs:DescribeTaskDefinition": {"taskDefinition": {"family": "web", "taskRoleArn": ROLE}},
        "codebuild:ListProjects": {"projects": ["build"]},
        "codebuild:BatchGetProjects": lambda asked: {
            "projects": [{"name": name, "serviceRole": ROLE} for name in asked["names"]]
        },
        "ec2:DescribeIamInstanceProfileAssociations": {"IamInstanceProfileAssociations": [PROFILE]},
    }
    named = {operation.split(":")[1]: operation for operation in answers}
    return Script({**answers, **{named[name]: to for name, to in changes.items()}})


@pytest.mark.usefixtures("emulator")
def test_no_environment_variable_is_ever_kept(emulator: Emulator, tmp_path: Path) -> None:
    moto_api_backend.reset()
    role = emulator.client("iam").create_role(RoleName="workload", AssumeRolePolicyDocument=TRUST)[
        "Role"
    ]["Arn"]
    made = add_compute(emulator.client, role)
    (variables,) = (
        function["Environment"]["Variables"]
        for function in emulator.client("lambda").list_functions()["Functions"]
    )
    assert variables == {"API_KEY": MARKER}, "AWS's own answer has it"

    collection.collect(
        [AwsAccount(id=ACCOUNT, regions=(HOME,))],
        tmp_path,
        as_of=NOON,
        clock=lambda: NOON,
        organisation="Example",
        max_attempts=1,
    )

    files = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert [name for name, content in files.items() if MARKER.encode() in content] == []
    snapshot = documents.read(tmp_path / f"compute.{ACCOUNT}.{HOME}.json", "snapshot")
    assert snapshot["gaps"] == []
    assert snapshot["records"] == {
        "functions": [{"FunctionName": "workload", "FunctionArn": made["function"], "Role": role}],
        "task_definitions": [
            {
                "family": "web",
                "task_definition": {
                    "taskDefinitionArn": made["task"],
                    "family": "web",
                    "taskRoleArn": role,
                    "executionRoleArn": role,
                    "containerDefinitions": [
                        {
                            "name": "web",
                            "secrets": [{"name": "OPENAI_API_KEY", "valueFrom": REFERENCE}],
                        }
                    ],
                },
            }
        ],
        "projects": [
            {
                "name": "build",
                "project": {
                    "name": "build",
                    "arn": made["project"],
                    "serviceRole": role,
                    "environment": {
                        "environmentVariables": [
                            {
                                "name": "OPENAI_API_KEY",
                                "value": REFERENCE,
                                "type": "SECRETS_MANAGER",
                            }
                        ]
                    },
                },
            }
        ],
        "instance_profiles": [
            {
                "InstanceId": made["machine"],
                "IamInstanceProfile": {"Arn": made["profile"]},
                "State": "associated",
            }
        ],
    }


def test_of_a_family_the_latest_active_revision_is_read(workers: Workers) -> None:
    script = _script()

    collect(script.calls(workers))

    assert ("ecs:ListTaskDefinitionFamilies", {"status": "ACTIVE", "maxResults": 100}) in (
        script.requests
    )
    assert ("ecs:DescribeTaskDefinition", {"taskDefinition": "web"}) in script.requests


def test_projects_are_read_a_hundred_at_a_time_and_in_order(workers: Workers) -> None:
    names = [f"build-{number}" for number in range(201)]
    pages = {None: names[:100], "1": names[100:200], "2": names[200:]}
    script = _script(
        ListProjects=lambda asked: {
            "projects": pages[asked.get("nextToken")],
            **(
                {}
                if asked.get("nextToken") == "2"
                else {"nextToken": str(1 + int(asked.get("nextToken", 0)))}
            ),
        }
    )
    calls = script.calls(workers)

    projects = collect(calls)["projects"]

    assert [each["name"] for each in projects] == names
    assert [each["project"]["name"] for each in projects] == names
    batches = [
        len(asked["names"])
        for operation, asked in script.requests
        if operation == "codebuild:BatchGetProjects"
    ]
    assert sorted(batches) == [1, 100, 100]
    assert calls.gaps == ()


def test_a_project_that_was_deleted_meanwhile_is_left_out(workers: Workers) -> None:
    calls = _script(BatchGetProjects={"projects": [], "projectsNotFound": ["build"]}).calls(workers)

    assert collect(calls)["projects"] == []
    assert calls.gaps == ()


def test_a_project_of_which_nothing_is_said_is_a_gap(workers: Workers) -> None:
    calls = _script(BatchGetProjects={"projects": [{"name": "another"}]}).calls(workers)

    assert collect(calls)["projects"] == [{"name": "build", "project": None}]
    assert [(gap.operation, gap.code, gap.resource) for gap in calls.gaps] == [
        ("codebuild:BatchGetProjects", MALFORMED, "build")
    ]


@pytest.mark.parametrize(
    ("operation", "member", "left", "resource"),
    [
        ("ListFunctions", "functions", [], None),
        ("ListTaskDefinitionFamilies", "task_definitions", [], None),
        (
            "DescribeTaskDefinition",
            "task_definitions",
            [{"family": "web", "task_definition": None}],
            "web",
        ),
        ("ListProjects", "projects", [], None),
        ("BatchGetProjects", "projects", [{"name": "build", "project": None}], None),
        ("DescribeIamInstanceProfileAssociations", "instance_profiles", [], None),
    ],
)
def test_what_could_not_be_read_is_a_gap(
    workers: Workers, operation: str, member: str, left: list[Any], resource: str | None
) -> None:
    whole = collect(_script().calls(workers))
    calls = _script(**{operation: DENIED}).calls(workers)

    assert collect(calls) == {**whole, member: left}
    assert [((gap.operation or "").split(":")[1], gap.resource) for gap in calls.gaps] == [
        (operation, resource)
    ]


def test_a_region_in_which_nothing_runs(workers: Workers) -> None:
    script = _script(
        ListFunctions={"Functions": []},
        ListTaskDefinitionFamilies={"families": []},
        ListProjects={"projects": []},
        DescribeIamInstanceProfileAssociations={"IamInstanceProfileAssociations": []},
    )
    calls = script.calls(workers)

    assert set(map(str, collect(calls).values())) == {"[]"}
    assert calls.gaps == ()
    assert len(script.requests) == 4
