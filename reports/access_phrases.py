"""Who can read a secret, by which way and statement, said for people."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from keyproof.access import ways
from keyproof.facts.assignments import permission_set
from reports.phrases import Name, listed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from keyproof.documents import Json
    from reports.phrases import Phrase

SHORT_WAYS = {
    "direct": "directly",
    "role_chain": "assumes a role",
    "web_identity": "web identity",
    "saml": "SAML",
    "pass_role": "passes a role",
    "run_code": "changes a program",
    "write_policy": "edits policies",
    "write_trust": "edits the trust",
    "write_resource_policy": "edits its policy",
    "write_key_policy": "edits key policy",
    "create_grant": "makes a grant",
    "replicate": "replicates it",
    "new_credentials": "new credentials",
    "new_principal": "makes a role or user",
}
"""Each kind of way in the few words that a drawing has room for."""

TYPES = {
    "user": "user",
    "role": "role",
    "root": "root user",
    "federated_user": "federated user",
    "account": "account that was not collected",
    "public": "everybody",
    "service": "AWS service",
    "provider": "identity provider",
}
"""Each type of principal, in words."""

_WAYS: Mapping[str, str] = dict(ways.KINDS.items())

_STEPS = {
    "identity_policy": "identity policy",
    "boundary": "permissions boundary",
    "session_policy": "session policy",
    "service_control_policy": "service control policy",
    "resource_control_policy": "resource control policy",
    "resource_policy": "policy of the secret",
    "key_policy": "policy of the key",
    "trust_policy": "trust policy",
    "grant": "grant on the key",
    "aws_managed_key": "key managed by AWS, whose use Secrets Manager allows",
    "root_user": "root user, by its own right",
    "another_account": "an account that is trusted as a whole",
    "public": "granted to everybody",
}
"""Each kind of step: whose statement it is, or why it needs none."""

_ARN = re.compile(r"arn:[a-z-]+:(?:iam|sts)::([0-9]{12}):(.+)", re.DOTALL)
_UNNAMED = re.compile(r"statement [0-9]+")
_MOST_NAMES = 20
_VIOLATION = {"secret", "principal", "way", "decision", "conditions", "unseen", "classes"}


def principal_name(arn: str) -> str:
    """
    The name by which people know a principal: the last part of a user's or role's ARN.

    An identity provider keeps its host and path, a role's session its role.
    """
    if arn == "*":
        return "everybody"
    found = _ARN.fullmatch(arn)
    if found is None:
        return arn
    account, resource = found[1], found[2]
    if resource == "root":
        return f"root of {account}"
    kind, _, name = resource.partition("/")
    if kind in {"user", "role"}:
        return name.rpartition("/")[2] or resource
    return name or resource


def reader_name(arn: str, kind: str) -> str:
    """The same, where the type of the principal is known; of Identity Center, its set."""
    found = _ARN.fullmatch(arn)
    if kind == "account" and found is not None and found[2] == "root":
        return f"anybody in {found[1]}"
    return permission_set(arn) or principal_name(arn)


def reader_type(arn: str, kind: str) -> str:
    """The type of a principal, in words."""
    if permission_set(arn) is not None:
        return "role of Identity Center"
    if kind == "public":
        return "anybody in any account"
    return TYPES.get(kind, kind.replace("_", " "))


def way(kind: str) -> str:
    """A way in words that follow the name of a principal."""
    return _WAYS.get(kind, kind.replace("_", " "))


def decision(decided: str, conditions: Sequence[str], unseen: Sequence[str]) -> Phrase:
    """On what a way depends."""
    if decided == "allow":
        return ("on no condition",)
    doubts: list[Phrase] = []
    if conditions:
        doubts.append(named(conditions))
    if unseen:
        doubts.append(("what could not be read",))
    if not doubts:
        return ("depends on a condition that nobody could decide",)
    told: Phrase = tuple(word for doubt in doubts for word in (" and on ", *doubt))
    return ("depends on ", *told[1:])


def step(found: Json) -> Phrase:
    """Whose statement allows a step of a path, or why it needs none."""
    told: Phrase = (_STEPS.get(found["kind"], found["kind"].replace("_", " ")),)
    policy = _apart(found["policy"], found["to"])
    if policy:
        own = found["kind"] in {"resource_policy", "key_policy", "grant"}
        told += (", " if own else " ", Name(policy))
    statement = found["statement"]
    if statement is not None:
        unnamed = _UNNAMED.fullmatch(statement) is not None
        told += (", " if unnamed else ", statement ", Name(statement))
    return told


def _apart(policy: str | None, of: str | None) -> str | None:
    """A policy's name without the ARN of what it belongs to, which the step has named."""
    if policy is None or of is None or policy == of:
        return None if policy == of else policy
    return policy.removeprefix(f"{of} ")


def violation(observed: Mapping[str, object]) -> dict[str, Phrase] | None:
    """
    What the policy observed of a reader without approval; `None` for anything else.

    The first line, which has no label, says it whole; the others have the particulars.
    """
    match observed:
        case {
            "secret": str(secret),
            "principal": str(principal),
            "way": str(kind),
            "decision": str(decided),
            "conditions": list(conditions),
            "unseen": list(unseen),
            "classes": list(classes),
        } if observed.keys() == _VIOLATION:
            keys = [key for key in conditions if isinstance(key, str)]
            names = [name for name in classes if isinstance(name, str)]
        case _:
            return None
    reasons = [reason for reason in unseen if isinstance(reason, str)]
    if [len(keys), len(names), len(reasons)] != [len(conditions), len(classes), len(unseen)]:
        return None
    how = ", " if decided == "allow" else ", which "
    of_classes: Phrase = (*named(names), " (not approved for it)") if names else ("none",)
    return {
        "": (*_subject(principal), f" {way(kind)}{how}", *decision(decided, keys, reasons)),
        "principal": (Name(principal),),
        "class": of_classes,
        "secret": (Name(secret),),
    }


def _subject(arn: str) -> Phrase:
    """A principal whose type is not known: the ARN of an account stands for root and others."""
    found = _ARN.fullmatch(arn)
    if found is not None and found[2] == "root":
        return (f"account {found[1]} (root)",)
    reserved = permission_set(arn)
    if reserved is not None:
        return (Name(reserved), " of Identity Center")
    return (Name(principal_name(arn)),)


def named(names: Sequence[str]) -> Phrase:
    """The first names of a list that may be long."""
    more = len(names) - _MOST_NAMES
    rest = (f" and {more:,} more",) if more > 0 else ()
    return (*listed(names[:_MOST_NAMES]), *rest)
