"""Wherever a key hides in a repository, it is found, and told where."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from tests.collectors.repositories.repos import Repo, a_key, new_repo

if TYPE_CHECKING:
    from pathlib import Path

    from keyproof.documents import Json

KEY = a_key()
LINE = f'key = "{KEY}"\n'


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = new_repo(tmp_path / "shop")
    made.commit("first", README__md="# shop\n")
    return made


def only(found: list[Json]) -> Json:
    assert len(found) == 1, found
    return found[0]


def test_a_repository_without_a_key_is_clean(repo: Repo) -> None:
    scan = repo.scan(work_tree=True)

    assert (scan.records["findings"], scan.gaps, scan.nested) == ([], (), ())
    assert scan.records["objects"] == {"commits": 1, "trees": 1, "blobs": 1, "tags": 0, "read": 3}
    assert scan.records["head"] == {
        "branch": "refs/heads/main",
        "commit": repo.git("rev-parse", "HEAD"),
    }


def test_a_key_at_the_tip_is_told_with_all_that_may_be_told(repo: Repo) -> None:
    commit = repo.commit("leak", app__py="import os\n" + LINE)
    repo.commit("more", other__py="\n")

    found = only(repo.findings())

    assert found == {
        "provider": "openai",
        "kind": "project_key",
        "rule": "keyproof.openai.project_key",
        "fingerprint": "sha256:" + hashlib.sha256(KEY.encode()).hexdigest(),
        "hint": KEY[-4:],
        "where": "tip",
        "commit": commit,
        "author_date": "2026-05-01T08:00:00Z",
        "last_date": "2026-05-02T08:00:00Z",
        "path": "app.py",
        "inside": None,
        "line": 2,
        "branches": ["refs/heads/main"],
        "commits": 1,
        "suppressed": False,
    }


def test_a_key_that_was_taken_out_is_in_history(repo: Repo) -> None:
    commit = repo.commit("leak", app__py=LINE)
    repo.git("rm", "--quiet", "app.py")
    repo.commit("out")

    found = only(repo.findings())

    assert (found["where"], found["commit"], found["branches"]) == ("history", commit, [])


def test_a_key_of_another_branch_is_at_its_tip(repo: Repo) -> None:
    repo.git("switch", "--quiet", "--create", "trial")
    repo.commit("leak", app__py=LINE)
    repo.git("switch", "--quiet", "main")

    found = only(repo.findings())

    assert (found["where"], found["branches"]) == ("tip", ["refs/heads/trial"])


def test_a_key_of_a_remote_branch_is_at_its_tip(repo: Repo, tmp_path: Path) -> None:
    repo.git("switch", "--quiet", "--create", "trial")
    repo.commit("leak", app__py=LINE)
    repo.git("switch", "--quiet", "main")
    repo.git("clone", "--quiet", str(repo.folder), str(tmp_path / "clone"))

    found = only(Repo(tmp_path / "clone").findings())

    assert (found["where"], found["branches"]) == ("tip", ["refs/remotes/origin/trial"])


def test_a_key_of_a_detached_head_is_at_the_tip(repo: Repo) -> None:
    repo.git("switch", "--quiet", "--detach")
    repo.commit("leak", app__py=LINE)

    found = only(repo.findings())

    assert (found["where"], found["branches"]) == ("tip", ["HEAD"])


def test_a_key_that_a_merge_alone_brought(repo: Repo) -> None:
    repo.git("switch", "--quiet", "--create", "side")
    repo.commit("side", side__txt="side\n")
    repo.git("switch", "--quiet", "main")
    repo.commit("main", main__txt="main\n")
    repo.git("merge", "--quiet", "--no-commit", "--no-ff", "side")
    merge = repo.commit("merge", evil__py=LINE)

    found = only(repo.findings())

    assert (found["where"], found["commit"], found["path"]) == ("tip", merge, "evil.py")


def test_a_key_in_a_message(repo: Repo) -> None:
    commit = repo.commit(f"use the key\n\nit is {KEY}\n")

    found = only(repo.findings())

    assert (found["where"], found["commit"], found["path"]) == ("message", commit, None)
    assert found["line"] == 3


def test_a_key_in_a_tag(repo: Repo) -> None:
    repo.git("tag", "--annotate", "v1", "--message", f"release with {KEY}")

    found = only(repo.findings())

    assert (found["where"], found["author_date"]) == ("tag", "2026-05-02T08:00:00Z")


def test_a_key_in_a_note(repo: Repo) -> None:
    repo.git("notes", "add", "--message", f"the key is {KEY}")

    assert only(repo.findings())["where"] == "note"


def test_a_key_in_a_stash(repo: Repo) -> None:
    repo.write("app.py", LINE)
    repo.git("stash", "push", "--quiet", "--include-untracked")

    found = only(repo.findings())

    assert (found["where"], found["path"]) == ("stash", "app.py")


def test_a_key_in_an_older_stash(repo: Repo) -> None:
    for content in (LINE, "harmless\n"):
        repo.write("README.md", content)
        repo.git("stash", "push", "--quiet")

    assert only(repo.findings())["where"] == "stash"


def test_a_key_that_a_branch_left_behind(repo: Repo) -> None:
    repo.commit("leak", app__py=LINE)
    repo.git("reset", "--quiet", "--hard", "HEAD~1")

    found = only(repo.findings())

    assert (found["where"], found["path"]) == ("reflog", "app.py")


def test_a_key_that_no_commit_has(repo: Repo) -> None:
    repo.write("app.py", LINE)
    repo.git("add", "app.py")
    repo.git("rm", "--quiet", "--cached", "app.py")

    found = only(repo.findings())

    assert (found["where"], found["commit"], found["last_date"]) == ("unreachable", None, None)


def test_a_key_in_a_packed_repository(repo: Repo) -> None:
    for number in range(20):
        repo.commit(f"work {number}", app__py="x = 1\n" * number + LINE)
    repo.git("gc", "--quiet", "--prune=now")

    found = only(repo.findings())

    assert (found["where"], found["commits"], found["line"]) == ("tip", 20, 20)


def test_a_key_in_the_name_of_a_file(repo: Repo) -> None:
    repo.write(f"deep/{KEY}.txt", "harmless\n")
    repo.commit("name")

    found = only(repo.findings())

    assert (found["where"], found["branches"]) == ("filename", ["refs/heads/main"])
    assert found["path"].startswith("deep/[redacted openai key sha256:")


def test_a_key_in_the_name_of_a_folder(repo: Repo) -> None:
    repo.write(f"{KEY}/a.txt", "harmless\n")
    repo.commit("name")

    assert only(repo.findings())["where"] == "filename"


@pytest.mark.parametrize(
    "path",
    [
        ".env",
        ".github/workflows/ci.yml",
        "node_modules/openai/index.js",
        "package-lock.json",
        "vendor/a.min.js",
        "-leading",
        "new\nline",
        "esc\x1b[2J",
        "x" * 250,
        "Überraschung",
    ],
)
def test_a_key_in_a_file_of_any_name(repo: Repo, path: str) -> None:
    repo.write(path, LINE)
    repo.commit("leak")

    assert only(repo.findings())["path"] == path


def test_a_name_that_is_no_utf_8(repo: Repo) -> None:
    repo.write(b"caf\xe9.py", LINE)
    repo.commit("leak")

    assert only(repo.findings())["path"] == "caf\\xe9.py"


def test_a_file_that_gitignore_names_but_that_was_committed(repo: Repo) -> None:
    repo.commit("leak", __gitignore="secret.txt\n", secret__txt=LINE)

    assert only(repo.findings())["path"] == "secret.txt"


def test_the_target_of_a_link_is_looked_at(repo: Repo) -> None:
    (repo.folder / "link").symlink_to(KEY)
    repo.commit("link")

    assert only(repo.findings())["path"] == "link"


def test_one_key_at_two_places_is_told_twice(repo: Repo) -> None:
    repo.commit("leak", a__py=LINE, b__py="\n" + LINE)

    assert [(each["path"], each["line"]) for each in repo.findings()] == [("a.py", 1), ("b.py", 2)]


def test_a_comment_excuses_nothing(repo: Repo) -> None:
    repo.commit("leak", a__py=f'key = "{KEY}"  # gitleaks:allow\n')

    scan = repo.scan()

    assert only(scan.records["findings"])["suppressed"] is True
    assert scan.records["suppressed"] == 1


def test_a_bare_repository(repo: Repo, tmp_path: Path) -> None:
    repo.commit("leak", app__py=LINE)
    repo.git("clone", "--quiet", "--bare", str(repo.folder), str(tmp_path / "bare.git"))

    assert only(Repo(tmp_path / "bare.git").findings(work_tree=True))["where"] == "tip"


def test_a_linked_work_tree(repo: Repo, tmp_path: Path) -> None:
    repo.commit("leak", app__py=LINE)
    repo.git("worktree", "add", "--quiet", str(tmp_path / "linked"))

    assert only(Repo(tmp_path / "linked").findings(work_tree=True))["where"] == "tip"


def test_a_repository_of_sha_256(tmp_path: Path) -> None:
    repo = new_repo(tmp_path / "wide", "--object-format=sha256")
    commit = repo.commit("leak", app__py=LINE)

    found = only(repo.findings())

    assert (found["commit"], found["where"]) == (commit, "tip")
    assert len(commit) == 64
