from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from collectors.aws.faults import MALFORMED
from collectors.aws.iam import collect
from tests.collectors.script import Refusal, Script

if TYPE_CHECKING:
    from collectors.aws.calls import Workers

DETAILS = "iam:GetAccountAuthorizationDetails"


def test_each_list_has_its_member(workers: Workers) -> None:
    script = Script(
        {
            DETAILS: {
                "UserDetailList": [{"UserName": "u"}],
                "GroupDetailList": [{"GroupName": "g"}],
                "RoleDetailList": [{"RoleName": "r"}],
                "Policies": [{"PolicyName": "p"}],
                "IsTruncated": False,
            }
        }
    )

    assert collect(script.calls(workers)) == {
        "users": [{"UserName": "u"}],
        "groups": [{"GroupName": "g"}],
        "roles": [{"RoleName": "r"}],
        "policies": [{"PolicyName": "p"}],
    }


AWS_ARN = "arn:aws:iam::aws:policy/SecretsManagerReadWrite"
OWN_ARN = "arn:aws:iam::111122223333:policy/boundary"
DOCUMENT = {"Version": "2012-10-17", "Statement": []}


def _details(*policies: str, **lists: list[dict[str, Any]]) -> dict[str, Any]:
    empty: dict[str, Any] = {name: [] for name in ("UserDetailList", "GroupDetailList")}
    held = [{"Arn": arn, "PolicyVersionList": []} for arn in policies]
    return {**empty, "RoleDetailList": [], "Policies": held, "IsTruncated": False, **lists}


def _attached(*arns: str) -> dict[str, Any]:
    return {
        "Arn": "arn:aws:iam::111122223333:role/r",
        "AttachedManagedPolicies": [{"PolicyName": "p", "PolicyArn": arn} for arn in arns],
    }


def _script(details: dict[str, Any], **changes: Any) -> Script:
    answers: dict[str, Any] = {
        DETAILS: details,
        "iam:GetPolicy": lambda asked: {
            "Policy": {"Arn": asked["PolicyArn"], "PolicyName": "p", "DefaultVersionId": "v3"}
        },
        "iam:GetPolicyVersion": lambda asked: {
            "PolicyVersion": {
                "VersionId": asked["VersionId"],
                "Document": quote(json.dumps(DOCUMENT)),
            }
        },
    }
    return Script({**answers, **{f"iam:{name}": to for name, to in changes.items()}})


@pytest.mark.parametrize("principals", ["UserDetailList", "GroupDetailList", "RoleDetailList"])
def test_an_attached_policy_that_the_details_leave_out_is_read(
    workers: Workers, principals: str
) -> None:
    details = _details(OWN_ARN, **{principals: [_attached(AWS_ARN, OWN_ARN), _attached(AWS_ARN)]})
    script = _script(details)
    calls = script.calls(workers)

    assert collect(calls)["policies"] == [
        {"Arn": OWN_ARN, "PolicyVersionList": []},
        {
            "Arn": AWS_ARN,
            "PolicyName": "p",
            "DefaultVersionId": "v3",
            "PolicyVersionList": [
                {"VersionId": "v3", "Document": DOCUMENT, "IsDefaultVersion": True}
            ],
        },
    ]
    assert script.requests[1:] == [
        ("iam:GetPolicy", {"PolicyArn": AWS_ARN}),
        ("iam:GetPolicyVersion", {"PolicyArn": AWS_ARN, "VersionId": "v3"}),
    ]
    assert calls.gaps == ()


@pytest.mark.parametrize("principals", ["UserDetailList", "RoleDetailList"])
def test_so_is_a_boundary(workers: Workers, principals: str) -> None:
    boundary = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": AWS_ARN}
    script = _script(_details(**{principals: [{"PermissionsBoundary": boundary}]}))

    (policy,) = collect(script.calls(workers))["policies"]

    assert policy["Arn"] == AWS_ARN


@pytest.mark.parametrize("operation", ["GetPolicy", "GetPolicyVersion"])
@pytest.mark.parametrize("code", ["AccessDenied", "NoSuchEntity"])
def test_a_policy_that_could_not_be_read_is_a_gap(
    workers: Workers, operation: str, code: str
) -> None:
    details = _details(OWN_ARN, RoleDetailList=[_attached(AWS_ARN)])
    calls = _script(details, **{operation: Refusal(code)}).calls(workers)

    records = collect(calls)

    assert [policy["Arn"] for policy in records["policies"]] == [OWN_ARN]
    assert [(gap.operation, gap.code, gap.resource) for gap in calls.gaps] == [
        (f"iam:{operation}", code, AWS_ARN)
    ]


@pytest.mark.parametrize(
    ("changes", "operation", "resource"),
    [
        ({"GetPolicy": {"Policy": {}}}, "iam:GetPolicy", AWS_ARN),
        ({"GetPolicyVersion": {"PolicyVersion": {}}}, "iam:GetPolicyVersion", AWS_ARN),
        (
            {"GetAccountAuthorizationDetails": _details(RoleDetailList=[_attached("")])},
            DETAILS,
            "arn:aws:iam::111122223333:role/r",
        ),
    ],
)
def test_what_lacks_its_name_or_text_is_malformed(
    workers: Workers, changes: dict[str, Any], operation: str, resource: str
) -> None:
    calls = _script(_details(RoleDetailList=[_attached(AWS_ARN)]), **changes).calls(workers)

    assert collect(calls)["policies"] == []
    assert [(gap.operation, gap.code, gap.resource) for gap in calls.gaps] == [
        (operation, MALFORMED, resource)
    ]


def test_no_details_can_be_had(workers: Workers) -> None:
    calls = Script({DETAILS: Refusal("AccessDenied")}).calls(workers)

    assert collect(calls) == {"users": [], "groups": [], "roles": [], "policies": []}
    assert [gap.operation for gap in calls.gaps] == [DETAILS]
