"""Paths: the statements by which somebody reads a secret, step by step."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from keyproof.access.explanation import deciding, matches, surest_identity, surest_resource
from keyproof.access.extents import Truth
from keyproof.access.policy import UnseenPolicy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from keyproof.access.assumption import Assumption
    from keyproof.access.decryption import Decryption
    from keyproof.access.evaluation import Question
    from keyproof.access.explanation import Allow
    from keyproof.access.policy import AnyPolicy
    from keyproof.access.principals import Principal
    from keyproof.access.reading import Reading
    from keyproof.access.ways import Right


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """
    One step of a path: the statement that grants it.

    `kind` is that of the policy, or `grant`, `aws_managed_key`, `root_user`,
    `another_account` or `public`, which need none. `action` is what the step does and `to`
    what it leads to, `at` the place in the snapshot.
    """

    kind: str
    action: str
    policy: str | None = None
    statement: str | None = None
    at: str | None = None
    to: str | None = None


_NEED_NO_POLICY = frozenset({"root_user", "public", "another_account"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """
    All steps, the condition keys that they depend on, and what nobody could read.

    `grants_seen` tells whether all that is granted was read: then what is unseen could only
    forbid it.
    """

    steps: tuple[Step, ...]
    conditions: tuple[str, ...]
    unseen: tuple[str, ...]
    grants_seen: bool = True


def joined(paths: Iterable[Path]) -> Path:
    """One path after another."""
    parts = list(paths)
    return Path(
        steps=tuple(step for part in parts for step in part.steps),
        conditions=tuple(sorted({key for part in parts for key in part.conditions})),
        unseen=tuple(sorted({reason for part in parts for reason in part.unseen})),
        grants_seen=all(part.grants_seen for part in parts),
    )


def direct_path(reading: Reading, principal: Principal, secret: int) -> Path:
    """How the principal reads the secret: the value, then its decryption."""
    to = reading.secrets[secret].arn
    value = granted(reading.value, principal, secret, to)
    decryption = _decryption(reading.decryption, principal, secret)
    # That somebody is root, or of another account, was said in the first step.
    if any(step.kind in _NEED_NO_POLICY for step in decryption.steps):
        steps = tuple(step for step in decryption.steps if step.kind not in _NEED_NO_POLICY)
        decryption = replace(decryption, steps=steps)
    return joined((value, decryption))


def right_path(principal: Principal, right: Right, to: str | None) -> Path:
    """How the principal, or whoever must, has a right."""
    return granted(right.question, right.holder or principal, right.index, to)


def chain_path(
    assumption: Assumption, principal: Principal, chain: Sequence[int]
) -> tuple[Path, Principal]:
    """How the principal comes to the last role of a chain, and that role."""
    parts = []
    for role in chain:
        following = assumption.roles[role].principal
        parts.append(granted(assumption.assume, principal, role, following.arn))
        principal = following
    return joined(parts), principal


def granted(question: Question, principal: Principal, index: int, to: str | None) -> Path:
    """The statements that let the principal do the question's action on the resource."""
    own = _of_nobody(question, principal, to)
    steps = [own] if own is not None else []
    needed = [each for each in _needed(question, principal, index) if each is not None]
    steps += [_step(each, question.name, to) for each in needed]
    answer = question.answer(principal).allowed.truth(index)
    # A trust policy that nobody could read lets nobody in for all that is known, and yet may.
    doubts = deciding(question, principal, index) if answer is not Truth.YES else []
    return Path(
        steps=tuple(steps),
        conditions=tuple(sorted({key for match in doubts for key in match.keys})),
        unseen=tuple(sorted({match.unseen for match in doubts if match.unseen is not None})),
        grants_seen=all(each.statement is not None for each in needed),
    )


def _needed(question: Question, principal: Principal, index: int) -> tuple[Allow | None, ...]:
    """Of the Allows those that it takes, of the principal's own policies first."""
    if principal.type in {"public", "account", "service", "provider"} or principal.trusted:
        return (surest_resource(question, principal, index),)
    identity = surest_identity(question, principal, index)
    if question.universe.resources[index].account != principal.account:
        return (identity, surest_resource(question, principal, index))
    if question.conventions.delegated:
        resource = surest_resource(question, principal, index)
        alone = resource is not None and _names_itself(question, principal, resource)
        return (resource,) if alone else (identity, resource)
    if principal.type == "root":
        return ()
    if identity is not None and identity.truth is Truth.YES:
        return (identity,)
    return (surest_resource(question, principal, index) or identity,)


def _of_nobody(question: Question, principal: Principal, to: str | None) -> Step | None:
    """The step that no policy grants: the root's own rights, or another account's."""
    kinds = {"root": "root_user", "public": "public"}
    kind = kinds.get(principal.type, "another_account" if principal.trusted else None)
    return None if kind is None else Step(kind=kind, action=question.name, to=to)


def _names_itself(question: Question, principal: Principal, allow: Allow) -> bool:
    if allow.statement is None:
        return False
    named = question.named(principal, allow.statement)
    return max(named.direct, named.role) is not Truth.NO


def _step(allow: Allow, action: str, to: str | None) -> Step:
    reference, statement = allow.policy.reference, allow.statement
    return Step(
        kind=reference.kind,
        action=action,
        policy=reference.name,
        statement=None if statement is None else statement.name,
        at=reference.at if statement is None else reference.at_statement(statement),
        to=to,
    )


def _decryption(decryption: Decryption, principal: Principal, secret: int) -> Path:
    key = decryption.secrets[secret].key
    if key is None:
        step = Step(kind="aws_managed_key", action=decryption.managed.name)
        if decryption.allowed(principal).truth(secret) is Truth.YES:
            return Path(steps=(step,), conditions=(), unseen=())
        doubts = [
            match
            for match in matches(decryption.managed, principal, secret)
            if match.effect != "Allow"
        ]
        keys = {key for match in doubts for key in match.keys}
        if any(match.truth is Truth.YES for match in doubts):
            keys.add(decryption.managed.name)  # whether that denial reaches such a key is not said
        return Path(
            steps=(step,),
            conditions=tuple(sorted(keys)),
            unseen=tuple(sorted({each.unseen for each in doubts if each.unseen is not None})),
        )
    for number, grant in decryption.grants(principal, secret):
        step = Step(
            kind="grant",
            action=decryption.customer.name,
            policy=f"{key.arn} {grant.get('GrantId', '')}".strip(),
            statement=grant.get("Name"),
            at=f"{key.grants_at}/{number}",
            to=key.arn,
        )
        rest = granted(decryption.customer, principal, secret, key.arn)
        return Path(steps=(step,), conditions=rest.conditions, unseen=rest.unseen)
    path = granted(decryption.customer, principal, secret, key.arn)
    if key.grants is None and decryption.allowed(principal).truth(secret) is Truth.MAYBE:
        reason = f"grants of {key.arn}: they were not collected"
        unseen = Path(steps=(), conditions=(), unseen=(reason,), grants_seen=False)
        return joined((path, unseen))
    return path


def unseen_policies(policies: Iterable[AnyPolicy | None]) -> list[str]:
    """What is said of each policy that nobody could read."""
    return [policy.said for policy in policies if isinstance(policy, UnseenPolicy)]
