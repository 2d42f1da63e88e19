"""Other scanners' reports on a repository: what they found besides, never what they left out."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from collectors.evidence import SOURCE_SCAN, Gap
from collectors.repositories.findings import key
from collectors.repositories.imports import read_report
from collectors.repositories.told import visible
from keyproof.errors import DocumentError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from collectors.repositories.engine import Engine
    from collectors.repositories.findings import Key
    from collectors.repositories.imports import ImportedReport
    from keyproof.documents import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class FurtherReports:
    """What the reports say, the keys in them that the scan did not find, and what is open."""

    records: list[Json]
    findings: list[Json]
    gaps: tuple[Gap, ...]


NO_REPORTS = FurtherReports(records=[], findings=[], gaps=())


def further_reports(
    files: Sequence[Path], name: str, engine: Engine, own: Sequence[Json]
) -> FurtherReports:
    """
    Read the reports on one repository and hold them against what was found in it.

    A key that the scan did not find is a finding at `report`. A report that cannot be used,
    an entry that cannot be, and a redacted key that the scan did not find there, are gaps.
    """

    def name_key(text: str) -> Key | None:
        hits = engine.keys_in(text.encode("utf-8", "surrogateescape"))
        return key(hits[0].provider, hits[0].kind, hits[0].value) if hits else None

    def gap(file: Path, reason: str) -> Gap:
        return Gap(source=SOURCE_SCAN, reason=reason, resource=f"{name}: {visible(file.name)}")

    records, gaps = [], []
    found: dict[str, Json] = {}
    for file in files:
        try:
            report = read_report(file.read_bytes(), file.name, name_key=name_key)
        except OSError as error:
            gaps.append(gap(file, f"the report cannot be read: {error.strerror}"))
            continue
        except DocumentError as error:
            gaps.append(gap(file, f"the report cannot be used: {error}"))
            continue
        records.append(_record(file, report))
        gaps += [gap(file, f"entry {each.entry}: {each.text}") for each in report.faults]
        gaps += [gap(file, reason) for reason in _unmatched(report, own)]
        found |= {each["fingerprint"]: each for each in _new(report, own)}
    return FurtherReports(records=records, findings=[*found.values()], gaps=tuple(gaps))


def _record(file: Path, report: ImportedReport) -> Json:
    return {
        "file": visible(file.name),
        "tool": report.tool,
        "version": report.version,
        "format": report.format,
        "digest": report.digest,
        "commits": None if report.commits is None else sorted(report.commits),
        "findings": [
            asdict(each) | {"path": visible(each.path), "repository": visible(each.repository)}
            for each in report.findings
        ],
    }


def _new(report: ImportedReport, own: Sequence[Json]) -> Iterator[Json]:
    known = {each["fingerprint"] for each in own}
    for each in report.findings:
        if each.provider is not None and each.fingerprint not in {None, *known}:
            yield {
                "provider": each.provider,
                "kind": each.kind or "api_key",
                "rule": each.rule,
                "fingerprint": each.fingerprint,
                "hint": each.hint or "",
                "where": "report",
                "commit": each.commit,
                "author_date": each.author_date,
                "last_date": None,  # the report does not say when it was committed last
                "path": visible(each.path),
                "inside": None,
                "line": each.line or 0,
                "branches": [],
                "commits": 0 if each.commit is None else 1,
                "suppressed": each.state == "suppressed",
            }


def _unmatched(report: ImportedReport, own: Sequence[Json]) -> Iterator[str]:
    """Keys without a fingerprint where the scan found none of that provider."""
    known: Mapping[tuple[str, str | None], None] = dict.fromkeys(
        (each["provider"], each["path"]) for each in own
    )
    for each in report.findings:
        if each.provider is not None and each.fingerprint is None:
            path = visible(each.path)
            if (each.provider, path) not in known:
                yield (
                    f"names a key of {each.provider} in {path}, without its value, that this scan"
                    " did not find; look there"
                )
