"""
Whether a resource's own policy lets an AWS service act on it: yes, no, or undecided.

Two alerts and every rotation depend on it: CloudWatch and Budgets publish to a topic,
Secrets Manager invokes a function. See AWS, "IAM JSON policy elements reference".
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

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
    condition, a NotPrincipal, NotAction, NotResource or policy variable beyond this
    reading. A Deny that may apply is never overlooked.
    """
    if policy is None:
        return False
    answers: dict[str, set[bool | None]] = {"Allow": set(), "Deny": set()}
    try:
        for statement in _statements(orjson.loads(policy)):
            applies = _all(
                (
                    _principal_matches(statement, service),
                    _matches(statement, "Action", action.lower(), str.lower),
                    _matches(statement, "Resource", resource, str),
                    _conditions_hold(statement.get("Condition", {}), context),
                )
            )
            answers[_effect(statement)].add(applies)
    except ValueError:
        return None
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


def _effect(statement: Json) -> str:
    effect = statement.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise ValueError("a statement without effect")
    return str(effect)


def _all(answers: Iterable[bool | None]) -> bool | None:
    """And, where one "no" outweighs every "undecided"."""
    given = set(answers)
    if False in given:
        return False
    return None if None in given else True


def _any(answers: Iterable[bool | None]) -> bool | None:
    """Or, where one "yes" outweighs every "undecided"."""
    given = set(answers)
    if True in given:
        return True
    return None if None in given else False


def _principal_matches(statement: Json, service: str) -> bool | None:
    if "NotPrincipal" in statement:
        return None
    principal = statement.get("Principal")
    if principal == "*":
        return True
    if not isinstance(principal, dict):
        raise ValueError("a statement without principal")  # noqa: TRY004 - of the policy, not ours
    services = _texts(principal.get("Service", ""))
    if "*" in _texts(principal.get("AWS", "")) or service in services:
        return True
    # Which services a `*` among services stands for, AWS does not say.
    return None if "*" in services else False


def _matches(statement: Json, element: str, value: str, fold: Callable[[str], str]) -> bool | None:
    if f"Not{element}" in statement:
        return None
    return _any(_like(fold(pattern), value) for pattern in _texts(statement.get(element)))


def _conditions_hold(conditions: object, context: Mapping[str, str | None]) -> bool | None:
    return _all(
        _condition_holds(operator.lower(), key.lower(), _texts(values), context)
        for operator, keys in _members(conditions)
        for key, values in _members(keys)
    )


def _condition_holds(
    operator: str, key: str, values: list[str], context: Mapping[str, str | None]
) -> bool | None:
    name = operator.removesuffix("ifexists")
    if key not in context or name not in _OPERATORS:
        return None
    compare, wanted = _OPERATORS[name]
    value = context[key]
    if value is None:
        return operator.endswith("ifexists") or not wanted
    found = _any(compare(candidate, value) for candidate in values)
    return None if found is None else found is wanted


def _equal(text: str, value: str) -> bool | None:
    return None if "${" in text else text == value


def _equal_ignoring_case(text: str, value: str) -> bool | None:
    return _equal(text.lower(), value.lower())


def _like(pattern: str, value: str) -> bool | None:
    """Match `*` and `?`; everything else stands for itself, but for variables."""
    if "${" in pattern:
        return None
    return fnmatchcase(value, pattern.replace("[", "[[]"))


def _arn_like(pattern: str, value: str) -> bool | None:
    """Match an ARN part by part, as AWS does; None for what has not all six of them."""
    patterns, parts = pattern.split(":", 5), value.split(":", 5)
    if not len(patterns) == len(parts) == _ARN_PARTS:
        return None
    return _all(map(_like, patterns, parts))


_ARN_PARTS = 6

_OPERATORS: Mapping[str, tuple[Callable[[str, str], bool | None], bool]] = {
    # name: (what is compared, the answer that lets the condition hold)
    "stringequals": (_equal, True),
    "stringnotequals": (_equal, False),
    "stringequalsignorecase": (_equal_ignoring_case, True),
    "stringnotequalsignorecase": (_equal_ignoring_case, False),
    "stringlike": (_like, True),
    "stringnotlike": (_like, False),
    "arnequals": (_arn_like, True),  # AWS: ArnEquals and ArnLike behave identically
    "arnnotequals": (_arn_like, False),
    "arnlike": (_arn_like, True),
    "arnnotlike": (_arn_like, False),
    "bool": (_equal_ignoring_case, True),
}


def _members(value: object) -> Iterable[tuple[str, object]]:
    if not isinstance(value, dict):
        raise ValueError("a condition that is no object")  # noqa: TRY004 - of the policy, not ours
    return value.items()


def _texts(value: object) -> list[str]:
    """A policy's "one or several"; a boolean is the text that JSON has for it."""
    values = value if isinstance(value, list) else [value]
    written = (str(each).lower() if isinstance(each, bool) else each for each in values)
    texts = [each for each in written if isinstance(each, str)]
    if not texts or len(texts) < len(values):
        raise ValueError("a policy with something else than texts")
    return texts
