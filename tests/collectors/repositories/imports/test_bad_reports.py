"""Files that are no report, and entries that cannot be used."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from collectors.repositories.imports import ImportFault, parsing, read_report
from keyproof.errors import DocumentError
from tests.collectors.repositories.imports import reports
from tests.collectors.repositories.imports.reports import COMMIT, name_key

if TYPE_CHECKING:
    from collectors.repositories.imports import ImportedReport

SECRET = reports.openai_key(2)
ENTRY = reports.gitleaks(SECRET)
WHOLE = json.dumps([ENTRY], indent=1).encode()
LINES = reports.lines(reports.trufflehog(SECRET), reports.trufflehog(SECRET))


def read(content: bytes) -> ImportedReport:
    return read_report(content, "report.json", name_key=name_key)


BAD = {
    "empty": (b"", "report.json: is empty: expected a report"),
    "blank": (b" \n\t\n", "report.json: is empty: expected a report"),
    "no JSON": (b"RuleID: openai", "report.json:1: expected JSON or JSON Lines"),
    "half": (WHOLE[:-20], "report.json:20: expected JSON or JSON Lines"),
    "half a line": (LINES[:-20], "report.json:2: expected JSON or JSON Lines"),
    "NaN": (b'[\n{"RuleID": "a", "Entropy": NaN}]', "report.json:2: expected JSON"),
    "infinite": (b'[{"RuleID": "a", "Entropy": 1e999}]', "report.json:1: expected JSON"),
    "half a character": (b'["\\ud800"]', "report.json:1: expected JSON"),
    "deep": (b"[" * 100_000 + b"]" * 100_000, "report.json:1: expected JSON"),
    "Latin-1": (b'[\n"\xe9"]', "report.json:2: expected UTF-8, found other bytes"),
    "mark": (b"\xef\xbb\xbf" + WHOLE, "report.json:1: expected UTF-8, found UTF-8 with a byte"),
    "UTF-16": (WHOLE.decode().encode("utf-16"), "report.json:1: expected UTF-8, found UTF-16"),
    "a number": (b"1", "report.json: expected JSON or SARIF of gitleaks"),
    "another list": (b'[{"name": "x"}, 1]', "report.json: expected JSON or SARIF of gitleaks"),
    "another mapping": (b'{"findings": []}', "report.json: expected JSON or SARIF of gitleaks"),
    "an answer of the API": (
        b'{"message": "Not Found", "documentation_url": "https://docs.github.com/rest"}',
        "found the answer of GitHub's API to a call that failed",
    ),
    "places alone": (
        b'[{"type": "commit", "details": {"path": "a"}}]',
        "found the places of an alert without the alert",
    ),
    "SARIF 2.0": (b'{"version": "2.0.0", "runs": []}', "expected version 2.1.0 of SARIF"),
    "SARIF without runs": (
        b'{"version": "2.1.0", "runs": []}',
        "of one tool of gitleaks, betterleaks, trufflehog, kingfisher, found no run of them",
    ),
    "SARIF of another tool": (
        json.dumps(reports.sarif("CodeQL", reports.sarif_result(SECRET))).encode(),
        "found no run of them",
    ),
}


@pytest.mark.parametrize(("content", "message"), BAD.values(), ids=BAD)
def test_what_is_no_report_is_refused_in_one_line(content: bytes, message: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read(content)

    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not any(part in str(caught.value) for part in reports.parts(SECRET))


def test_sarif_of_several_tools_is_refused() -> None:
    document = reports.sarif("gitleaks")
    document["runs"] += reports.sarif("kingfisher")["runs"]

    with pytest.raises(DocumentError, match="found runs of several"):
        read(json.dumps(document).encode())


def test_a_page_that_breaks_off_is_refused_at_its_line() -> None:
    page = json.dumps([reports.github(SECRET)], indent=1)

    with pytest.raises(DocumentError, match=rf"report\.json:{page.count(chr(10)) + 2}: expected"):
        read(f"{page}[\n{{".encode())


@pytest.mark.parametrize(
    "rest", ["[NaN]", "[1e999]", "[" * 5000, "[" + "9" * 5000 + "]", "x", '["']
)
def test_a_page_that_is_no_json_is_refused_at_its_line(rest: str) -> None:
    page = json.dumps([reports.github(SECRET)], indent=1)

    with pytest.raises(DocumentError, match=rf"report\.json:{page.count(chr(10)) + 3}: expected"):
        read(f"{page}\n\n{rest}".encode())


def test_many_small_pages_are_read_in_time() -> None:
    assert read(b"[]" * 200_000).findings == ()


def test_a_report_has_a_largest_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "LARGEST", len(WHOLE))
    assert len(read(WHOLE).findings) == 1

    with pytest.raises(DocumentError, match=r"is larger than [0-9]+ MB: split the report"):
        read(WHOLE + b" ")


def test_the_name_of_the_file_is_shown_on_one_line_without_a_key() -> None:
    with pytest.raises(DocumentError) as caught:
        read_report(b"", f"a\n\x1b[2J{SECRET}\udcff", name_key=name_key)

    assert str(caught.value).startswith("a\\n\\x1b[2J[redacted openai key sha256:")
    assert str(caught.value).isprintable()


WRONG = {
    "RuleID": ([], "expected text"),
    "File": (1, "expected text"),
    "Secret": ({"a": 1}, "expected text"),
    "StartLine": ("3", "expected the number of a line"),
    "Commit": ("HEAD", "expected the 40 or 64 hexadecimal digits of a commit"),
    "Date": ("2026-13-45T00:00:00Z", "expected an instant with a time zone"),
    "ValidationStatus": ("maybe", "expected one of valid"),
    "Attributes": ([], "expected a mapping"),
    "RequiredSets": ({}, "expected a list"),
}


@pytest.mark.parametrize("field", WRONG)
def test_a_field_of_another_type_is_a_fault_and_the_finding_stays(field: str) -> None:
    value, text = WRONG[field]

    report = read(json.dumps([ENTRY, {**ENTRY, field: value}]).encode())

    assert len(report.findings) == 2
    (fault,) = report.faults
    assert (fault.entry, fault.field) == (1, field)
    assert fault.text.startswith(text)


@pytest.mark.parametrize("line", [True, 3.0, 2**31, "3", [3]])
def test_what_is_no_line(line: object) -> None:
    report = read(json.dumps([{**ENTRY, "StartLine": line}]).encode())

    assert report.findings[0].line is None
    assert len(report.faults) == 1


@pytest.mark.parametrize(
    "date",
    ["0001-01-01T00:00:00+01:00", "2026-11-25", "2026-11-25T16:22:40", "10-19-2003", "now\n"],
)
def test_what_is_no_instant(date: str) -> None:
    report = read(json.dumps([{**ENTRY, "Date": date}]).encode())

    assert report.findings[0].author_date is None
    assert [fault.field for fault in report.faults] == ["Date"]


@pytest.mark.parametrize(
    ("date", "utc"),
    [
        ("2026-11-25T16:22:40.123456789Z", "2026-11-25T16:22:40Z"),
        ("2026-11-25T16:22:40-05:30", "2026-11-25T21:52:40Z"),
        ("2026-11-25 16:22:40 +0000", "2026-11-25T16:22:40Z"),
    ],
)
def test_instants_are_told_in_utc(date: str, utc: str) -> None:
    assert read(json.dumps([{**ENTRY, "Date": date}]).encode()).findings[0].author_date == utc


def test_entries_that_are_none_are_faults_by_their_position() -> None:
    report = read(json.dumps([ENTRY, 1, None, {"name": "x"}, "sk", ENTRY]).encode())

    assert len(report.findings) == 2
    assert report.faults == (
        ImportFault(entry=1, field="", text="expected a mapping"),
        ImportFault(entry=2, field="", text="expected a mapping"),
        ImportFault(entry=3, field="RuleID", text="expected the name of a rule"),
        ImportFault(entry=4, field="", text="expected a mapping"),
    )


def test_entries_of_other_formats_are_faults() -> None:
    other = {"name": "x"}
    alerts = read(json.dumps([reports.github(SECRET, state="lost"), other]).encode())
    lines = [{"schema_version": "1", "scan": reports.betterleaks_scan()}, other]
    better = read(reports.lines(*lines))
    kingfisher = read(json.dumps(reports.kingfisher_envelope(other)).encode())
    truffles = read(reports.lines(reports.trufflehog(SECRET), other))

    assert alerts.findings[0].state is None
    assert [(fault.entry, fault.field) for fault in alerts.faults] == [
        (0, "state"),
        (1, "secret_type"),
    ]
    for report in (better, truffles):
        assert [fault.entry for fault in report.faults] == [1]
    assert [fault.field for fault in kingfisher.faults] == ["finding"]


def test_faults_name_fields_of_the_format_and_never_of_the_content() -> None:
    entry = reports.trufflehog(SECRET)
    entry["SourceMetadata"] = {"Data": {SECRET: {"file": 1}}}
    entry["SecretParts"] = {SECRET: 1}

    report = read(reports.lines(entry))

    assert [fault.field for fault in report.faults] == ["SourceMetadata.Data.file"]
    assert not any(part in repr(report) for part in reports.parts(SECRET))


def test_short_names_of_commits_are_none_and_long_ones_come_in_lower_case() -> None:
    upper = {**ENTRY, "Commit": COMMIT.upper()}
    sha256 = {**ENTRY, "Commit": "ab" * 32}

    report = read(json.dumps([upper, sha256, {**ENTRY, "Commit": COMMIT[:7]}]).encode())

    assert [found.commit for found in report.findings] == [COMMIT, "ab" * 32, None]


@pytest.mark.parametrize(
    "path", ["a\n\x1b[31mb.env", "-rf", "a%20b", "../../etc/passwd", "\u202eabc", "x" * 255, "a\\b"]
)
def test_paths_stay_what_they_are(path: str) -> None:
    entries = json.dumps([{**ENTRY, "File": path}]).encode()
    result = reports.sarif_result(SECRET)
    result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] = path

    assert read(entries).findings[0].path == path
    assert read(json.dumps(reports.sarif("gitleaks", result)).encode()).findings[0].path == path


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://user:word@example.com/a/b.git?token=x#y", "https://example.com/a/b.git"),
        ("https://token@example.com/a/b", "https://example.com/a/b"),
        ("https://user:w@rd@example.com/a/b", "https://example.com/a/b"),
        ("ssh://git@example.com:22/a/b", "ssh://example.com:22/a/b"),
        ("git@github.com:acme/app.git", "git@github.com:acme/app.git"),
        ("https://[broken/a?token=x", "https://[broken/a"),
        ("repo", "repo"),
    ],
)
def test_addresses_lose_their_credentials(address: str, kept: str) -> None:
    entry = reports.trufflehog(SECRET)
    entry["SourceMetadata"]["Data"]["Git"]["repository"] = address

    assert read(reports.lines(entry)).findings[0].repository == kept
