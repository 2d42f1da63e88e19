"""
Writing somebody's policies: how far it makes them able to read.

Attaching or writing a policy gives whatever nothing denies or bounds; so does taking a
boundary away, as far as it goes. Choosing another version of a policy gives what that says.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_permissions-required.html
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from keyproof.access.extents import Truth
from keyproof.access.policy import Reference, read_policy
from keyproof.access.ways import (
    CHOOSE_VERSION,
    JOIN_GROUP,
    UNBIND_ROLE,
    UNBIND_USER,
    WRITE_GROUP,
    WRITE_MANAGED,
    WRITE_ROLE,
    WRITE_USER,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from keyproof.access.identities import Identity
    from keyproof.access.principals import Principal
    from keyproof.access.rights import Rights
    from keyproof.access.ways import Right

ANYTHING = read_policy(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]},
    Reference(kind="identity_policy", name="a policy that the principal writes"),
)

_WRITING = (
    *(*WRITE_USER, *WRITE_ROLE, *WRITE_GROUP, *WRITE_MANAGED),
    *(*UNBIND_USER, *UNBIND_ROLE, *CHOOSE_VERSION, JOIN_GROUP),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Empowered:
    """Somebody with other policies, how surely they can come to that, and by which rights."""

    principal: Principal
    truth: Truth
    rights: tuple[Right, ...]
    to: str
    """Whose policy is written, or which: an ARN."""


@dataclass(frozen=True, slots=True)
class _Written:
    """The surest right to write something, and what is written."""

    truth: Truth
    right: Right
    to: str


class Empowerment:
    """What principals become when somebody writes their policies."""

    def __init__(self, rights: Rights) -> None:
        self._rights = rights
        self._variants: dict[tuple[Principal, object], Principal] = {}
        self._writers: dict[Principal, bool] = {}

    def writes(self, writer: Principal) -> bool:
        """Whether a principal may write any policy at all, as most may not."""
        known = self._writers.get(writer)
        if known is None:
            known = self._writers[writer] = self._rights.might(writer, _WRITING)
        return known

    def of(self, writer: Principal, target: Identity) -> Iterator[Empowered]:
        """What a principal, itself perhaps, becomes by the rights of the writer."""
        if not self.writes(writer):
            return
        written = self._surest(writer, self._policies(target))
        unbound = None
        if target.principal.boundary is not None:
            unbound = self._surest(writer, self._boundary(target))
        if written is not None:
            yield self._empowered(target, (written,), written=True)
        if unbound is not None:
            yield self._empowered(target, (unbound,), unbound=True)
        if written is not None and unbound is not None:
            yield self._empowered(target, (written, unbound), written=True, unbound=True)
        yield from self._by_version(writer, target)
        if writer is target.principal and writer.type == "user":
            yield from self._by_joining(writer)

    def _empowered(
        self,
        target: Identity,
        steps: tuple[_Written, ...],
        *,
        written: bool = False,
        unbound: bool = False,
    ) -> Empowered:
        before = target.principal
        after = self._variants.get((before, (written, unbound)))
        if after is None:
            after = replace(
                before,
                identity=(*before.identity, ANYTHING) if written else before.identity,
                boundary=None if unbound else before.boundary,
            )
            self._variants[before, (written, unbound)] = after
        return Empowered(
            principal=after,
            truth=min(step.truth for step in steps),
            rights=tuple(step.right for step in steps),
            to=steps[0].to,
        )

    def _policies(self, target: Identity) -> Iterator[tuple[str, tuple[str, ...], str]]:
        """What can be written to change somebody's policies, with the rights to do it."""
        if target.principal.type == "role" and not target.protected:
            yield "roles", WRITE_ROLE, target.principal.arn
        elif target.principal.type == "user":
            yield "users", WRITE_USER, target.principal.arn
        for group in target.groups:
            yield "groups", WRITE_GROUP, group
        for policy in target.managed:
            yield "policies", WRITE_MANAGED, policy

    def _boundary(self, target: Identity) -> Iterator[tuple[str, tuple[str, ...], str]]:
        role = target.principal.type == "role"
        kind, actions = ("roles", UNBIND_ROLE) if role else ("users", UNBIND_USER)
        if not target.protected:
            yield kind, actions, target.principal.arn
        boundary = target.principal.boundary
        if boundary is not None:
            yield "policies", WRITE_MANAGED, boundary.reference.name

    def _surest(
        self, writer: Principal, places: Iterable[tuple[str, tuple[str, ...], str]]
    ) -> _Written | None:
        best: _Written | None = None
        for kind, actions, arn in places:
            index = self._index[kind].get(arn)
            if index is None:
                continue
            truth = self._rights.extent(writer, kind, actions).truth(index)
            if truth is not Truth.NO and (best is None or truth > best.truth):
                best = _Written(truth, self._rights.right(writer, kind, actions, index), arn)
        return best

    @cached_property
    def _index(self) -> Mapping[str, Mapping[str, int]]:
        return {
            kind: self._rights.indices_by_arn(kind)
            for kind in ("roles", "users", "groups", "policies")
        }

    def _by_version(self, writer: Principal, target: Identity) -> Iterator[Empowered]:
        for number, (arn, version) in enumerate(target.versions):
            chosen = self._surest(writer, [("policies", CHOOSE_VERSION, arn)])
            if chosen is None:
                continue
            key = (target.principal, number)
            if key not in self._variants:
                kept = [each for each in target.principal.identity if each.reference.name != arn]
                self._variants[key] = replace(target.principal, identity=(*kept, version))
            yield Empowered(
                principal=self._variants[key], truth=chosen.truth, rights=(chosen.right,), to=arn
            )

    def _by_joining(self, user: Principal) -> Iterator[Empowered]:
        joined = self._rights.extent(user, "groups", (JOIN_GROUP,))
        for index, group in enumerate(self._rights.groups if joined.possible else ()):
            truth = joined.truth(index)
            if truth is not Truth.NO and group.account == user.account:
                yield Empowered(
                    principal=replace(user, identity=(*user.identity, *group.policies)),
                    truth=truth,
                    rights=(self._rights.right(user, "groups", (JOIN_GROUP,), index),),
                    to=group.arn,
                )
