"""
AWS Organizations: who is in the organisation, where, and which policies bound it.

Service control policies bound what an account's principals may do, and resource control
policies what anybody may do to its resources. Both are inherited down the tree of
organisational units, so that an account's place in it is needed too.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies.html
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from collectors.aws.calls import answered

if TYPE_CHECKING:
    from collectors.aws.calls import Calls
    from keyproof.documents import Json

MEMBERS = ("organization", "parents", "accounts", "policies")

TYPES = ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY")
"""The types of policy that decide on access."""

_NOT_IN_USE = frozenset({"AWSOrganizationsNotInUseException"})
_DESCRIBE = "organizations:DescribeOrganization"
_ROOTS = "organizations:ListRoots"
_UNITS = "organizations:ListOrganizationalUnitsForParent"
_ACCOUNTS = "organizations:ListAccountsForParent"
_POLICIES = "organizations:ListPolicies"


def collect(calls: Calls) -> Json:
    """
    Describe the organisation that the account belongs to; all lists are empty without one.

    `organization` has one item or none. `parents` are the roots and organisational units;
    `parents` of one of them, or of an account, are the ids above it, root first. `units` and
    `accounts` of a parent are the ids directly inside, `content` and `targets` a policy's
    text and what it is attached to; each is None where its call failed. What has no id, or
    an id that was there before, is left out, with a gap.

    AWS answers the management account and delegated administrators. Any other account may
    only describe the organisation; there the refused listing of the roots is the one gap,
    and nothing more is asked.
    """
    described = calls.call(_DESCRIBE, {}, has=("Organization",), absent=_NOT_IN_USE)
    organization = answered(described, "Organization")
    records: Json = {member: [] for member in MEMBERS}
    if organization is None:
        return records
    for member in ("Id", "MasterAccountId"):
        calls.text(organization, member, _DESCRIBE)  # one without either is a gap
    records["organization"] = [organization]
    listed = calls.pages(_ROOTS)
    if listed is None:
        return records
    records["parents"], records["accounts"] = _tree(calls, listed["Roots"])
    records["policies"] = _policies(calls, listed["Roots"])
    return records


def _tree(calls: Calls, roots: list[Json]) -> tuple[list[Json], list[Json]]:
    """Read the tree from the roots down, one level at a time."""
    parents: list[Json] = []
    accounts: list[Json] = []
    known: set[str] = set()
    level = _new(calls, _ROOTS, [(root, []) for root in roots], known)
    while level:
        below: list[tuple[Json, list[str]]] = []
        inside = calls.each(partial(_inside, calls), [parent["Id"] for parent, _ in level])
        for (parent, above), (units, members) in zip(level, inside, strict=True):
            chain = [*above, parent["Id"]]
            new = _new(calls, _ACCOUNTS, [(member, chain) for member in members or ()], known)
            accounts += [{"account": account, "parents": chain} for account, _ in new]
            below_this = _new(calls, _UNITS, [(unit, chain) for unit in units or ()], known)
            below += below_this
            parents.append(
                {
                    "parent": parent,
                    "parents": above,
                    "units": None if units is None else [unit["Id"] for unit, _ in below_this],
                    "accounts": None if members is None else [each["Id"] for each, _ in new],
                }
            )
        level = below
    return parents, accounts


def _new(
    calls: Calls, operation: str, found: list[tuple[Json, list[str]]], known: set[str]
) -> list[tuple[Json, list[str]]]:
    """
    Give what has an id that was not known before.

    Whoever is in two places was moved meanwhile, or the answers go in circles.
    """
    new = []
    for item, above in found:
        own_id = calls.text(item, "Id", operation, resource=above[-1] if above else None)
        if own_id in known:
            calls.malformed(operation, resource=own_id)
        elif own_id is not None:
            known.add(own_id)
            new.append((item, above))
    return new


def _inside(calls: Calls, parent: str) -> tuple[list[Json] | None, list[Json] | None]:
    asked = {"ParentId": parent}
    units = calls.pages(_UNITS, asked, resource=parent, whole=True)
    accounts = calls.pages(_ACCOUNTS, asked, resource=parent, whole=True)
    return (
        None if units is None else units["OrganizationalUnits"],
        None if accounts is None else accounts["Accounts"],
    )


def _policies(calls: Calls, roots: list[Json]) -> list[Json]:
    """
    Read the policies of each type that a root has.

    A type that no root has is in force nowhere, and not every partition knows each of them.
    """
    types = [each for each in TYPES if any(_may_have(root, each) for root in roots)]
    listed = calls.each(lambda each: calls.pages(_POLICIES, {"Filter": each}), types)
    policies = [policy for found in listed if found for policy in found["Policies"]]
    named = [policy for policy in policies if calls.text(policy, "Id", _POLICIES)]
    return calls.each(partial(_policy, calls), named)


def _may_have(root: Json, policy_type: str) -> bool:
    """A root that does not say which types it has may have any."""
    return "PolicyTypes" not in root or any(
        each.get("Type") == policy_type for each in root["PolicyTypes"]
    )


def _policy(calls: Calls, policy: Json) -> Json:
    asked, own_id = {"PolicyId": policy["Id"]}, policy["Id"]
    described = answered(
        calls.call("organizations:DescribePolicy", asked, resource=own_id, has=("Policy",)),
        "Policy",
    )
    targets = calls.pages("organizations:ListTargetsForPolicy", asked, resource=own_id, whole=True)
    return {
        "policy": policy,
        "content": None
        if described is None
        else calls.text(described, "Content", "organizations:DescribePolicy", resource=own_id),
        "targets": None if targets is None else targets["Targets"],
    }
