"""
Role chains: who may assume which role, and what that leads to.

https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from keyproof.access.evaluation import NO_ROLES, Conventions, Question
from keyproof.access.extents import NOTHING, Truth, indices
from keyproof.access.policy import Policy
from keyproof.access.universe import Resource, Universe, tag_values
from keyproof.access.values import UNKNOWN, known

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from keyproof.access.estate import Estate
    from keyproof.access.extents import Extent
    from keyproof.access.identities import Identity
    from keyproof.access.principals import Principal

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

    def identity_question(self, action: str) -> Question:
        """Ask about an action on the roles that identity policies alone govern."""
        return Question(
            action,
            self.universe,
            conventions=Conventions(constants=self._estate.now, otherwise=UNKNOWN),
        )

    def edges(self, principal: Principal) -> Extent:
        """The roles that the principal may assume in one step, itself left out."""
        found = self._edges.get(principal)
        if found is None:
            found = self.assume.answer(principal).allowed
            own = self.index.get(principal)
            found = found if own is None else found.within(~(1 << own))
            self._edges[principal] = found
        return found

    def trusts(self, role: int, service: str) -> Truth:
        """Whether a role's trust policy names an AWS service."""
        trust = self.roles[role].trust
        if not isinstance(trust, Policy):
            return Truth.MAYBE
        named = {
            statement.effect
            for statement in trust.about(self.assume.action)
            if statement.principals is not None
            and (service in statement.principals.service or statement.principals.anyone)
        }
        if "Allow" not in named:
            return Truth.NO
        return Truth.MAYBE if "Deny" in named else Truth.YES


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
        self.of_role = [direct(role) for role in roles]
        edges = [assumption.edges(role) for role in roles]
        back: list[list[int]] = [[] for _ in roles]
        for start, reached in enumerate(edges):
            for end in indices(reached.possible):
                back[end].append(start)
        waiting = deque(n for n, found in enumerate(self.of_role) if found.possible)
        while waiting:
            end = waiting.popleft()
            for start in back[end]:
                grown = self.of_role[start] | _through(edges[start].truth(end), self.of_role[end])
                if grown != self.of_role[start]:
                    self.of_role[start] = grown
                    waiting.append(start)

    def by_chain(self, principal: Principal) -> Extent:
        """What a principal reads by assuming roles, one after another."""
        return self.through(self._assumption.edges(principal))

    def through(self, roles: Extent) -> Extent:
        """What whoever has these roles reads."""
        found = NOTHING
        for role in indices(roles.possible):
            if self.of_role[role].possible:
                found |= _through(roles.truth(role), self.of_role[role])
        return found

    def chain(
        self, roles: Extent, secret: int, direct: Callable[[Principal], Extent]
    ) -> tuple[int, ...]:
        """
        Give the shortest chain of roles, begun by one of `roles`, whose last reads the secret.

        One that is sure in every step is preferred to a shorter one that is not.
        """
        for sure in (True, False):
            came_from: dict[int, int | None] = {}
            waiting: deque[int] = deque()
            for role in indices(roles.sure if sure else roles.possible):
                came_from[role] = None
                waiting.append(role)
            while waiting:
                role = waiting.popleft()
                principal = self._assumption.roles[role].principal
                wanted = Truth.YES if sure else Truth.MAYBE
                if direct(principal).truth(secret) >= wanted:
                    return _path(came_from, role)
                onward = self._assumption.edges(principal)
                for following in indices(onward.sure if sure else onward.possible):
                    leads = self.of_role[following].truth(secret) >= wanted
                    if following not in came_from and leads:
                        came_from[following] = role
                        waiting.append(following)
        return ()


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
