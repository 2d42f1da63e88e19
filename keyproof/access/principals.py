"""
Who asks, and whether a policy's Principal or NotPrincipal means them.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias

from keyproof.access.extents import Truth
from keyproof.access.values import ABSENT, UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Mapping

    from keyproof.access.policy import AnyPolicy, Principals
    from keyproof.access.values import Value

PrincipalType: TypeAlias = Literal[
    "user", "role", "root", "federated_user", "account", "public", "service", "provider"
]
"""`account`: anybody in an account that was not collected; `public`: anybody in any."""

_ACCOUNT_DIGITS = 12
_PARTS_OF_ARN = 6
_PRINCIPAL_TAG = "aws:principaltag/"
_OF_SESSIONS = ("aws:multifactorauthpresent", "aws:multifactorauthage", "aws:tokenissuetime")


def canonical(name: str) -> str:
    """
    Give the one spelling of a principal that policies name in several ways.

    An account stands for its root ARN. Names of users and roles are unique in an account
    whatever their paths, which an assumed role's ARN leaves out, so paths are left out. So
    is the partition, since an account is in one alone.
    """
    if len(name) == _ACCOUNT_DIGITS and name.isdigit():
        return f"arn::iam::{name}:root"
    parts = name.split(":", _PARTS_OF_ARN - 1)
    if len(parts) < _PARTS_OF_ARN or parts[0] != "arn":
        return name
    _, _, service, _, account, resource = parts
    kind, slash, rest = resource.partition("/")
    if service == "iam" and kind in {"user", "role"} and slash:
        resource = f"{kind}/{rest.rpartition('/')[2]}"
    return f"arn::{service}::{account}:{resource}"


def session_of(name: str) -> str | None:
    """Of a role session's canonical name, the part before the session; None for others."""
    before, _, _ = name.rpartition("/")
    return before if name.startswith("arn::sts::") and ":assumed-role/" in before else None


@dataclass(frozen=True, slots=True)
class Named:
    """
    In which ways a Principal names somebody.

    The ways differ in what limits the grant: `role` by the role's boundary and session
    policies, `account` by the identity policies too, `direct` by none of them.
    """

    direct: Truth
    role: Truth = Truth.NO
    account: Truth = Truth.NO

    @property
    def any(self) -> Truth:
        """In any of the ways."""
        return max(self.direct, self.role, self.account)


NOBODY = Named(Truth.NO)


@dataclass(frozen=True, kw_only=True, eq=False)
class Principal:
    """
    Somebody who could make a request, with every policy that goes with them.

    `arn` is the role's, not the session's, for a role; `session` the name of its session,
    None when the caller may choose it. `scps` has one tuple of policies for each level from
    the root of the organisation to the account; None where none apply. `trusted` says that
    their own policies stand in an account that nobody collected, and are taken to allow.
    """

    arn: str
    type: PrincipalType
    account: str
    name: str
    unique_id: str | None = None
    session: str | None = None
    identity: tuple[AnyPolicy, ...] = ()
    boundary: AnyPolicy | None = None
    session_policies: tuple[AnyPolicy, ...] = ()
    scps: tuple[tuple[AnyPolicy, ...], ...] | None = None
    service_linked: bool = False
    trusted: bool = False
    session_tags: bool = False
    context: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))

    @cached_property
    def with_long_term_key(self) -> Principal:
        """
        A user with an access key, whose requests have no keys of sessions; anybody else as is.

        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
        """
        if self.type != "user":
            return self
        return replace(self, context={**self.context, **dict.fromkeys(_OF_SESSIONS, ABSENT)})

    def value(self, key: str) -> Value | None:
        """What is known of a key that the principal decides; None for other keys."""
        value = self.context.get(key)
        if value is None and key.startswith(_PRINCIPAL_TAG):
            return UNKNOWN if self.session_tags else ABSENT
        return value

    @cached_property
    def own_names(self) -> frozenset[str]:
        """The canonical names of exactly this user, role, service or provider."""
        if self.type in {"service", "provider"}:
            return frozenset({self.arn})
        names = {canonical(self.arn)} | ({self.unique_id} if self.unique_id else set())
        return frozenset(names)

    @cached_property
    def account_name(self) -> str:
        """The canonical name of the account."""
        return f"arn::iam::{self.account}:root"

    @cached_property
    def sessions_name(self) -> str | None:
        """What the canonical names of a role's sessions begin with; None for others."""
        return f"arn::sts::{self.account}:assumed-role/{self.name}" if self.type == "role" else None

    def named_by(self, principals: Principals) -> Named:
        """Tell how a Principal, that is not negated, names this principal."""
        if self.type == "service":
            named = self.arn in principals.service or principals.anyone
            # Which services a `*` among services stands for, AWS does not say.
            return Named(_truth(named, maybe="*" in principals.service))
        if self.type == "provider":
            named = self.arn in principals.federated
            return Named(_truth(named, maybe=principals.anyone))
        doubtful = bool(principals.other)
        if self.type == "public":
            return Named(_truth(principals.anyone, maybe=doubtful))
        own = not self.own_names.isdisjoint(principals.aws)
        session = self._session_named(principals)
        account = _truth(self.account_name in principals.aws)
        if self.type == "role":
            direct = max(_truth(principals.anyone, maybe=doubtful), session)
            return Named(direct, role=_truth(own), account=account)
        if self.type in {"root", "account"}:
            return Named(_truth(principals.anyone, maybe=doubtful), account=account)
        return Named(_truth(own or principals.anyone, maybe=doubtful), account=account)

    def excepted_by(self, principals: Principals, effect: Literal["Allow", "Deny"]) -> Truth:
        """
        Tell whether a NotPrincipal leaves this principal out of its statement.

        A Deny reaches a principal with a boundary in any case, and spares a role's session
        only when role, session and account are listed.
        """
        if self.type in {"service", "provider"} or principals.anyone:
            listed = principals.anyone or self.arn in principals.service | principals.federated
            return _truth(listed)
        if effect == "Deny" and self.boundary is not None:
            return Truth.NO
        own = _truth(not self.own_names.isdisjoint(principals.aws))
        account = _truth(self.account_name in principals.aws)
        if self.type == "root":
            return account
        if self.type in {"public", "account"}:
            return min(account, Truth.MAYBE)
        if effect == "Allow":
            return max(own, self._session_named(principals), min(account, Truth.MAYBE))
        if self.type == "role":
            own = min(own, self._session_named(principals))
        # The account must be listed too, or the statement "may" deny (AWS's page on NotPrincipal).
        return own if account is Truth.YES else min(own, Truth.MAYBE)

    def _session_named(self, principals: Principals) -> Truth:
        if self.sessions_name is None:
            return Truth.NO
        if self.session is not None:
            return _truth(f"{self.sessions_name}/{self.session}" in principals.aws)
        return Truth.MAYBE if self.sessions_name in principals.beginnings else Truth.NO


def _truth(answer: bool, *, maybe: bool = False) -> Truth:  # noqa: FBT001 - what it turns into a Truth
    if answer:
        return Truth.YES
    return Truth.MAYBE if maybe else Truth.NO
