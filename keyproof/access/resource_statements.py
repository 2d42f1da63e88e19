"""
The statements about one action in the policies of many resources, found by whom they may name.

In an estate most resources have a policy, and most statements are about a few principals or
one resource. Nobody's answer should take a look at all of them, so that statements which are
alike are joined, and each is found by names, resources or values of condition keys.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from typing import TYPE_CHECKING

from keyproof.access.conditions import texts_demanded
from keyproof.access.extents import NOTHING, Extent, indices
from keyproof.access.guards import Guards
from keyproof.access.patterns import variables_of, widened
from keyproof.access.policy import Policy
from keyproof.access.principals import session_of
from keyproof.access.values import Known

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from keyproof.access.patterns import Template
    from keyproof.access.policy import AnyPolicy, Principals, Statement
    from keyproof.access.principals import Principal
    from keyproof.access.universe import Universe
    from keyproof.access.values import Value

ANY_RESOURCE: tuple[Template, ...] = (("*",),)


@dataclass(frozen=True, slots=True, eq=False)
class SharedStatement:
    """Statements of resource policies that differ in nothing but the resources they stand in."""

    statement: Statement
    resources: Extent


class ResourcePolicies:
    """The statements about one action in the policies of all resources, found by principal."""

    def __init__(
        self, universe: Universe, action: str, policies: Sequence[Sequence[AnyPolicy]]
    ) -> None:
        """`policies` are those of each resource, in the order of the universe."""
        self.unseen = 0
        shared: dict[object, list[SharedStatement]] = defaultdict(list)
        for index, of_resource in enumerate(policies):
            for policy in of_resource:
                if not isinstance(policy, Policy):
                    self.unseen |= 1 << index
                    continue
                for statement in policy.about(action):
                    one = _alone(universe, statement, 1 << index)
                    if one.resources.possible:
                        own = one.statement.resources, one.statement.not_resource
                        key = (statement.effect, statement.principals, statement.conditions, *own)
                        shared[key].append(one)
        found: dict[tuple[str, str | None], list[SharedStatement]] = defaultdict(list)
        for one in map(_joined, shared.values()):
            names = _names(one.statement.principals)
            for name in (None,) if names is None else names:
                found[one.statement.effect, name].append(one)
        self.guards = Guards(universe, found.pop(("Deny", None), ()))
        found["Deny", None] = self.guards.others
        self._found = {key: _Statements(universe, each) for key, each in found.items()}

    def about(
        self,
        principal: Principal,
        effect: str,
        lookup: Callable[[str], Value],
        within: int | None = None,
    ) -> Iterable[SharedStatement]:
        """
        Every statement of an effect that may name the principal, each once.

        Left out are guards, as far as these tell by themselves what they deny. So are
        statements with a condition that cannot hold for the values that `lookup` gives, or,
        where that is quicker to find out, those about no resource of the mask.
        """
        found: dict[SharedStatement, None] = {}
        for name in (None, *principal.own_names, principal.account_name, principal.sessions_name):
            statements = self._found.get((effect, name))
            if statements is not None:
                found |= dict.fromkeys(statements.about(lookup, within))
        if effect == "Deny":
            found |= dict.fromkeys(self.guards.undecided(lookup))
        return found

    def admits(self, principal: Principal) -> bool:
        """Whether an Allow may name this very principal, and not its account alone."""
        names = (None, *principal.own_names, principal.sessions_name)
        return any(("Allow", name) in self._found for name in names)


class _Statements:
    """Statements of one effect that name the same principal, or anybody."""

    def __init__(self, universe: Universe, statements: Sequence[SharedStatement]) -> None:
        self._statements = statements
        self._others: list[SharedStatement] = []
        self._by_value: dict[str, dict[str, list[SharedStatement]]] = {}
        demands = [(each, _demands(universe, each.statement)) for each in statements]
        alike = Counter((key, text) for _, texts in demands for key in texts for text in texts[key])
        for each, texts in demands:
            if not texts:
                self._others.append(each)
                continue
            # Of several conditions the one that the fewest other statements have too.
            key = min(texts, key=lambda key: max(alike[key, text] for text in texts[key]))
            for text in texts[key]:
                self._by_value.setdefault(key, {}).setdefault(text, []).append(each)

    @cached_property
    def _by_resource(self) -> dict[int, list[SharedStatement]]:
        found: dict[int, list[SharedStatement]] = defaultdict(list)
        for each in self._statements:
            for index in indices(each.resources.possible):
                found[index].append(each)
        return found

    def about(
        self, lookup: Callable[[str], Value], within: int | None
    ) -> Iterator[SharedStatement]:
        """Find them by resource or by value, whichever leaves fewer to look at."""
        if within is not None and within.bit_count() < len(self._others):
            for index in indices(within):
                yield from self._by_resource.get(index, ())
            return
        yield from self._others
        for key, by_text in self._by_value.items():
            value = lookup(key)
            if isinstance(value, Known) and len(value.texts) <= 1:
                for text in value.texts:
                    yield from by_text.get(text, ())
            else:
                for statements in by_text.values():
                    yield from statements


def _demands(universe: Universe, statement: Statement) -> dict[str, frozenset[str]]:
    """The keys that must have one of these very texts for the statement to apply."""
    return {
        condition.key: texts
        for condition in statement.conditions
        if not universe.decides(condition.key) and (texts := texts_demanded(condition))
    }


def _joined(members: Sequence[SharedStatement]) -> SharedStatement:
    resources = reduce(Extent.__or__, (each.resources for each in members))
    return replace(members[0], resources=resources)


def _alone(universe: Universe, statement: Statement, bit: int) -> SharedStatement:
    """A statement with the resource it stands in, as far as its Resource is about that one."""
    resources = without_variables(universe, statement)
    if resources is None:
        return SharedStatement(statement, Extent(bit, bit))
    anywhere = replace(statement, resources=ANY_RESOURCE, not_resource=False)
    return SharedStatement(anywhere, resources.within(bit))


def _names(principals: Principals | None) -> frozenset[str] | None:
    """The names under which to look for a statement; None when it may name anybody."""
    if principals is None or principals.negated or principals.anyone or principals.other:
        return None
    if "*" in principals.service | principals.federated:
        return None
    sessions = (session_of(name) for name in principals.aws)
    return (
        principals.aws
        | {name for name in sessions if name is not None}
        | principals.service
        | principals.federated
    )


def without_variables(universe: Universe, statement: Statement) -> Extent | None:
    """The resources a statement is about; None where that depends on who asks."""
    if any(variables_of(each) for each in statement.resources):
        return None
    found = NOTHING
    for each in statement.resources:
        found |= universe.matching(widened(each))
    return universe.everything.without(found) if statement.not_resource else found
