"""
Snapshots of small estates, in AWS's own record shapes, without an emulator.

    worker = Role(name="worker", policies={"read": policy(allow("secretsmanager:GetSecretValue"))})
    snapshot = estate(roles=[worker], secrets=[Secret(name="openai")])

Everything is in `ACCOUNT` and `REGION` unless it says otherwise, and has an `arn`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from collectors.aws.sources import nothing
from collectors.evidence import GLOBAL, GLOBAL_SOURCES, REGIONAL_SOURCES
from keyproof import documents
from keyproof.facts.snapshot import snapshot_from
from tests.keyproof.access.organizations import ORGANIZATION, Control, Organization
from tests.keyproof.access.policies import (
    ACCOUNT,
    AS_OF,
    MANAGEMENT,
    OTHER_ACCOUNT,
    OTHER_REGION,
    REGION,
    STRANGER,
    allow,
    deny,
    policy,
    root,
    session,
    trust,
)
from tests.keyproof.access.records import Group, Key, Managed, Role, Secret, User, grant

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from keyproof.documents import Json
    from keyproof.facts.snapshot import Snapshot

__all__ = [
    "ACCOUNT",
    "AS_OF",
    "MANAGEMENT",
    "ORGANIZATION",
    "OTHER_ACCOUNT",
    "OTHER_REGION",
    "REGION",
    "STRANGER",
    "Control",
    "Group",
    "Key",
    "Managed",
    "Organization",
    "Role",
    "Secret",
    "User",
    "allow",
    "deny",
    "estate",
    "estate_files",
    "gap",
    "grant",
    "policy",
    "root",
    "session",
    "trust",
]


def gap(
    source: str,
    operation: str,
    resource: str | None = None,
    *,
    account: str = ACCOUNT,
    region: str | None = None,
) -> Json:
    """A refused call, as a collector leaves it; of `global` for what has no region."""
    where = region or (GLOBAL if source in GLOBAL_SOURCES else REGION)
    return {
        "source": source,
        "reason": "access denied",
        "account": account,
        "region": where,
        "operation": operation,
        "code": "AccessDeniedException",
        "resource": resource,
    }


def estate(**parts: Any) -> Snapshot:
    """The snapshot of an estate; `parts` are those of `estate_files`."""
    return snapshot_from(estate_files(**parts), "snapshot")


def estate_files(
    *,
    accounts: Sequence[str] | Mapping[str, Sequence[str]] = (ACCOUNT,),
    users: Iterable[User] = (),
    groups: Iterable[Group] = (),
    roles: Iterable[Role] = (),
    managed: Iterable[Managed] = (),
    secrets: Sequence[Secret] = (),
    keys: Iterable[Key] = (),
    organization: Organization | None = None,
    records: Mapping[tuple[str, str, str], Json] | None = None,
    gaps: Sequence[Json] = (),
    absent: Iterable[tuple[str, str, str]] = (),
    organisation: str = "Kestrel Analytics",
) -> dict[str, bytes]:
    """
    Every source of every account and region, by file name, empty but for what is given.

    `accounts` may give regions by account; without them each has `REGION` and
    `OTHER_REGION`. `records` adds to a source's records (by source, account and region), as
    for `compute`; `absent` snapshots are not there. The keys of secrets need not be named.
    """
    both = (REGION, OTHER_REGION)
    regions = accounts if isinstance(accounts, Mapping) else dict.fromkeys(accounts, both)
    found: dict[tuple[str, str, str], Json] = {
        (source, account, region): nothing(source)
        for account, each in regions.items()
        for source in (*REGIONAL_SOURCES, *GLOBAL_SOURCES)
        for region in ((GLOBAL,) if source in GLOBAL_SOURCES else each)
    }
    of_iam: Iterable[tuple[str, Iterable[User | Group | Role | Managed]]] = (
        ("users", users),
        ("groups", groups),
        ("roles", roles),
        ("policies", managed),
    )
    for member, items in of_iam:
        for item in items:
            found["iam", item.account, GLOBAL][member].append(item.record())
    for secret in secrets:
        place = secret.account, secret.region
        found["secrets_manager", *place]["secrets"].append(secret.record())
        found["resource_policies", *place]["secrets"].append(secret.policies_record())
    _add_keys(found, secrets, keys)
    kept = list(gaps)
    if organization is not None:
        kept += _add_organization(found, organization)
    for key, more in (records or {}).items():
        for member, added in more.items():
            found[key][member] += added
    for missing in absent:
        del found[missing]
    return _files(found, kept, regions, organisation)


def _add_organization(
    found: Mapping[tuple[str, str, str], Json], organization: Organization
) -> list[Json]:
    """Add what each account sees of it; a member account may not list the roots."""
    refused = []
    for (source, account, _), records in found.items():
        if source == "organizations" and account == organization.management:
            records.update(organization.records())
        elif source == "organizations" and account in organization.accounts:
            records["organization"] = [organization.described()]
            refused.append(gap(source, "organizations:ListRoots", account=account))
    return refused


def _add_keys(
    found: Mapping[tuple[str, str, str], Json], secrets: Iterable[Secret], keys: Iterable[Key]
) -> None:
    """Add each key under every name that a secret of the place has for it."""
    by_name = {name: key for key in keys for name in (key.arn, key.key_id, *(key.aliases or ()))}
    for secret in secrets:
        key = secret.key if isinstance(secret.key, Key) else by_name.get(secret.key or "")
        kept = found["kms", secret.account, secret.region]["keys"]
        key_id = secret.key_id
        if key is not None and key_id not in [each["key_id"] for each in kept]:
            kept.append(key.record(str(key_id)))


def _files(
    found: Mapping[tuple[str, str, str], Json],
    gaps: Sequence[Json],
    regions: Mapping[str, Sequence[str]],
    organisation: str,
) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    listed = []
    placed = 0
    for (source, account, region), records in found.items():
        seen_at = {"source": source, "account": account, "region": region}
        own = [each for each in gaps if seen_at.items() <= each.items()]
        place = {**seen_at, "subject": None}
        placed += len(own)
        times = {"started": AS_OF, "finished": AS_OF}
        document = {
            "schema": "keyproof/snapshot/1",
            "example": False,
            **place,
            **times,
            "identity": f"arn:aws:sts::{account}:assumed-role/keyproof/collect",
            "endpoint": None,
            "tool": "keyproof",
            "operations": [],
            "records": records,
            "gaps": own,
        }
        file = f"{source}.{account}.{region}.json"
        files[file] = documents.encode(document)
        digest = hashlib.sha256(files[file]).hexdigest()
        listed.append(
            {"file": file, "sha256": digest, **place, **times, "gaps": own}
            | {"calls": 0, "records": sum(map(len, records.values()))}
        )
    assert placed == len(gaps), "a gap of a place that is not in the snapshot"
    coverage = {
        "schema": "keyproof/coverage/1",
        "example": False,
        "organisation": organisation,
        "as_of": AS_OF,
        "finished": AS_OF,
        "accounts": [
            {"id": account, "regions": list(each), "identity": None}
            for account, each in regions.items()
        ],
        "snapshots": listed,
    }
    return {"coverage.json": documents.encode(coverage), **files}
