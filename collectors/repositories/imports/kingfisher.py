"""
JSON and JSON Lines of kingfisher: its envelope since version 2, and the lists before it.

Its audit tells the tip of each repository, and whether all objects of git were scanned: that
commit, and no other, is named as scanned. Its date is the committer's, without a time, so that
it says nothing of the author's. `--redact` puts `[REDACTED:digest]` in each secret's place.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collectors.repositories.imports.entries import Entry, Origin, finding, first_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from collectors.repositories.imports.entries import Reading

FORMAT = "kingfisher-json"
TOOL = "kingfisher"
_OUTCOMES = {
    "verified_active": "active",
    "verified_inactive": "inactive",
    "assumed": "unknown",
    "locally_derived": "unknown",
    "not_attempted": None,
}
_STATUSES = {  # versions that write no outcome
    "Active Credential": "active",
    "Inactive Credential": "inactive",
    "Not Attempted": None,
}


def recognises(entry: Mapping[str, object]) -> bool:
    """Whether an entry is a finding, an envelope or the audit of kingfisher."""
    return (
        {"rule", "finding"} <= entry.keys()
        or {"id", "matches"} <= entry.keys()
        or (isinstance(entry.get("findings"), list) and bool({"audit", "metadata"} & entry.keys()))
        or entry.keys() == {"audit"}
    )


def read(entries: Sequence[object], reading: Reading) -> Origin:
    """Add the findings of a report."""
    commits: frozenset[str] | None = None
    for index, entry in enumerate(entries):
        if isinstance(entry, dict) and "audit" in entry:
            audit = Entry(reading=reading, index=index, data=entry).child("audit")
            commits = _joined(commits, scanned(audit))
    for found in reading.mappings(_findings(entries)):
        if {"rule", "finding"} <= found.data.keys():
            _finding(found, reading)
        elif {"id", "matches"} <= found.data.keys():
            for match in found.children("matches"):
                _finding(match, reading)
        else:
            found.fault("finding", "expected a rule and a finding")
    version = first_text(entries, "metadata", "kingfisher_version")
    return Origin(tool=TOOL, version=version, format=FORMAT, commits=commits)


def scanned(audit: Entry) -> frozenset[str] | None:
    """The tips of the repositories whose history was scanned to the end."""
    tips: frozenset[str] | None = None
    for repository in audit.children("repositories"):
        git = repository.child("git")
        complete = repository.child("scan").text("status") == "completed"
        if not complete:
            repository.fault("scan.status", "the scan did not come to its end")
        whole = complete and git.text("scope") == "all_fetched_git_objects"
        tip = git.commit("tip_sha")
        tips = _joined(tips, frozenset({tip} if whole and tip is not None else ()))
    return tips


def validity(outcome: str | None, status: str | None) -> str | None:
    """What the provider answered, if it was asked."""
    if outcome is not None:
        return _OUTCOMES.get(outcome, "unknown")
    return None if status is None else _STATUSES.get(status, "unknown")


def _joined(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    return other if one is None else one if other is None else one | other


def _findings(entries: Sequence[object]) -> list[object]:
    """The findings of envelopes and lines, in order, without what is none."""
    found: list[object] = []
    for entry in entries:
        if isinstance(entry, dict) and isinstance(entry.get("findings"), list):
            found.extend(entry["findings"])
        elif not (isinstance(entry, dict) and entry.keys() <= {"audit", "metadata"}):
            found.append(entry)
    return found


def _finding(entry: Entry, reading: Reading) -> None:
    rule, found = entry.child("rule"), entry.child("finding")
    git = found.child("git_metadata")
    checked = found.child("validation")
    reading.add(
        finding(
            rule=rule.text("id") or rule.text("name"),
            repository=git.repository("repository_url"),
            commit=git.child("commit").commit("id"),
            path=git.child("file").text("path") or found.text("path"),
            line=found.line("line"),
            validity=validity(checked.text("outcome"), checked.text("status")),
        ),
        found.texts("snippet"),
    )
