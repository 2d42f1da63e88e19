"""Why not: what each element of a statement says, and the statements that one alone keeps away."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from keyproof.access.explanation import _levels
from keyproof.access.extents import Truth
from keyproof.access.policy import Policy

if TYPE_CHECKING:
    from collections.abc import Iterable

    from keyproof.access.conditions import Condition
    from keyproof.access.evaluation import Question
    from keyproof.access.policy import AnyPolicy, Statement
    from keyproof.access.principals import Principal
    from keyproof.access.values import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One element of a statement, and whether it meets the request; `condition` is one key's."""

    kind: Literal["principal", "resource", "condition"]
    truth: Truth
    condition: Condition | None = None
    value: Value | None = None
    """What is known of the condition's key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NearMiss:
    """A statement about the action that would apply, surely or possibly, but for one element."""

    level: str
    policy: Policy
    statement: Statement
    failed: Element


def levels_of(
    question: Question, principal: Principal, index: int
) -> list[tuple[str, tuple[AnyPolicy, ...]]]:
    """The policies, level by level in the order of evaluation; levels are named as in `Match`."""
    return [(name, tuple(level)) for name, level in _levels(question, principal, index)]


def elements(
    question: Question, principal: Principal, statement: Statement, index: int
) -> list[Element]:
    """
    Tell of each element of a statement whether it meets the request; its Action is not asked.

    Resource and NotResource are one element, as are Principal and NotPrincipal. A statement
    without Principal names its holder.
    """
    anywhere = replace(statement, conditions=())
    resource = question.applies(anywhere, principal, 1 << index).truth(index)
    found = [
        Element(kind="principal", truth=question.named(principal, statement).any),
        Element(kind="resource", truth=resource),
    ]
    found += [
        Element(
            kind="condition",
            truth=question.condition(condition, principal).truth(index),
            condition=condition,
            value=value_of(question, principal, condition.key, index),
        )
        for condition in statement.conditions
    ]
    return found


def value_of(question: Question, principal: Principal, key: str, index: int) -> Value:
    """What is known of a condition key, whether the resource decides it or not."""
    if not question.universe.decides(key):
        return question.value(key, principal)
    groups = question.universe.groups((key,))
    return next(values[0] for values, mask in groups if mask >> index & 1)


def near_misses(question: Question, principal: Principal, index: int) -> list[NearMiss]:
    """Every statement about the action that fails by exactly one element, level by level."""
    found = []
    for level, policies in levels_of(question, principal, index):
        for policy in policies:
            if not isinstance(policy, Policy):
                continue
            for statement in policy.about(question.action):
                failed = _failed(elements(question, principal, statement, index))
                if len(failed) == 1:
                    miss = NearMiss(
                        level=level, policy=policy, statement=statement, failed=failed[0]
                    )
                    found.append(miss)
    return found


def _failed(found: Iterable[Element]) -> list[Element]:
    return [element for element in found if element.truth is Truth.NO]
