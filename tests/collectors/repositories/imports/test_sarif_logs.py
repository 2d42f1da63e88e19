"""What SARIF of each tool tells."""

from __future__ import annotations

from dataclasses import replace

import pytest

from collectors.repositories.imports import ImportFault
from tests.collectors.repositories.imports import reports
from tests.collectors.repositories.imports.reports import COMMIT
from tests.collectors.repositories.imports.told import FOUND, SECRET, only, read


@pytest.mark.parametrize("tool", ["gitleaks", "betterleaks"])
def test_sarif_of_gitleaks(tool: str) -> None:
    report = read(reports.sarif(tool, reports.sarif_result(SECRET)))

    assert (report.tool, report.version, report.format) == (tool, None, "sarif-2.1.0")
    assert report.findings == (FOUND,)
    assert (report.commits, report.faults) == (None, ())


def test_sarif_of_kingfisher() -> None:
    found = reports.kingfisher(SECRET)["finding"]
    told = {"git_metadata": found["git_metadata"], "validation_outcome": "verified_active"}
    result = reports.sarif_result(SECRET, partialFingerprints={"fingerprint": "1"}, kind="review")
    result["locations"][0]["properties"] = told
    audit = {"repository_audit": reports.kingfisher_audit()}

    report = read(reports.sarif("kingfisher", result, properties=audit))

    assert (report.version, report.commits, report.faults) == ("2.14.0", frozenset({COMMIT}), ())
    assert report.findings == (
        replace(
            FOUND,
            repository="https://github.com/acme/app",
            author_date=None,
            validity="active",
        ),
    )


@pytest.mark.parametrize(("level", "validity"), [("error", "active"), ("warning", "unknown")])
def test_sarif_of_trufflehog_shows_no_secret(level: str, validity: str) -> None:
    result = reports.sarif_result("", level=level, ruleId="OpenAI", partialFingerprints={})
    del result["locations"][0]["physicalLocation"]["region"]["snippet"]

    found = only(reports.sarif("trufflehog", result))

    assert (found.provider, found.fingerprint, found.validity) == ("openai", None, validity)


def test_what_sarif_says_of_a_result() -> None:
    indexed = reports.sarif_result(SECRET, ruleIndex=0)
    del indexed["ruleId"]
    suppressed = reports.sarif_result(SECRET, suppressions=[{"kind": "external"}])
    reviewed = [{"kind": "inSource", "status": "underReview"}]
    open_ = reports.sarif_result(SECRET, suppressions=reviewed)
    absent = reports.sarif_result(SECRET, baselineState="absent")
    nowhere = reports.sarif_result(SECRET, locations=[])

    report = read(reports.sarif("gitleaks", indexed, suppressed, open_, absent, nowhere))

    assert [found.rule for found in report.findings] == ["openai-api-key"] * 5
    assert [found.state for found in report.findings] == [None, "suppressed", None, "absent", None]
    assert report.findings[4].path is None


def test_results_and_runs_that_cannot_be_used_are_faults() -> None:
    document = reports.sarif("gitleaks", reports.sarif_result(SECRET, kind="pass"))
    document["runs"].append({"tool": {"driver": {"name": "CodeQL"}}, "results": []})

    assert read(document).faults == (
        ImportFault(entry=0, field="runs[0].results[0].kind", text="is no finding"),
        ImportFault(entry=1, field="runs", text="is a run of another tool"),
    )


def test_a_run_without_results_did_not_end() -> None:
    document = reports.sarif("gitleaks")
    del document["runs"][0]["results"]

    assert [fault.field for fault in read(document).faults] == ["runs[0].results"]
