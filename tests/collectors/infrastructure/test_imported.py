from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import orjson
import pytest

from collectors.infrastructure.checkov import CheckovError
from collectors.infrastructure.collection import collect_infrastructure
from collectors.infrastructure.imported import import_report
from tests.collectors.infrastructure.programs import CODE, FRAMEWORKS, NOTHING, recorded

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

FILES = ("broken.tf", "main.tf", "stacks/anthropic.yaml")


def _moved(file: Path, prefix: str) -> Path:
    """The report as a run on another folder would have named the files."""
    reports = recorded()
    for report in reports:
        for name, entries in report["results"].items():
            for check in entries if name != "parsing_errors" else []:
                check["file_path"] = f"{prefix}{check['file_path']}"
    file.write_bytes(orjson.dumps(reports))
    return file


@pytest.mark.parametrize("prefix", ["", "/infra", "/deep/er/infra"])
def test_paths_become_the_folder_s_own(prefix: str, tmp_path: Path) -> None:
    report = import_report(_moved(tmp_path / "report.json", prefix), CODE, FILES)

    assert {check["file"] for check in report.checks} == {"main.tf", "stacks/anthropic.yaml"}
    assert report.unparsed == ["broken.tf"]


def test_what_is_about_another_folder_is_left_out(tmp_path: Path) -> None:
    moved = _moved(tmp_path / "report.json", "/elsewhere")

    report = import_report(moved, CODE, FILES)

    assert report.checks == []

    with pytest.raises(CheckovError, match=r"report.json speaks of no file of this folder"):
        import_report(moved, CODE, ["main.tf"])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "is missing"),
        (b"", "is empty"),
        (b"{", "is not whole JSON"),
        (NOTHING.read_bytes(), "speaks of no file"),
    ],
)
def test_a_report_that_cannot_be_used(content: Any, message: str, tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(CheckovError, match=message):
        import_report(file, CODE, FILES)


def test_a_folder_is_no_report(tmp_path: Path) -> None:
    with pytest.raises(CheckovError, match="is a folder"):
        import_report(tmp_path, CODE, FILES)


def test_an_imported_report_is_said_to_be_one() -> None:
    records, gaps = collect_infrastructure(
        CODE, checkov=None, imported=FRAMEWORKS, timeout=1, name="infra"
    )

    assert records["tool"] == {"name": "checkov", "version": "3.3.30", "imported": True}
    assert len(records["checks"]) == 7
    assert gaps == ()


def test_a_report_of_an_older_version_of_the_code_is_a_gap(tmp_path: Path) -> None:
    folder = tmp_path / "infra"
    shutil.copytree(CODE, folder)
    code = folder / "main.tf"
    code.write_text(f"# a line more\n{code.read_text()}")

    _, gaps = collect_infrastructure(
        folder, checkov=None, imported=FRAMEWORKS, timeout=1, name="infra"
    )

    assert [(gap.resource, gap.reason) for gap in gaps] == [
        ("infra/main.tf", "has changed since the imported report was made: make it again")
    ]
