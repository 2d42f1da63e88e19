"""What is told of one key, wherever it was reported, and how a test reads a report."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from collectors.repositories.findings import key
from collectors.repositories.imports import ImportedFinding, read_report
from tests.collectors.repositories.imports import reports
from tests.collectors.repositories.imports.reports import COMMIT, DATE, name_key

if TYPE_CHECKING:
    from collectors.repositories.imports import ImportedReport

SECRET = reports.openai_key(1)
DIGEST = hashlib.sha256(SECRET.encode()).hexdigest()
NAMED = key("openai", "project_key", SECRET)
FOUND = ImportedFinding(
    provider=NAMED.provider,
    kind=NAMED.kind,
    rule="openai-api-key",
    fingerprint=NAMED.fingerprint,
    hint=NAMED.hint,
    repository=None,
    commit=COMMIT,
    author_date=DATE,
    path="src/settings.py",
    line=3,
    state=None,
)


def read(content: bytes | object) -> ImportedReport:
    """Read bytes, or what is to be written as JSON."""
    if not isinstance(content, bytes):
        content = json.dumps(content).encode()
    return read_report(content, "report.json", name_key=name_key)


def only(content: bytes | object) -> ImportedFinding:
    """Read the one finding of a report without faults."""
    report = read(content)
    assert report.faults == ()
    (found,) = report.findings
    return found
