from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from collectors.infrastructure import files
from collectors.infrastructure.files import find_code

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

TEMPLATE = '{"Resources": {"Key": {"Type": "AWS::KMS::Key"}}}'


def _write(folder: Path, *names: str, content: str = "") -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


def _paths(folder: Path) -> list[str]:
    return [file.path for file in find_code(folder, "code")[0]]


def test_terraform_is_known_by_its_name_and_templates_by_what_they_hold(tmp_path: Path) -> None:
    _write(tmp_path, "b.tf", "a.tf.json", "deep/er/c.tf", "notes.md", "variables.tfvars")
    _write(tmp_path, "t.json", "t.yaml", "t.yml", "cdk.out/s.template", content=TEMPLATE)
    _write(tmp_path, "data.json", "ci.yaml", content='{"Resources": []}')

    found, gaps = find_code(tmp_path, "code")

    assert gaps == []
    assert [(file.path, file.framework) for file in found] == [
        ("a.tf.json", "terraform"),
        ("b.tf", "terraform"),
        ("cdk.out/s.template", "cloudformation"),
        ("deep/er/c.tf", "terraform"),
        ("t.json", "cloudformation"),
        ("t.yaml", "cloudformation"),
        ("t.yml", "cloudformation"),
    ]


def test_hidden_and_foreign_folders_are_left_out(tmp_path: Path) -> None:
    _write(tmp_path, "a.tf", ".terraform/b.tf", "node_modules/x/c.tf", ".git/d.tf")

    assert _paths(tmp_path) == ["a.tf"]


def test_links_to_folders_are_not_followed(tmp_path: Path) -> None:
    _write(tmp_path, "real/a.tf")
    (tmp_path / "real" / "loop").symlink_to(tmp_path, target_is_directory=True)
    (tmp_path / "b.tf").symlink_to(tmp_path / "real" / "a.tf")

    assert _paths(tmp_path) == ["b.tf", "real/a.tf"]


def test_a_link_to_nothing_is_a_gap(tmp_path: Path) -> None:
    (tmp_path / "a.tf").symlink_to(tmp_path / "nothing")

    found, gaps = find_code(tmp_path, "code")

    assert found == []
    assert [(gap.resource, gap.code) for gap in gaps] == [("code/a.tf", "FileNotFoundError")]


def test_what_is_too_large_or_no_file_is_a_gap_if_it_is_terraform(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LARGEST", 100)
    _write(tmp_path, "large.tf", "large.json", content=TEMPLATE * 10)
    os.mkfifo(tmp_path / "pipe.tf")

    found, gaps = find_code(tmp_path, "code")

    assert found == []
    assert sorted(str(gap.resource) for gap in gaps) == ["code/large.tf", "code/pipe.tf"]


def test_what_may_not_be_read_is_a_gap(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(tmp_path, "a.tf", "shut/b.tf")
    scan = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("shut"):
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)

    found, gaps = find_code(tmp_path, "code")

    assert [file.path for file in found] == ["a.tf"]
    assert [(gap.resource, gap.reason) for gap in gaps] == [
        ("code/shut", "cannot be read: Permission denied")
    ]


def test_names_are_text_whatever_their_bytes(tmp_path: Path) -> None:
    for name in (b"-rf.tf", b"a\nb.tf", b"\x1b[31m.tf", b"\xff.tf", b"x" * 250 + b".tf"):
        (tmp_path / os.fsdecode(name)).write_text("")

    paths = _paths(tmp_path)

    assert len(paths) == 5
    assert "�.tf" in paths
    assert all(path.encode() for path in paths)
