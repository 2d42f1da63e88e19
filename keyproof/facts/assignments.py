"""Which groups and users of Identity Center stand behind a role that it made."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from keyproof.access.principals import Principal
    from keyproof.documents import Json
    from keyproof.facts.snapshot import Snapshot

_RESERVED = re.compile(
    r"arn:[a-z-]+:iam::[0-9]{12}:role/aws-reserved/sso\.amazonaws\.com/(?:[a-z0-9-]+/)?"
    r"AWSReservedSSO_(.+)_[0-9a-f]{16}"
)
"""Its hash changes whenever the permission set is provisioned anew, so only its name counts."""


def permission_set(arn: str) -> str | None:
    """The permission set for which Identity Center made a role; None for other principals."""
    found = _RESERVED.fullmatch(arn)
    return None if found is None else found[1]


class Assignments:
    """The assignments of permission sets, by account and name of the set."""

    def __init__(self, by_set: dict[tuple[str, str], list[Json]]) -> None:
        self._by_set = by_set

    def to(self, principal: Principal) -> list[Json]:
        """
        The groups and users to whom a role's permission set is assigned in its account.

        Empty for a role that Identity Center did not make, and where nobody could see.
        """
        name = permission_set(principal.arn)
        return [] if name is None else self._by_set.get((principal.account, name), [])


def assignments(snapshot: Snapshot) -> Assignments:
    """Join permission sets, assignments and names."""
    by_set: dict[tuple[str, str], list[Json]] = defaultdict(list)
    for _, records in snapshot.places("identity_center"):
        names = _names(records)
        for entry in records["permission_sets"]:
            if entry["permission_set"] is None:
                continue
            for account in entry["accounts"] or ():
                for assigned in account["assignments"] or ():
                    kind = "group" if assigned.get("PrincipalType") == "GROUP" else "user"
                    identifier = assigned.get("PrincipalId", "")
                    name = names.get((entry["identity_store"], kind, identifier), identifier)
                    person = {"kind": kind, "name": name}
                    by_set[account["account"], entry["permission_set"].get("Name", "")].append(
                        person
                    )
    ordered = {
        key: sorted({(each["kind"], each["name"]) for each in people})
        for key, people in by_set.items()
    }
    return Assignments(
        {
            key: [{"kind": kind, "name": name} for kind, name in people]
            for key, people in ordered.items()
        }
    )


def _names(records: Json) -> dict[tuple[str, str, str], str]:
    found = {}
    for kind, member, label in (("group", "groups", "DisplayName"), ("user", "users", "UserName")):
        for entry in records[member]:
            if entry[kind] is not None and entry[kind].get(label):
                found[entry["identity_store"], kind, entry["id"]] = entry[kind][label]
    return found
