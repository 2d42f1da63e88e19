"""
Where each account stands in the organisation, and which control policies reach it.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from keyproof.access.policy import Reference, UnseenPolicy, read_policy
from keyproof.access.values import ABSENT, UNKNOWN, known

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from keyproof.access.policy import AnyPolicy, Kind
    from keyproof.access.values import Value
    from keyproof.documents import Json
    from keyproof.facts.snapshot import Snapshot

Levels = tuple[tuple["AnyPolicy", ...], ...]

_KINDS: Mapping[str, Kind] = {
    "SERVICE_CONTROL_POLICY": "service_control_policy",
    "RESOURCE_CONTROL_POLICY": "resource_control_policy",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """
    An account's place: the organisation's id, and its path in it, both None outside of one.

    `scps` and `rcps` are None where none apply. `seen` tells whether all this is known.
    """

    organization: str | None
    path: str | None
    management: bool
    scps: Levels | None
    rcps: Levels | None
    seen: bool

    def context(self, whose: str) -> dict[str, Value]:
        """The condition keys of the `principal` or the `resource` that it settles."""
        return {
            f"aws:{whose}orgid": self._value(self.organization),
            f"aws:{whose}orgpaths": self._value(self.path),
        }

    def _value(self, text: str | None) -> Value:
        if text is not None:
            return known(text)
        return ABSENT if self.seen else UNKNOWN


OUTSIDE = Membership(
    organization=None, path=None, management=False, scps=None, rcps=None, seen=True
)


class Organizations:
    """What all snapshots of the source `organizations` tell together."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._trees: dict[str, _Tree] = {}
        self._of_account: dict[str, str] = {}
        self._outside: set[str] = set()
        for place, records in snapshot.places("organizations"):
            denied = not snapshot.seen("organizations", (place.account, place.region))
            for organization in records["organization"]:
                own_id = organization.get("Id")
                if own_id is None:  # the collector left a gap
                    continue
                self._of_account[place.account] = own_id
                if records["parents"]:
                    file = f"organizations.{place.account}.{place.region}.json"
                    self._trees.setdefault(
                        own_id, _Tree(organization, records, file, whole=not denied)
                    )
            if not records["organization"] and not denied:
                self._outside.add(place.account)

    @property
    def accounts(self) -> Iterable[str]:
        """Every account of the organisations whose trees were seen."""
        return {account for tree in self._trees.values() for account in tree.accounts}

    @property
    def seen(self) -> frozenset[str]:
        """The organisations whose accounts are all known."""
        return frozenset(
            organization for organization, tree in self._trees.items() if tree.every_account
        )

    def membership(self, account: str) -> Membership:
        """Give an account's place, as far as it was seen."""
        for tree in self._trees.values():
            if account in tree.accounts:
                return tree.membership(account)
        if account in self._outside:
            return OUTSIDE
        unseen = _unseen_levels("the organisation's control policies were not collected")
        organization = self._of_account.get(account)
        return Membership(
            organization=organization,
            path=None,
            management=False,
            scps=unseen["service_control_policy"],
            rcps=unseen["resource_control_policy"],
            seen=False,
        )


class _Tree:
    """One organisation, as its management account or a delegated administrator sees it."""

    def __init__(self, organization: Json, records: Json, file: str, *, whole: bool) -> None:
        self._id = str(organization["Id"])
        self._management = organization.get("MasterAccountId")
        self._whole = whole and self._management is not None
        self.every_account = whole and not any(
            entry["units"] is None or entry["accounts"] is None for entry in records["parents"]
        )
        self.accounts: dict[str, tuple[str, ...]] = {
            entry["account"]["Id"]: tuple(entry["parents"]) for entry in records["accounts"]
        }
        roots = [entry["parent"] for entry in records["parents"] if not entry["parents"]]
        self._statuses = {
            type_: {status for root in roots for status in _statuses(root, type_)}
            for type_ in _KINDS
        }
        self._attached: dict[tuple[Kind, str], list[AnyPolicy]] = defaultdict(list)
        self._anywhere: dict[Kind, list[AnyPolicy]] = defaultdict(list)
        for number, entry in enumerate(records["policies"]):
            kind = _KINDS.get(entry["policy"].get("Type"))
            if kind is None:
                continue
            policy = _policy(entry, kind, f"{file}#/records/policies/{number}/content")
            targets = entry["targets"]
            levels = [None] if targets is None else [each.get("TargetId") for each in targets]
            for level in levels:
                if level is None:
                    reason = "the accounts that it is attached to were not collected"
                    unseen = UnseenPolicy(reference=policy.reference, reason=reason)
                    self._anywhere[kind].append(unseen)
                else:
                    self._attached[kind, level].append(policy)

    def membership(self, account: str) -> Membership:
        chain = self.accounts[account]
        management = account == self._management
        return Membership(
            organization=self._id,
            path=f"{'/'.join((self._id, *chain))}/",
            management=management,
            scps=self._levels("SERVICE_CONTROL_POLICY", account, chain),
            rcps=self._levels("RESOURCE_CONTROL_POLICY", account, chain),
            seen=True,
        )

    def _levels(self, type_: str, account: str, chain: tuple[str, ...]) -> Levels | None:
        """The policies of a type, level by level; the management account is exempt from both."""
        kind = _KINDS[type_]
        if account == self._management:
            return None
        if not self._whole:
            return _unseen_levels("not all of the organisation's policies were collected")[kind]
        if not self._statuses[type_]:
            return None
        if self._statuses[type_] != {"ENABLED"}:
            return _unseen_levels("whether the organisation heeds such policies is not known")[kind]
        return tuple(
            (*self._attached.get((kind, level), ()), *self._anywhere.get(kind, ()))
            for level in (*chain, account)
        )


def _statuses(root: Json, type_: str) -> set[str | None]:
    """How far a root heeds policies of a type: not at all if empty, None if it does not say."""
    if "PolicyTypes" not in root:
        return {None}
    return {each.get("Status") for each in root["PolicyTypes"] if each.get("Type") == type_}


def _policy(entry: Json, kind: Kind, at: str) -> AnyPolicy:
    name = entry["policy"].get("Name") or entry["policy"]["Id"]
    reference = Reference(kind=kind, name=f"{name} ({entry['policy']['Id']})", at=at)
    if entry["content"] is None:
        return UnseenPolicy(reference=reference, reason="its content was not collected")
    return read_policy(entry["content"], reference)


def _unseen_levels(reason: str) -> Mapping[Kind, Levels]:
    return {
        kind: ((UnseenPolicy(reference=Reference(kind=kind, name="unseen"), reason=reason),),)
        for kind in _KINDS.values()
    }
