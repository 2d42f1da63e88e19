"""What each format tells, from reports as the tools write them."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest

from collectors.repositories.findings import key
from collectors.repositories.imports import ImportedReport, read_report
from tests.collectors.repositories.imports import reports
from tests.collectors.repositories.imports.reports import COMMIT, name_key
from tests.collectors.repositories.imports.told import DIGEST, FOUND, NAMED, SECRET, only, read


def test_gitleaks() -> None:
    content = json.dumps([reports.gitleaks(SECRET)], indent=1).encode()

    report = read(content)

    assert report == ImportedReport(
        tool="gitleaks",
        version=None,
        format="gitleaks-json",
        digest=f"sha256:{hashlib.sha256(content).hexdigest()}",
        findings=(FOUND,),
        commits=None,
        faults=(),
    )


def test_gitleaks_of_a_folder_knows_no_commit() -> None:
    entry = reports.gitleaks(SECRET, Commit="", Date="", Author="")

    assert only([entry]) == replace(FOUND, commit=None, author_date=None)


def test_gitleaks_links_to_the_repository() -> None:
    link = f"https://user:word@github.com/acme/app/blob/{COMMIT}/src/settings.py#L3"

    assert only([reports.gitleaks(SECRET, Link=link)]).repository == "https://github.com/acme/app"


def test_a_link_of_another_host_names_no_repository() -> None:
    link = "https://dev.azure.com/acme/_git/app?path=/src/settings.py"

    assert only([reports.gitleaks(SECRET, Link=link)]).repository is None


def test_a_symbolic_link_stands_for_its_file() -> None:
    assert only([reports.gitleaks(SECRET, SymlinkFile="link.py")]).path == "link.py"


@pytest.mark.parametrize(
    ("status", "validity"),
    [("valid", "active"), ("revoked", "inactive"), ("needs_validation", "unknown")],
)
def test_betterleaks_1_is_known_by_its_members(status: str, validity: str) -> None:
    report = read([reports.gitleaks(SECRET, ValidationStatus=status)])

    assert (report.tool, report.format) == ("betterleaks", "gitleaks-json")
    assert report.findings == (replace(FOUND, validity=validity),)


def test_betterleaks_2() -> None:
    found = reports.betterleaks(SECRET, DIGEST, analysis={"status": "valid"})
    scan = reports.betterleaks_scan()
    expected = replace(FOUND, repository="https://github.com/acme/app", validity="active")

    whole = read({"schema_version": "1", "findings": [found], "scan": scan})
    lines = read(
        reports.lines(
            {"schema_version": "1", "finding": found}, {"schema_version": "1", "scan": scan}
        )
    )

    for report in (whole, lines):
        assert (report.tool, report.version) == ("betterleaks", "2.0.0-rc.4")
        assert report.findings == (expected,)
        assert report.commits is None
        assert report.faults == ()


def test_betterleaks_gives_the_digest_of_a_redacted_value() -> None:
    found = reports.betterleaks("REDACTED", DIGEST)
    report = read({"schema_version": "1", "findings": [found], "scan": reports.betterleaks_scan()})
    keyed = reports.betterleaks("REDACTED", f"hmac-sha256:{DIGEST}")
    other = read({"schema_version": "1", "findings": [keyed], "scan": reports.betterleaks_scan()})

    assert report.findings[0].fingerprint == NAMED.fingerprint
    assert (report.findings[0].provider, report.findings[0].hint) == ("openai", None)
    assert other.findings[0].fingerprint is None


def test_a_scan_of_betterleaks_that_broke_off_is_a_fault() -> None:
    document = {"schema_version": "1", "findings": [], "scan": reports.betterleaks_scan("partial")}

    assert [fault.field for fault in read(document).faults] == ["scan.state"]


def test_trufflehog() -> None:
    report = read(reports.lines(reports.trufflehog(SECRET, Verified=True)))

    assert (report.tool, report.version, report.format) == ("trufflehog", None, "trufflehog-json")
    repository = "https://github.com/acme/app.git"
    assert report.findings == (
        replace(FOUND, rule="OpenAI", repository=repository, validity="active"),
    )


def test_trufflehog_with_its_log_in_the_file() -> None:
    last = reports.trufflehog_log(msg="finished scanning", trufflehog_version="3.90.0")
    content = reports.lines(reports.trufflehog_log(), reports.trufflehog(SECRET), last)

    report = read(content)

    assert (report.version, len(report.findings), report.faults) == ("3.90.0", 1, ())


def test_an_error_in_the_log_of_trufflehog_is_a_fault() -> None:
    content = reports.lines(reports.trufflehog_log("error", error="could not clone repo"))

    report = read(content)

    assert (report.tool, report.findings) == ("trufflehog", ())
    assert [(fault.entry, fault.field) for fault in report.faults] == [(0, "level")]


def test_the_secret_half_of_a_pair_is_the_key() -> None:
    public, secret = "AK" + "IA" + reports.letters(16, 3).upper(), reports.openai_key(9)
    entry = reports.trufflehog(
        public,
        detector="AWS",
        RawV2=f"{public}:{secret}",
        SecretParts={"access_key_id": public, "secret_access_key": secret},
    )

    found = only(reports.lines(entry))

    assert found.fingerprint == key("", "", secret).fingerprint


def test_trufflehog_beyond_git() -> None:
    s3 = {"Data": {"S3": {"bucket": "b", "file": "a.env", "timestamp": "yesterday"}}}

    found = only(reports.lines(reports.trufflehog(SECRET, SourceMetadata=s3)))

    assert (found.path, found.commit, found.author_date) == ("a.env", None, None)


def test_kingfisher() -> None:
    report = read(reports.kingfisher_envelope(reports.kingfisher(SECRET)))

    assert (report.tool, report.version, report.format) == (
        "kingfisher",
        "2.14.0",
        "kingfisher-json",
    )
    # Its date is the committer's, and a day: it tells nothing of the author's.
    expected = replace(
        FOUND,
        rule="betterleaks.openai-api-key",
        repository="https://github.com/acme/app",
        author_date=None,
    )
    assert report.findings == (expected,)
    assert report.commits == frozenset({COMMIT})
    assert report.faults == ()


def test_kingfisher_in_lines_and_in_the_lists_before_version_2() -> None:
    found = reports.kingfisher(SECRET)
    lines = read(reports.lines(found, {"audit": reports.kingfisher_audit()}))
    lists = read([{"id": "kingfisher.openai.1", "matches": [found, found]}])

    assert (len(lines.findings), lines.commits, lines.faults) == (1, frozenset({COMMIT}), ())
    assert (len(lists.findings), lists.commits, lists.faults) == (2, None, ())


@pytest.mark.parametrize(
    "audit", [{"scope": "working_tree"}, {"status": "failed"}, {"scope": "commit_range"}]
)
def test_only_a_whole_history_of_kingfisher_names_its_tip(audit: dict[str, str]) -> None:
    assert read(reports.kingfisher_envelope(**audit)).commits == frozenset()


def test_a_scan_of_kingfisher_that_broke_off_is_a_fault() -> None:
    report = read(reports.kingfisher_envelope(status="failed"))

    assert [fault.field for fault in report.faults] == ["audit.repositories[0].scan.status"]


@pytest.mark.parametrize(
    ("validation", "validity"),
    [
        ({"outcome": "verified_active"}, "active"),
        ({"outcome": "verified_inactive"}, "inactive"),
        ({"outcome": "unavailable", "status": "Inconclusive Validation"}, "unknown"),
        ({"status": "Active Credential"}, "active"),
        ({"status": "Inactive Credential"}, "inactive"),
        ({"status": "Not Attempted"}, None),
    ],
)
def test_what_the_provider_answered_kingfisher(
    validation: dict[str, str], validity: str | None
) -> None:
    document = reports.kingfisher_envelope(reports.kingfisher(SECRET, validation=validation))

    assert only(document).validity == validity


def test_alerts_of_github() -> None:
    report = read([reports.github(SECRET)])

    assert (report.tool, report.format) == ("github-secret-scanning", "github-alerts")
    assert report.faults == ()
    assert report.findings == (
        replace(
            FOUND,
            rule="openai_api_key",
            repository="acme/app",
            author_date=None,
            state="resolved",
            resolution="revoked",
            validity="inactive",
            push_protection_bypassed=True,
        ),
    )


def test_an_alert_without_its_address_names_no_repository() -> None:
    alert = reports.github(None, url="https://example.com", html_url=None)

    found = only([alert])

    assert (found.repository, found.provider, found.fingerprint) == (None, "openai", None)


def test_alerts_of_an_organisation_name_their_repository() -> None:
    alert = reports.github(SECRET, repository={"full_name": "acme/other"})

    assert only([alert]).repository == "acme/other"


def test_each_place_of_an_alert_is_a_finding() -> None:
    commit = {"path": "a.env", "start_line": 1, "commit_sha": COMMIT}
    places = [
        {"type": "commit", "details": commit},
        {"type": "wiki_commit", "details": {**commit, "page_url": "https://example.com"}},
        {"type": "issue_body", "details": {"issue_body_url": "https://example.com"}},
    ]

    report = read([reports.github(SECRET, locations=places)])

    told = [(found.repository, found.commit, found.path) for found in report.findings]
    assert told == [
        ("acme/app", COMMIT, "a.env"),
        ("acme/app.wiki", COMMIT, "a.env"),
        ("acme/app", None, None),
    ]
    assert report.faults == ()


def test_places_that_an_alert_does_not_name_are_a_fault() -> None:
    report = read([reports.github(SECRET, has_more_locations=True)])

    assert len(report.findings) == 1
    assert [fault.field for fault in report.faults] == ["locations"]


def test_pages_of_alerts_are_one_list() -> None:
    page = json.dumps([reports.github(SECRET)])

    for content in (f"{page}{page}", f"{page}\n{page}\n", f"[{page},{page}]"):
        assert len(read(content.encode()).findings) == 2
    indented = json.dumps([reports.github(SECRET)], indent=2)
    assert len(read(f"{indented}{indented}\n".encode()).findings) == 2


def test_an_empty_list_is_of_no_tool() -> None:
    report = read(b"[]\n")

    assert (report.tool, report.format, report.findings) == ("unknown", "empty-list", ())
    assert report.commits is None


def test_the_name_of_the_file_does_not_matter() -> None:
    content = json.dumps([reports.gitleaks(SECRET)]).encode()

    assert read_report(content, "alerts.sarif", name_key=name_key).format == "gitleaks-json"
