from __future__ import annotations

from typing import TYPE_CHECKING

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


def test_no_details_can_be_had(workers: Workers) -> None:
    calls = Script({DETAILS: Refusal("AccessDenied")}).calls(workers)

    assert collect(calls) == {"users": [], "groups": [], "roles": [], "policies": []}
    assert [gap.operation for gap in calls.gaps] == [DETAILS]
