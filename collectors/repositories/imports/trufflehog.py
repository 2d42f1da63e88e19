"""
JSON Lines of trufflehog 3.

Its log goes to the standard error as JSON as well, and is in the report when both were
written to one file: it tells the version, and errors of the scan.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from collectors.repositories.imports.entries import Origin, finding, first_text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from collectors.repositories.imports.entries import Entry, Reading

FORMAT = "trufflehog-json"
TOOL = "trufflehog"
_LOG = {"level", "ts", "msg"}


def recognises(entry: Mapping[str, object]) -> bool:
    """Whether an entry is a finding, or a line of the log, of trufflehog."""
    return "DetectorName" in entry or (entry.keys() >= _LOG and entry.get("logger") == TOOL)


def read(entries: Sequence[object], reading: Reading) -> Origin:
    """Add the findings of a report."""
    for entry in reading.mappings(entries):
        if "DetectorName" in entry.data:
            _finding(entry, reading)
        elif not recognises(entry.data):
            entry.fault("DetectorName", "expected the name of a detector")
        elif str(entry.data["level"]).startswith(("error", "fatal")):
            entry.fault("level", "the log tells of an error: not everything was scanned")
    version = first_text(entries, "trufflehog_version")
    return Origin(tool=TOOL, version=version, format=FORMAT)


def _finding(entry: Entry, reading: Reading) -> None:
    source = _source(entry)
    rule = entry.text("DetectorName")
    held = entry.child("SecretParts").data
    parts = {name: part for name, part in held.items() if isinstance(part, str) and part}
    # Raw may be only the public half of a pair (the id of an AWS key); RawV2 is both in one.
    values = (*entry.texts("Raw"), *parts.values(), *entry.texts("RawV2"))
    reading.add(
        finding(
            rule=rule,
            repository=source.repository("repository"),
            commit=source.commit("commit"),
            # Elsewhere (S3, Slack) the time is another one: that of an upload or a message.
            author_date=source.instant("timestamp") if "commit" in source.data else None,
            path=source.text("file"),
            line=source.line("line"),
            validity=_validity(entry),
        ),
        values,
        [f'{rule}_{name} = "{part}"' for name, part in parts.items()],
    )


def _source(entry: Entry) -> Entry:
    """What tells where a finding stands: the one member, named by the source's kind."""
    data = entry.child("SourceMetadata").child("Data")
    sources = [value for value in data.data.values() if isinstance(value, dict)]
    if len(sources) != 1:
        entry.fault("SourceMetadata.Data", "expected one source")
    return replace(data, data=sources[0] if len(sources) == 1 else {})


def _validity(entry: Entry) -> str | None:
    verified = entry.flag("Verified")
    # Not verified means refused, not asked (--no-verification), or asked in vain.
    return None if verified is None else "active" if verified else "unknown"
