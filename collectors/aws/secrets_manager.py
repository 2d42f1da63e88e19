"""AWS Secrets Manager: names, tags, dates and versions; never a secret's value."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from collectors.aws.calls import Miss

if TYPE_CHECKING:
    from collectors.aws.calls import Calls
    from keyproof.documents import Json

MEMBERS = ("secrets",)


def collect(calls: Calls) -> Json:
    """
    Describe every secret of an account and region, those pending deletion included.

    The list lags behind by up to five minutes, so that each secret is described as well. A
    member is None where a call for it failed.
    """
    listed = calls.pages("secretsmanager:ListSecrets", {"IncludePlannedDeletion": True})
    entries = listed["SecretList"] if listed else []
    return {"secrets": calls.each(partial(_secret, calls), entries)}


def named(secrets: list[Json], member: str) -> list[str]:
    """Give what secrets name in a member of their entry or description, each once."""
    views = [
        view for secret in secrets for view in (secret["entry"], secret["description"]) if view
    ]
    return list(dict.fromkeys(view[member] for view in views if view.get(member)))


def _secret(calls: Calls, entry: Json) -> Json:
    arn = calls.text(entry, "ARN", "secretsmanager:ListSecrets")
    if arn is None:
        return {"entry": entry, "description": None, "versions": None}
    secret = {"SecretId": arn}
    description = calls.call(
        "secretsmanager:DescribeSecret", secret, resource=arn, has=("ARN", "Name")
    )
    # Without IncludeDeprecated, versions that no label points to would be left out.
    versions = calls.pages(
        "secretsmanager:ListSecretVersionIds", {**secret, "IncludeDeprecated": True}, resource=arn
    )
    return {
        "entry": entry,
        "description": None if isinstance(description, Miss) else description,
        "versions": None if versions is None else versions["Versions"],
    }
