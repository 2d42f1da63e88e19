"""An organisation: its tree, its accounts and its control policies."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.keyproof.access.policies import MANAGEMENT, allow, policy, text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from keyproof.documents import Json

_ROOT = "r-ab12"
ORGANIZATION = "o-exampleorg1"
_SERVICE_CONTROL = "SERVICE_CONTROL_POLICY"
_RESOURCE_CONTROL = "RESOURCE_CONTROL_POLICY"


@dataclass(frozen=True, kw_only=True)
class Control:
    """A service control policy, or with `resources` a resource control policy."""

    name: str
    document: object
    on: Sequence[str] = ("root",)
    """`root`, units by their path such as `Workloads/Production`, and account ids."""
    resources: bool = False


@dataclass(frozen=True, kw_only=True)
class Organization:
    """
    An organisation, as its management account sees it.

    `accounts` gives each account the path of its unit, empty for the root. AWS attaches its
    policy that allows everything to each level; `detached` are the levels it was taken from.
    """

    accounts: Mapping[str, str]
    management: str = MANAGEMENT
    controls: Sequence[Control] = ()
    detached: Sequence[str] = ()

    def described(self) -> Json:
        return {
            "Id": ORGANIZATION,
            "Arn": f"arn:aws:organizations::{self.management}:organization/{ORGANIZATION}",
            "FeatureSet": "ALL",
            "MasterAccountId": self.management,
            "MasterAccountArn": self._arn(f"account/{ORGANIZATION}/{self.management}"),
        }

    def records(self) -> Json:
        """What the management account's snapshot holds."""
        paths = ["", *self._units()]
        members = {self.management: "", **self.accounts}
        return {
            "organization": [self.described()],
            "parents": [self._parent(path, paths, members) for path in paths],
            "accounts": [
                {"account": self._account(each), "parents": _chain(path)}
                for each, path in members.items()
            ],
            "policies": [
                self._policy(control) for control in (*self._full(paths, members), *self.controls)
            ],
        }

    def _units(self) -> list[str]:
        found = {
            "/".join(steps[: number + 1])
            for steps in (path.split("/") for path in self.accounts.values() if path)
            for number in range(len(steps))
        }
        return sorted(found)

    def _parent(self, path: str, paths: Sequence[str], members: Mapping[str, str]) -> Json:
        own: Json = {
            "Id": _chain(path)[-1],
            "Arn": self._arn(f"{'ou' if path else 'root'}/{ORGANIZATION}/{_chain(path)[-1]}"),
            "Name": path.rpartition("/")[2] or "Root",
        }
        if not path:
            own["PolicyTypes"] = [
                {"Type": each, "Status": "ENABLED"}
                for each in (_SERVICE_CONTROL, _RESOURCE_CONTROL)
            ]
        below = [each for each in paths if each and each.rpartition("/")[0] == path]
        return {
            "parent": own,
            "parents": _chain(path)[:-1],
            "units": [_chain(each)[-1] for each in below],
            "accounts": [each for each, unit in members.items() if unit == path],
        }

    def _account(self, account: str) -> Json:
        return {
            "Id": account,
            "Arn": self._arn(f"account/{ORGANIZATION}/{account}"),
            "Name": f"account {account}",
            "Status": "ACTIVE",
            "State": "ACTIVE",
            "JoinedMethod": "CREATED",
            "JoinedTimestamp": "2026-04-16T09:00:00Z",
        }

    def _full(self, paths: Iterable[str], members: Iterable[str]) -> Iterator[Control]:
        levels = [*(path or "root" for path in paths), *members]
        attached = [each for each in levels if each not in self.detached]
        yield Control(name="FullAWSAccess", document=policy(allow("*")), on=attached)
        everybody = policy(allow("*", Principal="*"))
        yield Control(name="RCPFullAWSAccess", document=everybody, on=levels, resources=True)

    def _policy(self, control: Control) -> Json:
        kind = _RESOURCE_CONTROL if control.resources else _SERVICE_CONTROL
        own_id = f"p-{hashlib.sha256(control.name.encode()).hexdigest()[:8]}"
        by_aws = control.name.endswith("FullAWSAccess")
        return {
            "policy": {
                "Id": own_id,
                "Arn": self._arn(f"policy/{ORGANIZATION}/{kind.lower()}/{own_id}"),
                "Name": control.name,
                "Description": control.name,
                "Type": kind,
                "AwsManaged": by_aws,
            },
            "content": text(control.document),
            "targets": [self._target(each) for each in control.on],
        }

    def _target(self, on: str) -> Json:
        if on.isdigit():
            own_id, kind = on, "ACCOUNT"
        else:
            own_id = _chain("" if on == "root" else on)[-1]
            kind = "ROOT" if on == "root" else "ORGANIZATIONAL_UNIT"
        return {"TargetId": own_id, "Arn": self._arn(own_id), "Name": on, "Type": kind}

    def _arn(self, resource: str) -> str:
        return f"arn:aws:organizations::{self.management}:{resource}"


def _chain(path: str) -> list[str]:
    """The ids from the root down to a unit."""
    steps = path.split("/") if path else []
    below = [
        f"ou-ab12-{hashlib.sha256('/'.join(steps[: number + 1]).encode()).hexdigest()[:8]}"
        for number in range(len(steps))
    ]
    return [_ROOT, *below]
