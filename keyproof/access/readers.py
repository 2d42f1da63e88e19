"""Who can read a secret: every principal, every way, and why."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from keyproof.access.assumption import Assumption, Reach
from keyproof.access.escalation import Escalation
from keyproof.access.estate import Estate, service_principal
from keyproof.access.extents import NOTHING, Truth, indices
from keyproof.access.paths import (
    chain_path,
    direct_path,
    granted,
    joined,
    right_path,
    unseen_policies,
)
from keyproof.access.policy import Policy
from keyproof.access.principals import Principal
from keyproof.access.reading import Reading
from keyproof.access.rights import Rights
from keyproof.access.values import Beginning, known

if TYPE_CHECKING:
    from collections.abc import Sequence

    from keyproof.access.estate import Secret
    from keyproof.access.extents import Extent
    from keyproof.access.paths import (
        Path,
    )
    from keyproof.access.policy import AnyPolicy
    from keyproof.access.ways import Gain, Kind, Right
    from keyproof.facts.snapshot import Snapshot


_GITHUB = "token.actions.githubusercontent.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to a secret's value; `conditional` where a condition or an unseen policy decides."""

    kind: Kind
    decision: Literal["allow", "conditional"]
    path: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Somebody who can obtain a secret's value; the first way is the shortest of the surest."""

    principal: Principal
    ways: tuple[Way, ...]

    @property
    def decision(self) -> Literal["allow", "conditional"]:
        """The worst case of all ways."""
        return self.ways[0].decision

    @property
    def direct(self) -> bool:
        """Whether it may read the value itself, without becoming somebody else first."""
        return any(way.kind == "direct" for way in self.ways)


class EffectiveAccess:
    """
    Effective access to the secrets of a snapshot.

    `wanted` are the ARNs to answer for; without it, all. Everything is evaluated once, for
    all of them; paths are traced when they are asked for.
    """

    def __init__(self, snapshot: Snapshot, wanted: frozenset[str] | None = None) -> None:
        self.estate = Estate(snapshot)
        self.secrets: Sequence[Secret] = [
            secret for secret in self.estate.secrets if wanted is None or secret.arn in wanted
        ]
        self.reading = Reading(self.estate, self.secrets)
        self.assumption = Assumption(self.estate)
        self._direct = self.reading.allowed
        self._direct_paths: dict[tuple[Principal, int], Path] = {}
        self._chain_paths: dict[tuple[Principal, Kind, Sequence[int]], tuple[Path, Principal]] = {}
        self._right_paths: dict[tuple[Principal, Right, str], Path] = {}
        self._best: dict[Principal, dict[int, dict[Kind, Gain]]] = {}

    @cached_property
    def reach(self) -> Reach:
        """What each role leads to by reading and by further roles."""
        return Reach(self.assumption, self._direct)

    @cached_property
    def _escalation(self) -> Escalation:
        rights = Rights(self.estate, self.reading, self.assumption)
        return Escalation(self.estate, self.reading, self.assumption, self.reach, rights)

    @cached_property
    def principals(self) -> list[Principal]:
        """Everybody who could be a reader: collected, named by a policy, or unknown to all."""
        return [*self.estate.principals, *self._strangers, *self._providers, self.estate.public]

    @cached_property
    def _extents(self) -> list[tuple[Principal, Extent, Extent]]:
        """Of each principal what it reads directly, and by assuming roles."""
        return [
            (principal, self._direct(principal), self._by_chain(principal))
            for principal in self.principals
        ]

    def _by_chain(self, principal: Principal) -> Extent:
        if principal.type == "provider":
            return self.reach.through(self._let_in(principal)[1])
        if principal.type == "service":
            return NOTHING  # a service's use of a role is that role's
        return self.reach.by_chain(principal)

    @cached_property
    def _gains(self) -> dict[Principal, list[Gain]]:
        """The ways round of each principal, to what it does not surely read as it is."""
        everything = self.reading.universe.full
        return {
            principal: self._escalation.gains(principal, everything & ~(direct | chain).sure)
            for principal, direct, chain in self._extents
        }

    @cached_property
    def _reach_by_gains(self) -> Reach:
        """What each role leads to by a way round, its own or that of a role it may go on to."""
        return Reach(self.assumption, self._gained)

    def _best_gains(self, principal: Principal) -> dict[int, dict[Kind, Gain]]:
        """For each secret, the surest way round of each kind."""
        known = self._best.get(principal)
        if known is None:
            known = self._best[principal] = {}
            for gain in self._gains.get(principal, ()):
                for secret in indices(gain.secrets.possible):
                    kinds = known.setdefault(secret, {})
                    other = kinds.get(gain.kind)
                    truth = gain.secrets.truth(secret)
                    if other is None or truth > other.secrets.truth(secret):
                        kinds[gain.kind] = gain
        return known

    def _gained(self, principal: Principal) -> Extent:
        found = NOTHING
        for gain in self._gains.get(principal, ()):
            found |= gain.secrets
        return found

    @cached_property
    def _by_secret(self) -> list[list[Principal]]:
        found: list[list[Principal]] = [[] for _ in self.secrets]
        for principal, direct, chain in self._extents:
            reached = direct | chain | self._gained(principal)
            if principal.type != "service":
                reached |= self._reach_by_gains.through(self._let_in(principal)[1])
            for secret in indices(reached.possible):
                found[secret].append(principal)
        return found

    def readers(self, secret: int) -> list[Reader]:
        """Everybody who can obtain the value of the secret of this index, with every way."""
        found = []
        for principal in self._by_secret[secret]:
            ways = self.ways(principal, secret)
            if ways:
                found.append(Reader(principal=principal, ways=tuple(ways)))
        return found

    def ways(self, principal: Principal, secret: int) -> list[Way]:
        """Every way of a principal to a secret, the surest and most direct first."""
        found = []
        direct = self._direct(principal).truth(secret)
        if direct is not Truth.NO:
            found.append(_way("direct", direct, self._direct_path(principal, secret)))
        kind, roles = self._let_in(principal)
        by_role = self.reach.through(roles).truth(secret)
        if by_role is not Truth.NO:
            found.append(_way(kind, by_role, self._path_by_roles(principal, kind, roles, secret)))
        for gain in self._best_gains(principal).get(secret, {}).values():
            truth = gain.secrets.truth(secret)
            found.append(_way(gain.kind, truth, self._path_by_gain(principal, gain, secret)))
        if not found and principal.type != "service":
            found += self._by_role_and_gain(principal, kind, roles, secret)
        return sorted(found, key=lambda way: (way.decision != "allow", way.kind != "direct"))

    def _by_role_and_gain(
        self, principal: Principal, kind: Kind, roles: Extent, secret: int
    ) -> list[Way]:
        truth = self._reach_by_gains.through(roles).truth(secret)
        if truth is Truth.NO:
            return []
        chain = self._reach_by_gains.chain(roles, secret)
        path, last = self._chain_path(principal, kind, chain)
        gains = self._best_gains(last)[secret].values()
        gain = max(gains, key=lambda each: each.secrets.truth(secret))
        return [_way(gain.kind, truth, joined((path, self._path_by_gain(last, gain, secret))))]

    def _path_by_roles(self, principal: Principal, kind: Kind, roles: Extent, secret: int) -> Path:
        chain = self.reach.chain(roles, secret)
        path, last = self._chain_path(principal, kind, chain)
        return joined((path, self._direct_path(last, secret)))

    def _direct_path(self, principal: Principal, secret: int) -> Path:
        """All who come to be this principal share it."""
        found = self._direct_paths.get((principal, secret))
        if found is None:
            found = direct_path(self.reading, principal, secret)
            self._direct_paths[principal, secret] = found
        return found

    def _right_path(self, principal: Principal, right: Right, to: str) -> Path:
        """All secrets behind the right share it."""
        found = self._right_paths.get((principal, right, to))
        if found is None:
            found = self._right_paths[principal, right, to] = right_path(principal, right, to)
        return found

    def _chain_path(
        self, principal: Principal, kind: Kind, chain: Sequence[int]
    ) -> tuple[Path, Principal]:
        """All secrets at the end of the chain share it."""
        found = self._chain_paths.get((principal, kind, chain))
        if found is None:
            found = self._chain_paths[principal, kind, chain] = self._chain(principal, kind, chain)
        return found

    def _chain(
        self, principal: Principal, kind: Kind, chain: Sequence[int]
    ) -> tuple[Path, Principal]:
        """How the principal comes to the last role of a chain, and that role."""
        if kind == "role_chain":
            return chain_path(self.assumption, principal, chain)
        first = self.assumption.roles[chain[0]].principal
        question = self.assumption.by_provider[kind]
        begun = granted(question, principal, chain[0], first.arn)
        rest, last = chain_path(self.assumption, first, chain[1:])
        return joined((begun, rest)), last

    def _path_by_gain(self, principal: Principal, gain: Gain, secret: int) -> Path:
        rights = [self._right_path(principal, right, gain.to) for right in gain.rights]
        reader = gain.reads_as
        if reader is None:
            return joined(rights)
        if self._direct(reader).truth(secret) is not Truth.NO:
            return joined((*rights, self._direct_path(reader, secret)))
        roles = self.assumption.edges(reader)
        return joined((*rights, self._path_by_roles(reader, "role_chain", roles, secret)))

    def _let_in(self, principal: Principal) -> tuple[Kind, Extent]:
        """The roles that a principal may assume, and how."""
        kind, question = self.assumption.way_in(principal)
        if kind == "role_chain":
            return kind, self.assumption.edges(principal)
        return kind, question.answer(principal).allowed

    def gaps(self, secret: int) -> list[str]:
        """What could not be read, and may hide a reader of the secret."""
        found = [*self.estate.unnamed, *unseen_policies(self.secrets[secret].policies)]
        for number, reasons in self._unseen_trusts:
            if self.reach.of_role[number].truth(secret) is not Truth.NO:
                found += reasons
        return found

    @cached_property
    def _unseen_trusts(self) -> list[tuple[int, list[str]]]:
        """The roles of which nobody could read the trust policies."""
        trusts = [unseen_policies((role.trust,)) for role in self.assumption.roles]
        return [(number, reasons) for number, reasons in enumerate(trusts) if reasons]

    @cached_property
    def _named(self) -> tuple[set[str], set[str], set[str]]:
        """Users, roles and accounts, services, and providers that resources' policies name."""
        policies: list[AnyPolicy] = [
            identity.trust for identity in self.assumption.roles if identity.trust is not None
        ]
        services: set[str] = set()
        people: set[str] = set()
        for secret in self.secrets:
            policies += (*secret.policies, *(secret.key.policies if secret.key else ()))
            for policy in secret.policies:
                services |= _principals(policy, self.reading.value.action, "service")
        for policy in policies:
            people |= _principals(policy, None, "written")
        people |= self.reading.decryption.grantees
        providers = {
            name
            for policy in policies
            for action in (each.action for each in self.assumption.by_provider.values())
            for name in _principals(policy, action, "federated")
        }
        return people, services, providers

    @cached_property
    def _strangers(self) -> list[Principal]:
        """Principals of other accounts that policies name, and services."""
        people, services, _ = self._named
        partition = self.estate.partition
        arns = {f"arn:{partition}:iam::{name}:root" if name.isdigit() else name for name in people}
        arns |= {
            f"arn:{partition}:iam::{account}:root"
            for account in self.estate.organizations.accounts
            if account not in self.estate.collected
        }
        found = [self.estate.stranger(arn) for arn in sorted(arns)]
        return [
            *(each for each in found if each is not None),
            *(service_principal(name) for name in sorted(services)),
        ]

    @cached_property
    def _providers(self) -> list[Principal]:
        return [_provider(name) for name in sorted(self._named[2])]


def _provider(name: str) -> Principal:
    """
    An identity provider, for anybody whom it vouches for.

    Every token says whom it is about, so that a condition which any subject meets, such as
    `*`, asks nothing. Of GitHub anybody can have a subject that begins with `repo:`.
    https://docs.github.com/actions/reference/security/oidc
    """
    issuer = name.rpartition(":oidc-provider/")[2].lower()
    return Principal(
        arn=name,
        type="provider",
        account="",
        name=name,
        context={
            "aws:principalisawsservice": known("false"),
            "aws:federatedprovider": known(name),
            f"{issuer}:sub": Beginning("repo:" if issuer == _GITHUB else ""),
        },
    )


def _principals(policy: AnyPolicy, action: str | None, kind: str) -> set[str]:
    """Whom the Allow statements of a policy name, of one kind of principal."""
    if not isinstance(policy, Policy):
        return set()
    statements = policy.statements if action is None else policy.about(action)
    return {
        name
        for statement in statements
        if statement.effect == "Allow" and statement.principals is not None
        for name in getattr(statement.principals, kind)
        if name != "*"
    }


def _way(kind: Kind, truth: Truth, path: Path) -> Way:
    if truth is not Truth.YES:
        return Way(kind=kind, decision="conditional", path=path)
    # Somebody with a choice, of a session say, has a form that depends on nothing.
    return Way(kind=kind, decision="allow", path=replace(path, conditions=(), unseen=()))
