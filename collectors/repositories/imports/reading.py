"""From the bytes of a report to what it tells; the content tells the format, not the name."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Protocol

from collectors.repositories.imports import (
    betterleaks,
    github,
    gitleaks,
    kingfisher,
    sarif,
    trufflehog,
)
from collectors.repositories.imports.entries import Origin, Reading
from collectors.repositories.imports.parsing import parse, shown
from collectors.repositories.imports.report import ImportedReport
from keyproof.errors import DocumentError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from collectors.repositories.findings import Key

_EXPECTED = (
    "expected JSON or SARIF of gitleaks, betterleaks, trufflehog or kingfisher, "
    "or alerts of GitHub's secret scanning"
)
_EMPTY = Origin(tool="unknown", version=None, format="empty-list")


class _Format(Protocol):
    """A module that reads one format."""

    def recognises(self, entry: Mapping[str, object], /) -> bool: ...

    def read(self, entries: Sequence[object], reading: Reading, /) -> Origin: ...


_FORMATS: tuple[_Format, ...] = (betterleaks, gitleaks, github, trufflehog, kingfisher)


def read_report(
    content: bytes, name: str, *, name_key: Callable[[str], Key | None]
) -> ImportedReport:
    """
    Read a report of another scanner; none of its secrets is kept.

    `name` is the file's, for messages. `name_key` names the provider's key that a text is, or
    holds, and is asked with each secret and with the match around it.

    Raises `DocumentError`, in one line that quotes nothing of the content, for what is no whole
    report of a known format. Entries that cannot be used are faults of the report.
    """
    values = parse(content, name)
    reading = Reading(name_key)
    origin = _read(values, name, reading)
    version = origin.version
    return ImportedReport(
        tool=origin.tool,
        version=None if version is None else reading.secrets.without(version),
        format=origin.format,
        digest=f"sha256:{hashlib.sha256(content).hexdigest()}",
        findings=reading.findings(),
        commits=origin.commits,
        faults=tuple(reading.faults),
    )


def _read(values: tuple[object, ...], name: str, reading: Reading) -> Origin:
    if len(values) == 1 and isinstance(values[0], dict) and sarif.recognises(values[0]):
        return sarif.read(values[0], name, reading)
    entries = _entries(values)
    if not entries:
        return _EMPTY
    for entry in entries:
        for form in _FORMATS:
            if isinstance(entry, dict) and form.recognises(entry):
                return form.read(entries, reading)
    raise DocumentError(f"{shown(name)}: {_EXPECTED}{_found(entries)}")


def _entries(values: tuple[object, ...]) -> list[object]:
    """The entries of lists, of pages of lists (`--paginate`, `--slurp`), and of lines."""
    entries: list[object] = []
    for value in values:
        for item in value if isinstance(value, list) else [value]:
            entries.extend(item if isinstance(item, list) else [item])
    return entries


def _found(entries: list[object]) -> str:
    """What was probably exported instead."""
    first = next((entry for entry in entries if isinstance(entry, dict)), {})
    if "documentation_url" in first:
        return "; found the answer of GitHub's API to a call that failed"
    if {"type", "details"} <= first.keys():
        return "; found the places of an alert without the alert"
    return ""
