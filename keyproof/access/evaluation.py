"""
IAM's policy evaluation, for one principal and many resources at once.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property, lru_cache, partial, reduce
from types import MappingProxyType
from typing import TYPE_CHECKING

from keyproof.access.conditions import holds, single
from keyproof.access.extents import NOTHING, Extent, Truth, extent
from keyproof.access.patterns import Unfilled, fill, variables_of, widened
from keyproof.access.policy import Policy
from keyproof.access.principals import Named
from keyproof.access.resource_statements import ResourcePolicies, without_variables
from keyproof.access.values import ABSENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from keyproof.access.conditions import Condition
    from keyproof.access.policy import AnyPolicy, Statement
    from keyproof.access.principals import Principal, PrincipalType
    from keyproof.access.resource_statements import SharedStatement
    from keyproof.access.universe import Universe
    from keyproof.access.values import Value

NO_ROLES: frozenset[PrincipalType] = frozenset({"root", "federated_user"})
"""Who cannot assume a role: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_sts-comparison.html"""


@dataclass(frozen=True, slots=True)
class Answer:
    """On which resources everything that must allow does so, and which a Deny forbids."""

    granted: Extent
    denied: Extent

    @property
    def allowed(self) -> Extent:
        """On which resources the principal may act."""
        return self.granted.without(self.denied)


NEVER = Answer(NOTHING, NOTHING)
"""Nothing allows it anywhere, so that no denial matters."""


@dataclass(frozen=True, slots=True)
class Layer:
    """What policies of one kind allow and deny."""

    allows: Extent
    denies: Extent


SILENT = Layer(NOTHING, NOTHING)


@dataclass(frozen=True, slots=True)
class Grants:
    """What the resources' own policies allow, by the way in which they name the principal."""

    direct: Extent
    role: Extent
    account: Extent
    outright: Extent = NOTHING
    """Needs no policy of the principal's own, wherever the principal stands: a KMS grant."""

    @property
    def any(self) -> Extent:
        """In any of the ways."""
        return self.direct | self.role | self.account


@dataclass(frozen=True, kw_only=True)
class Conventions:
    """
    What is particular to an action.

    `delegated`: identity policies count only where the resource's policy names the account,
    as with KMS keys and role trust. `unseen_grants`: a resource policy that could not be
    read may grant to anybody, instead of being a gap of its own. `bounded_users`: whether a
    boundary limits what a resource policy grants to a user by name is in doubt, since two
    of AWS's pages disagree on it. `refused` are the types of principals for whom the action
    does not exist. `constants` are what every such request has; any other key
    has the value `otherwise`.
    """

    delegated: bool = False
    unseen_grants: bool = False
    bounded_users: bool = False
    refused: frozenset[PrincipalType] = frozenset()
    constants: Mapping[str, Value] = field(default_factory=lambda: MappingProxyType({}))
    otherwise: Value = ABSENT


class Question:
    """On which resources of a universe a principal may do one action."""

    def __init__(  # noqa: PLR0913 - what an action depends on, all named
        self,
        action: str,
        universe: Universe,
        *,
        resource_policies: Sequence[Sequence[AnyPolicy]] = (),
        rcps: Mapping[str, Sequence[Sequence[AnyPolicy]]] = MappingProxyType({}),
        outright: Callable[[Principal], Extent] = lambda _: NOTHING,
        conventions: Conventions = Conventions(),
    ) -> None:
        """
        `resource_policies` are those of each resource, in the order of the universe.

        `action` is as AWS spells it. `rcps` has the resource control policies of each account,
        level by level, and `outright` what is granted beside policies.
        """
        self.resource_policies = resource_policies
        self._outright = outright
        self.name = action
        self.action = action.lower()
        self.universe = universe
        self.conventions = conventions
        self.rcps = rcps
        self._resource_policies = ResourcePolicies(universe, self.action, resource_policies)
        self._answers: dict[Principal, Answer] = {}
        self._parts: dict[AnyPolicy, tuple[Layer, tuple[Statement, ...]]] = {}
        self._own_allows: dict[Principal, Sequence[tuple[AnyPolicy, Statement | None, Extent]]] = {}
        self._conditions: dict[tuple[Condition, tuple[Value | None, ...]], Extent] = {}
        self._decided: dict[Condition, tuple[str, ...]] = {}
        self._allowing: dict[AnyPolicy, bool] = {}
        self._extents: dict[Statement, Extent] = {}

    def answer(self, principal: Principal, *, thorough: bool = False) -> Answer:
        """
        Evaluate all policies for one principal.

        Denials are worked out only for what may be allowed, and given only of that, unless
        `thorough`.
        """
        if thorough:
            return self._evaluated(principal, thorough=True)
        found = self._answers.get(principal)
        if found is None:
            found = self._answers[principal] = self._evaluated(principal, thorough=False)
        return found

    def own_denies(self, principal: Principal) -> Extent:
        """What the principal's own policies, and those above its account, deny."""
        denied = NOTHING
        for level in (
            principal.identity,
            *self.session_levels(principal),
            *self.levels(principal),
        ):
            denied |= self.layer(level, principal).denies
        return denied

    def _evaluated(self, principal: Principal, *, thorough: bool) -> Answer:
        if principal.type in self.conventions.refused:
            return NEVER
        if not (thorough or self._may_allow(principal) or self._may_grant(principal)):
            return NEVER
        grants = self.grants(principal)
        identity = self.layer(principal.identity, principal)
        named = self._identity(principal, identity) | grants.any | grants.outright
        if not (named.possible or thorough):
            return NEVER
        own = self.universe.of_account(principal.account)
        bounds = [self.layer(each, principal) for each in self.session_levels(principal)]
        allowed = self._within_account(principal, identity, bounds, grants).within(own)
        allowed |= self._across_accounts(principal, identity, bounds, grants).within(~own)
        allowed |= grants.outright
        if not (allowed.possible or thorough):
            return NEVER
        limits = [self.layer(each, principal) for each in dict.fromkeys(self.levels(principal))]
        limits += self._resource_limits(principal)
        for limit in limits:
            allowed &= limit.allows
        if not (allowed.possible or thorough):
            return NEVER
        within = self.universe.full if thorough else allowed.possible
        denied = self.resource_denies(principal, within)
        for limit in (identity, *bounds, *limits):
            denied |= limit.denies
        return Answer(allowed, denied.within(within))

    def _may_allow(self, principal: Principal) -> bool:
        """Whether any policy of the principal's own allows the action on something."""
        if principal.trusted or principal.type in {"root", "account", "public"}:
            return True
        return any(map(self._speaks_for, principal.identity))

    def _speaks_for(self, policy: AnyPolicy) -> bool:
        known = self._allowing.get(policy)
        if known is None:
            known = self._allowing[policy] = not isinstance(policy, Policy) or any(
                statement.effect == "Allow" for statement in policy.about(self.action)
            )
        return known

    def _may_grant(self, principal: Principal) -> bool:
        """Whether anything grants the principal the action that has no such policy of its own."""
        unseen = self.conventions.unseen_grants and self._resource_policies.unseen
        return bool(
            unseen
            or self._resource_policies.admits(principal)
            or self._outright(principal).possible
        )

    def levels(self, principal: Principal) -> tuple[tuple[AnyPolicy, ...], ...]:
        """The service control policies that limit the principal, level by level."""
        if principal.service_linked or principal.scps is None:
            return ()
        return principal.scps

    def session_levels(self, principal: Principal) -> tuple[tuple[AnyPolicy, ...], ...]:
        """The boundary and the session policies, each of which must allow."""
        boundary = () if principal.boundary is None else ((principal.boundary,),)
        return (*boundary, *((each,) for each in principal.session_policies))

    def _resource_limits(self, principal: Principal) -> list[Layer]:
        """The resource control policies of each account, which limit its resources alone."""
        if principal.service_linked:
            return []
        limits = []
        for level, mask in self._resource_levels.items():
            limit = self.layer(level, principal)
            others = ~mask & self.universe.full
            limits.append(Layer(limit.allows | Extent(others, others), limit.denies.within(mask)))
        return limits

    @cached_property
    def _resource_levels(self) -> Mapping[tuple[AnyPolicy, ...], int]:
        """Each level of resource control policies, with the resources that it is above."""
        found: dict[tuple[AnyPolicy, ...], int] = defaultdict(int)
        for account, levels in self.rcps.items():
            mask = self.universe.of_account(account)
            for level in levels if mask else ():
                found[tuple(level)] |= mask
        return found

    def _identity(self, principal: Principal, identity: Layer) -> Extent:
        if principal.trusted or principal.type in {"root", "account", "public"}:
            return self.universe.everything
        return identity.allows

    def _within_account(
        self, principal: Principal, identity: Layer, bounds: Sequence[Layer], grants: Grants
    ) -> Extent:
        bound = reduce(Extent.__and__, (each.allows for each in bounds), self.universe.everything)
        by_identity = self._identity(principal, identity) & bound
        if self.conventions.delegated:
            by_identity &= grants.account
        direct = grants.direct
        if self.conventions.bounded_users and principal.type == "user":
            direct = (direct & bound) | direct.doubted()
        return by_identity | (grants.role & bound) | direct

    def _across_accounts(
        self, principal: Principal, identity: Layer, bounds: Sequence[Layer], grants: Grants
    ) -> Extent:
        if principal.type in {"service", "provider"}:
            return grants.direct
        bound = reduce(Extent.__and__, (each.allows for each in bounds), self.universe.everything)
        return self._identity(principal, identity) & bound & grants.any

    def layer(self, policies: Iterable[AnyPolicy], principal: Principal) -> Layer:
        """What policies of one level allow and deny together."""
        allows, denies = NOTHING, NOTHING
        for policy in policies:
            each = self._policy_layer(policy, principal)
            if each is not SILENT:
                allows |= each.allows
                denies |= each.denies
        return Layer(allows, denies)

    def _policy_layer(self, policy: AnyPolicy, principal: Principal) -> Layer:
        layer, others = self._parts.get(policy) or self._parted(policy, principal)
        allows, denies = layer.allows, layer.denies
        for statement in others:
            found = self.applies(statement, principal, self.universe.full)
            if found.possible and statement.effect == "Allow":
                allows |= found
            elif found.possible:
                denies |= found
        return Layer(allows, denies) if others else layer

    def _parted(
        self, policy: AnyPolicy, principal: Principal
    ) -> tuple[Layer, tuple[Statement, ...]]:
        """What a policy allows and denies everybody, and its statements that ask who it is."""
        if not isinstance(policy, Policy):
            doubtful = self.universe.everything.doubted()
            self._parts[policy] = Layer(doubtful, doubtful), ()
            return self._parts[policy]
        found, others = {"Allow": NOTHING, "Deny": NOTHING}, []
        for statement in policy.about(self.action):
            if self._depends_on_principal(statement):
                others.append(statement)
            else:
                found[statement.effect] |= self.applies(statement, principal, self.universe.full)
        layer = Layer(found["Allow"], found["Deny"])
        layer = layer if layer.allows.possible or layer.denies.possible else SILENT
        self._parts[policy] = layer, tuple(others)
        return self._parts[policy]

    def _depends_on_principal(self, statement: Statement) -> bool:
        keys = {key for each in statement.conditions for key in each.keys}
        keys.update(key for each in statement.resources for key in variables_of(each))
        return not all(map(self.universe.decides, keys))

    def own_allows(
        self, principal: Principal
    ) -> Sequence[tuple[AnyPolicy, Statement | None, Extent]]:
        """
        What each statement of the principal's own policies allows, of those that allow.

        A policy that nobody could read may allow anything, and has no statement.
        """
        known = self._own_allows.get(principal)
        if known is None:
            doubtful = self.universe.everything.doubted()
            found: list[tuple[AnyPolicy, Statement | None, Extent]] = []
            for policy in principal.identity:
                if not isinstance(policy, Policy):
                    found.append((policy, None, doubtful))
                    continue
                for statement in policy.about(self.action):
                    if statement.effect == "Allow":
                        allows = self.applies(statement, principal, self.universe.full)
                        found.append((policy, statement, allows))
            known = self._own_allows[principal] = found
        return known

    def grants(self, principal: Principal) -> Grants:
        """What the resources' policies allow the principal."""
        if not self.resource_policies:
            return Grants(NOTHING, NOTHING, NOTHING, self._outright(principal))
        direct = role = account = NOTHING
        lookup = partial(self.value, principal=principal)
        for shared in self._resource_policies.about(principal, "Allow", lookup):
            named = self.named(principal, shared.statement)
            if named.any is not Truth.NO:
                found = self._shared_applies(shared, principal)
                direct |= _if(named.direct, found)
                role |= _if(named.role, found)
                account |= _if(named.account, found)
        if self.conventions.unseen_grants:
            unseen = Extent(0, self._resource_policies.unseen)
            direct |= unseen
            account |= unseen
        return Grants(direct, role, account, self._outright(principal))

    def resource_denies(self, principal: Principal, within: int) -> Extent:
        """What the resources' policies deny the principal, among the resources of the mask."""
        denied = Extent(0, self._resource_policies.unseen & within)
        lookup = partial(self.value, principal=principal)
        for statement, mask in self._resource_policies.guards.denying(lookup):
            denied |= _if(self.named(principal, statement).any, Extent(mask, mask))
        for shared in self._resource_policies.about(principal, "Deny", lookup, within):
            if shared.resources.possible & within:
                named = self.named(principal, shared.statement).any
                if named is not Truth.NO:
                    denied |= _if(named, self._shared_applies(shared, principal))
        return denied

    def named(self, principal: Principal, statement: Statement) -> Named:
        """Tell how a statement names the principal; one without Principal means its holder."""
        principals = statement.principals
        if principals is None:
            return Named(Truth.YES)
        if principals.negated:
            return Named(principal.excepted_by(principals, statement.effect).negated)
        return principal.named_by(principals)

    def _shared_applies(self, shared: SharedStatement, principal: Principal) -> Extent:
        applies = self.applies(shared.statement, principal, shared.resources.possible)
        return applies & shared.resources

    def applies(self, statement: Statement, principal: Principal, within: int) -> Extent:
        """The resources, of the mask, for which all elements of a statement match."""
        found = self._resources(statement, principal).within(within)
        for condition in statement.conditions:
            if not found.possible:
                break
            found = self._narrowed(found, condition, principal)
        return found

    def _narrowed(self, found: Extent, condition: Condition, principal: Principal) -> Extent:
        if self._decided_keys(condition):
            return found & self.condition(condition, principal)
        values = tuple([self.value(key, principal) for key in condition.keys])
        return _if(_holds(condition, values), found)

    def _decided_keys(self, condition: Condition) -> tuple[str, ...]:
        """The keys of a condition that the resources decide."""
        decided = self._decided.get(condition)
        if decided is None:
            decided = tuple(key for key in condition.keys if self.universe.decides(key))
            self._decided[condition] = decided
        return decided

    def _resources(self, statement: Statement, principal: Principal) -> Extent:
        found = self._extents.get(statement)
        if found is not None:
            return found
        found = without_variables(self.universe, statement)
        if found is not None:
            self._extents[statement] = found
            return found
        found = NOTHING
        for each in statement.resources:
            pattern = fill(each, lambda key: self._filler(key, principal))
            if not isinstance(pattern, Unfilled):
                found |= self.universe.matching(pattern)
            elif pattern is Unfilled.UNKNOWN or statement.not_resource:
                # An absent variable matches nothing; what that makes of NotResource is not said.
                found |= self.universe.matching(widened(each)).doubted()
        return self.universe.everything.without(found) if statement.not_resource else found

    def _filler(self, key: str, principal: Principal) -> str | Unfilled:
        if self.universe.decides(key):
            return Unfilled.UNKNOWN
        return single(self.value(key, principal))

    def value(self, key: str, principal: Principal) -> Value:
        """What is known of a key that the resource does not decide."""
        value = principal.value(key)
        if value is None:
            value = self.conventions.constants.get(key)
        return self.conventions.otherwise if value is None else value

    def condition(self, condition: Condition, principal: Principal) -> Extent:
        """For which resources a condition holds."""
        decided = self._decided_keys(condition)
        if not decided:
            return self._narrowed(self.universe.everything, condition, principal)
        asked = tuple(
            None if key in decided else self.value(key, principal) for key in condition.keys
        )
        known = self._conditions.get((condition, asked))
        if known is None:
            known = NOTHING
            for group, mask in self.universe.groups(decided):
                of_group = dict(zip(decided, group, strict=True))
                values = tuple(
                    of_group[key] if value is None else value
                    for key, value in zip(condition.keys, asked, strict=True)
                )
                known |= extent(_holds(condition, values), mask)
            self._conditions[condition, asked] = known
        return known


def with_either_key(principal: Principal, ask: Callable[[Principal], Extent]) -> Extent:
    """
    What `ask` gives for a principal, who chooses between a session and a long-term key.

    The latter is asked about only where it could settle something.
    """
    found = ask(principal)
    if found.possible & ~found.sure and principal.with_long_term_key is not principal:
        found |= ask(principal.with_long_term_key)
    return found


@lru_cache(maxsize=65536)
def _holds(condition: Condition, values: tuple[Value, ...]) -> Truth:
    """Whether a condition holds for these values of its keys; many questions ask the same."""
    return holds(condition, dict(zip(condition.keys, values, strict=True)).__getitem__)


def _if(truth: Truth, found: Extent) -> Extent:
    if truth is Truth.YES:
        return found
    return found.doubted() if truth is Truth.MAYBE else NOTHING
