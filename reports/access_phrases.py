"""Who can read a secret, by which way and statement, said for people."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from keyproof.access import ways
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
    "public": "no sign-in is needed",
}
"""Each kind of step: whose statement it is, or why it needs none."""

_ACTIONS = {
    name.lower(): name
    for name in (
        "secretsmanager:GetSecretValue",
        "kms:Decrypt",
        "sts:AssumeRole",
        "sts:AssumeRoleWithWebIdentity",
        "sts:AssumeRoleWithSAML",
        *ways.WRITE_USER,
        *ways.WRITE_ROLE,
        *ways.WRITE_GROUP,
        *ways.WRITE_MANAGED,
        ways.JOIN_GROUP,
        ways.WRITE_TRUST,
        *ways.NEW_CREDENTIALS,
        *ways.WRITE_SECRET,
        ways.WRITE_KEY,
        ways.CREATE_GRANT,
        ways.REPLICATE,
        ways.PASS_ROLE,
        *ways.CHANGE_FUNCTION,
        *ways.START_BUILD,
        *ways.COMMAND_INSTANCE,
        *ways.COMMAND_TASK,
        *(each for launch in ways.LAUNCHES for group in launch.actions for each in group),
    )
}

_ARN = re.compile(r"arn:[a-z-]+:(?:iam|sts)::([0-9]{12}):(.+)", re.DOTALL)
_MOST_NAMES = 20
_VIOLATION = {"secret", "principal", "way", "decision", "conditions", "classes"}


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


def way(kind: str) -> str:
    """A way in words that follow the name of a principal."""
    words: Mapping[str, str] = dict(ways.KINDS.items())
    return words.get(kind, kind.replace("_", " "))


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


def action(name: str) -> str:
    """An action as AWS writes it; policies may write it in any case."""
    return _ACTIONS.get(name.lower(), name)


def step(found: Json) -> Phrase:
    """Whose statement allows a step of a path, or why it needs none."""
    told: Phrase = (_STEPS.get(found["kind"], found["kind"].replace("_", " ")),)
    if found["policy"] is not None:
        told += (" ", Name(found["policy"]))
    if found["statement"] is not None:
        told += (", statement ", Name(found["statement"]))
    return told


def violation(observed: Mapping[str, object]) -> dict[str, Phrase] | None:
    """What the policy observed of a reader without approval; `None` for anything else."""
    match observed:
        case {
            "secret": str(secret),
            "principal": str(principal),
            "way": str(kind),
            "decision": str(decided),
            "conditions": list(conditions),
            "classes": list(classes),
        } if observed.keys() == _VIOLATION:
            keys = [key for key in conditions if isinstance(key, str)]
            names = [name for name in classes if isinstance(name, str)]
        case _:
            return None
    if len(keys) < len(conditions) or len(names) < len(classes):
        return None
    of_classes: Phrase = (*named(names), " (not approved for it)") if names else ("none",)
    return {
        "principal": (Name(principal_name(principal)), ", ", Name(principal)),
        "way": (f"{way(kind)}, ", *decision(decided, keys, ())),
        "class": of_classes,
        "secret": (Name(secret),),
    }


def named(names: Sequence[str]) -> Phrase:
    """The first names of a list that may be long."""
    more = len(names) - _MOST_NAMES
    rest = (f" and {more:,} more",) if more > 0 else ()
    return (*listed(names[:_MOST_NAMES]), *rest)
