"""
Role chains: who may assume which role, and what that leads to.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

from __future__ import annotations

from collections import defaultdict, deque
from functools import cached_property
from typing import TYPE_CHECKING

from keyproof.access.evaluation import NO_ROLES, Conventions, Question, with_either_key
from keyproof.access.extents import NOTHING, Extent, Truth, bits, indices
from keyproof.access.policy import Policy
from keyproof.access.universe import Resource, Universe, tag_values
from keyproof.access.values import UNKNOWN, known

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from keyproof.access.estate import Estate
    from keyproof.access.identities import Identity
    from keyproof.access.principals import Principal
    from keyproof.access.ways import Kind

ASSUME_ROLE = "sts:AssumeRole"
WAYS_IN = {"web_identity": "sts:AssumeRoleWithWebIdentity", "saml": "sts:AssumeRoleWithSAML"}
"""How somebody whom an identity provider vouches for assumes a role."""

ROLE_TAGS = ("aws:resourcetag/", "iam:resourcetag/")


class Assumption:
    """Which roles a principal may assume."""

    def __init__(self, estate: Estate) -> None:
        self.roles: Sequence[Identity] = [
            identity for identity in estate.identities if identity.trust is not None
        ]
        self.index = {identity.principal: n for n, identity in enumerate(self.roles)}
        self.universe = Universe(
            [_resource(estate, identity) for identity in self.roles],
            tag_prefixes=ROLE_TAGS,
            unknown=UNKNOWN,
        )
        self._estate = estate
        self.assume = self.question(ASSUME_ROLE)
        self.by_provider = {way: self.question(action) for way, action in WAYS_IN.items()}
        self._edges: dict[Principal, Extent] = {}

    def question(self, action: str) -> Question:
        """Ask about an action that the roles' trust policies govern."""
        return Question(
            action,
            self.universe,
            resource_policies=[
                () if identity.trust is None else (identity.trust,) for identity in self.roles
            ],
            rcps=self._estate.rcps,
            conventions=Conventions(
                delegated=True,
                bounded_users=True,
                refused=NO_ROLES,
                constants=self._estate.now,
                otherwise=UNKNOWN,
            ),
        )

    def way_in(self, principal: Principal) -> tuple[Kind, Question]:
        """How a principal comes to be a role, and the question whether it may."""
        if principal.type != "provider":
            return "role_chain", self.assume
        kind: Kind = "saml" if ":saml-provider/" in principal.arn else "web_identity"
        return kind, self.by_provider[kind]

    def edges(self, principal: Principal) -> Extent:
        """The roles that the principal may assume in one step, itself left out."""
        found = self._edges.get(principal)
        if found is None:
            found = with_either_key(principal, lambda each: self.assume.answer(each).allowed)
            own = self.index.get(principal)
            found = found if own is None else found.within(~(1 << own))
            self._edges[principal] = found
        return found

    def trusting(self, service: Principal) -> Extent:
        """The roles that let an AWS service assume them."""
        trusting = self.assume.answer(service).allowed
        return trusting.within(~self._unseen) | Extent(0, self._unseen)

    @cached_property
    def _unseen(self) -> int:
        """The roles whose trust policies nobody could read."""
        return bits(
            number for number, role in enumerate(self.roles) if not isinstance(role.trust, Policy)
        )


def _resource(estate: Estate, identity: Identity) -> Resource:
    principal = identity.principal
    membership = estate.organizations.membership(principal.account)
    return Resource(
        arn=principal.arn,
        account=principal.account,
        tags=tag_values(identity.tags),
        context={
            **membership.context("resource"),
            "aws:resourceaccount": known(principal.account),
        },
    )


class Reach:
    """What each role leads to: its own reading, and that of the roles it may go on to."""

    def __init__(self, assumption: Assumption, direct: Callable[[Principal], Extent]) -> None:
        self._assumption = assumption
        roles = [identity.principal for identity in assumption.roles]
        self._own = [direct(role) for role in roles]
        self.of_role = list(self._own)
        self._found: dict[Extent, Extent] = {}
        edges = [assumption.edges(role) for role in roles]
        order = _ends_first([each.possible for each in edges])
        growing = True
        while growing:  # more than twice only where roles lead in circles
            growing = False
            for start in order:
                found = self._own[start] | self._led(edges[start])
                growing |= found != self.of_role[start]
                self.of_role[start] = found

    def by_chain(self, principal: Principal) -> Extent:
        """What a principal reads by assuming roles, one after another."""
        return self.through(self._assumption.edges(principal))

    def through(self, roles: Extent) -> Extent:
        """What whoever has these roles reads."""
        found = self._found.get(roles)
        if found is None:
            found = self._found[roles] = self._led(roles)
        return found

    def _led(self, roles: Extent) -> Extent:
        found = NOTHING
        for role in indices(roles.possible):
            leads = self.of_role[role]
            if leads.possible & ~found.possible or leads.sure & ~found.sure:
                found |= _through(roles.truth(role), leads)
        return found

    @cached_property
    def _readers(self) -> Mapping[int, Extent]:
        """The roles that read each secret themselves."""
        return _turned(self._own)

    @cached_property
    def _leading(self) -> Mapping[int, Extent]:
        """The roles that lead to each secret."""
        return _turned(self.of_role)

    def chain(self, roles: Extent, secret: int) -> tuple[int, ...]:
        """
        Give the shortest chain of roles, begun by one of `roles`, whose last reads the secret.

        One that is sure in every step is preferred to a shorter one that is not.
        """
        leading, reading = self._leading.get(secret, NOTHING), self._readers.get(secret, NOTHING)
        for sure in (True, False):
            useful = leading.sure if sure else leading.possible
            last = reading.sure if sure else reading.possible
            first = useful & (roles.sure if sure else roles.possible)
            if first & last:
                return (_lowest(first & last),)
            came_from: dict[int, int | None] = dict.fromkeys(indices(first))
            waiting = deque(came_from)
            useful &= ~first
            while waiting:
                role = waiting.popleft()
                if last >> role & 1:
                    return _path(came_from, role)
                onward = self._assumption.edges(self._assumption.roles[role].principal)
                following = useful & (onward.sure if sure else onward.possible)
                useful &= ~following
                came_from |= dict.fromkeys(indices(following), role)
                waiting += indices(following)
        return ()


def _ends_first(edges: Sequence[int]) -> list[int]:
    """The order in which nobody comes before those whom its edges lead to, but in circles."""
    order: list[int] = []
    waiting = (1 << len(edges)) - 1
    path: list[int] = []
    while waiting or path:
        onward = waiting & (edges[path[-1]] if path else waiting)
        if onward:
            path.append(_lowest(onward))
            waiting &= ~(1 << path[-1])
        else:
            order.append(path.pop())
    return order


def _turned(extents: Iterable[Extent]) -> Mapping[int, Extent]:
    """Of each member of the extents, the places of the extents that have it."""
    places: dict[int, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for place, found in enumerate(extents):
        for member in indices(found.possible):
            sure, possible = places[member]
            possible.append(place)
            if found.sure >> member & 1:
                sure.append(place)
    return {each: Extent(bits(sure), bits(possible)) for each, (sure, possible) in places.items()}


def _lowest(mask: int) -> int:
    return (mask & -mask).bit_length() - 1


def _path(came_from: Mapping[int, int | None], role: int | None) -> tuple[int, ...]:
    path: list[int] = []
    while role is not None:
        path.append(role)
        role = came_from[role]
    return tuple(reversed(path))


def _through(step: Truth, found: Extent) -> Extent:
    if step is Truth.YES:
        return found
    return found.doubted() if step is Truth.MAYBE else NOTHING
