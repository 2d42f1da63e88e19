from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import orjson
import pytest

from collectors.infrastructure.report import UnreadableReportError, read_report
from tests.collectors.infrastructure.programs import FRAMEWORKS, NOTHING, recorded

if TYPE_CHECKING:
    from typing import Any

KEY = "never-to-be-seen-again"


def test_reports_of_two_frameworks_are_one() -> None:
    report = read_report(FRAMEWORKS.read_bytes())

    assert report.version == "3.3.30"
    assert report.unparsed == ["/home/ci/infra/broken.tf"]
    assert [(check["check_id"], check["result"]) for check in report.checks] == [
        ("CKV_AWS_149", "PASSED"),
        ("CKV_AWS_41", "PASSED"),
        ("CKV_AWS_149", "PASSED"),
        ("CKV_AWS_304", "PASSED"),
        ("CKV2_AWS_57", "PASSED"),
        ("CKV_AWS_149", "FAILED"),
        ("CKV2_AWS_57", "SKIPPED"),
    ]
    assert report.checks[-1] == {
        "check_id": "CKV2_AWS_57",
        "name": "Ensure Secrets Manager secrets should have automatic rotation enabled",
        "result": "SKIPPED",
        "resource": "aws_secretsmanager_secret.cohere",
        "file": "/main.tf",
        "lines": [18, 21],
        "suppression": "by hand",
    }


def test_one_framework_is_a_report_of_its_own() -> None:
    _, terraform = recorded()

    assert len(read_report(orjson.dumps(terraform)).checks) == 6


def test_a_bare_summary_says_that_there_was_nothing_to_check() -> None:
    report = read_report(NOTHING.read_bytes())

    assert (report.version, report.checks, report.unparsed) == ("3.3.30", [], [])


def test_no_code_and_no_digest_of_a_secret_is_kept() -> None:
    reports = recorded()
    digest = hashlib.sha1(KEY.encode(), usedforsecurity=False).hexdigest()
    check = reports[1]["results"]["failed_checks"][0]
    check |= {"code_block": [[1, KEY]], "evaluations": {"key": KEY}, "fixed_definition": KEY}
    check["check_result"] |= {"entity": {"value": KEY}, "evaluated_keys": [KEY]}
    check |= {"check_id": "CKV_SECRET_6", "resource": digest}

    kept = orjson.dumps(read_report(orjson.dumps(reports)).checks)

    assert b"CKV_SECRET_6" in kept
    assert KEY.encode() not in kept
    assert digest.encode() not in kept


@pytest.mark.parametrize("result", ["UNKNOWN", "SOMETHING", None, 5, []])
def test_a_result_that_is_none_is_unknown(result: Any) -> None:
    reports = recorded()
    reports[1]["results"]["failed_checks"][0]["check_result"]["result"] = result

    assert [check["result"] for check in read_report(orjson.dumps(reports)).checks][5] == "UNKNOWN"


@pytest.mark.parametrize("lines", [None, [], [1], [1, 2, 3], ["1", 2], "1-2"])
def test_lines_that_are_none_are_left_out(lines: Any) -> None:
    reports = recorded()
    reports[1]["results"]["failed_checks"][0]["file_line_range"] = lines

    assert read_report(orjson.dumps(reports)).checks[5]["lines"] is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b" \n",
        b"not json",
        FRAMEWORKS.read_bytes()[:-100],
        b"[]",
        b"{}",
        b"5",
        b"null",
        b'"passed"',
        b"[[]]",
        b'{"results": []}',
        b'{"results": {"failed_checks": 0}}',
        b'{"results": {"failed_checks": [5]}}',
        b'{"results": {"failed_checks": [{"check_id": "CKV_AWS_1"}]}}',
        b'{"results": {"parsing_errors": "all"}}',
        NOTHING.read_bytes().replace(b'"failed": 0', b'"failed": 1'),
        b'{"checkov_version": "3.3.30"}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_anything_else_is_no_report(content: bytes) -> None:
    with pytest.raises(UnreadableReportError):
        read_report(content)
