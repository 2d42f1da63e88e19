"""
Policy documents as typed records.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Literal, TypeAlias
from urllib.parse import unquote

import orjson

from keyproof.access.conditions import condition_of
from keyproof.access.patterns import matcher, template
from keyproof.access.principals import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from keyproof.access.conditions import Condition
    from keyproof.access.patterns import Template

Kind: TypeAlias = Literal[
    "identity_policy",
    "boundary",
    "session_policy",
    "service_control_policy",
    "resource_control_policy",
    "resource_policy",
    "key_policy",
    "grant",
    "trust_policy",
]

_NAMES_PRINCIPALS = frozenset(
    {"resource_policy", "key_policy", "trust_policy", "resource_control_policy"}
)
_ELEMENTS = frozenset(
    {
        *("Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction"),
        *("Resource", "NotResource", "Condition"),
    }
)
# KMS takes a statement without actions or resources, and it has no effect:
# https://docs.aws.amazon.com/kms/latest/APIReference/API_PutKeyPolicy.html
# A trust policy is about the role that it stands in.
_WITHOUT_ACTION: Mapping[Kind, list[str]] = {"key_policy": []}
_WITHOUT_RESOURCE: Mapping[Kind, list[str]] = {"key_policy": [], "trust_policy": ["*"]}
_VERSIONS = ("2012-10-17", "2008-10-17")
_OLD = "2008-10-17"
_SLASH = re.compile("/")


class PolicyError(ValueError):
    """A document that is no IAM policy; the text says what is wrong, and quotes nothing of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Which policy it is: its kind, the name people know it by, and its place in the snapshot."""

    kind: Kind
    name: str
    at: str | None = None

    def at_statement(self, statement: Statement) -> str | None:
        """The place of one of its statements in the snapshot."""
        return None if self.at is None else f"{self.at}/{statement.pointer}"


@dataclass(frozen=True, kw_only=True)
class Principals:
    """The Principal or, `negated`, the NotPrincipal of a statement, by type."""

    aws: frozenset[str] = frozenset()
    service: frozenset[str] = frozenset()
    federated: frozenset[str] = frozenset()
    other: frozenset[str] = frozenset()
    negated: bool = False
    written: frozenset[str] = field(default=frozenset(), compare=False)
    """Those of AWS as the policy has them, with their paths."""

    @property
    def anyone(self) -> bool:
        """Whether it names everybody, as `*` or `{"AWS": "*"}`."""
        return "*" in self.aws

    @cached_property
    def beginnings(self) -> frozenset[str]:
        """What stands before any slash of those of AWS: of a role's sessions, their role."""
        slashes = ((name, each.start()) for name in self.aws for each in _SLASH.finditer(name))
        return frozenset(name[:place] for name, place in slashes)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Statement:
    """One statement; templates hold what a request is compared with."""

    effect: Literal["Allow", "Deny"]
    sid: str | None
    number: int
    alone: bool = False
    """Whether the document's Statement is this very object, and not a list."""
    principals: Principals | None
    actions: tuple[str, ...]
    not_action: bool
    resources: tuple[Template, ...]
    not_resource: bool
    conditions: tuple[Condition, ...]

    @property
    def name(self) -> str:
        """How people find it: its Sid, or its place, counted from 1."""
        return self.sid or f"statement {self.number + 1}"

    @property
    def pointer(self) -> str:
        """Where it stands in its document, as a JSON Pointer without the first slash."""
        return "Statement" if self.alone else f"Statement/{self.number}"

    def speaks_of(self, action: str) -> bool:
        """Whether the action, in lower case, is among those it is about."""
        return any(matcher((each,))(action) for each in self.actions) is not self.not_action


@dataclass(frozen=True, slots=True, eq=False)
class Policy:
    """A policy that could be read."""

    reference: Reference
    statements: tuple[Statement, ...]
    _by_action: dict[str, tuple[Statement, ...]] = field(
        default_factory=dict, repr=False, compare=False
    )

    def about(self, action: str) -> tuple[Statement, ...]:
        """The statements about an action, which is in lower case."""
        found = self._by_action.get(action)
        if found is None:
            found = tuple(each for each in self.statements if each.speaks_of(action))
            self._by_action[action] = found
        return found


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UnseenPolicy:
    """A policy that is there and cannot be read; it may allow or deny anything."""

    reference: Reference
    reason: str

    @property
    def said(self) -> str:
        """Which policy it is, and why nobody could read it."""
        return f"{self.reference.kind} {self.reference.name}: {self.reason}"


AnyPolicy: TypeAlias = Policy | UnseenPolicy


def read_policy(document: object, reference: Reference) -> AnyPolicy:
    """Read a policy, given as JSON text or as the object that it holds."""
    try:
        statements = (
            _statements_of_text(document, kind=reference.kind)
            if isinstance(document, str)
            else _statements(document, kind=reference.kind)
        )
    except PolicyError as error:
        return UnseenPolicy(reference=reference, reason=str(error))
    return Policy(reference, statements)


@lru_cache(maxsize=4096)
def _statements_of_text(text: str, *, kind: Kind) -> tuple[Statement, ...]:
    """The same text stands in many places: a guard in each secret's policy, say."""
    # IAM hands documents out percent-encoded; no JSON document begins so.
    text = unquote(text) if text.lstrip().startswith("%") else text
    try:
        orjson.loads(text)  # is strict: no NaN, no half of a surrogate pair, no deep nesting
        document = json.loads(text, object_pairs_hook=_once)
    except PolicyError:
        raise
    except (ValueError, RecursionError) as error:
        raise PolicyError("it is no JSON") from error
    return _statements(document, kind=kind)


def _once(members: list[tuple[str, object]]) -> dict[str, object]:
    """
    Refuse what has a member twice, of which JSON's readers keep one.

    AWS saves no such policy any more. Of older ones it joins the actions and the resources:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_policies.html
    """
    found = dict(members)
    if len(found) < len(members):
        raise PolicyError("an object in it has two members of one name")
    return found


def _statements(document: object, *, kind: Kind) -> tuple[Statement, ...]:
    if not isinstance(document, dict):
        raise PolicyError("it is no JSON object")
    version = document.get("Version", _OLD)
    if version not in _VERSIONS:
        raise PolicyError("its Version is neither 2012-10-17 nor 2008-10-17")
    statements = document.get("Statement")
    variables = version != _OLD
    if isinstance(statements, dict):
        return (replace(_statement(statements, 0, variables=variables, kind=kind), alone=True),)
    if not isinstance(statements, list):
        raise PolicyError("it has no Statement")
    return tuple(
        _statement(each, number, variables=variables, kind=kind)
        for number, each in enumerate(statements)
    )


def _statement(given: object, number: int, *, variables: bool, kind: Kind) -> Statement:
    where = f"statement {number + 1}"
    if not isinstance(given, dict):
        raise PolicyError(f"{where} is no object")
    if not given.keys() <= _ELEMENTS:
        raise PolicyError(f"{where} has an element that IAM does not know")
    effect = given.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise PolicyError(f"{where} has no Effect of Allow or Deny")
    sid = given.get("Sid")
    actions, not_action = _either(given, "Action", where, _WITHOUT_ACTION.get(kind))
    resources, not_resource = _either(given, "Resource", where, _WITHOUT_RESOURCE.get(kind))
    return Statement(
        effect=effect,
        sid=sid if isinstance(sid, str) and sid else None,
        number=number,
        principals=_principals(given, where, kind),
        actions=tuple(each.lower() for each in actions),
        not_action=not_action,
        resources=tuple(template(each, variables=variables) for each in resources),
        not_resource=not_resource,
        conditions=tuple(_conditions(given.get("Condition", {}), where, variables=variables)),
    )


def _either(
    given: dict[str, Any], element: str, where: str, absent: list[str] | None
) -> tuple[list[str], bool]:
    """
    The texts of an element or of its negation, of which there is one.

    `absent` is what a policy means that may leave out both.
    """
    negated = f"Not{element}"
    if absent is not None and given.keys().isdisjoint({element, negated}):
        return absent, False
    if (element in given) is (negated in given):
        raise PolicyError(f"{where} must have one of {element} and {negated}")
    name = element if element in given else negated
    return _texts(given[name], f"{name} of {where}"), name == negated


def _principals(given: dict[str, Any], where: str, kind: Kind) -> Principals | None:
    if kind not in _NAMES_PRINCIPALS:
        if "Principal" in given or "NotPrincipal" in given:
            raise PolicyError(f"{where} names a principal, which its kind of policy must not")
        return None
    if ("Principal" in given) is ("NotPrincipal" in given):
        raise PolicyError(f"{where} must have one of Principal and NotPrincipal")
    negated = "NotPrincipal" in given
    named = given["NotPrincipal" if negated else "Principal"]
    if named == "*":
        return Principals(aws=frozenset({"*"}), negated=negated)
    if not isinstance(named, dict):
        raise PolicyError(f"{where} has a Principal that is neither * nor an object")
    by_type = {kind: frozenset(_texts(named[kind], f"Principal of {where}")) for kind in named}
    written = by_type.pop("AWS", frozenset())
    return Principals(
        written=written,
        aws=frozenset(map(canonical, written)),
        service=by_type.pop("Service", frozenset()),
        federated=by_type.pop("Federated", frozenset()),
        other=frozenset().union(*by_type.values()),
        negated=negated,
    )


def _conditions(conditions: object, where: str, *, variables: bool) -> Iterable[Condition]:
    for operator, keys in _members(conditions, where):
        for key, values in _members(keys, where):
            yield condition_of(
                operator,
                key,
                tuple(
                    template(text, variables=variables)
                    for text in _values(values, f"Condition of {where}")
                ),
            )


def _members(value: object, where: str) -> Iterable[tuple[str, object]]:
    if not isinstance(value, dict):
        raise PolicyError(f"{where} has a Condition that is no object")
    return value.items()


def _texts(value: object, where: str) -> list[str]:
    """One or several."""
    texts: list[Any] = value if isinstance(value, list) else [value]
    if not texts or not all(isinstance(text, str) for text in texts):
        raise PolicyError(f"{where} holds something else than texts, or nothing")
    return texts


def _values(value: object, where: str) -> list[str]:
    """The same of a Condition, where a boolean or number is the text that JSON has for it."""
    values = value if isinstance(value, list) else [value]
    return _texts(
        [json.dumps(each) if isinstance(each, bool | int | float) else each for each in values],
        where,
    )
