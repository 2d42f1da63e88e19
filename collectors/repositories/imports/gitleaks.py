"""
JSON of gitleaks 8, and of betterleaks 1, which grew out of it.

betterleaks is known by the members that only it writes. Neither names its version or what it
scanned. `--redact=60` leaves the beginning of each secret, followed by three dots.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collectors.repositories.imports.entries import Origin, finding, without_credentials

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from collectors.repositories.imports.entries import Entry, Reading

FORMAT = "gitleaks-json"
_BETTERLEAKS = {
    "Attributes",
    "CaptureGroups",
    "MatchContext",
    "RequiredSets",
    "ValidationMeta",
    "ValidationReason",
    "ValidationStatus",
}
VALIDITIES = {
    "valid": "active",
    "invalid": "inactive",
    "revoked": "inactive",
    "needs_validation": "unknown",
    "unknown": "unknown",
    "error": "unknown",
}
_BLOBS = ("/-/blob/", "/blob/")
REMOTES = ("git.remote_url", "github.repo_url", "gitlab.project.url", "huggingface.repo_url")


def recognises(entry: Mapping[str, object]) -> bool:
    """Whether an entry is one of gitleaks."""
    return "RuleID" in entry


def read(entries: Sequence[object], reading: Reading) -> Origin:
    """Add the findings of a report."""
    for entry in reading.mappings(entries):
        if not recognises(entry.data):
            entry.fault("RuleID", "expected the name of a rule")
            continue
        for required in entry.children("RequiredSets"):
            for component in required.children("components"):
                reading.secrets.add(component.text("Secret"))
        reading.add(
            finding(
                rule=entry.text("RuleID"),
                repository=_repository(entry),
                commit=entry.commit("Commit"),
                author_date=entry.instant("Date"),
                path=entry.text("SymlinkFile") or entry.text("File"),
                line=entry.line("StartLine"),
                validity=_validity(entry),
            ),
            entry.texts("Secret"),
            entry.texts("Match"),
        )
    ours = any(isinstance(entry, dict) and _BETTERLEAKS & entry.keys() for entry in entries)
    return Origin(tool="betterleaks" if ours else "gitleaks", version=None, format=FORMAT)


def _repository(entry: Entry) -> str | None:
    attributes = entry.child("Attributes")
    stated = next((at for name in REMOTES if (at := attributes.repository(name))), None)
    link = entry.text("Link")
    if stated is not None or link is None:
        return stated
    for blob in _BLOBS:
        before, found, _ = link.partition(blob)
        if found:
            return without_credentials(before)
    return None


def _validity(entry: Entry) -> str | None:
    status = entry.text("ValidationStatus")
    if status is not None and status not in VALIDITIES:
        entry.fault("ValidationStatus", f"expected one of {', '.join(VALIDITIES)}")
        return None
    return None if status is None else VALIDITIES[status]
