"""From declarations that hold no fault to records; here None stands for a placeholder."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, TypeVar

from keyproof import clock
from keyproof.declarations.arns import parse_arn
from keyproof.declarations.records import (
    Access,
    AccessClass,
    AlertReference,
    Credential,
    Inventory,
    OtherSecrets,
    Owner,
    ProviderKey,
    Rotation,
    SpendAlert,
    SpendMetric,
    Storage,
    Waiver,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from keyproof.documents import Json

Record = TypeVar("Record")


def inventory(document: Json) -> Inventory:
    """`inventory.yaml`."""
    return Inventory(
        credentials=tuple(_credential(entry) for entry in document["credentials"]),
        other_secrets=tuple(
            OtherSecrets(
                name=entry["name"],
                reason=entry["reason"],
                account=entry.get("account"),
                region=entry.get("region"),
            )
            for entry in document.get("other_secrets") or ()
        ),
        spend_metrics=tuple(_spend_metric(entry) for entry in document.get("spend_metrics") or ()),
    )


def access(document: Json) -> Access:
    """`access.yaml`."""
    return Access(
        classes=tuple(
            AccessClass(
                name=entry["name"],
                description=entry.get("description"),
                principals=tuple(entry["principals"]),
                environments=tuple(entry.get("environments") or ()),
                resources=tuple(entry.get("resources") or ()),
            )
            for entry in document["classes"]
        )
    )


def waivers(document: Json) -> tuple[Waiver, ...]:
    """`waivers.yaml`."""
    return tuple(
        Waiver(
            id=entry["id"],
            criterion=entry["criterion"],
            resource=entry["resource"],
            reason=entry["reason"],
            approver=_person(entry["approver"]),
            expires=clock.parse(entry["expires"]),
        )
        for entry in document["waivers"]
    )


def _credential(entry: Json) -> Credential:
    return Credential(
        id=entry["id"],
        provider=entry.get("provider"),
        environment=entry.get("environment"),
        scope=entry.get("scope"),
        services=tuple(entry.get("services") or ()),
        owner=_stated(entry.get("owner"), _owner),
        provider_key=_stated(entry.get("provider_key"), _provider_key),
        key_hints=tuple(entry.get("key_hints") or ()),
        key_fingerprints=tuple(entry.get("key_fingerprints") or ()),
        storage=_stated(entry.get("storage"), _storage),
        rotation=_stated(entry.get("rotation"), _rotation),
        spend_alert=_stated(entry.get("spend_alert"), _spend_alert),
    )


def _stated(entry: Json | None, build: Callable[[Json], Record | None]) -> Record | None:
    return None if entry is None else build(entry)


def _owner(entry: Json) -> Owner:
    if "person" in entry:
        return Owner(kind="person", name=entry["person"])
    return Owner(kind="team", name=entry["team"])


def _provider_key(entry: Json) -> ProviderKey | None:
    key_id = entry["key_id"]
    return None if key_id is None else ProviderKey(container=entry.get("container"), key_id=key_id)


def _storage(entry: Json) -> Storage:
    secret = entry.get("secret")
    arn = parse_arn(secret or "")
    return Storage(
        secret=secret,
        account=entry.get("account") if arn is None else arn.account,
        region=entry.get("region") if arn is None else arn.region,
        json_key=entry.get("json_key"),
        elsewhere=entry.get("elsewhere"),
    )


def _rotation(entry: Json) -> Rotation | None:
    days, schedule = entry.get("days"), entry.get("schedule")
    return None if days is schedule is None else Rotation(days=days, schedule=schedule)


def _spend_alert(entry: Json) -> SpendAlert:
    dollars = entry.get("threshold_usd_per_day")
    return SpendAlert(
        # Rounded down, so that no threshold becomes more lenient than it was stated.
        threshold_usd_cents=None if dollars is None else int(Decimal(str(dollars)) * 100),
        not_applicable=entry.get("not_applicable"),
        alerts=tuple(_alert_reference(alert) for alert in entry.get("alerts") or ()),
    )


def _alert_reference(entry: Json) -> AlertReference:
    if "budget" in entry:
        account = entry.get("account")
        return AlertReference(kind="budget", name=entry["budget"], account=account, region=None)
    arn = parse_arn(entry["alarm"])
    return AlertReference(
        kind="alarm",
        name=entry["alarm"] if arn is None else arn.name,
        account=entry.get("account") if arn is None else arn.account,
        region=entry.get("region") if arn is None else arn.region,
    )


def _spend_metric(entry: Json) -> SpendMetric:
    return SpendMetric(
        provider=entry["provider"],
        environment=entry.get("environment"),
        namespace=entry["namespace"],
        metric=entry["metric"],
        dimensions=entry.get("dimensions") or {},
        account=entry.get("account"),
        region=entry.get("region"),
        measures=entry["measures"],
        unit=entry.get("unit"),
    )


def _person(approver: str | Json) -> str:
    return approver if isinstance(approver, str) else str(approver["person"])
