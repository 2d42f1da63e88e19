"""AWS IAM: all users, groups, roles and policies of an account."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collectors.aws.calls import Calls
    from keyproof.documents import Json

MEMBERS = ("users", "groups", "roles", "policies")

_LISTS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")


def collect(calls: Calls) -> Json:
    """Read the account's authorization details, which hold every policy and its versions."""
    details = calls.pages("iam:GetAccountAuthorizationDetails") or {}
    return {member: details.get(name, []) for member, name in zip(MEMBERS, _LISTS, strict=True)}
