"""From the snapshot and the declarations to `facts.json`, the input of the policies."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from collectors.evidence import INFRASTRUCTURE_CODE, SOURCE_SCAN
from keyproof import clock
from keyproof.configuration import DEFAULT_PARAMETERS, looser_parameters
from keyproof.facts.alerts import spend_alert
from keyproof.facts.effective_access import effective_access
from keyproof.facts.infrastructure import account_keys, infrastructure_facts
from keyproof.facts.leaks import leaked_keys, repositories
from keyproof.facts.reconciliation import Reconciler, stored_facts
from keyproof.facts.schedules import longest_interval_ns
from keyproof.facts.secrets import stored_secrets
from keyproof.facts.snapshot import SOURCES, gap

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from keyproof.configuration import Configuration
    from keyproof.declarations.records import Credential, Declarations, Rotation, Waiver
    from keyproof.documents import Json
    from keyproof.facts.reconciliation import Match
    from keyproof.facts.snapshot import Snapshot

_INT64 = 2**63
"""The first number of nanoseconds that JSON readers do not agree on; it lies in 2262."""

_SECRET_MEMBERS = (
    "arn",
    "name",
    "account",
    "region",
    "pending_deletion",
    "replica",
    "current",
    "rotated_at_ns",
    "rotation",
)


def derive_facts(
    snapshot: Snapshot, declarations: Declarations, configuration: Configuration
) -> Json:
    """
    State what is, in the shape of the schema `facts`.

    Pure: the clock is the snapshot's, so the same snapshot and declarations give the
    same facts on any day.
    """
    coverage = snapshot.coverage
    inventory = declarations.inventory
    secrets = stored_secrets(snapshot)
    reconciler = Reconciler(secrets, snapshot)
    matches = {entry.id: reconciler.match(entry) for entry in inventory.credentials}
    shared = _shared_keys(inventory.credentials, matches)
    entries = {
        match.secret["primary_arn"]: entry
        for entry, match in matches.items()
        if match.secret is not None
    }
    copies = _copies(secrets)
    wanted = {
        copy
        for match in matches.values()
        if match.secret is not None
        for copy in copies[match.secret["primary_arn"]]
    }
    credentials = [
        _credential(entry, matches[entry.id], shared[entry.id], copies)
        | {
            "spend_alert": spend_alert(
                entry,
                account=_account(entry, matches[entry.id]),
                metrics=inventory.spend_metrics,
                snapshot=snapshot,
            )
        }
        for entry in inventory.credentials
    ]
    stored = stored_facts(secrets, entries, inventory.other_secrets)
    return {
        "schema": "keyproof/facts/1",
        "example": coverage["example"],
        "organisation": coverage["organisation"],
        "as_of": coverage["as_of"],
        "as_of_ns": clock.nanoseconds(clock.parse(coverage["as_of"])),
        "target_level": configuration.target_level,
        "parameters": configuration.parameters,
        "default_parameters": DEFAULT_PARAMETERS,
        "looser_parameters": looser_parameters(configuration.parameters),
        "coverage": _coverage(snapshot, declarations, configuration),
        "credentials": credentials,
        "effective_access": effective_access(snapshot, declarations.access, frozenset(wanted)),
        "stored_secrets": stored,
        "repositories": repositories(snapshot),
        "infrastructure": infrastructure_facts(
            [each["records"] for each in snapshot.by_subject[INFRASTRUCTURE_CODE].values()],
            credentials,
            stored,
            account_keys(snapshot),
        ),
        "leaked_keys": leaked_keys(snapshot, inventory.credentials, matches),
        "waivers": [_waiver(waiver) for waiver in declarations.waivers],
    }


def _coverage(snapshot: Snapshot, declarations: Declarations, configuration: Configuration) -> Json:
    seen = {source: {"gaps": snapshot.gaps(source)} for source in SOURCES}
    declared = {
        "inventory": [],
        "access": [gap("access", "declarations/access.yaml is missing")]
        if declarations.access is None
        else [],
    }
    for source, what, subjects in (
        (SOURCE_SCAN, "repository", configuration.repositories),
        (INFRASTRUCTURE_CODE, "folder with infrastructure code", configuration.infrastructure),
    ):
        declared[source] = (
            snapshot.subject_gaps(source, [each.name for each in subjects])
            if subjects
            else [gap(source, f"no {what} is named in keyproof.toml")]
        )
    return seen | {source: {"gaps": gaps} for source, gaps in declared.items()}


def _copies(secrets: Sequence[Json]) -> Mapping[str, list[str]]:
    """The ARNs of each secret and its replicas, by the primary's; each copy holds the key."""
    copies: dict[str, list[str]] = defaultdict(list)
    for secret in secrets:
        copies[secret["primary_arn"]].append(secret["arn"])
    return copies


def _credential(
    entry: Credential, match: Match, shared: Sequence[str], copies: Mapping[str, list[str]]
) -> Json:
    return {
        "id": entry.id,
        "provider": entry.provider,
        "environment": entry.environment,
        "scope": entry.scope,
        "services": list(entry.services),
        "owner": None
        if entry.owner is None
        else {
            "kind": entry.owner.kind,
            "name": entry.owner.name,
            "address": "@" in (entry.owner.name or ""),
        },
        "provider_key": None
        if entry.provider_key is None
        else {"container": entry.provider_key.container, "key_id": entry.provider_key.key_id},
        "shares_key_with": list(shared),
        "storage": None
        if entry.storage is None
        else {
            "secret": entry.storage.secret,
            "account": entry.storage.account,
            "region": entry.storage.region,
            "json_key": entry.storage.json_key,
            "elsewhere": entry.storage.elsewhere,
        },
        "rotation": _rotation(entry.rotation),
        "binding": match.binding,
        "secret": None
        if match.secret is None
        else {name: match.secret[name] for name in _SECRET_MEMBERS}
        | {
            "copies": copies[match.secret["primary_arn"]],
            "uncollected_copies": [
                copy
                for copy in match.secret["replicated_to"]
                if copy not in copies[match.secret["primary_arn"]]
            ],
        },
    }


def _account(entry: Credential, match: Match) -> str | None:
    """The account that the key stands in, as seen or, failing that, as declared."""
    if match.secret is not None:
        return str(match.secret["account"])
    return None if entry.storage is None else entry.storage.account


def _rotation(rotation: Rotation | None) -> Json:
    if rotation is None:
        return {"schedule": None, "interval_ns": None}
    schedule = rotation.schedule or f"rate({rotation.days} days)"
    return {"schedule": schedule, "interval_ns": longest_interval_ns(schedule)}


def _shared_keys(
    credentials: Sequence[Credential], matches: Mapping[str, Match]
) -> Mapping[str, list[str]]:
    """
    For each entry, the others that stand for the very same key.

    Two entries share a key when they name the same key of one provider, or the same
    place in the same secret; one that names no place in it stands for the whole secret.
    """
    holders: dict[tuple[str, str | None, str | None], set[str]] = defaultdict(set)
    for entry in credentials:
        if entry.provider_key is not None:
            holders["provider", entry.provider, entry.provider_key.key_id].add(entry.id)
        secret = matches[entry.id].secret
        if secret is not None:
            json_key = None if entry.storage is None else entry.storage.json_key
            holders["secret", secret["primary_arn"], json_key].add(entry.id)
    shared: dict[str, set[str]] = {entry.id: set() for entry in credentials}
    for (kind, of, _), ids in holders.items():
        together = ids | holders.get((kind, of, None), set())
        for entry_id in together:
            shared[entry_id] |= together - {entry_id}
    return {entry_id: sorted(others) for entry_id, others in shared.items()}


def _waiver(waiver: Waiver) -> Json:
    return {
        "id": waiver.id,
        "criterion": waiver.criterion,
        "resource": waiver.resource,
        "reason": waiver.reason,
        "approver": waiver.approver,
        "expires": clock.text(waiver.expires),
        "expires_ns": min(max(clock.nanoseconds(waiver.expires), -_INT64), _INT64 - 1),
    }
