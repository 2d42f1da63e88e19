"""
checkov's JSON: one report, a list of them (one for each framework), or a bare summary.

The summary alone is what checkov prints where it found nothing to check. Of each check its
identity, result and place are kept; code blocks, evaluated values and the digests that stand
for secrets are not, since all of them may tell what a key is.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from keyproof.documents import Json

_LISTS = ("passed_checks", "failed_checks", "skipped_checks", "unknown_checks")
_COUNTS = ("passed", "failed", "skipped", "parsing_errors", "resource_count")
_RESULTS = ("PASSED", "FAILED", "SKIPPED")
_OF_SECRETS = "CKV_SECRET_"
_LONGEST = 300


class UnreadableReportError(ValueError):
    """No whole report of checkov; the message says why, and quotes nothing of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What checkov said: every check about every resource, and the files that it cannot parse."""

    version: str | None = None
    checks: list[Json] = field(default_factory=list)
    unparsed: list[str] = field(default_factory=list)


def read_report(content: bytes) -> Report:
    """Read what checkov printed; raises `UnreadableReportError`."""
    if not content.strip():
        raise UnreadableReportError("is empty")
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise UnreadableReportError("is not whole JSON") from error
    parts = document if isinstance(document, list) else [document]
    checks: list[Json] = []
    unparsed: list[str] = []
    version = None
    for part in parts:
        summary = _summary(part)
        version = version or _text(summary.get("checkov_version"))
        if part is summary:
            continue
        results = part["results"]
        for name in _LISTS:
            checks.extend(_check(entry) for entry in _list(results.get(name, [])))
        unparsed.extend(
            path for path in _list(results.get("parsing_errors", [])) if isinstance(path, str)
        )
    if not parts:
        raise UnreadableReportError("holds no report")
    return Report(version=version, checks=checks, unparsed=unparsed)


def _summary(part: object) -> Json:
    """The summary of a report, or the report that is but a summary of nothing."""
    if isinstance(part, dict):
        if isinstance(part.get("results"), dict):
            summary = part.get("summary")
            return summary if isinstance(summary, dict) else {}
        if "checkov_version" in part and all(part.get(count) == 0 for count in _COUNTS):
            return part
    raise UnreadableReportError("is no report of checkov")


def _check(entry: object) -> Json:
    if not isinstance(entry, dict):
        raise UnreadableReportError("holds a check that is none")
    identity, result = _text(entry.get("check_id")), entry.get("check_result")
    resource, file = _text(entry.get("resource")), _text(entry.get("file_path"))
    if identity is None or resource is None or file is None or not isinstance(result, dict):
        raise UnreadableReportError("holds a check that is none")
    verdict = result.get("result")
    return {
        "check_id": identity,
        "name": _text(entry.get("check_name")),
        "result": verdict if verdict in _RESULTS else "UNKNOWN",
        # Where a check is about a secret in the code, checkov names it by a digest of it.
        "resource": file if identity.startswith(_OF_SECRETS) else resource,
        "file": file,
        "lines": _lines(entry.get("file_line_range")),
        "suppression": _text(result.get("suppress_comment")),
    }


def _lines(value: object) -> list[int] | None:
    match value:
        case [int(first), int(last)]:
            return [first, last]
        case _:
            return None


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise UnreadableReportError("is no report of checkov")
    return value


def _text(value: object) -> str | None:
    return value.strip()[:_LONGEST] if isinstance(value, str) else None
