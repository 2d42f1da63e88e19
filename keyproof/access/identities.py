"""
The users and roles of an account, with every policy that goes with each.

From `GetAccountAuthorizationDetails`, which gives inline policies, attachments, groups and
boundaries: https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
"""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from keyproof.access.policy import Policy, Reference, UnseenPolicy, read_policy
from keyproof.access.principals import Principal
from keyproof.access.universe import tag_values
from keyproof.access.values import ABSENT, UNKNOWN, Beginning, known

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from keyproof.access.policy import AnyPolicy, Kind
    from keyproof.access.values import Value
    from keyproof.documents import Json

_SERVICE_LINKED = "/aws-service-role/"
_PROTECTED = (f":role{_SERVICE_LINKED}", ":role/aws-reserved/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A principal, with what its account's records say beside its policies."""

    principal: Principal
    trust: AnyPolicy | None = None
    groups: tuple[str, ...] = ()
    managed: tuple[str, ...] = ()
    """ARNs of the managed policies that are attached to it or to its groups."""
    versions: tuple[tuple[str, AnyPolicy], ...] = ()
    """The other versions of these policies, each with the policy's ARN."""
    instance_profiles: tuple[str, ...] = ()
    tags: tuple[tuple[str, str], ...] = ()

    @property
    def protected(self) -> bool:
        """
        Whether AWS alone may change it: a role of a service, or of Identity Center.

        https://repost.aws/knowledge-center/identity-center-aws-reserved-sso
        """
        return any(path in self.principal.arn for path in _PROTECTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A group of users, with its policies."""

    arn: str
    account: str
    policies: tuple[AnyPolicy, ...]
    managed: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What an account's place in the organisation adds to each of its principals."""

    scps: tuple[tuple[AnyPolicy, ...], ...] | None
    context: Mapping[str, Value]
    sessions: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))
    """What is true of each session of a role."""


class AccountIdentities:
    """
    The root, the users, the roles and the groups of an account.

    `records` are those of the source `iam`, and `file` the name of their snapshot, for
    references into it. A policy that is attached and was not collected is unseen. `unnamed`
    tells of users and roles whose records say not who they are.
    """

    def __init__(self, account: str, records: Json, file: str, limits: Limits) -> None:
        self._account = account
        self._file = file
        self._limits = limits
        self._managed = _Managed(records["policies"], file)
        self.groups = {
            record["GroupName"]: self._group(record, number)
            for number, record in enumerate(records["groups"])
            if _named(record, "GroupName")
        }
        self.identities = [
            Identity(principal=_root(account, _partition(records), limits)),
            *(
                self._user(record, number)
                for number, record in enumerate(records["users"])
                if _named(record, "UserName")
            ),
            *(
                _role(account, record, f"{file}#/records/roles/{number}", self._managed, limits)
                for number, record in enumerate(records["roles"])
                if _named(record, "RoleName")
            ),
        ]
        self.unnamed = tuple(
            f"{file}#/records/{member}/{number}: it has no name or no ARN"
            for member, name in (("users", "UserName"), ("roles", "RoleName"))
            for number, record in enumerate(records[member])
            if not _named(record, name)
        )

    def _group(self, record: Json, number: int) -> Group:
        place = f"{self._file}#/records/groups/{number}"
        attached = _attached(record)
        return Group(
            arn=record["Arn"],
            account=self._account,
            policies=(
                *_inline(record, "GroupPolicyList", place, record["Arn"]),
                *map(self._managed.policy, attached),
            ),
            managed=attached,
        )

    def _user(self, record: Json, number: int) -> Identity:
        place = f"{self._file}#/records/users/{number}"
        names = tuple(record.get("GroupList", []))
        groups = [self.groups[name] for name in names if name in self.groups]
        missing = [
            _unseen(f"group {name}", "the group was not collected")
            for name in names
            if name not in self.groups
        ]
        attached = _attached(record)
        principal = Principal(
            arn=record["Arn"],
            type="user",
            account=self._account,
            name=record["UserName"],
            unique_id=record.get("UserId"),
            identity=(
                *_inline(record, "UserPolicyList", place, record["Arn"]),
                *map(self._managed.policy, attached),
                *(policy for group in groups for policy in group.policies),
                *missing,
            ),
            boundary=self._managed.boundary(record),
            scps=self._limits.scps,
            context={
                **_context(record["Arn"], self._account, "User", self._limits),
                **_tag_context(record),
                "aws:username": known(record["UserName"]),
                "aws:userid": known(record["UserId"]) if "UserId" in record else UNKNOWN,
            },
        )
        managed = (*attached, *(arn for group in groups for arn in group.managed))
        return Identity(
            principal=principal,
            groups=tuple(group.arn for group in groups),
            managed=managed,
            versions=tuple(self._managed.versions(managed)),
        )


def _named(record: Json, name: str) -> bool:
    return bool(record.get("Arn") and record.get(name))


def _attached(record: Json) -> tuple[str, ...]:
    return tuple(each.get("PolicyArn", "") for each in record.get("AttachedManagedPolicies", []))


def _role(account: str, role: Json, place: str, managed: _Managed, limits: Limits) -> Identity:
    arn = role["Arn"]
    attached = _attached(role)
    trust = read_policy(
        role.get("AssumeRolePolicyDocument"),
        Reference(kind="trust_policy", name=arn, at=f"{place}/AssumeRolePolicyDocument"),
    )
    principal = Principal(
        arn=arn,
        type="role",
        account=account,
        name=role["RoleName"],
        unique_id=role.get("RoleId"),
        identity=(
            *_inline(role, "RolePolicyList", place, arn),
            *(managed.policy(each) for each in attached),
        ),
        boundary=managed.boundary(role),
        scps=limits.scps,
        service_linked=_SERVICE_LINKED in arn,
        session_tags=_may_be_tagged(trust),
        context={
            **_context(arn, account, "AssumedRole", limits),
            **limits.sessions,
            **({} if _may_be_tagged(trust) else _tag_context(role)),
            "aws:username": ABSENT,
            "aws:userid": Beginning(f"{role['RoleId']}:") if "RoleId" in role else UNKNOWN,
        },
    )
    profiles = tuple(each["Arn"] for each in role.get("InstanceProfileList", []) if "Arn" in each)
    return Identity(
        principal=principal,
        trust=trust,
        managed=attached,
        versions=tuple(managed.versions(attached)),
        instance_profiles=profiles,
        tags=_tags(role),
    )


def _root(account: str, partition: str, limits: Limits) -> Principal:
    arn = f"arn:{partition}:iam::{account}:root"
    return Principal(
        arn=arn,
        type="root",
        account=account,
        name="root",
        scps=limits.scps,
        context={
            **_context(arn, account, "Account", limits),
            "aws:username": ABSENT,
            "aws:userid": known(account),
        },
    )


class _Managed:
    """The managed policies of an account, each read once however often it is attached."""

    def __init__(self, records: Sequence[Json], file: str) -> None:
        self._records = {record.get("Arn"): (n, record) for n, record in enumerate(records)}
        self._file = file
        self._read: dict[tuple[Kind, str], AnyPolicy] = {}
        self._other_versions: dict[str, tuple[AnyPolicy, ...]] = {}

    def policy(self, arn: str, kind: Kind = "identity_policy") -> AnyPolicy:
        """The default version of a policy."""
        if (kind, arn) not in self._read:
            self._read[kind, arn] = self._policy(arn, kind)
        return self._read[kind, arn]

    def versions(self, arns: Iterable[str]) -> Iterator[tuple[str, AnyPolicy]]:
        """Every version of these policies but the default one, with the policy's ARN."""
        for arn in dict.fromkeys(arns):
            for policy in self._others(arn):
                yield arn, policy

    def _others(self, arn: str) -> tuple[AnyPolicy, ...]:
        if arn not in self._other_versions:
            number, record = self._records.get(arn, (0, {}))
            at = f"{self._file}#/records/policies/{number}/PolicyVersionList"
            self._other_versions[arn] = tuple(
                read_policy(
                    version.get("Document"),
                    Reference(
                        kind="identity_policy",
                        name=f"{arn} {version.get('VersionId', '')}".strip(),
                        at=f"{at}/{place}/Document",
                    ),
                )
                for place, version in enumerate(record.get("PolicyVersionList", []))
                if not version.get("IsDefaultVersion")
            )
        return self._other_versions[arn]

    def boundary(self, record: Json) -> AnyPolicy | None:
        """The boundary of a user or role; None where there is none."""
        boundary = record.get("PermissionsBoundary")
        if boundary is None:
            return None
        return self.policy(boundary.get("PermissionsBoundaryArn", ""), "boundary")

    def _policy(self, arn: str, kind: Kind) -> AnyPolicy:
        if arn not in self._records:
            return _unseen(arn, "the managed policy was not collected", kind)
        number, record = self._records[arn]
        for place, version in enumerate(record.get("PolicyVersionList", [])):
            if version.get("IsDefaultVersion"):
                at = f"{self._file}#/records/policies/{number}/PolicyVersionList/{place}/Document"
                return read_policy(version.get("Document"), Reference(kind=kind, name=arn, at=at))
        return _unseen(arn, "its default version was not collected", kind)


def _inline(record: Json, member: str, place: str, owner: str) -> list[AnyPolicy]:
    return [
        read_policy(
            policy.get("PolicyDocument"),
            Reference(
                kind="identity_policy",
                name=f"{owner.rsplit(':', 1)[-1]}/{policy.get('PolicyName', number)}",
                at=f"{place}/{member}/{number}/PolicyDocument",
            ),
        )
        for number, policy in enumerate(record.get(member, []))
    ]


def _unseen(name: str, reason: str, kind: Kind = "identity_policy") -> UnseenPolicy:
    return UnseenPolicy(reference=Reference(kind=kind, name=name), reason=reason)


def _may_be_tagged(trust: AnyPolicy) -> bool:
    """Whether whoever assumes the role may pass tags for its session, which hide the role's."""
    return not isinstance(trust, Policy) or any(
        statement.effect == "Allow" for statement in trust.about("sts:tagsession")
    )


def _tags(record: Json) -> tuple[tuple[str, str], ...]:
    return tuple((tag.get("Key", ""), tag.get("Value", "")) for tag in record.get("Tags", []))


def _tag_context(record: Json) -> dict[str, Value]:
    values = tag_values(_tags(record))
    return {f"aws:principaltag/{key}": value for key, value in values.items()}


def _context(arn: str, account: str, type_: str, limits: Limits) -> dict[str, Value]:
    return {
        **limits.context,
        **person_context(),
        "aws:principalarn": known(arn),
        "aws:principalaccount": known(account),
        "kms:calleraccount": known(account),
        "aws:principaltype": known(type_),
    }


def person_context() -> dict[str, Value]:
    """
    What is true of every caller that is no AWS service.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    """
    absent = dict.fromkeys(_OF_SERVICES, ABSENT)
    return {**absent, "aws:principalisawsservice": known("false")}


_OF_SERVICES: Iterable[str] = (
    "aws:principalservicename",
    "aws:principalservicenameslist",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
)
"""Keys that only a request of a service principal has."""


def _partition(records: Json) -> str:
    for record in (*records["roles"], *records["users"], *records["groups"]):
        partition = str(record.get("Arn")).partition(":")[2].partition(":")[0]
        if partition:
            return partition
    return "aws"
