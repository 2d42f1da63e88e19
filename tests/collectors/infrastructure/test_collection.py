from __future__ import annotations

import errno
import os
import shutil
from typing import TYPE_CHECKING

import pytest

from collectors.infrastructure import checkov, terraform_modules
from collectors.infrastructure.collection import collect_infrastructure
from keyproof import documents
from tests.collectors.infrastructure.programs import (
    CODE,
    FRAMEWORKS,
    NOTHING,
    printing,
    program,
)

if TYPE_CHECKING:
    from pathlib import Path

    from collectors.evidence import Gap
    from keyproof.documents import Json

_PATIENCE = 120
"""Seconds that the real checkov may take on a busy machine."""

EXAMPLE = checkov.INSTALLED.parents[2] / "examples" / "company" / "infrastructure"


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """The recorded code, with the file that checkov could not parse."""
    folder = tmp_path / "infra"
    shutil.copytree(CODE, folder)
    (folder / "broken.tf").write_text('resource "aws_iam_role" {\n')
    return folder


def _collect(folder: Path, program: Path | None = None) -> tuple[Json, list[tuple[str, str]]]:
    records, gaps = collect_infrastructure(
        folder, checkov=program, imported=None, timeout=_PATIENCE, name="infra"
    )
    return records, _said(gaps)


def _said(gaps: tuple[Gap, ...]) -> list[tuple[str, str]]:
    assert {gap.source for gap in gaps} <= {"infrastructure_code"}
    return [(str(gap.resource), gap.reason) for gap in gaps]


def test_a_folder_that_was_checked(code: Path, tmp_path: Path) -> None:
    records, _ = _collect(code, printing(tmp_path, FRAMEWORKS.read_bytes()))

    assert records["folder"] == "infra"
    assert records["tool"] == {"name": "checkov", "version": "3.3.30", "imported": False}
    assert records["files"] == [
        {"path": "broken.tf", "framework": "terraform", "declares": 0, "checked": False},
        {"path": "main.tf", "framework": "terraform", "declares": 3, "checked": True},
        {
            "path": "stacks/anthropic.yaml",
            "framework": "cloudformation",
            "declares": 1,
            "checked": True,
        },
    ]
    assert [each["name"] for each in records["declared"] if each["kind"] == "secret"] == [
        "production/openai",
        "production/cohere",
        "production/anthropic",
    ]
    assert [check["check_id"] for check in records["checks"] if check["file"] == "main.tf"] == [
        "CKV_AWS_41",
        "CKV2_AWS_57",
        "CKV_AWS_149",
        "CKV2_AWS_57",
        "CKV_AWS_149",
        "CKV_AWS_304",
    ]


def test_a_file_that_checkov_cannot_parse_is_a_gap(code: Path, tmp_path: Path) -> None:
    printed = FRAMEWORKS.read_bytes().replace(b"/home/ci/infra", str(code).encode())

    _, gaps = _collect(code, printing(tmp_path, printed))

    assert gaps == [("infra/broken.tf", "checkov cannot parse it")]


def test_a_file_that_checkov_passed_over_is_a_gap(code: Path, tmp_path: Path) -> None:
    (code / "broken.tf").unlink()
    (code / "more.tf.json").write_text('{"resource": {"aws_kms_key": {"ai": {}}}}')
    printed = FRAMEWORKS.read_bytes().replace(b'"/home/ci/infra/broken.tf"', b"")

    _, gaps = _collect(code, printing(tmp_path, printed))

    assert gaps == [
        ("infra/more.tf.json", "declares secrets or keys, and checkov checked nothing in it")
    ]


def test_a_checkov_that_found_nothing_is_no_success(code: Path, tmp_path: Path) -> None:
    for path in (code / "main.tf", code / "stacks" / "anthropic.yaml"):
        path.unlink()

    records, gaps = _collect(code, printing(tmp_path, NOTHING.read_bytes()))

    assert records["checks"] == []
    assert gaps == [("infra", "checkov found nothing to check")]


def test_without_checkov_what_is_declared_is_kept(
    code: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkov, "INSTALLED", tmp_path / "nothing")
    monkeypatch.setenv("PATH", "")

    records, gaps = _collect(code)

    assert (records["tool"], records["checks"]) == (None, [])
    assert len(records["declared"]) == 4
    ((resource, reason),) = gaps
    assert resource == "infra"
    assert "make checkov" in reason


def test_a_checkov_that_dies_is_a_gap(code: Path, tmp_path: Path) -> None:
    records, gaps = collect_infrastructure(
        code, checkov=program(tmp_path, "exit 3"), imported=None, timeout=10
    )

    assert records["tool"] is None
    assert [(gap.operation, gap.code, gap.resource) for gap in gaps] == [
        ("checkov", "died", str(code))
    ]


def test_code_that_cannot_be_read_is_a_gap(code: Path, tmp_path: Path) -> None:
    (code / "main.tf").write_text("aws_kms_key = = 1")
    (code / "stacks" / "anthropic.yaml").write_text("Resources: [AWS::KMS::Key")

    _, gaps = _collect(code, printing(tmp_path, FRAMEWORKS.read_bytes()))

    assert gaps[:2] == [
        ("infra/main.tf", "is not Terraform (line 1)"),
        ("infra/stacks/anthropic.yaml", "is not YAML that can be read (line 2)"),
    ]


def test_a_folder_without_infrastructure_code_is_a_gap(tmp_path: Path) -> None:
    (tmp_path / "notes.md").write_text("nothing")

    records, gaps = _collect(tmp_path)

    assert records == {"folder": "infra", "tool": None, "checks": [], "declared": [], "files": []}
    ((resource, reason),) = gaps
    assert (resource, "holds no infrastructure code" in reason) == ("infra", True)


def test_a_folder_that_is_none_is_a_gap(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")

    said = {name: _collect(tmp_path / name)[1] for name in ("nothing", "file", "loop")}

    assert said == {
        "nothing": [("infra", "is missing: mend its path, or take it out of the configuration")],
        "file": [("infra", "is no folder: name the folder that holds the infrastructure code")],
        "loop": [("infra", "cannot be read: Too many levels of symbolic links")],
    }


def test_a_folder_that_may_not_be_read_is_a_gap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr("collectors.infrastructure.collection.os.scandir", refuse)

    _, gaps = _collect(tmp_path)

    assert gaps == [("infra", "cannot be read: Permission denied")]


def test_records_can_be_written(code: Path, tmp_path: Path) -> None:
    (code / os.fsdecode(b"\xff.tf")).write_text("# aws_kms_key")
    records, _ = _collect(code, printing(tmp_path, FRAMEWORKS.read_bytes()))

    assert documents.encode(records)
    assert "\ufffd.tf" in {file["path"] for file in records["files"]}


def test_modules_without_end_are_a_gap(
    code: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terraform_modules, "_MOST", 2)

    _, gaps = _collect(code, printing(tmp_path, FRAMEWORKS.read_bytes()))

    assert gaps[0] == ("infra", "calls modules for more than 2 resources")


@pytest.mark.everything
def test_the_real_checkov_says_what_was_recorded(code: Path) -> None:
    assert checkov.INSTALLED.exists(), "run `make checkov`"
    (code / ".checkov.yaml").write_text("skip-check: [CKV_AWS_149]\nquiet: true\n")

    records, gaps = _collect(code)
    (code / "broken.tf").unlink()
    imported, _ = collect_infrastructure(
        code, checkov=None, imported=FRAMEWORKS, timeout=1, name="infra"
    )

    assert gaps == [("infra/broken.tf", "checkov cannot parse it")]
    assert records["checks"] == imported["checks"]


@pytest.mark.everything
def test_resources_of_modules_are_called_what_checkov_calls_them(tmp_path: Path) -> None:
    assert checkov.INSTALLED.exists(), "run `make checkov`"
    call = 'module "openai" {\n  source = "../key"\n  name   = "openai"\n}\n'
    module = (
        'variable "name" {}\nresource "aws_secretsmanager_secret" "it" {\n  name = var.name\n}\n'
    )
    for name, text in (("live", call), ("key", module)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "main.tf").write_text(text)

    records, gaps = _collect(tmp_path)

    (secret,) = records["declared"]
    assert gaps == []
    assert secret["name"] == "openai"
    assert {(check["resource"], check["file"]) for check in records["checks"]} == {
        (secret["address"], secret["file"])
    }


@pytest.mark.everything
def test_the_example_has_the_flaws_that_it_should_have() -> None:
    assert checkov.INSTALLED.exists(), "run `make checkov`"

    records, gaps = collect_infrastructure(
        EXAMPLE, checkov=checkov.INSTALLED, imported=None, timeout=_PATIENCE, name="infrastructure"
    )

    assert gaps == ()
    assert [
        (check["resource"], check["check_id"], check["result"])
        for check in records["checks"]
        if check["result"] != "PASSED"
    ] == [
        ("aws_secretsmanager_secret.cohere_trial", "CKV2_AWS_57", "FAILED"),
        ("aws_secretsmanager_secret.cohere_trial", "CKV_AWS_149", "FAILED"),
        ("aws_secretsmanager_secret.openai_development", "CKV_AWS_149", "SKIPPED"),
    ]


@pytest.mark.everything
def test_the_real_checkov_that_finds_nothing(tmp_path: Path) -> None:
    assert checkov.INSTALLED.exists(), "run `make checkov`"
    (tmp_path / "a.tf").write_text('variable "a" {}\n')

    _, gaps = _collect(tmp_path)

    assert gaps == [("infra", "checkov found nothing to check")]
