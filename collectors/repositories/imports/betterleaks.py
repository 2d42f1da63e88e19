"""
JSON and JSON Lines of betterleaks 2; version 1 writes the JSON of gitleaks.

It gives the digest of each value, also where the value is redacted: the same SHA-256 that
keyproof makes, unless a key for HMAC was set (`hmac-sha256:`). The last part tells whether the
scan came to its end, and no commit.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from collectors.repositories.imports.entries import Entry, Origin, finding, first_text
from collectors.repositories.imports.gitleaks import REMOTES, VALIDITIES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from collectors.repositories.imports.entries import Reading

FORMAT = "betterleaks-json"
TOOL = "betterleaks"
_DIGEST = re.compile(r"[0-9a-f]{64}")


def recognises(entry: Mapping[str, object]) -> bool:
    """Whether an entry is an envelope or a line of betterleaks."""
    return "schema_version" in entry and bool({"finding", "findings", "scan"} & entry.keys())


def read(entries: Sequence[object], reading: Reading) -> Origin:
    """Add the findings of a report."""
    complete = False
    for part in reading.mappings(entries):
        if not recognises(part.data):
            part.fault("finding", "expected a finding")
            continue
        for found in _findings(part):
            _finding(found, reading)
        complete = complete or part.child("scan").text("state") == "complete"
    if not complete:
        reading.fault(len(entries), "scan.state", "the scan did not come to its end")
    version = first_text(entries, "scan", "betterleaks_version")
    return Origin(tool=TOOL, version=version, format=FORMAT)


def _findings(part: Entry) -> list[Entry]:
    """The findings of a part; in an envelope, each is an entry of its own."""
    if "finding" in part.data:
        return [part.child("finding")]
    return [
        Entry(reading=found.reading, index=index, data=found.data, place=found.place)
        for index, found in enumerate(part.children("findings"))
    ]


def _finding(entry: Entry, reading: Reading) -> None:
    match, place = entry.child("match"), entry.child("location")
    attributes = entry.child("attributes")
    for components in entry.children("component_sets"):
        for component in components.children("components"):
            reading.secrets.add(component.child("match").text("value"))
    remotes = (attributes.repository(name) for name in REMOTES)
    reading.add(
        finding(
            rule=entry.text("rule_id"),
            repository=next((remote for remote in remotes if remote is not None), None),
            commit=attributes.commit("git.sha"),
            author_date=attributes.instant("git.date"),
            path=place.text("path"),
            line=place.line("start_line"),
            validity=_validity(entry.child("analysis")),
        ),
        match.texts("value"),
        match.texts("full"),
        digest=_digest(match),
    )


def _digest(match: Entry) -> str | None:
    stated = match.text("fingerprint")
    known = stated is not None and _DIGEST.fullmatch(stated) is not None
    return f"sha256:{stated}" if known else None


def _validity(analysis: Entry) -> str | None:
    status = analysis.text("status")
    return None if status is None else VALIDITIES.get(status, "unknown")
