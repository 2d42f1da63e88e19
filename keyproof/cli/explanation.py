"""`keyproof who-can-read --explain`: why one principal can or cannot read, in JSON's shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keyproof.access.evaluation import NO_ROLES
from keyproof.access.explanation import deciding
from keyproof.access.extents import Truth
from keyproof.access.near_misses import elements, levels_of
from keyproof.access.policy import Policy
from keyproof.cli.layers import (
    ANSWERS,
    condition_document,
    identified,
    layers_of,
    statements_of,
    unseen_of,
)
from keyproof.cli.principal_lookup import find_principal
from keyproof.cli.who_can_read import place, way_document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from keyproof.access.extents import Extent
    from keyproof.access.principals import Principal
    from keyproof.access.readers import EffectiveAccess
    from keyproof.cli.who_can_read import Inquiry
    from keyproof.documents import Json

_DECISIONS = {Truth.YES: "allow", Truth.MAYBE: "conditional", Truth.NO: "deny"}
_OF_ROLES = frozenset({"identity_policies", "trust_policy"})
"""The layers that tell one role from another; control policies speak of all alike."""


def explanation_document(inquiry: Inquiry, wanted: str) -> Json:
    """
    Tell of every layer what it allows and denies a principal, then of its ways.

    Raises `UsageError` where `wanted` does not stand for one principal.
    """
    access, index = inquiry.access, inquiry.index(inquiry.family.secret)
    principal = find_principal(wanted, access, inquiry.family.secret["account"])
    reading, decryption = access.reading, access.reading.decryption
    value = reading.value.answer(principal).allowed.truth(index)
    decrypt = decryption.allowed(principal).truth(index)
    organizations = access.estate.organizations
    layers = list(layers_of(reading.value, organizations, principal, index))
    if decryption.is_managed(index):
        layers.append(_managed_key(access, principal, index, decrypt))
    else:
        layers += layers_of(decryption.customer, organizations, principal, index)
        layers.append(_grants(access, principal, index))
    return {
        **inquiry.heading,
        "principal": principal.arn,
        "type": principal.type,
        **_outcome(inquiry, principal, index),
        "actions": {
            reading.value.name: _DECISIONS[value],
            decryption.customer.name: _DECISIONS[decrypt],
        },
        "depends_on": _depends_on(access, principal, index) if min(value, decrypt) else [],
        "layers": layers,
        "roles": list(_roles(access, principal, index)),
        "copies": [
            {**place(copy), **_outcome(inquiry, principal, inquiry.index(copy))}
            for copy in inquiry.family.copies
        ],
        **inquiry.unseen,
    }


def _outcome(inquiry: Inquiry, principal: Principal, index: int) -> Json:
    """What a principal can do about one secret of the family, and whether that is approved."""
    ways = inquiry.access.ways(principal, index)
    return {
        **inquiry.approval(principal, inquiry.access.secrets[index]),
        "decision": ways[0].decision if ways else "deny",
        "direct": any(way.kind == "direct" for way in ways),
        "ways": [way_document(way, principal) for way in ways],
    }


def _managed_key(access: EffectiveAccess, principal: Principal, index: int, allowed: Truth) -> Json:
    """The key that AWS manages: open to its own account, and what may deny its use."""
    question = access.reading.decryption.managed
    own = principal.account == access.secrets[index].account
    denies = question.answer(principal, thorough=True).denied.truth(index) if own else Truth.NO
    policies = [policy for _, level in levels_of(question, principal, index) for policy in level]
    return {
        "action": question.name,
        "layer": "aws_managed_key",
        "of": None,
        "allows": ANSWERS[Truth.YES if own else Truth.NO],
        "denies": ANSWERS[min(denies, Truth.MAYBE)],
        "note": "whoever may get a secret of the account may use it; nobody of another account",
        "statements": [
            each
            for each in statements_of(question, policies, principal, index)
            if each["effect"] == "Deny"
        ],
        "unseen": unseen_of(policies) if allowed is Truth.MAYBE else [],
    }


def _grants(access: EffectiveAccess, principal: Principal, index: int) -> Json:
    """The grants on the key, which need no policy beside them."""
    decryption = access.reading.decryption
    key = access.secrets[index].key
    outright: Extent = decryption.customer.grants(principal).outright
    return {
        "action": decryption.customer.name,
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
    if principal.type in NO_ROLES:
        return
    assumption = access.assumption
    _, question = assumption.way_in(principal)
    allowed = question.answer(principal).allowed
    for number, identity in enumerate(assumption.roles):
        role = identity.principal
        leads = access.reach.of_role[number].truth(index)
        if leads is Truth.NO or role is principal:
            continue
        layers = list(layers_of(question, access.estate.organizations, principal, number))
        near = any(layer["statements"] for layer in layers if layer["layer"] in _OF_ROLES)
        if near or allowed.truth(number) is not Truth.NO:
            yield {
                "role": role.arn,
                "reads": _DECISIONS[leads],
                "assume": _DECISIONS[allowed.truth(number)],
                "layers": layers,
            }


def _depends_on(access: EffectiveAccess, principal: Principal, index: int) -> list[Json]:
    """The statements in doubt on which reading directly depends, with the conditions in doubt."""
    found = []
    reading, decryption = access.reading, access.reading.decryption
    managed = decryption.is_managed(index)
    for question, allowed in (
        (reading.value, reading.value.answer(principal).allowed),
        (decryption.managed if managed else decryption.customer, decryption.allowed(principal)),
    ):
        if allowed.truth(index) is not Truth.MAYBE:
            continue
        for match in deciding(question, principal, index):
            if not isinstance(match.policy, Policy) or match.statement is None:
                continue
            if question is decryption.managed and match.effect == "Allow":
                continue
            found.append(
                {
                    **identified(match.policy, match.statement),
                    "keys": list(match.keys),
                    "conditions": [
                        condition_document(each.condition, each)
                        for each in elements(question, principal, match.statement, index)
                        if each.condition is not None and each.truth is Truth.MAYBE
                    ],
                }
            )
    return found
