"""The control's inventory: each credential as declared, and beside it what was observed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports import credential_phrases as say
from reports.phrases import Name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from keyproof.documents import Json
    from reports.phrases import Phrase

COLUMNS = {
    "inventory_documented": "credential",
    "inventory_complete": "storage",
    "scoped_to_service": "scope",
    "individually_owned": "owner",
    "stored_in_secrets_manager": "storage",
    "access_restricted": "storage",
    "rotation_documented": "rotation",
    "rotated_on_schedule": "rotation",
    "rotated_automatically": "rotation",
    "rotated_after_compromise_or_departure": "rotation",
    "spend_alerts_deliverable": "spend_alert",
    "alerts_investigated": "spend_alert",
}
"""The column that shows what a criterion judges; the credential itself for any other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One credential under one heading; `fails` names the criteria that it violates here."""

    declared: say.Lines = ()
    observed: say.Lines = ()
    fails: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialRow:
    """One entry of the inventory, in the columns of the control's table."""

    id: str
    provider: str | None
    environment: str | None
    key: Phrase
    fails: tuple[str, ...]
    scope: Cell
    storage: Cell
    rotation: Cell
    spend_alert: Cell
    owner: Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSecret:
    """A stored secret without an entry in the inventory."""

    name: str
    arn: str
    account: str
    region: str
    reason: str | None
    remarks: tuple[Phrase, ...]


def failed_criteria(credentials: Iterable[Json], criteria: Json) -> dict[str, tuple[str, ...]]:
    """For each entry, the criteria that name it or its secret among their violations."""
    by_resource: dict[str, list[str]] = {}
    for slug in sorted(criteria):
        for violation in criteria[slug]["violations"]:
            by_resource.setdefault(violation["resource"], []).append(slug)
    return {
        credential["id"]: tuple(
            dict.fromkeys(
                slug
                for resource in _resources(credential)
                for slug in by_resource.get(resource, ())
            )
        )
        for credential in credentials
    }


def _resources(credential: Json) -> tuple[str, ...]:
    """The names under which a violation can speak of an entry."""
    secret = credential["secret"]
    return (credential["id"],) if secret is None else (credential["id"], secret["arn"])


def violators_first(
    credentials: Sequence[Json], fails: Mapping[str, tuple[str, ...]]
) -> list[Json]:
    """The order in which a cap hides no violator behind those that violate nothing."""
    return sorted(credentials, key=lambda credential: not fails[credential["id"]])


def credential_row(credential: Json, fails: Sequence[str], as_of_ns: int) -> CredentialRow:
    """One entry; `fails` are the criteria that it violates."""
    secret, rotation = credential["secret"], credential["rotation"]
    alert = credential["spend_alert"]
    automatic = () if secret is None else say.automatic_rotation(secret["rotation"])

    def here(column: str) -> tuple[str, ...]:
        return tuple(slug for slug in fails if COLUMNS.get(slug, "credential") == column)

    return CredentialRow(
        id=credential["id"],
        provider=credential["provider"],
        environment=credential["environment"],
        key=say.provider_key(credential["provider_key"]),
        fails=here("credential"),
        scope=Cell(declared=say.scope(credential), fails=here("scope")),
        storage=Cell(
            declared=say.storage(credential["storage"]),
            observed=(
                *say.binding(credential["binding"]),
                *say.stored(secret, credential["storage"]),
            ),
            fails=here("storage"),
        ),
        rotation=Cell(
            declared=say.schedule(rotation),
            observed=(*say.age(secret, rotation["interval_ns"], as_of_ns), *automatic),
            fails=here("rotation"),
        ),
        spend_alert=Cell(
            declared=say.threshold(alert), observed=say.alerts(alert), fails=here("spend_alert")
        ),
        owner=Cell(declared=say.owner(credential["owner"]), fails=here("owner")),
    )


def stored_secret(secret: Json) -> StoredSecret:
    """A secret of `facts.stored_secrets` to which no entry is bound."""
    provider, service = secret["provider"], secret["owned_by_service"]
    remarks: list[Phrase] = []
    if provider is not None:
        remarks.append(("name, description or tags point to ", Name(provider)))
    if service is not None:
        remarks.append(("made and filled by the AWS service ", Name(service)))
    if secret["pending_deletion"]:
        remarks.append(("pending deletion",))
    if secret["replica"]:
        remarks.append(("a replica",))
    return StoredSecret(
        name=secret["name"],
        arn=secret["arn"],
        account=secret["account"],
        region=secret["region"],
        reason=secret["excluded"],
        remarks=tuple(remarks),
    )
