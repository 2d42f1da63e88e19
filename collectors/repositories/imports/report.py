"""What an imported report tells, once every secret has been left out of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedFinding:
    """
    A secret that another tool found; `None` means that its report does not tell.

    `provider` is `None` when this is no AI key as far as the report tells. `fingerprint` and
    `hint` are made as for keyproof's own findings, and are missing where the report was
    redacted, or where the value is so short that its digest could be guessed back.
    Texts are the report's own, control characters included, with every key taken out.
    """

    provider: str | None
    kind: str | None
    rule: str | None
    """The tool's name of the rule, detector or type of secret."""
    fingerprint: str | None
    hint: str | None
    repository: str | None
    commit: str | None
    author_date: str | None
    """RFC 3339 in UTC, and only where the report gives the author's date to the second."""
    path: str | None
    line: int | None
    state: str | None
    """`open` or `resolved`; for SARIF `suppressed`, or `absent` since an earlier run."""
    resolution: str | None = None
    """GitHub's reason for resolving: `revoked`, `false_positive`, `used_in_tests`, …"""
    validity: str | None = None
    """`active` or `inactive` where the tool asked the provider, else `unknown`."""
    push_protection_bypassed: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportFault:
    """
    Something in a report that could not be used.

    `entry` counts the report's entries from 0, `field` leads from the entry to the value
    (empty for the entry itself), `text` says what was expected and quotes nothing.
    """

    entry: int
    field: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedReport:
    """
    A report as evidence.

    `tool` is `unknown` for an empty list, which any tool could have written. `commits` is
    `None` where the report does not say what it covered. `digest` is that of the file.
    """

    tool: str
    version: str | None
    format: str
    digest: str
    findings: tuple[ImportedFinding, ...]
    commits: frozenset[str] | None
    faults: tuple[ImportFault, ...]
