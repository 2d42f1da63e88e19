"""Files that lie in a work tree, and scans that go on from earlier ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from collectors.repositories import cache
from collectors.repositories.collection import new_scanner
from tests.collectors.repositories.repos import a_key, new_repo

if TYPE_CHECKING:
    from pathlib import Path

    from tests.collectors.repositories.repos import Repo

KEY = a_key()
LINE = f'key = "{KEY}"\n'


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = new_repo(tmp_path / "shop")
    made.commit("first", __gitignore=".env\n", app__py="x = 1\n")
    return made


def places(repo: Repo, *, work_tree: bool = True) -> list[tuple[str, str | None]]:
    return [(each["where"], each["path"]) for each in repo.findings(work_tree=work_tree)]


@pytest.mark.parametrize("path", [".env", "new.py", "deep/er/new.py", "node_modules/a/b.js"])
def test_a_file_that_was_not_committed(repo: Repo, path: str) -> None:
    repo.write(path, LINE)

    assert places(repo) == [("working_tree", path)]
    assert places(repo, work_tree=False) == []


def test_a_path_with_a_key_in_it_is_not_told(repo: Repo) -> None:
    repo.write(f"{KEY}/new.py", LINE)

    (found,) = repo.findings(work_tree=True)

    assert found["path"].startswith("[redacted path with a key in it, sha256:")


def test_a_change_that_was_not_committed(repo: Repo) -> None:
    repo.write("app.py", LINE)

    assert places(repo) == [("working_tree", "app.py")]


def test_a_change_that_was_staged_is_told_where_it_lies(repo: Repo) -> None:
    repo.write("app.py", LINE)
    repo.git("add", "app.py")

    assert places(repo) == [("working_tree", "app.py")]
    assert places(repo, work_tree=False) == [("unreachable", None)]


def test_a_file_as_it_was_committed_is_told_once(repo: Repo) -> None:
    repo.commit("leak", app__py=LINE)

    assert places(repo) == [("tip", "app.py")]


def test_a_repository_within_is_not_entered(repo: Repo) -> None:
    inner = new_repo(repo.folder / "inner")
    inner.write("a.py", LINE)

    scan = repo.scan(work_tree=True)

    assert (scan.records["findings"], scan.nested) == ([], (inner.folder,))


def test_a_later_scan_reads_new_objects_only(repo: Repo, tmp_path: Path) -> None:
    folder = tmp_path / "cache"
    repo.commit("leak", app__py=LINE)

    first = repo.scan(cache=folder)
    second = repo.scan(cache=folder)
    repo.commit("more", b__py=LINE)
    third = repo.scan(cache=folder)

    read = [scan.records["objects"]["read"] for scan in (first, second, third)]
    assert read == [7, 0, 2]  # the file is stored already: a commit and its folder are new
    assert second.records["findings"] == first.records["findings"]
    assert [each["path"] for each in third.records["findings"]] == ["app.py", "b.py"]
    assert third.records["findings"] == repo.scan().records["findings"]


def test_a_key_in_the_name_of_a_file_is_told_from_a_cache_too(repo: Repo, tmp_path: Path) -> None:
    repo.write(f"{KEY}.txt", "x\n")
    repo.commit("name")

    first, second = (repo.scan(cache=tmp_path / "cache") for _ in range(2))

    assert first.records["findings"] == second.records["findings"] != []


def test_objects_that_went_are_told_no_more(repo: Repo, tmp_path: Path) -> None:
    repo.commit("leak", app__py=LINE)
    assert repo.scan(cache=tmp_path / "cache").records["findings"]

    repo.git("reset", "--quiet", "--hard", "HEAD~1")
    repo.git("reflog", "expire", "--expire=now", "--all")
    repo.git("gc", "--quiet", "--prune=now")

    assert repo.scan(cache=tmp_path / "cache").records["findings"] == []


def test_other_rules_scan_all_again(repo: Repo, tmp_path: Path) -> None:
    seen = cache.Seen(types={"a" * 40: "blob"}, looks={})
    assert cache.save(tmp_path, repo.folder, "sha256:1", seen) is None

    assert cache.load(tmp_path, repo.folder, "sha256:1") == seen
    assert cache.load(tmp_path, repo.folder, "sha256:2") == cache.NEVER
    assert cache.load(tmp_path, repo.folder / "other", "sha256:1") == cache.NEVER


@pytest.mark.parametrize("cut", [0, 1, 10, 60, 200, -1, -30])
def test_a_damaged_cache_is_none(repo: Repo, tmp_path: Path, cut: int) -> None:
    folder = tmp_path / "cache"
    repo.commit("leak", app__py=LINE)
    repo.scan(cache=folder)
    (file,) = folder.iterdir()
    content = file.read_bytes()
    file.write_bytes(content[:cut] if cut <= 10 else content[:cut] + b"0" + content[cut + 1 :])

    scan = repo.scan(cache=folder)

    assert scan.records["objects"]["read"] == 7
    assert scan.records["findings"]


def test_a_cache_that_cannot_be_kept_is_told_and_no_failure(repo: Repo, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    scan = repo.scan(cache=tmp_path / "file")

    assert scan.gaps == ()
    assert "cannot be written" in scan.records["uncached"]


def test_no_key_stands_in_the_cache(repo: Repo, tmp_path: Path) -> None:
    repo.write(f"{KEY}.txt", LINE)
    repo.commit(f"message {KEY}")
    repo.scan(cache=tmp_path / "cache")

    (file,) = (tmp_path / "cache").iterdir()
    content = file.read_text()

    assert not any(KEY[start : start + 12] in content for start in range(8, len(KEY) - 12))


def test_the_digest_names_the_rules() -> None:
    assert new_scanner(keep=False).rules.startswith("sha256:")
