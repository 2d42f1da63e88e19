"""docs/access.md tells where others answer otherwise as the tests of keyproof/access keep it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import orjson
import pytest

from tests.docs.markdown import ROOT, rows, section, text_of

if TYPE_CHECKING:
    from pathlib import Path

TABLE = ROOT / "tools" / "disagreements_table.py"
KEPT = orjson.loads(text_of("tests/keyproof/access/differential/disagreements.json"))
SECTION = section(text_of("docs/access.md"), "## Where others answer otherwise")
MOST_WORDS = 25
"""Of AWS's text, in a quotation."""


def _renew(document: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, TABLE, document], capture_output=True, check=False, text=True
    )


def test_the_section_is_what_the_tests_keep(tmp_path: Path) -> None:
    copy = tmp_path / "access.md"
    shutil.copy(ROOT / "docs" / "access.md", copy)

    assert _renew(copy).returncode == 0
    assert copy.read_text(encoding="utf-8") == text_of("docs/access.md"), (
        "run: .venv/bin/python tools/disagreements_table.py docs/access.md"
    )


def test_only_the_section_is_renewed(tmp_path: Path) -> None:
    document = tmp_path / "access.md"
    around = "# Before\n\n<!-- disagreements: begin -->\n{}<!-- disagreements: end -->\n\nAfter\n"
    document.write_text(around.format("old\n"), encoding="utf-8")

    assert _renew(document).returncode == 0
    before, after = around.split("{}")
    written = document.read_text(encoding="utf-8")
    assert (written.startswith(before), written.endswith(after)) == (True, True)
    assert "old\n" not in written


def test_a_document_without_the_section_is_left_alone(tmp_path: Path) -> None:
    document = tmp_path / "access.md"
    document.write_text("<!-- disagreements: begin -->\n", encoding="utf-8")

    run = _renew(document)

    assert run.returncode == 1
    assert run.stderr == (
        f"{document} has not both of <!-- disagreements: begin --> and "
        "<!-- disagreements: end -->\n"
    )
    assert document.read_text(encoding="utf-8") == "<!-- disagreements: begin -->\n"


def test_every_case_has_its_row() -> None:
    shown = [row for row in rows(SECTION) if len(row) == 6]

    assert [(row[0].strip("`"), row[1], row[3].strip("`")) for row in shown] == [
        (case["id"], case["title"], case["expected"]) for case in KEPT["cases"]
    ]


@pytest.mark.parametrize("case", KEPT["cases"], ids=[case["id"] for case in KEPT["cases"]])
def test_aws_is_quoted_briefly(case: dict[str, dict[str, str]]) -> None:
    source = case["source"]

    assert 0 < len(source["quote"].split()) <= MOST_WORDS
    assert source["cite"].startswith("https://docs.aws.amazon.com/")
