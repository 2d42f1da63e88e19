"""Whom Identity Center lets into the roles that it makes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from keyproof.access.principals import Principal
from keyproof.facts.assignments import assignments
from tests.keyproof.access.snapshots import ACCOUNT, OTHER_ACCOUNT, REGION, estate

if TYPE_CHECKING:
    from keyproof.documents import Json
    from keyproof.facts.assignments import Assignments

STORE, OTHER_STORE = "d-0123456789", "d-9876543210"
ANA, BEN, STAFF = "ana-id", "ben-id", "staff-id"


def assigned(identifier: str, kind: str = "USER") -> Json:
    return {"AccountId": ACCOUNT, "PrincipalType": kind, "PrincipalId": identifier}


def permission_set(name: str, *given: Json, account: str = ACCOUNT, **changes: Any) -> Json:
    """A permission set with its assignments in an account."""
    return {
        "instance": "arn:aws:sso:::instance/ssoins-0123456789abcdef",
        "identity_store": STORE,
        "arn": f"arn:aws:sso:::permissionSet/ssoins-0123456789abcdef/ps-{name}",
        "permission_set": {"Name": name},
        "accounts": [{"account": account, "assignments": list(given)}],
        **changes,
    }


def user(identifier: str, name: str | None, store: str = STORE) -> Json:
    described = None if name is None else {"UserId": identifier, "UserName": name}
    return {"identity_store": store, "id": identifier, "exists": True, "user": described}


def group(identifier: str, name: str | None, store: str = STORE) -> Json:
    described = None if name is None else {"GroupId": identifier, "DisplayName": name}
    return {
        "identity_store": store,
        "id": identifier,
        "exists": True,
        "group": described,
        "members": [],
    }


def seen(*sets: Json, users: tuple[Json, ...] = (), groups: tuple[Json, ...] = ()) -> Assignments:
    records = {"permission_sets": list(sets), "users": list(users), "groups": list(groups)}
    return assignments(estate(records={("identity_center", ACCOUNT, REGION): records}))


def role(
    name: str,
    *,
    account: str = ACCOUNT,
    path: str = "aws-reserved/sso.amazonaws.com/",
    partition: str = "aws",
) -> Principal:
    return Principal(
        arn=f"arn:{partition}:iam::{account}:role/{path}{name}",
        type="role",
        account=account,
        name=name,
    )


SUPPORT = role("AWSReservedSSO_Support_0123456789abcdef")
NAMES: Json = {"users": (user(ANA, "ana"), user(BEN, "ben")), "groups": (group(STAFF, "Staff"),)}


def test_the_groups_and_users_of_a_permission_set() -> None:
    found = seen(
        permission_set("Support", assigned(BEN), assigned(ANA), assigned(STAFF, "GROUP")), **NAMES
    )

    assert found.to(SUPPORT) == [
        {"kind": "group", "name": "Staff"},
        {"kind": "user", "name": "ana"},
        {"kind": "user", "name": "ben"},
    ]


def test_who_is_assigned_twice_is_told_once() -> None:
    found = seen(
        permission_set("Support", assigned(ANA), assigned(ANA)),
        permission_set("Support", assigned(ANA)),
        **NAMES,
    )

    assert found.to(SUPPORT) == [{"kind": "user", "name": "ana"}]


@pytest.mark.parametrize(
    "principal",
    [
        role("AWSReservedSSO_Support_fedcba9876543210"),
        role(
            "AWSReservedSSO_Support_0123456789abcdef",
            path="aws-reserved/sso.amazonaws.com/eu-west-1/",
        ),
        role("AWSReservedSSO_Support_0123456789abcdef", partition="aws-us-gov"),
    ],
)
def test_the_name_of_the_set_counts_and_not_the_hash_or_the_region(principal: Principal) -> None:
    """See https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html."""
    found = seen(permission_set("Support", assigned(ANA)), **NAMES)

    assert found.to(principal) == [{"kind": "user", "name": "ana"}]


def test_a_name_may_have_underscores() -> None:
    found = seen(permission_set("Read_Only_2", assigned(ANA)), **NAMES)

    assert found.to(role("AWSReservedSSO_Read_Only_2_0123456789abcdef")) == [
        {"kind": "user", "name": "ana"}
    ]
    assert found.to(role("AWSReservedSSO_Read_Only_0123456789abcdef")) == []


@pytest.mark.parametrize(
    "principal",
    [
        role("AWSReservedSSO_Support_0123456789abcdef", account=OTHER_ACCOUNT),
        role("AWSReservedSSO_Support_0123456789abcdef", path=""),
        role("AWSReservedSSO_Support_0123456789abcdef", path="team/"),
        role("AWSReservedSSO_Support"),
        role("AWSReservedSSO_Support_0123456789ABCDEF"),
        role("AWSReservedSSO_support_0123456789abcdef"),
        role("Support"),
        Principal(
            arn=f"arn:aws:iam::{ACCOUNT}:user/AWSReservedSSO_Support_0123456789abcdef",
            type="user",
            account=ACCOUNT,
            name="AWSReservedSSO_Support_0123456789abcdef",
        ),
    ],
)
def test_another_principal_has_no_assignments(principal: Principal) -> None:
    found = seen(permission_set("Support", assigned(ANA)), **NAMES)

    assert found.to(principal) == []


def test_each_account_has_assignments_of_its_own() -> None:
    both = permission_set("Support", assigned(ANA))
    both["accounts"].append({"account": OTHER_ACCOUNT, "assignments": [assigned(BEN)]})
    found = seen(both, **NAMES)

    assert found.to(SUPPORT) == [{"kind": "user", "name": "ana"}]
    assert found.to(role("AWSReservedSSO_Support_0123456789abcdef", account=OTHER_ACCOUNT)) == [
        {"kind": "user", "name": "ben"}
    ]


def test_whoever_has_no_name_goes_by_the_id() -> None:
    """One was not described, another deleted, a third is of another store, a fourth has none."""
    found = seen(
        permission_set(
            "Support",
            assigned("lost"),
            assigned("gone", "GROUP"),
            assigned("strange"),
            assigned("nameless"),
        ),
        users=(
            user("lost", None),
            user("strange", "carol", OTHER_STORE),
            {**user("nameless", "x"), "user": {"UserId": "nameless"}},
        ),
        groups=({**group("gone", None), "exists": False},),
    )

    assert found.to(SUPPORT) == [
        {"kind": "group", "name": "gone"},
        {"kind": "user", "name": "lost"},
        {"kind": "user", "name": "nameless"},
        {"kind": "user", "name": "strange"},
    ]


def test_a_user_and_a_group_of_one_id_are_told_apart() -> None:
    found = seen(
        permission_set("Support", assigned("same"), assigned("same", "GROUP")),
        users=(user("same", "ana"),),
        groups=(group("same", "Staff"),),
    )

    assert found.to(SUPPORT) == [
        {"kind": "group", "name": "Staff"},
        {"kind": "user", "name": "ana"},
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"permission_set": None},
        {"permission_set": {}},
        {"accounts": None},
        {"accounts": []},
        {"accounts": [{"account": ACCOUNT, "assignments": None}]},
        {"accounts": [{"account": ACCOUNT, "assignments": []}]},
    ],
)
def test_what_was_not_seen_is_not_told(changes: Json) -> None:
    found = seen(permission_set("Support", assigned(ANA), **changes), **NAMES)

    assert found.to(SUPPORT) == []


def test_without_identity_center_nobody_is_told() -> None:
    assert assignments(estate()).to(SUPPORT) == []
    absent = estate(absent=[("identity_center", ACCOUNT, REGION)])
    assert assignments(absent).to(SUPPORT) == []
