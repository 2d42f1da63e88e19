"""
One decision: whether a principal may do an action on a resource, under given policies.

The same evaluation that answers for whole estates (`evaluation`), for a universe of one.
What is not given of the request's context is absent from it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, TypeAlias

from keyproof.access.evaluation import NO_ROLES, Conventions, Question
from keyproof.access.explanation import doubtful_keys
from keyproof.access.extents import Truth
from keyproof.access.policy import Policy, Reference, UnseenPolicy, read_policy
from keyproof.access.principals import Principal
from keyproof.access.universe import Resource, Universe
from keyproof.access.values import ABSENT, UNKNOWN, Known, known

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from keyproof.access.policy import AnyPolicy, Kind
    from keyproof.access.principals import PrincipalType
    from keyproof.access.values import Value

Outcome: TypeAlias = Literal["allow", "implicit_deny", "explicit_deny", "conditional"]

_PARTS_OF_ARN = 6
_DELEGATED = ("kms:", "sts:assumerole", "sts:tagsession", "sts:setsourceidentity")
_TYPES: Mapping[PrincipalType, str] = MappingProxyType(
    {
        "user": "User",
        "role": "AssumedRole",
        "root": "Account",
        "federated_user": "FederatedUser",
    }
)
"""aws:PrincipalType of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """
    What is asked.

    `principal` is the ARN of a user, role, role session, federated user session or root, or
    a service's name. `context` has a text, boolean, number or a list of them by condition key.
    """

    principal: str
    action: str
    resource: str
    resource_account: str
    context: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Policies:
    """
    The policies that meet in a decision, each as JSON text or as the object it holds.

    `scps` and `rcps` have one list for each level of the organisation, its root first; None
    where there are none, as outside of an organisation.
    """

    identity: Sequence[object] = ()
    boundary: object | None = None
    session: object | None = None
    resource: object | None = None
    scps: Sequence[Sequence[object]] | None = None
    rcps: Sequence[Sequence[object]] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The outcome; the condition keys that it depends on, and the policies nobody could read."""

    outcome: Outcome
    keys: tuple[str, ...]
    unseen: tuple[str, ...]


def decide(request: Request, policies: Policies) -> Decision:
    """
    Evaluate the policies for the request.

    The outcome is `conditional` when it rests on something that AWS's documentation leaves
    open, or on a document that is no policy.
    """
    identity = _read("identity_policy", policies.identity)
    boundary = _read("boundary", _one(policies.boundary))
    session = _read("session_policy", _one(policies.session))
    resource = _read(_resource_kind(request.action), _one(policies.resource))
    scps = [_read("service_control_policy", level) for level in policies.scps or ()]
    rcps = [_read("resource_control_policy", level) for level in policies.rcps or ()]
    principal = _principal(
        request,
        identity=identity,
        boundary=boundary,
        session=session,
        scps=None if policies.scps is None else tuple(scps),
    )
    context = _context(request.context)
    own = {
        **_of_resource(request, principal),
        **{key: value for key, value in context.items() if principal.value(key) is None},
    }
    resources = [Resource(arn=request.resource, account=request.resource_account)]
    universe = Universe(resources, tag_prefixes=())
    action = request.action.lower()
    question = Question(
        action,
        universe,
        resource_policies=[resource],
        rcps={request.resource_account: rcps},
        conventions=Conventions(
            delegated=action.startswith(_DELEGATED),
            bounded_users=action.startswith("sts:"),
            refused=NO_ROLES if action.startswith("sts:assumerole") else frozenset(),
            unseen_grants=True,
            constants=own,
        ),
    )
    answer = question.answer(principal, thorough=True)
    everything = [*identity, *boundary, *session, *resource]
    everything += [policy for level in (*scps, *rcps) for policy in level]
    return Decision(
        outcome=_outcome(answer.allowed.truth(0), answer.denied.truth(0)),
        keys=doubtful_keys(question, principal, 0),
        unseen=tuple(
            f"{policy.reference.name}: {policy.reason}"
            for policy in everything
            if isinstance(policy, UnseenPolicy)
        ),
    )


def _of_resource(request: Request, principal: Principal) -> Mapping[str, Value]:
    """The keys that every such request has, and that the request itself tells."""
    found: dict[str, Value] = {"aws:resourceaccount": known(request.resource_account)}
    parts = request.resource.split(":", _PARTS_OF_ARN - 1)
    if len(parts) == _PARTS_OF_ARN and parts[3]:
        found["aws:requestedregion"] = known(parts[3])
    if request.action.lower().startswith("kms:") and principal.account:
        found["kms:calleraccount"] = known(principal.account)
    return found


def _outcome(allowed: Truth, denied: Truth) -> Outcome:
    if denied is Truth.YES:
        return "explicit_deny"
    if allowed is Truth.YES:
        return "allow"
    return "conditional" if allowed is Truth.MAYBE else "implicit_deny"


def _one(document: object | None) -> tuple[object, ...]:
    return () if document is None else (document,)


def _read(kind: Kind, documents: Iterable[object]) -> tuple[AnyPolicy, ...]:
    return tuple(
        read_policy(document, Reference(kind=kind, name=f"{kind} {number}"))
        for number, document in enumerate(documents, start=1)
    )


def _resource_kind(action: str) -> Kind:
    kinds: Mapping[str, Kind] = {"kms": "key_policy", "sts": "trust_policy"}
    return kinds.get(action.lower().partition(":")[0], "resource_policy")


def _principal(
    request: Request,
    *,
    identity: tuple[AnyPolicy, ...],
    boundary: tuple[AnyPolicy, ...],
    session: tuple[AnyPolicy, ...],
    scps: tuple[tuple[AnyPolicy, ...], ...] | None,
) -> Principal:
    given = {key.lower(): value for key, value in request.context.items()}
    type_, account, name, session_name = _parts(request.principal)
    arn = request.principal
    if session_name is not None:
        partition = arn.split(":", 2)[1]
        arn = str(given.get("aws:principalarn", f"arn:{partition}:iam::{account}:role/{name}"))
    if type_ == "federated_user" and not session:
        # Without a session policy such a session has no rights of the user that asked for it.
        session = (Policy(Reference(kind="session_policy", name="none"), ()),)
    service = type_ == "service"
    if service:  # it is in no account, whose organisation could limit it
        scps = None
    derived: dict[str, Value] = {
        "aws:principalarn": UNKNOWN if service else known(arn),
        "aws:principalaccount": known(account) if account else ABSENT,
        "aws:principaltype": known(_TYPES[type_]) if type_ in _TYPES else ABSENT,
        "aws:username": known(name) if type_ == "user" else ABSENT,
        "aws:principalisawsservice": known("true" if service else "false"),
    }
    if type_ == "root":
        derived["aws:userid"] = known(account)
    return Principal(
        arn=arn,
        type=type_,
        account=account,
        name=name,
        unique_id=_unique_id(given.get("aws:userid")),
        session=session_name,
        identity=identity,
        boundary=boundary[0] if boundary else None,
        session_policies=session,
        scps=scps,
        service_linked=type_ == "role" and "/aws-service-role/" in arn,
        context={**derived, **_context(request.context)},
    )


def _unique_id(user_id: object) -> str | None:
    """The id of a user or role, which a session's name may follow."""
    return user_id.partition(":")[0] if isinstance(user_id, str) else None


def _parts(principal: str) -> tuple[PrincipalType, str, str, str | None]:
    """The type, account and name of a principal, and the name of a role's session."""
    parts = principal.split(":", _PARTS_OF_ARN - 1)
    if len(parts) < _PARTS_OF_ARN:
        return "service", "", principal, None
    account, (kind, _, rest) = parts[4], parts[5].partition("/")
    if kind == "assumed-role":
        name, _, session = rest.partition("/")
        return "role", account, name, session
    types: Mapping[str, PrincipalType] = {
        "user": "user",
        "role": "role",
        "root": "root",
        "federated-user": "federated_user",
        "oidc-provider": "provider",
        "saml-provider": "provider",
    }
    return types.get(kind, "user"), account, rest.rpartition("/")[2], None


def _context(given: Mapping[str, object]) -> Mapping[str, Value]:
    return {
        key.lower(): Known(tuple(map(_text, value if isinstance(value, list | tuple) else [value])))
        for key, value in given.items()
        if value is not None
    }


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)
