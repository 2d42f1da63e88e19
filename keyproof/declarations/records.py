"""
What the organisation states, as typed records.

`None` means "not stated": the field is absent, empty, or holds a placeholder such as
"tbd". Whether that is acceptable, a criterion judges.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

Environment: TypeAlias = Literal["production", "staging", "test", "development", "sandbox"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Who answers for a credential."""

    kind: Literal["person", "team"]
    name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderKey:
    """The key's identity at its provider, never the key."""

    container: str | None
    key_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """
    Where a credential is kept: a secret of Secrets Manager, or `elsewhere` in words.

    `secret` is a name or an ARN as it was stated; an ARN also gives account and region.
    """

    secret: str | None
    account: str | None
    region: str | None
    json_key: str | None
    elsewhere: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotation:
    """How often a credential is replaced: whole days, or an AWS schedule expression."""

    days: int | None
    schedule: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertReference:
    """
    An alert that exists in AWS.

    `name` is the plain name of the alarm or budget, even where an alarm's ARN was stated;
    that ARN then gives account and region.
    """

    kind: Literal["alarm", "budget"]
    name: str
    account: str | None
    region: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendAlert:
    """From which daily spend somebody is told, and by which alerts; or why nobody is."""

    threshold_usd_cents: int | None
    not_applicable: str | None
    alerts: tuple[AlertReference, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """
    One AI API credential.

    `key_hints` are the last four characters of its key and of the ones before it,
    `key_fingerprints` their digests.
    """

    id: str
    provider: str | None
    environment: Environment | None
    scope: str | None
    services: tuple[str, ...]
    owner: Owner | None
    provider_key: ProviderKey | None
    key_hints: tuple[str, ...] = ()
    key_fingerprints: tuple[str, ...] = ()
    storage: Storage | None
    rotation: Rotation | None
    spend_alert: SpendAlert | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherSecrets:
    """Secrets that hold no AI key; `name` is a glob of secret names."""

    name: str
    reason: str
    account: str | None
    region: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SpendMetric:
    """A CloudWatch metric with a provider's spend in USD, published by the organisation."""

    provider: str
    environment: Environment | None
    namespace: str
    metric: str
    dimensions: Mapping[str, str]
    account: str | None
    region: str | None
    measures: Literal["spend_since_midnight", "spend_in_period"]
    unit: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Inventory:
    """`inventory.yaml`."""

    credentials: tuple[Credential, ...]
    other_secrets: tuple[OtherSecrets, ...]
    spend_metrics: tuple[SpendMetric, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessClass:
    """Principals of one kind, and what they may read: environments or named secrets."""

    name: str
    description: str | None
    principals: tuple[str, ...]
    environments: tuple[Environment, ...]
    resources: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """`access.yaml`."""

    classes: tuple[AccessClass, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """A violation that somebody accepted, for a reason and until an instant (UTC)."""

    id: str
    criterion: str
    resource: str
    reason: str
    approver: str
    expires: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Declarations:
    """
    Everything that the folder of declarations states.

    `missing` names the files that are not there; `files` holds the exact bytes of those
    that are, by name.
    """

    inventory: Inventory
    access: Access | None
    waivers: tuple[Waiver, ...]
    missing: tuple[str, ...]
    files: Mapping[str, bytes]
