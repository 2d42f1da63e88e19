"""Why: the statements that decide about one resource, and the condition keys in doubt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from keyproof.access.extents import Truth
from keyproof.access.patterns import Variable
from keyproof.access.policy import Policy
from keyproof.access.values import Known

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from keyproof.access.evaluation import Question
    from keyproof.access.policy import AnyPolicy, Statement
    from keyproof.access.principals import Principal

SESSION_NAME = "sts:RoleSessionName"
"""What a grant to one session of a role depends on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """
    A statement that applies, surely or possibly, or a policy that nobody could read.

    `level` tells the policies that must allow apart: `identity`, `resource`, `boundary`,
    `session`, and a level of the organisation as `scp 1`, `rcp 1`.
    """

    level: str
    policy: AnyPolicy
    statement: Statement | None
    effect: Literal["Allow", "Deny"] | None
    truth: Truth
    keys: tuple[str, ...] = ()

    @property
    def unseen(self) -> str | None:
        """What nobody could read, and why."""
        return None if isinstance(self.policy, Policy) else self.policy.said


def matches(question: Question, principal: Principal, index: int) -> list[Match]:
    """Every statement that may apply to the resource, in the order of evaluation."""
    return [
        match
        for level, policies in _levels(question, principal, index)
        for policy in policies
        for match in _of_policy(question, principal, index, level, policy)
    ]


@dataclass(frozen=True, slots=True)
class Allow:
    """A statement that allows, surely or possibly; none of a policy that nobody could read."""

    policy: AnyPolicy
    statement: Statement | None
    truth: Truth


def surest_identity(question: Question, principal: Principal, index: int) -> Allow | None:
    """The surest Allow among the principal's own policies."""
    return _surest(
        Allow(policy, statement, allows.truth(index))
        for policy, statement, allows in question.own_allows(principal)
        if allows.possible >> index & 1
    )


def surest_resource(question: Question, principal: Principal, index: int) -> Allow | None:
    """The surest Allow among the resource's own policies."""
    return _surest(_resource_allows(question, principal, index))


def _resource_allows(question: Question, principal: Principal, index: int) -> Iterator[Allow]:
    for policy in question.resource_policies[index] if question.resource_policies else ():
        if not isinstance(policy, Policy):
            yield Allow(policy, None, Truth.MAYBE)
            continue
        for statement in policy.about(question.action):
            if statement.effect == "Allow":
                named = question.named(principal, statement).any
                if named is not Truth.NO:
                    applies = question.applies(statement, principal, 1 << index)
                    yield Allow(policy, statement, min(named, applies.truth(index)))


def _surest(allows: Iterable[Allow]) -> Allow | None:
    """The first of the surest; a policy that nobody could read comes last."""
    best: Allow | None = None
    for each in allows:
        if each.truth is Truth.YES:
            return each
        worse = best is None or (best.statement is None and each.statement is not None)
        if each.truth is Truth.MAYBE and worse:
            best = each
    return best


def _of_policy(
    question: Question, principal: Principal, index: int, level: str, policy: AnyPolicy
) -> Iterator[Match]:
    if not isinstance(policy, Policy):
        yield Match(level=level, policy=policy, statement=None, effect=None, truth=Truth.MAYBE)
        return
    for statement in policy.about(question.action):
        named = question.named(principal, statement).any
        if named is Truth.NO:
            continue
        applies = question.applies(statement, principal, 1 << index).truth(index)
        truth = min(named, applies)
        if truth is not Truth.NO:
            yield Match(
                level=level,
                policy=policy,
                statement=statement,
                effect=statement.effect,
                truth=truth,
                keys=tuple(_keys(question, principal, statement, named, index))
                if truth is Truth.MAYBE
                else (),
            )


def _levels(
    question: Question, principal: Principal, index: int
) -> Iterator[tuple[str, Iterable[AnyPolicy]]]:
    levels: Sequence[Sequence[AnyPolicy]] = question.levels(principal)
    for number, level in enumerate(levels, start=1):
        yield f"scp {number}", level
    account = question.universe.resources[index].account
    levels = () if principal.service_linked else question.rcps.get(account, ())
    for number, level in enumerate(levels, start=1):
        yield f"rcp {number}", level
    if question.resource_policies:
        yield "resource", question.resource_policies[index]
    yield "identity", principal.identity
    if principal.boundary is not None:
        yield "boundary", (principal.boundary,)
    for policy in principal.session_policies:
        yield "session", (policy,)


def _keys(
    question: Question, principal: Principal, statement: Statement, named: Truth, index: int
) -> Iterator[str]:
    """The condition keys, as the policy writes them, that keep a statement from being decided."""
    if named is Truth.MAYBE:
        yield SESSION_NAME if principal.type == "role" else "Principal"
    for condition in statement.conditions:
        if question.condition(condition, principal).truth(index) is not Truth.MAYBE:
            continue
        if condition.comparison is None:
            yield f"{condition.operator} {condition.name}"
            continue
        yield condition.name
        for key in condition.keys[1:]:
            if not isinstance(question.value(key, principal), Known):
                yield key
    for parts in statement.resources:
        for part in parts:
            if isinstance(part, Variable) and not isinstance(
                question.value(part.key, principal), Known
            ):
                yield part.key


def deciding(question: Question, principal: Principal, index: int) -> list[Match]:
    """
    Of all matches those whose doubt matters.

    Each Deny in doubt does, and the Allow in doubt of a level where no other is sure. Within
    an account a sure Allow of the identity or of the resource makes the other one needless.
    """
    found = matches(question, principal, index)
    settled = {
        match.level for match in found if match.effect == "Allow" and match.truth is Truth.YES
    }
    either = {"identity", "resource"}
    same = question.universe.resources[index].account == principal.account
    if settled & either and same and not question.conventions.delegated:
        settled |= either
    return [
        match
        for match in found
        if match.truth is Truth.MAYBE
        and (match.effect == "Deny" or match.statement is None or match.level not in settled)
    ]


def doubtful_keys(question: Question, principal: Principal, index: int) -> tuple[str, ...]:
    """The condition keys on which the answer about the resource depends."""
    doubts = deciding(question, principal, index)
    return tuple(sorted({key for match in doubts for key in match.keys}))
