"""Policy documents, and who is named in them."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from keyproof.documents import Json

ACCOUNT = "111122223333"
OTHER_ACCOUNT = "444455556666"
MANAGEMENT = "123456789012"
STRANGER = "999999999999"
"""An account that no snapshot is of, unless a test names it."""

REGION = "us-east-1"
OTHER_REGION = "eu-west-1"
AS_OF = "2026-11-02T09:00:00Z"


def policy(*statements: Json, version: str = "2012-10-17") -> Json:
    """A policy document of these statements."""
    return {"Version": version, "Statement": list(statements)}


def allow(action: str | Sequence[str], resource: str | Sequence[str] = "*", **more: Any) -> Json:
    """A statement that allows; `more` are further elements, such as Sid and Condition."""
    return _statement("Allow", action, resource, more)


def deny(action: str | Sequence[str], resource: str | Sequence[str] = "*", **more: Any) -> Json:
    """A statement that denies."""
    return _statement("Deny", action, resource, more)


def _statement(
    effect: str, action: str | Sequence[str], resource: str | Sequence[str], more: Json
) -> Json:
    own = {
        "Action": action if isinstance(action, str) else list(action),
        "Resource": resource if isinstance(resource, str) else list(resource),
    }
    for element in own:
        if f"Not{element}" in more:
            more = {**more, element: None}
    statement = {"Effect": effect, **own, **more}
    return {element: value for element, value in statement.items() if value is not None}


def trust(*principals: str, action: str = "sts:AssumeRole", **more: Any) -> Json:
    """A trust policy for ARNs, account ids, services (`lambda.amazonaws.com`) and providers."""
    named: dict[str, list[str]] = defaultdict(list)
    for each in principals:
        if ":oidc-provider/" in each or ":saml-provider/" in each:
            named["Federated"].append(each)
        else:
            named["Service" if each.endswith(".amazonaws.com") else "AWS"].append(each)
    statement = {"Effect": "Allow", "Principal": dict(named), "Action": action, **more}
    return policy(statement)


def root(account: str = ACCOUNT) -> str:
    """The ARN of an account's root, which also stands for the account."""
    return f"arn:aws:iam::{account}:root"


def session(role: str, name: str, account: str = ACCOUNT) -> str:
    """The ARN of a session of a role."""
    return f"arn:aws:sts::{account}:assumed-role/{role}/{name}"


def text(document: object) -> str:
    """Policies of resources come as text; what is text already may be no policy at all."""
    return document if isinstance(document, str) else json.dumps(document)
