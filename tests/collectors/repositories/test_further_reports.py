"""Other scanners' reports add findings and gaps, and stand in for nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from collectors.repositories.collection import new_scanner, scan_named
from keyproof.clock import system_clock
from tests.collectors.repositories.repos import a_key, new_repo

if TYPE_CHECKING:
    from pathlib import Path

    from collectors.evidence import Snapshot
    from tests.collectors.repositories.repos import Repo

OWN, OTHER = a_key("own"), a_key("other")


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = new_repo(tmp_path / "shop")
    made.commit("leak", app__py=f'key = "{OWN}"\n')
    return made


def gitleaks(secret: str, path: str = "app.py") -> str:
    entry = {
        "RuleID": "openai-api-key",
        "Description": "OpenAI",
        "StartLine": 1,
        "EndLine": 1,
        "StartColumn": 1,
        "EndColumn": 9,
        "Match": f'key = "{secret}"',
        "Secret": secret,
        "File": path,
        "SymlinkFile": "",
        "Commit": "0" * 40,
        "Entropy": 5.0,
        "Author": "Ada",
        "Email": "ada@example.com",
        "Date": "2026-05-01T08:00:00Z",
        "Message": "leak",
        "Tags": [],
        "Fingerprint": f"{'0' * 40}:{path}:openai-api-key:1",
    }
    return json.dumps([entry])


def scanned(repo: Repo, tmp_path: Path, *reports: str) -> Snapshot:
    files = []
    for number, content in enumerate(reports):
        files.append(tmp_path / f"{number}.json")
        files[-1].write_text(content)
    snapshot, _ = scan_named(
        "shop",
        repo.folder,
        new_scanner(keep=False),
        clock=system_clock,
        work_tree=False,
        reports=files,
    )
    return snapshot


def test_a_key_that_the_scan_found_too_is_told_once(repo: Repo, tmp_path: Path) -> None:
    snapshot = scanned(repo, tmp_path, gitleaks(OWN))

    assert [each["where"] for each in snapshot.records["findings"]] == ["tip"]
    assert snapshot.gaps == ()
    (report,) = snapshot.records["reports"]
    assert (report["file"], report["tool"], report["format"]) == (
        "0.json",
        "gitleaks",
        "gitleaks-json",
    )


def test_a_key_that_the_scan_did_not_find_is_a_finding(repo: Repo, tmp_path: Path) -> None:
    snapshot = scanned(repo, tmp_path, gitleaks(OTHER, "gone.py"), gitleaks(OTHER, "gone.py"))

    tip, report = snapshot.records["findings"]
    assert tip["where"] == "tip"
    assert (report["where"], report["provider"], report["path"]) == ("report", "openai", "gone.py")
    assert (report["last_date"], report["branches"]) == (None, [])


def test_a_redacted_key_of_another_file_is_a_gap(repo: Repo, tmp_path: Path) -> None:
    same, another = (gitleaks("REDACTED", path) for path in ("app.py", "gone.py"))

    assert scanned(repo, tmp_path, same).gaps == ()
    (gap,) = scanned(repo, tmp_path, another).gaps
    assert (gap.source, gap.resource) == ("source_scan", "shop: 0.json")
    assert gap.reason.startswith("names a key of openai in gone.py")


@pytest.mark.parametrize("content", ["", "{", "[1", "null", '{"a": 1}', "\ufeff[]"])
def test_a_report_that_cannot_be_used_is_a_gap(repo: Repo, tmp_path: Path, content: str) -> None:
    (gap,) = scanned(repo, tmp_path, content).gaps

    assert gap.reason.startswith("the report cannot be used: ")


def test_a_report_that_is_missing_is_a_gap(repo: Repo, tmp_path: Path) -> None:
    snapshot, _ = scan_named(
        "shop",
        repo.folder,
        new_scanner(keep=False),
        clock=system_clock,
        work_tree=False,
        reports=[tmp_path / "nowhere.json"],
    )

    assert [gap.reason for gap in snapshot.gaps] == [
        "the report cannot be read: No such file or directory"
    ]


def test_a_report_is_no_scan(tmp_path: Path) -> None:
    empty = new_repo(tmp_path / "shop")

    snapshot = scanned(empty, tmp_path, "[]")

    assert [gap.reason for gap in snapshot.gaps] == [
        "holds no commit, so that nothing could be scanned"
    ]


def test_no_value_of_a_report_is_kept(repo: Repo, tmp_path: Path) -> None:
    document = scanned(repo, tmp_path, gitleaks(OTHER)).document(tool="keyproof", example=False)

    told = json.dumps(document)
    assert not any(OTHER[start : start + 12] in told for start in range(8, len(OTHER) - 12))
