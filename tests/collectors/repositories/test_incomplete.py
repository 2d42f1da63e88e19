"""What cannot be scanned is a gap or an error with the way out, and never clean."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from collectors.repositories import database, work_tree
from collectors.repositories.git import RepositoryError, open_repository
from tests.collectors.repositories.repos import Repo, a_key, new_repo

if TYPE_CHECKING:
    from pathlib import Path

    from collectors.repositories.repository_scan import RepositoryScan

LINE = f'key = "{a_key()}"\n'


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = new_repo(tmp_path / "shop")
    for number in range(5):
        made.commit(f"work {number}", app__py=f"x = {number}\n" * 40)
    return made


def reasons(scan: RepositoryScan) -> list[str]:
    return [f"{gap.resource}: {gap.reason}" for gap in scan.gaps]


def test_a_path_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(RepositoryError, match="is missing; name the folder of a git repository"):
        open_repository(tmp_path / "nowhere")


def test_a_path_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")

    with pytest.raises(RepositoryError, match="is no folder"):
        open_repository(tmp_path / "file")


def test_a_folder_that_is_no_repository(tmp_path: Path) -> None:
    with pytest.raises(RepositoryError, match="it is no git repository; name the folder that"):
        open_repository(tmp_path)


def test_a_folder_inside_of_a_repository(repo: Repo) -> None:
    repo.write("deep/a.txt", "x\n")

    with pytest.raises(RepositoryError, match=r"a folder inside of .*shop; name that"):
        open_repository(repo.folder / "deep")


def test_a_repository_without_a_commit(tmp_path: Path) -> None:
    scan = new_repo(tmp_path / "empty").scan()

    assert reasons(scan) == ["shop: holds no commit, so that nothing could be scanned"]


def test_a_shallow_clone(repo: Repo, tmp_path: Path) -> None:
    repo.git("clone", "--quiet", "--depth=1", f"file://{repo.folder}", str(tmp_path / "clone"))

    scan = Repo(tmp_path / "clone").scan()

    assert scan.records["shallow"] is True
    assert reasons(scan) == [
        "shop: is a shallow clone: its history is cut off; run git fetch --unshallow"
    ]


def test_a_partial_clone(repo: Repo, tmp_path: Path) -> None:
    repo.git("config", "uploadpack.allowFilter", "true")
    repo.git(
        *("clone", "--quiet", "--bare", "--filter=blob:none"),
        *(f"file://{repo.folder}", str(tmp_path / "clone")),
    )

    scan = Repo(tmp_path / "clone").scan()

    assert scan.records["partial"] is True
    assert reasons(scan) == [
        "shop: is a partial clone: files are left out; clone it without --filter"
    ]


def test_a_flipped_bit_in_a_loose_object(repo: Repo) -> None:
    blob = repo.git("rev-parse", "HEAD:app.py")
    path = repo.folder / ".git" / "objects" / blob[:2] / blob[2:]
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(content)

    with pytest.raises(RepositoryError, match="git fsck"):
        repo.scan()


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7, 0.9])
def test_a_flipped_bit_in_a_pack(repo: Repo, share: float) -> None:
    repo.git("gc", "--quiet")
    (pack,) = (repo.folder / ".git" / "objects" / "pack").glob("*.pack")
    content = bytearray(pack.read_bytes())
    content[12 + int((len(content) - 40) * share)] ^= 4
    pack.chmod(0o644)
    pack.write_bytes(content)

    with pytest.raises(RepositoryError, match="git fsck"):
        repo.scan()


def test_a_pack_that_is_cut_off(repo: Repo) -> None:
    repo.git("gc", "--quiet")
    (pack,) = (repo.folder / ".git" / "objects" / "pack").glob("*.pack")
    pack.chmod(0o644)
    pack.write_bytes(pack.read_bytes()[:-200])

    with pytest.raises(RepositoryError):
        repo.scan()


def test_a_missing_object(repo: Repo) -> None:
    blob = repo.git("rev-parse", "HEAD:app.py")
    (repo.folder / ".git" / "objects" / blob[:2] / blob[2:]).unlink()

    scan = repo.scan()

    assert reasons(scan) == [
        f"shop: lacks object {blob}, which a commit needs; look at it with git fsck"
    ]


def test_a_file_that_is_too_large(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "LARGEST", 1000)
    repo.commit("large", large__bin=b"0" * 2000)

    assert reasons(repo.scan()) == ["shop: large.bin: is too large to scan (0 MiB)"]


def test_a_large_file_in_the_work_tree(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work_tree, "LARGEST", 1000)
    repo.write("large.bin", b"0" * 2000)

    assert reasons(repo.scan(work_tree=True)) == ["shop: large.bin: is too large to scan (0 MiB)"]


def test_a_pointer_of_git_lfs(repo: Repo) -> None:
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0' * 64}\nsize 12345\n"
    repo.commit("large", model__bin=pointer)

    assert reasons(repo.scan()) == [
        "shop: model.bin: is a pointer of Git LFS whose file is not stored here"
    ]


def test_a_file_of_git_lfs_that_is_stored_here(repo: Repo) -> None:
    digest = "ab" * 32
    repo.write(f".git/lfs/objects/ab/ab/{digest}", LINE)
    pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize 12345\n"
    repo.commit("large", model__bin=pointer)

    (found,) = repo.findings()

    assert found["path"] == "model.bin"


def test_a_submodule_that_is_not_here(repo: Repo, tmp_path: Path) -> None:
    library = new_repo(tmp_path / "library")
    library.commit("first", a__txt="x\n")
    repo.git("submodule", "--quiet", "add", str(library.folder), "lib")
    repo.commit("add")
    repo.git("clone", "--quiet", str(repo.folder), str(tmp_path / "clone"))

    here = repo.scan(work_tree=True)
    there = Repo(tmp_path / "clone").scan(work_tree=True)

    assert (reasons(here), here.nested) == ([], (repo.folder / "lib",))
    assert reasons(there) == [
        "shop: lib: is a submodule that is not here; name its own repository, and scan it"
    ]


def test_a_folder_and_a_file_that_may_not_be_read(repo: Repo) -> None:
    repo.write("private/a.txt", "x\n")
    repo.write("b.txt", "x\n")
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    (repo.folder / "private").chmod(0)
    (repo.folder / "b.txt").chmod(0)
    try:
        assert reasons(repo.scan(work_tree=True)) == [
            "shop: b.txt: cannot be read: Permission denied",
            "shop: private: cannot be read: Permission denied",
        ]
    finally:
        (repo.folder / "private").chmod(0o755)


def test_links_in_a_circle_and_pipes_are_passed_by(repo: Repo) -> None:
    (repo.folder / "circle").symlink_to(".")
    os.mkfifo(repo.folder / "pipe")

    assert reasons(repo.scan(work_tree=True)) == []


def test_a_repository_runs_nothing_of_its_own(repo: Repo, tmp_path: Path) -> None:
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {tmp_path}/sprung\n")
    trap.chmod(0o755)
    for setting in ("core.fsmonitor", "core.pager", "core.sshCommand", "diff.external"):
        repo.git("config", setting, str(trap))
    repo.git("config", "core.hooksPath", str(tmp_path))
    repo.commit("leak", app__py=LINE)
    (tmp_path / "sprung").unlink(missing_ok=True)  # by the commit

    assert repo.findings(work_tree=True)
    assert not (tmp_path / "sprung").exists()


def test_git_is_missing(repo: Repo, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object, **__: object) -> None:
        raise FileNotFoundError("git")

    monkeypatch.setattr(subprocess, "run", missing)

    with pytest.raises(RepositoryError, match="git is missing: install it"):
        open_repository(repo.folder)
