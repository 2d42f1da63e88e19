"""
Whether a resource's own policy lets an AWS service act on it: yes, no, or undecided.

Two alerts and every rotation depend on it: CloudWatch and Budgets publish to a topic,
Secrets Manager invokes a function. See AWS, "IAM JSON policy elements reference".
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from keyproof.documents import Json


def service_may(
    policy: str | None,
    *,
    service: str,
    action: str,
    resource: str,
    context: Mapping[str, str | None],
) -> bool | None:
    """
    Tell whether `policy` lets the service principal do `action` on `resource`.

    `context` holds, in lower case, the condition keys that the service is known to
    send; None as a value says that it is known not to send the key. The answer is None
    when it cannot be decided here: the policy is no policy, or what decides is a
    condition, a NotPrincipal, NotAction or NotResource beyond this reading. A Deny
    that may apply is never overlooked.
    """
    if policy is None:
        return False
    try:
        statements = _statements(json.loads(policy))
    except ValueError:
        return None
    answers: dict[str, set[bool | None]] = {"Allow": set(), "Deny": set()}
    for statement in statements:
        effect = statement.get("Effect")
        if effect not in answers:
            return None
        answers[effect].add(
            _all(
                (
                    _principal_matches(statement, service),
                    _matches(statement, "Action", action, ignore_case=True),
                    _matches(statement, "Resource", resource, ignore_case=False),
                    _conditions_hold(statement.get("Condition", {}), context),
                )
            )
        )
    if True in answers["Deny"]:
        return False
    if True in answers["Allow"]:
        return None if None in answers["Deny"] else True
    return None if None in answers["Allow"] else False


def _statements(document: Any) -> list[Json]:  # noqa: ANN401 - whatever JSON the policy holds
    statements = document.get("Statement") if isinstance(document, dict) else None
    if isinstance(statements, dict):
        statements = [statements]
    if not isinstance(statements, list) or not all(isinstance(s, dict) for s in statements):
        raise ValueError("a policy without statements")
    return statements


def _all(answers: Iterable[bool | None]) -> bool | None:
    """And, where one "no" outweighs every "undecided"."""
    given = set(answers)
    if False in given:
        return False
    return None if None in given else True


def _principal_matches(statement: Json, service: str) -> bool | None:
    if "NotPrincipal" in statement:
        return None
    principal = statement.get("Principal")
    if principal == "*":
        return True
    if not isinstance(principal, dict):
        return None
    return "*" in _texts(principal.get("AWS")) or service in _texts(principal.get("Service"))


def _matches(statement: Json, element: str, value: str, *, ignore_case: bool) -> bool | None:
    if f"Not{element}" in statement:
        return None
    patterns = _texts(statement.get(element))
    if not patterns:
        return None
    return any(like(pattern, value, ignore_case=ignore_case) for pattern in patterns)


def _conditions_hold(conditions: object, context: Mapping[str, str | None]) -> bool | None:
    if not isinstance(conditions, dict):
        return None
    return _all(
        _condition_holds(operator, key, _texts(values), context)
        for operator, keys in conditions.items()
        for key, values in (keys.items() if isinstance(keys, dict) else [("", None)])
    )


def _condition_holds(
    operator: str, key: str, values: list[str], context: Mapping[str, str | None]
) -> bool | None:
    if key.lower() not in context or not values:
        return None
    value = context[key.lower()]
    name = operator.lower()
    if name.removesuffix("ifexists") not in _OPERATORS:
        return None
    if value is None:
        return name.endswith("ifexists")
    wildcards, ignore_case = _OPERATORS[name.removesuffix("ifexists")]
    if wildcards:
        return any(like(pattern, value, ignore_case=ignore_case) for pattern in values)
    if ignore_case:
        return value.lower() in {candidate.lower() for candidate in values}
    return value in values


_OPERATORS: Mapping[str, tuple[bool, bool]] = {
    # name: (wildcards, case ignored)
    "stringequals": (False, False),
    "stringequalsignorecase": (False, True),
    "stringlike": (True, False),
    "arnequals": (True, False),  # AWS: ArnEquals and ArnLike behave identically
    "arnlike": (True, False),
    "bool": (False, True),
}


def like(pattern: str, value: str, *, ignore_case: bool = False) -> bool:
    """Match a policy's `*` and `?`; everything else stands for itself."""
    return _compiled(pattern, ignore_case).fullmatch(value) is not None


@cache
def _compiled(pattern: str, ignore_case: bool) -> re.Pattern[str]:  # noqa: FBT001 - cache takes positions
    parts = (
        ".*" if c == "*" else "." if c == "?" else re.escape(c)
        for c in re.sub(r"\*+", "*", pattern)
    )
    return re.compile("".join(parts), re.DOTALL | (re.IGNORECASE if ignore_case else 0))


def _texts(value: object) -> list[str]:
    """A policy's "one or several"; anything that is no text is left out."""
    values = value if isinstance(value, list) else [value]
    return [text for text in values if isinstance(text, str)]
