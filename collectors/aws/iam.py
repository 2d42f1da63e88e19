"""AWS IAM: all users, groups, roles and policies of an account."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from collectors.aws.calls import answered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from collectors.aws.calls import Calls
    from keyproof.documents import Json

MEMBERS = ("users", "groups", "roles", "policies")

_LISTS = ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")


_DETAILS = "iam:GetAccountAuthorizationDetails"
_POLICY = "iam:GetPolicy"
_VERSION = "iam:GetPolicyVersion"


def collect(calls: Calls) -> Json:
    """
    Read the account's authorization details, which hold every policy and its versions.

    A managed policy that is attached, or is somebody's boundary, and was left out of them
    is read by itself: it stands among the `policies` as the others do, with its default
    version alone. One that could not be read is not there, and its ARN is in the gap.
    """
    details = calls.pages(_DETAILS) or {}
    records: Json = {
        member: details.get(name, []) for member, name in zip(MEMBERS, _LISTS, strict=True)
    }
    known = {policy.get("Arn") for policy in records["policies"]}
    missing = [arn for arn in dict.fromkeys(_in_use(calls, records)) if arn not in known]
    found = calls.each(partial(_policy, calls), missing)
    records["policies"] = [*records["policies"], *(policy for policy in found if policy)]
    return records


def _in_use(calls: Calls, records: Json) -> Iterator[str]:
    """The ARNs of managed policies that the account's principals name."""
    for principal in (*records["users"], *records["groups"], *records["roles"]):
        named = [(each, "PolicyArn") for each in principal.get("AttachedManagedPolicies", ())]
        if "PermissionsBoundary" in principal:
            named.append((principal["PermissionsBoundary"], "PermissionsBoundaryArn"))
        for each, member in named:
            arn = calls.text(each, member, _DETAILS, resource=principal.get("Arn"))
            if arn is not None:
                yield arn


def _policy(calls: Calls, arn: str) -> Json | None:
    described = calls.call(_POLICY, {"PolicyArn": arn}, resource=arn, has=("Policy",))
    policy = answered(described, "Policy")
    if policy is None:
        return None
    version_id = calls.text(policy, "DefaultVersionId", _POLICY, resource=arn)
    if version_id is None:
        return None
    asked = {"PolicyArn": arn, "VersionId": version_id}
    read = calls.call(_VERSION, asked, resource=arn, has=("PolicyVersion",))
    version = answered(read, "PolicyVersion")
    if version is None:
        return None
    if "Document" not in version:
        calls.malformed(_VERSION, resource=arn)
        return None
    default = {**version, "VersionId": version_id, "IsDefaultVersion": True}
    return {**policy, "Arn": arn, "PolicyVersionList": [default]}
