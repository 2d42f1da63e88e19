"""What each layer of policies says of one principal, in the shape of `--explain`'s JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keyproof.access.decryption import DECRYPT
from keyproof.access.extents import Truth
from keyproof.access.near_misses import elements, levels_of
from keyproof.access.patterns import Exact
from keyproof.access.policy import Policy
from keyproof.access.reading import GET_SECRET_VALUE
from keyproof.access.values import Known

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from keyproof.access.conditions import Condition
    from keyproof.access.evaluation import Question
    from keyproof.access.near_misses import Element
    from keyproof.access.organization import Organizations
    from keyproof.access.patterns import Template, Variable
    from keyproof.access.policy import AnyPolicy, Statement
    from keyproof.access.principals import Principal
    from keyproof.documents import Json

ANSWERS = {Truth.YES: "yes", Truth.MAYBE: "maybe", Truth.NO: "no"}

_KINDS = (
    ("scp", "service_control_policies"),
    ("rcp", "resource_control_policies"),
    ("boundary", "boundary"),
    ("session", "session_policies"),
    ("identity", "identity_policies"),
    ("resource", "resource_policies"),
)
"""Levels by what their names begin with, in the order in which they are told."""

_OF_RESOURCE: Mapping[str, str] = {GET_SECRET_VALUE: "resource_policies", DECRYPT: "key_policies"}
"""Whose policies those of the resource are; for any other action they are a role's trust policy."""

_OPEN_BY_NATURE = {
    "root": "a root user needs no policy of its own",
    "account": "the account's own policies were not collected, and are taken to allow",
    "public": "nobody knows their own policies, which are taken to allow",
}


def layers_of(
    question: Question, organizations: Organizations, principal: Principal, index: int
) -> Iterator[Json]:
    """
    Tell of every layer what it allows and denies, and by which statements.

    `of` is the root, unit or account that a control policy is attached to. The statements are
    those about the action that apply, or fail by one element; `unseen` could not be read.
    """
    levels = levels_of(question, principal, index)
    owner = question.universe.resources[index].account
    for beginning, kind in _KINDS:
        numbered = [each for each in levels if each[0].split(" ")[0] == beginning]
        names = _level_names(organizations, principal.account if beginning == "scp" else owner)
        named = beginning in {"scp", "rcp"} and len(names) == len(numbered)
        for number, (_, policies) in enumerate(numbered):
            allows, denies, note = _said(question, kind, policies, principal, index)
            yield {
                "action": question.name,
                "layer": _OF_RESOURCE.get(question.name, "trust_policy")
                if beginning == "resource"
                else kind,
                "of": names[number] if named else None,
                "allows": ANSWERS[allows],
                "denies": ANSWERS[denies],
                "note": note,
                "statements": list(statements_of(question, policies, principal, index)),
                "unseen": unseen_of(policies),
            }


def _level_names(organizations: Organizations, account: str) -> list[str]:
    """The ids of the root, the units and the account, from the top down."""
    path = organizations.membership(account).path
    return [] if path is None else [*path.strip("/").split("/")[1:], account]


def _said(
    question: Question,
    kind: str,
    policies: tuple[AnyPolicy, ...],
    principal: Principal,
    index: int,
) -> tuple[Truth, Truth, str | None]:
    """What a layer allows, what it denies, and what else there is to say."""
    if kind == "resource_policies":
        return _said_by_resource(question, principal, index)
    layer = question.layer(policies, principal)
    allows, denies = layer.allows.truth(index), layer.denies.truth(index)
    if kind == "identity_policies" and (principal.trusted or principal.type in _OPEN_BY_NATURE):
        nature = principal.type if principal.type in _OPEN_BY_NATURE else "account"
        return Truth.YES, denies, _OPEN_BY_NATURE[nature]
    return allows, denies, None


def _said_by_resource(
    question: Question, principal: Principal, index: int
) -> tuple[Truth, Truth, str | None]:
    grants = question.grants(principal)
    denies = question.resource_denies(principal, 1 << index).truth(index)
    named = max(grants.direct.truth(index), grants.role.truth(index))
    account = grants.account.truth(index)
    same = question.universe.resources[index].account == principal.account
    if not same or question.conventions.delegated:
        note = "it names the account, and so leaves it to identity policies" if same else None
        return max(named, account), denies, note if account > named else None
    note = "it names the account, which adds nothing to identity policies"
    return named, denies, note if account > named else None


def statements_of(
    question: Question, policies: Iterable[AnyPolicy], principal: Principal, index: int
) -> Iterator[Json]:
    """The statements that apply, and those that one element keeps from it."""
    for policy in policies:
        if not isinstance(policy, Policy):
            continue
        for statement in policy.about(question.action):
            found = elements(question, principal, statement, index)
            failed = [each for each in found if each.truth is Truth.NO]
            if len(failed) <= 1:
                yield _statement(policy, statement, found, failed)


def _statement(
    policy: Policy, statement: Statement, found: Sequence[Element], failed: Sequence[Element]
) -> Json:
    return {
        **identified(policy, statement),
        "applies": ANSWERS[min(each.truth for each in found)],
        "fails_by": failed[0].kind if failed else None,
        "principal": ANSWERS[found[0].truth],
        "resource": ANSWERS[found[1].truth],
        "resources": [_written(each) for each in statement.resources],
        "not_principal": statement.principals is not None and statement.principals.negated,
        "not_resource": statement.not_resource,
        "conditions": [
            condition_document(each.condition, each) for each in found if each.condition is not None
        ],
    }


def identified(policy: Policy, statement: Statement) -> Json:
    """Which statement it is, and where it stands in the snapshot."""
    return {
        "effect": statement.effect,
        "kind": policy.reference.kind,
        "policy": policy.reference.name,
        "statement": statement.name,
        "at": policy.reference.at_statement(statement),
    }


def condition_document(condition: Condition, element: Element) -> Json:
    """A condition as the policy has it, whether it holds, and what the request has, if known."""
    value = element.value
    return {
        "operator": condition.operator,
        "key": condition.name,
        "values": [_written(each) for each in condition.templates],
        "holds": ANSWERS[element.truth],
        "request": list(value.texts) if isinstance(value, Known) else None,
    }


def _written(template: Template) -> str:
    """A text as the policy has it, but for the case of the keys of variables, which have none."""
    return "".join(map(_part, template))


def _part(part: str | Exact | Variable) -> str:
    if isinstance(part, str):
        return part
    if isinstance(part, Exact):
        return f"${{{part.text}}}"
    default = "" if part.default is None else f", '{part.default}'"
    return f"${{{part.key}{default}}}"


def unseen_of(policies: Iterable[AnyPolicy]) -> list[str]:
    """The policies that nobody could read, and why."""
    return [
        f"{policy.reference.name}: {policy.reason}"
        for policy in policies
        if not isinstance(policy, Policy)
    ]
