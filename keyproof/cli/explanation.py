"""`keyproof who-can-read --explain`: why one principal can or cannot read, in JSON's shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keyproof.access.explanation import deciding
from keyproof.access.extents import Truth
from keyproof.access.near_misses import elements, levels_of
from keyproof.access.patterns import Exact
from keyproof.access.policy import Policy
from keyproof.access.values import Known
from keyproof.cli.principal_lookup import find_principal
from keyproof.cli.who_can_read import way_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from keyproof.access.conditions import Condition
    from keyproof.access.evaluation import Question
    from keyproof.access.extents import Extent
    from keyproof.access.near_misses import Element
    from keyproof.access.patterns import Template, Variable
    from keyproof.access.policy import AnyPolicy, Statement
    from keyproof.access.principals import Principal
    from keyproof.access.readers import EffectiveAccess
    from keyproof.cli.who_can_read import Inquiry
    from keyproof.documents import Json

GET_SECRET_VALUE = "secretsmanager:GetSecretValue"  # noqa: S105 - an action
DECRYPT = "kms:Decrypt"

ANSWERS = {Truth.YES: "yes", Truth.MAYBE: "maybe", Truth.NO: "no"}
_DECISIONS = {Truth.YES: "allow", Truth.MAYBE: "conditional", Truth.NO: "deny"}
_LAYERS = (
    ("scp", "service_control_policies"),
    ("rcp", "resource_control_policies"),
    ("boundary", "boundary"),
    ("session", "session_policies"),
    ("identity", "identity_policies"),
    ("resource", "resource_policies"),
)
"""Levels by what their names begin with, in the order in which they are told."""

_OPEN_BY_NATURE = {
    "root": "a root user needs no policy of its own",
    "account": "the account's own policies were not collected, and are taken to allow",
    "public": "nobody knows their own policies, which are taken to allow",
}


def explanation_document(inquiry: Inquiry, wanted: str) -> Json:
    """
    Tell of every layer what it allows and denies a principal, then of its ways.

    A layer's statements are those about the action that apply, or fail by one element.
    Raises `UsageError` where `wanted` does not stand for one principal.
    """
    access, index = inquiry.access, inquiry.index(inquiry.family.secret)
    principal = find_principal(wanted, access, inquiry.family.secret["account"])
    reading, decryption = access.reading, access.reading.decryption
    value = reading.value.answer(principal).allowed.truth(index)
    decrypt = decryption.allowed(principal).truth(index)
    ways = access.ways(principal, index)
    layers = list(_layers(access, reading.value, GET_SECRET_VALUE, principal, index))
    if decryption.is_managed(index):
        layers.append(_managed_key(access, principal, index, decrypt))
    else:
        layers += _layers(access, decryption.customer, DECRYPT, principal, index)
        layers.append(_grants(access, principal, index))
    return {
        **inquiry.heading,
        "principal": principal.arn,
        "type": principal.type,
        **inquiry.approval(principal, access.secrets[index]),
        "decision": ways[0].decision if ways else "deny",
        "direct": _DECISIONS[min(value, decrypt)],
        "actions": {GET_SECRET_VALUE: _DECISIONS[value], DECRYPT: _DECISIONS[decrypt]},
        "depends_on": _depends_on(access, principal, index) if min(value, decrypt) else [],
        "layers": layers,
        "roles": list(_roles(access, principal, index)),
        "ways": [way_document(way) for way in ways],
        "gaps": inquiry.gaps,
    }


def _layers(
    access: EffectiveAccess, question: Question, action: str, principal: Principal, index: int
) -> Iterator[Json]:
    levels = levels_of(question, principal, index)
    for beginning, kind in _LAYERS:
        numbered = [each for each in levels if each[0].split(" ")[0] == beginning]
        owner = question.universe.resources[index].account
        names = _level_names(access, principal.account if beginning == "scp" else owner)
        for number, (_, policies) in enumerate(numbered):
            allows, denies, note = _said(question, kind, policies, principal, index)
            yield {
                "action": action,
                "layer": "key_policies" if (action, beginning) == (DECRYPT, "resource") else kind,
                "of": names[number]
                if beginning in {"scp", "rcp"} and len(names) == len(numbered)
                else None,
                "allows": ANSWERS[allows],
                "denies": ANSWERS[denies],
                "note": note,
                "statements": list(_statements(question, policies, principal, index)),
                "unseen": _unseen(policies),
            }


def _level_names(access: EffectiveAccess, account: str) -> list[str]:
    """The ids of the root, the units and the account, from the top down."""
    path = access.estate.organizations.membership(account).path
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


def _statements(
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
    at = policy.reference.at
    return {
        "effect": statement.effect,
        "kind": policy.reference.kind,
        "policy": policy.reference.name,
        "statement": statement.name,
        "at": None if at is None else f"{at}/Statement/{statement.number}",
        "applies": ANSWERS[min(each.truth for each in found)],
        "fails_by": failed[0].kind if failed else None,
        "principal": ANSWERS[found[0].truth],
        "resource": ANSWERS[found[1].truth],
        "resources": [_written(each) for each in statement.resources],
        "not_resource": statement.not_resource,
        "conditions": [
            _condition(each.condition, each) for each in found if each.condition is not None
        ],
    }


def _condition(condition: Condition, element: Element) -> Json:
    value = element.value
    return {
        "operator": condition.operator,
        "key": condition.name,
        "values": [_written(each) for each in condition.templates],
        "holds": ANSWERS[element.truth],
        "request": list(value.texts) if isinstance(value, Known) else None,
    }


def _written(template: Template) -> str:
    """A text as the policy has it."""
    return "".join(map(_part, template))


def _part(part: str | Exact | Variable) -> str:
    if isinstance(part, str):
        return part
    if isinstance(part, Exact):
        return f"${{{part.text}}}"
    default = "" if part.default is None else f", '{part.default}'"
    return f"${{{part.key}{default}}}"


def _unseen(policies: Iterable[AnyPolicy]) -> list[str]:
    return [
        f"{policy.reference.name}: {policy.reason}"
        for policy in policies
        if not isinstance(policy, Policy)
    ]


def _managed_key(access: EffectiveAccess, principal: Principal, index: int, allowed: Truth) -> Json:
    """The key that AWS manages: open to its own account, and what may deny its use."""
    question = access.reading.decryption.managed
    own = principal.account == access.secrets[index].account
    denies = question.answer(principal, thorough=True).denied.truth(index) if own else Truth.NO
    policies = [policy for _, level in levels_of(question, principal, index) for policy in level]
    return {
        "action": DECRYPT,
        "layer": "aws_managed_key",
        "of": None,
        "allows": ANSWERS[Truth.YES if own else Truth.NO],
        "denies": ANSWERS[min(denies, Truth.MAYBE)],
        "note": "whoever may get a secret of the account may use it; nobody of another account",
        "statements": [
            each
            for each in _statements(question, policies, principal, index)
            if each["effect"] == "Deny"
        ],
        "unseen": _unseen(policies) if allowed is Truth.MAYBE else [],
    }


def _grants(access: EffectiveAccess, principal: Principal, index: int) -> Json:
    """The grants on the key, which need no policy beside them."""
    decryption = access.reading.decryption
    key = access.secrets[index].key
    outright: Extent = decryption.customer.grants(principal).outright
    return {
        "action": DECRYPT,
        "layer": "grants",
        "of": None,
        "allows": ANSWERS[outright.truth(index)],
        "denies": ANSWERS[Truth.NO],
        "note": None,
        "statements": [
            {
                "effect": "Allow",
                "kind": "grant",
                "policy": grant.get("GrantId"),
                "statement": grant.get("Name"),
                "at": None if key is None else f"{key.grants_at}/{number}",
                "applies": ANSWERS[outright.truth(index)],
                "fails_by": None,
                "grantee": grant.get("GranteePrincipal"),
                "constraints": grant.get("Constraints", {}),
            }
            for number, grant in decryption.grants(principal, index)
        ],
        "unseen": ["the grants of the key were not collected"]
        if key is not None and key.grants is None
        else [],
    }


def _roles(access: EffectiveAccess, principal: Principal, index: int) -> Iterator[Json]:
    """The roles that lead to the secret, and what lets the principal in or keeps it out."""
    assumption = access.assumption
    saml = ":saml-provider/" in principal.arn
    question = assumption.assume
    if principal.type == "provider":
        question = assumption.by_provider["saml" if saml else "web_identity"]
    allowed = question.answer(principal).allowed
    for number, identity in enumerate(assumption.roles):
        role = identity.principal
        leads = access.reach.of_role[number].truth(index)
        if leads is Truth.NO or role is principal:
            continue
        levels = levels_of(question, principal, number)
        policies = [policy for _, level in levels for policy in level]
        statements = list(_statements(question, policies, principal, number))
        if statements or allowed.truth(number) is not Truth.NO:
            yield {
                "role": role.arn,
                "reads": _DECISIONS[leads],
                "assume": _DECISIONS[allowed.truth(number)],
                "statements": statements,
                "unseen": _unseen(policies),
            }


def _depends_on(access: EffectiveAccess, principal: Principal, index: int) -> list[Json]:
    """The statements in doubt on which reading directly depends, with the conditions in doubt."""
    found = []
    decryption = access.reading.decryption
    managed = decryption.is_managed(index)
    for question in (access.reading.value, decryption.managed if managed else decryption.customer):
        if question is decryption.customer and decryption.allowed(principal).truth(index) is (
            Truth.YES
        ):
            continue
        for match in deciding(question, principal, index):
            if match.statement is None or (
                question is decryption.managed and match.effect == "Allow"
            ):
                continue
            found.append(
                {
                    "effect": match.effect,
                    "keys": list(match.keys),
                    "conditions": [
                        _condition(each.condition, each)
                        for each in elements(question, principal, match.statement, index)
                        if each.condition is not None and each.truth is Truth.MAYBE
                    ],
                }
            )
    return found
