"""What is dropped of an answer never gets out of `Calls`, whatever AWS puts into it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.model import ListShape, MapShape, StructureShape
from botocore.session import Session

from collectors.aws.clients import ALLOWED_OPERATIONS
from collectors.aws.faults import MALFORMED
from collectors.aws.keeping import KEPT, kept
from collectors.aws.paging import PAGING
from tests.collectors.script import Script

if TYPE_CHECKING:
    from collections.abc import Iterator

    from botocore.model import Shape

    from collectors.aws.calls import Workers
    from collectors.aws.keeping import Kept

MODELS = Session()
SECRET = {
    *("Environment", "environment", "environmentFiles", "environmentVariables"),
    *("Plaintext", "SecretBinary", "SecretString", "UserData", "command", "entryPoint"),
}
"""Members in which AWS's models hold secrets, or people put them."""
PERSONAL = {"Addresses", "Birthdate", "Email", "Emails", "MasterAccountEmail", "PhoneNumbers"}

LEAVES = {
    "codebuild:BatchGetProjects": {
        "projects.arn",
        "projects.name",
        "projects.serviceRole",
        "projectsNotFound",
    },
    "ec2:DescribeIamInstanceProfileAssociations": {
        "IamInstanceProfileAssociations.IamInstanceProfile.Arn",
        "IamInstanceProfileAssociations.InstanceId",
        "IamInstanceProfileAssociations.State",
        "NextToken",
    },
    "ecs:DescribeTaskDefinition": {
        "taskDefinition.containerDefinitions.name",
        "taskDefinition.containerDefinitions.secrets.name",
        "taskDefinition.containerDefinitions.secrets.valueFrom",
        "taskDefinition.executionRoleArn",
        "taskDefinition.family",
        "taskDefinition.taskDefinitionArn",
        "taskDefinition.taskRoleArn",
    },
    "identitystore:DescribeGroup": {"DisplayName", "GroupId"},
    "identitystore:DescribeUser": {"DisplayName", "UserId", "UserName", "UserStatus"},
    "lambda:ListFunctions": {
        "Functions.FunctionArn",
        "Functions.FunctionName",
        "Functions.Role",
        "NextMarker",
    },
    "organizations:DescribeOrganization": {
        "Organization.Arn",
        "Organization.FeatureSet",
        "Organization.Id",
        "Organization.MasterAccountArn",
        "Organization.MasterAccountId",
    },
    "organizations:ListAccountsForParent": {
        "Accounts.Arn",
        "Accounts.Id",
        "Accounts.JoinedMethod",
        "Accounts.JoinedTimestamp",
        "Accounts.Name",
        "Accounts.State",
        "Accounts.Status",
        "NextToken",
    },
}
PROJECT = {
    "name": "build",
    "environment": {
        "image": "an image",
        "environmentVariables": [
            {"name": "A", "value": "never kept"},
            {"name": "B", "value": "never kept", "type": "PLAINTEXT"},
            {"name": "C", "value": "never kept", "type": "PARAMETER_STORE"},
            {"name": "D", "value": "never kept", "type": "secrets_manager"},
            {"name": "E", "value": "openai/production", "type": "SECRETS_MANAGER"},
        ],
    },
}


def _output(operation: str) -> Shape:
    service, name = operation.split(":")
    shape = MODELS.get_service_model(service).operation_model(name).output_shape
    assert shape is not None
    return shape


def _full(shape: Shape, path: str = "", above: tuple[str, ...] = ()) -> Any:
    """An answer with everything in it that the model knows; each text says where it stands."""
    if shape.name in above:
        return None
    inside = (*above, shape.name)
    match shape:
        case StructureShape():
            members = {
                name: _full(member, f"{path}.{name}".lstrip("."), inside)
                for name, member in shape.members.items()
            }
            return {name: value for name, value in members.items() if value is not None}
        case ListShape():
            item = _full(shape.member, path, inside)
            return [] if item is None else [item]
        case MapShape():
            return {"any": _full(shape.value, f"{path}.any", inside)}
    numbers: dict[str, Any] = {"boolean": True, "double": 1.0, "integer": 1, "long": 1}
    return numbers.get(shape.type_name, path)


def _leaves(value: Any) -> Iterator[Any]:
    match value:
        case dict():
            for member in value.values():
                yield from _leaves(member)
        case list():
            for item in value:
                yield from _leaves(item)
        case _:
            yield value


def _names(shape: Shape, chosen: Kept | None, above: tuple[str, ...] = ()) -> set[str]:
    """Every member's name that can be in a kept answer."""
    if isinstance(shape, ListShape):
        return _names(shape.member, chosen, above)
    if isinstance(shape, MapShape):
        return _names(shape.value, None, above)
    if not isinstance(shape, StructureShape) or shape.name in above:
        return set()
    found = set()
    for name, member in shape.members.items():
        if chosen is None or name in chosen.members:
            inner = None if chosen is None else chosen.members[name]
            # A structure of which some members are kept is judged by these.
            found |= ({name} if inner is None else set()) | _names(
                member, inner, (*above, shape.name)
            )
    return found


@pytest.mark.parametrize("operation", sorted(ALLOWED_OPERATIONS))
def test_no_allowed_operation_answers_with_a_secret(operation: str) -> None:
    names = _names(_output(operation), KEPT.get(operation))

    assert names.isdisjoint(SECRET)
    assert names.isdisjoint(PERSONAL)


@pytest.mark.parametrize("operation", sorted(KEPT))
def test_nothing_is_kept_but_what_is_listed_here(operation: str, workers: Workers) -> None:
    script = Script({operation: _full(_output(operation))})
    calls = script.calls(workers)

    answer = calls.call(operation, PARAMETERS.get(operation, {}))

    assert set(_leaves(answer)) == LEAVES[operation]
    assert calls.gaps == ()


PARAMETERS: dict[str, dict[str, Any]] = {
    "codebuild:BatchGetProjects": {"names": ["build"]},
    "ecs:DescribeTaskDefinition": {"taskDefinition": "web"},
    "identitystore:DescribeGroup": {"IdentityStoreId": "d-1", "GroupId": "g"},
    "identitystore:DescribeUser": {"IdentityStoreId": "d-1", "UserId": "u"},
    "organizations:ListAccountsForParent": {"ParentId": "r-1"},
}


@pytest.mark.parametrize("operation", sorted(KEPT))
def test_what_is_kept_is_allowed_to_be_called_and_paged(operation: str) -> None:
    assert operation in ALLOWED_OPERATIONS
    if operation in PAGING:
        paging = PAGING[operation]
        assert {paging.names, *paging.lists} <= set(KEPT[operation].members)
        assert paging.more is None


def test_of_a_build_only_the_variables_that_name_a_secret_are_kept() -> None:
    answer = kept("codebuild:BatchGetProjects", {"projects": [PROJECT], "projectsNotFound": []})

    assert answer == {
        "projects": [
            {
                "name": "build",
                "environment": {
                    "environmentVariables": [
                        {"name": "E", "value": "openai/production", "type": "SECRETS_MANAGER"}
                    ]
                },
            }
        ],
        "projectsNotFound": [],
    }


def test_of_any_other_operation_everything_is_kept() -> None:
    answer = {"KeyMetadata": {"Arn": "a", "SomethingNew": 1}}

    assert kept("kms:DescribeKey", answer) is answer


@pytest.mark.parametrize(
    "functions",
    [
        "never kept",
        {"FunctionName": "never kept"},
        ["never kept"],
        [{"FunctionName": ["never kept"]}],
        [{"Environment": "never kept"}],
    ],
    ids=str,
)
def test_of_an_answer_in_another_shape_nothing_is_kept(workers: Workers, functions: Any) -> None:
    calls = Script({"lambda:ListFunctions": {"Functions": functions}}).calls(workers)

    assert calls.pages("lambda:ListFunctions") is None
    assert [gap.code for gap in calls.gaps] == [MALFORMED]
    assert "never kept" not in repr((calls.gaps, calls.operations))
