"""The files of a small assessment, and a way to seal anything at all about them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import orjson

from keyproof import documents
from reports import archive, attestations, bundle, contents, envelope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from keyproof.documents import Json
    from reports.signing import PrivateKey

AS_OF = "2026-07-01T08:00:00Z"
PARAMETERS = {"rotation_ceiling_days": {"production": 90}}

LEVELS = {
    "inventory_documented": 2,
    "individually_owned": 2,
    "no_keys_in_source": 2,
    "stored_in_secrets_manager": 3,
    "inventory_complete": 3,
    "rotation_documented": 3,
    "rotated_on_schedule": 3,
    "access_restricted": 3,
    "no_live_keys_in_history": 3,
    "usage_recorded": 4,
    "spend_alerts_deliverable": 4,
    "usage_anomalies_alerted": 4,
    "alerts_investigated": 4,
    "scoped_to_service": 5,
    "rotated_automatically": 5,
    "rotated_after_compromise_or_departure": 5,
    "response_time_measured": 5,
    "infrastructure_code_checked": 0,
}


def results(*, proven: int = 3, possible: int = 5, target: int = 3, example: bool = False) -> Json:
    """Results whose verdicts give these levels: unknown up to `possible`, failing above."""

    def verdict(level: int) -> str:
        if level <= proven:
            return "pass"
        return "unknown" if level <= possible else "fail"

    return {
        "schema": "keyproof/results/1",
        "example": example,
        "organisation": "Kestrel",
        "as_of": AS_OF,
        "level": {"proven": proven, "possible": possible, "target": target, "blocking": []},
        "criteria": {
            slug: {
                "title": slug,
                "description": "",
                "level": level,
                "evidence": "E1",
                "severity": "high",
                "remediation": "",
                "requires": [],
                "verdict": verdict(level),
                "population": 1,
                "violations": [],
                "gaps": [],
                "waived": [],
            }
            for slug, level in LEVELS.items()
        },
        "parameters": PARAMETERS,
        "looser_parameters": [],
    }


def assessment(judged: Json | None = None) -> dict[str, bytes]:
    """The files that a caller seals."""
    judged = judged or results()
    shared = {name: judged[name] for name in ("example", "organisation", "as_of")}
    snapshot = documents.encode(
        {
            "schema": "keyproof/snapshot/1",
            "example": judged["example"],
            "source": "kms",
            "account": "111122223333",
            "region": "eu-west-1",
            "subject": None,
            "started": AS_OF,
            "finished": AS_OF,
            "identity": None,
            "endpoint": None,
            "tool": "keyproof",
            "operations": [],
            "records": {},
            "gaps": [],
        }
    )
    coverage = {
        "schema": "keyproof/coverage/1",
        **shared,
        "finished": AS_OF,
        "accounts": [],
        "snapshots": [
            {
                "file": "kms.json",
                "sha256": hashlib.sha256(snapshot).hexdigest(),
                "source": "kms",
                "account": "111122223333",
                "region": "eu-west-1",
                "subject": None,
                "started": AS_OF,
                "finished": AS_OF,
                "calls": 0,
                "records": 0,
                "gaps": [],
            }
        ],
    }
    facts = {
        "schema": "keyproof/facts/1",
        **shared,
        "as_of_ns": 1_782_892_800_000_000_000,
        "target_level": judged["level"]["target"],
        "parameters": PARAMETERS,
        "default_parameters": PARAMETERS,
        "looser_parameters": [],
        "coverage": {},
        "credentials": [],
        "effective_access": {"classes": {}, "principals": {}, "steps": [], "secrets": {}},
        "stored_secrets": [],
        "repositories": [],
        "infrastructure": {"credentials": [], "other_checks": [], "unresolved": [], "unlisted": []},
        "leaked_keys": [],
        "waivers": [],
    }
    return {
        "snapshot/coverage.json": documents.encode(coverage),
        "snapshot/kms.json": snapshot,
        "declarations/inventory.yaml": b"credentials: []\n",
        "facts.json": documents.encode(facts),
        "results.json": documents.encode(judged),
        "report.html": b"<!doctype html>\n",
        "policies/compiled/policy.wasm": b"\0asm\x01\0\0\0",
    }


def no_keys(_content: bytes) -> list[bundle.FoundKey]:
    """Finds nothing."""
    return []


def sealed(key: PrivateKey, judged: Json | None = None) -> bytes:
    """A good bundle."""
    return bundle.build_bundle(assessment(judged), key=key, find_keys=no_keys)


def resealed(
    files: Mapping[str, bytes],
    key: PrivateKey,
    *,
    change: Mapping[str, Json] | None = None,
    relist: bool = True,
) -> bytes:
    """
    Whatever a dishonest holder of the key can make: any files, any change to the statements.

    `change` replaces members of a statement, by attestation; `relist` makes the manifest and the
    checksums fit the files.
    """
    generated = {contents.MANIFEST, contents.CHECKSUMS, *attestations.PREDICATE_TYPES}
    judged = orjson.loads(files[contents.RESULTS])
    covered = {name: files[name] for name in files.keys() - attestations.PREDICATE_TYPES.keys()}
    if relist:
        covered = {name: files[name] for name in files.keys() - generated}
        manifest = contents.manifest(covered, judged)
        covered[contents.MANIFEST] = documents.encode(manifest)
        covered[contents.CHECKSUMS] = contents.checksums(covered)
    stated = attestations.statements(covered, contents.manifest(covered, judged), judged)
    for name, members in (change or {}).items():
        stated[name].update(members)
    signed = {
        name: envelope.seal(attestations.encode(statement), key)
        for name, statement in stated.items()
    }
    return archive.pack({**covered, **signed})
