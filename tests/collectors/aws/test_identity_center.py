from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from moto.moto_api._internal.models import moto_api_backend

from collectors.aws.accounts import AwsAccount
from collectors.aws.calls import Calls
from collectors.aws.clients import Clients
from collectors.aws.faults import MALFORMED
from collectors.aws.identity_center import MEMBERS, collect
from tests.collectors.emulator import ACCOUNT, HOME
from tests.collectors.estates import add_identity_center
from tests.collectors.script import Refusal, Script

if TYPE_CHECKING:
    from collectors.aws.calls import Workers
    from keyproof.documents import Json
    from tests.collectors.emulator import Emulator

DENIED = Refusal("AccessDeniedException")
NOT_FOUND = Refusal("ResourceNotFoundException")
STORE = "d-1234567890"
INSTANCE = {
    "InstanceArn": "arn:aws:sso:::instance/ssoins-1234567890abcdef",
    "IdentityStoreId": STORE,
    "OwnerAccountId": "123456789012",
}
SET = "arn:aws:sso:::permissionSet/ssoins-1234567890abcdef/ps-1234567890abcdef"
GROUP, ADA, GRACE = (f"{each * 8}-1111-2222-3333-444444444444" for each in "abc")
ASSIGNED = [
    {"PrincipalType": "GROUP", "PrincipalId": GROUP},
    {"PrincipalType": "USER", "PrincipalId": GRACE},
]
EMPTY: Json = {member: [] for member in MEMBERS}


def _script(**changes: Any) -> Script:
    """A permission set in two accounts, for a group with a user in it and for another user."""
    answers: dict[str, Any] = {
        "sso-admin:ListInstances": {"Instances": [INSTANCE]},
        "sso-admin:ListPermissionSets": {"PermissionSets": [SET]},
        "sso-admin:DescribePermissionSet": {"PermissionSet": {"Name": "Operators"}},
        "sso-admin:ListAccountsForProvisionedPermissionSet": {
            "AccountIds": ["111122223333", "444455556666"]
        },
        "sso-admin:ListAccountAssignments": {"AccountAssignments": ASSIGNED},
        "identitystore:DescribeGroup": {"GroupId": GROUP, "DisplayName": "Platform"},
        "identitystore:ListGroupMemberships": {
            "GroupMemberships": [{"MemberId": {"UserId": ADA}}, {"MemberId": {"UserId": GRACE}}]
        },
        "identitystore:DescribeUser": lambda asked: {
            "UserId": asked["UserId"],
            "UserName": "someone",
            "Emails": [{"Value": "someone@example.com"}],
        },
    }
    named = {operation.split(":")[1]: operation for operation in answers}
    return Script({**answers, **{named[name]: to for name, to in changes.items()}})


def _gaps(calls: Calls) -> set[tuple[str, str | None, str | None]]:
    return {((gap.operation or "").split(":")[1], gap.code, gap.resource) for gap in calls.gaps}


def test_the_emulated_groups_and_users_behind_a_permission_set(
    emulator: Emulator, workers: Workers
) -> None:
    moto_api_backend.reset()
    made = add_identity_center(emulator.client)
    clients = Clients(AwsAccount(id=ACCOUNT, regions=(HOME,)), max_attempts=1)
    calls = Calls(
        clients.client,
        workers,
        source="identity_center",
        account=ACCOUNT,
        region=HOME,
        endpoint_region=HOME,
    )

    records = collect(calls)

    assert calls.gaps == ()
    (instance,) = records["instances"]
    assert instance["instance"]["InstanceArn"] == made["instance"]
    assert instance["permission_sets"] == [made["set"]]
    (each,) = records["permission_sets"]
    assert (each["instance"], each["arn"]) == (made["instance"], made["set"])
    assert each["permission_set"]["Name"] == "Operators"
    (account,) = each["accounts"]
    assert account["account"] == ACCOUNT
    assert {
        (assignment["PrincipalType"], assignment["PrincipalId"])
        for assignment in account["assignments"]
    } == {("GROUP", made["group"]), ("USER", made["grace"])}
    assert records["groups"] == [
        {
            "identity_store": made["IdentityStoreId"],
            "id": made["group"],
            "exists": True,
            "group": {"GroupId": made["group"], "DisplayName": "Platform"},
            "members": [made["ada"]],
        }
    ]
    assert {user["id"]: user["user"]["DisplayName"] for user in records["users"]} == {
        made["ada"]: "Ada",
        made["grace"]: "Grace",
    }
    assert "@example.com" not in json.dumps(records)


def test_each_group_and_user_is_read_once(workers: Workers) -> None:
    script = _script()
    calls = script.calls(workers)

    records = collect(calls)

    assert calls.gaps == ()
    assert [len(each["accounts"]) for each in records["permission_sets"]] == [2]
    assert [group["members"] for group in records["groups"]] == [[ADA, GRACE]]
    assert sorted(user["id"] for user in records["users"]) == [ADA, GRACE]
    asked = [operation for operation, _ in script.requests]
    assert asked.count("identitystore:DescribeGroup") == 1
    assert asked.count("identitystore:ListGroupMemberships") == 1
    assert asked.count("identitystore:DescribeUser") == 2


def test_a_region_without_an_instance(workers: Workers) -> None:
    script = _script(ListInstances={"Instances": []})
    calls = script.calls(workers)

    assert collect(calls) == EMPTY
    assert calls.gaps == ()
    assert len(script.requests) == 1


def test_an_instance_of_one_account_has_no_permission_sets(workers: Workers) -> None:
    script = _script(ListPermissionSets=Refusal("ValidationException"))
    calls = script.calls(workers)

    assert collect(calls) == {
        **EMPTY,
        "instances": [{"instance": INSTANCE, "permission_sets": []}],
    }
    assert calls.gaps == ()


def test_a_member_account_sees_the_instance_and_is_refused_once(workers: Workers) -> None:
    script = _script(ListPermissionSets=DENIED)
    calls = script.calls(workers)

    assert collect(calls) == {
        **EMPTY,
        "instances": [{"instance": INSTANCE, "permission_sets": None}],
    }
    assert _gaps(calls) == {
        ("ListPermissionSets", "AccessDeniedException", INSTANCE["InstanceArn"])
    }
    assert len(script.requests) == 2


def test_whoever_was_deleted_does_not_exist_any_more(workers: Workers) -> None:
    calls = _script(
        DescribeGroup=NOT_FOUND, ListGroupMemberships=NOT_FOUND, DescribeUser=NOT_FOUND
    ).calls(workers)

    records = collect(calls)

    assert records["groups"] == [
        {"identity_store": STORE, "id": GROUP, "exists": False, "group": None, "members": []}
    ]
    assert records["users"] == [
        {"identity_store": STORE, "id": GRACE, "exists": False, "user": None}
    ]
    assert calls.gaps == ()


@pytest.mark.parametrize(
    ("operation", "resources"),
    [
        ("ListInstances", {None}),
        ("ListPermissionSets", {INSTANCE["InstanceArn"]}),
        ("DescribePermissionSet", {SET}),
        ("ListAccountsForProvisionedPermissionSet", {SET}),
        ("ListAccountAssignments", {SET}),
        ("DescribeGroup", {GROUP}),
        ("ListGroupMemberships", {GROUP}),
        ("DescribeUser", {ADA, GRACE}),
    ],
)
def test_what_could_not_be_read_is_a_gap(
    workers: Workers, operation: str, resources: set[str | None]
) -> None:
    calls = _script(**{operation: DENIED}).calls(workers)

    collect(calls)

    assert _gaps(calls) == {
        (operation, "AccessDeniedException", resource) for resource in resources
    }


def test_what_could_not_be_read_is_none(workers: Workers) -> None:
    records = collect(
        _script(
            DescribePermissionSet=DENIED,
            DescribeGroup=DENIED,
            ListGroupMemberships=DENIED,
            DescribeUser=DENIED,
        ).calls(workers)
    )

    (each,) = records["permission_sets"]
    assert each["permission_set"] is None
    (group,) = records["groups"]
    assert (group["exists"], group["group"], group["members"]) == (None, None, None)
    (user,) = records["users"]
    assert (user["id"], user["exists"], user["user"]) == (GRACE, None, None)

    (each,) = collect(_script(ListAccountAssignments=DENIED).calls(workers))["permission_sets"]
    assert [account["assignments"] for account in each["accounts"]] == [None, None]

    unlisted = _script(ListAccountsForProvisionedPermissionSet=DENIED)
    (each,) = collect(unlisted.calls(workers))["permission_sets"]
    assert each["accounts"] is None


@pytest.mark.parametrize(
    ("operation", "answer"),
    [
        ("ListPermissionSets", {"PermissionSets": [SET]}),
        ("ListAccountsForProvisionedPermissionSet", {"AccountIds": ["111122223333"]}),
        ("ListAccountAssignments", {"AccountAssignments": ASSIGNED}),
        ("ListGroupMemberships", {"GroupMemberships": [{"MemberId": {"UserId": ADA}}]}),
    ],
)
def test_half_a_list_is_none(workers: Workers, operation: str, answer: Json) -> None:
    def answers(asked: Json) -> Json | Refusal:
        return DENIED if "NextToken" in asked else {**answer, "NextToken": "more"}

    records = collect(_script(**{operation: answers}).calls(workers))

    kept = {
        "ListPermissionSets": lambda: records["instances"][0]["permission_sets"],
        "ListAccountsForProvisionedPermissionSet": lambda: records["permission_sets"][0][
            "accounts"
        ],
        "ListAccountAssignments": lambda: records["permission_sets"][0]["accounts"][0][
            "assignments"
        ],
        "ListGroupMemberships": lambda: records["groups"][0]["members"],
    }
    assert kept[operation]() is None


@pytest.mark.parametrize(
    ("changes", "gap"),
    [
        (
            {"ListInstances": {"Instances": [{"InstanceArn": INSTANCE["InstanceArn"]}]}},
            ("ListInstances", MALFORMED, None),
        ),
        (
            {"DescribePermissionSet": {"PermissionSet": {}}},
            ("DescribePermissionSet", MALFORMED, SET),
        ),
        (
            {"ListAccountAssignments": {"AccountAssignments": [{"PrincipalType": "USER"}]}},
            ("ListAccountAssignments", MALFORMED, SET),
        ),
        (
            {"ListGroupMemberships": {"GroupMemberships": [{"MemberId": {}}]}},
            ("ListGroupMemberships", MALFORMED, GROUP),
        ),
        (
            {"ListGroupMemberships": {"GroupMemberships": [{}]}},
            ("ListGroupMemberships", MALFORMED, GROUP),
        ),
    ],
    ids=str,
)
def test_what_lacks_its_id_or_name_is_malformed(
    workers: Workers, changes: dict[str, Any], gap: tuple[str, str, str | None]
) -> None:
    calls = _script(**changes).calls(workers)

    collect(calls)

    assert _gaps(calls) == {gap}
