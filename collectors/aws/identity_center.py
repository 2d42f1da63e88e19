"""
AWS IAM Identity Center: the groups and users behind the roles that it makes.

In every account that a permission set is assigned in, Identity Center keeps a role named
`AWSReservedSSO_<permission set>_<hash>`. The role itself says what it may do (it is read
with IAM); only Identity Center says who may take it on.

https://docs.aws.amazon.com/singlesignon/latest/userguide/referencingpermissionsets.html
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from collectors.aws.calls import Miss, answered

if TYPE_CHECKING:
    from collections.abc import Iterable

    from collectors.aws.calls import Calls
    from keyproof.documents import Json

MEMBERS = ("instances", "permission_sets", "groups", "users")

_INSTANCES = "sso-admin:ListInstances"
_ASSIGNMENTS = "sso-admin:ListAccountAssignments"
_MEMBERSHIPS = "identitystore:ListGroupMemberships"

_ACCOUNT_INSTANCE = frozenset({"ValidationException"})
"""An instance of one account, which is for its applications, has no permission sets."""

_NOT_FOUND = frozenset({"ResourceNotFoundException"})
"""An assignment outlives the group or user that it was for."""


def collect(calls: Calls) -> Json:
    """
    Describe the instances of a region, their permission sets and who is assigned them.

    `permission_sets` of an instance are their ARNs, `accounts` of a permission set those
    that it is provisioned to, each with its `assignments`. Of groups and users only those
    that are assigned are read, and the users in such groups: a group's name and the ids of
    its `members`, a user's names. Each is None where its call failed; `exists` is False for
    what was deleted.

    AWS answers the management account and the delegated administrator. Any other account
    may see that there is an instance; there the refused listing of its permission sets is
    the one gap, and nothing more is asked.
    """
    listed = calls.pages(_INSTANCES)
    instances = calls.each(
        partial(_instance, calls),
        [each for each in (listed["Instances"] if listed else []) if _identified(calls, each)],
    )
    sets = calls.each(
        partial(_permission_set, calls),
        [(each["instance"], arn) for each in instances for arn in each["permission_sets"] or ()],
    )
    accounts = [(each, account) for each in sets for account in each["accounts"] or ()]
    calls.each(partial(_assign, calls), accounts)
    assigned = [
        (each["identity_store"], assignment["PrincipalType"], assignment["PrincipalId"])
        for each, account in accounts
        for assignment in account["assignments"] or ()
    ]
    groups = calls.each(
        partial(_group, calls),
        _once((store, own_id) for store, kind, own_id in assigned if kind == "GROUP"),
    )
    users = calls.each(
        partial(_user, calls),
        _once(
            [
                *((store, own_id) for store, kind, own_id in assigned if kind == "USER"),
                *(
                    (each["identity_store"], own_id)
                    for each in groups
                    for own_id in each["members"] or ()
                ),
            ]
        ),
    )
    return {"instances": instances, "permission_sets": sets, "groups": groups, "users": users}


def _identified(calls: Calls, instance: Json) -> bool:
    names = ("InstanceArn", "IdentityStoreId")
    return all(calls.text(instance, name, _INSTANCES) is not None for name in names)


def _once(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return list(dict.fromkeys(pairs))


def _instance(calls: Calls, instance: Json) -> Json:
    arn = instance["InstanceArn"]
    listed = calls.pages(
        "sso-admin:ListPermissionSets",
        {"InstanceArn": arn},
        resource=arn,
        absent=_ACCOUNT_INSTANCE,
        whole=True,
    )
    return {
        "instance": instance,
        "permission_sets": None if listed is None else listed["PermissionSets"],
    }


def _permission_set(calls: Calls, set_of_instance: tuple[Json, str]) -> Json:
    instance, arn = set_of_instance
    asked = {"InstanceArn": instance["InstanceArn"], "PermissionSetArn": arn}
    described = answered(
        calls.call("sso-admin:DescribePermissionSet", asked, resource=arn, has=("PermissionSet",)),
        "PermissionSet",
    )
    if described is not None:
        calls.text(described, "Name", "sso-admin:DescribePermissionSet", resource=arn)
    accounts = calls.pages(
        "sso-admin:ListAccountsForProvisionedPermissionSet", asked, resource=arn, whole=True
    )
    return {
        "instance": instance["InstanceArn"],
        "identity_store": instance["IdentityStoreId"],
        "arn": arn,
        "permission_set": described,
        "accounts": None
        if accounts is None
        else [{"account": account, "assignments": None} for account in accounts["AccountIds"]],
    }


def _assign(calls: Calls, account_of_set: tuple[Json, Json]) -> None:
    each, account = account_of_set
    listed = calls.pages(
        _ASSIGNMENTS,
        {
            "InstanceArn": each["instance"],
            "AccountId": account["account"],
            "PermissionSetArn": each["arn"],
        },
        resource=each["arn"],
        whole=True,
    )
    if listed is not None and all(
        calls.text(assignment, name, _ASSIGNMENTS, resource=each["arn"]) is not None
        for assignment in listed["AccountAssignments"]
        for name in ("PrincipalType", "PrincipalId")
    ):
        account["assignments"] = listed["AccountAssignments"]


def _group(calls: Calls, group_of_store: tuple[str, str]) -> Json:
    store, own_id = group_of_store
    asked = {"IdentityStoreId": store, "GroupId": own_id}
    exists, described = _described(calls, "identitystore:DescribeGroup", asked, "GroupId")
    listed = calls.pages(_MEMBERSHIPS, asked, resource=own_id, absent=_NOT_FOUND, whole=True)
    members = None
    if listed is not None:
        members = [
            calls.text(each.get("MemberId", {}), "UserId", _MEMBERSHIPS, resource=own_id)
            for each in listed["GroupMemberships"]
        ]
    return {
        "identity_store": store,
        "id": own_id,
        "exists": exists,
        "group": described,
        "members": None if members is None or None in members else members,
    }


def _user(calls: Calls, user_of_store: tuple[str, str]) -> Json:
    store, own_id = user_of_store
    asked = {"IdentityStoreId": store, "UserId": own_id}
    exists, described = _described(calls, "identitystore:DescribeUser", asked, "UserId")
    return {"identity_store": store, "id": own_id, "exists": exists, "user": described}


def _described(
    calls: Calls, operation: str, asked: Json, member: str
) -> tuple[bool | None, Json | None]:
    answer = calls.call(operation, asked, resource=asked[member], has=(member,), absent=_NOT_FOUND)
    if answer is Miss.ABSENT:
        return False, None
    return (None, None) if isinstance(answer, Miss) else (True, answer)
