"""`keyproof scan`: what it prints, and how it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.collectors.repositories.repos import a_key, new_repo

if TYPE_CHECKING:
    from pathlib import Path

    from tests.collectors.repositories.repos import Repo
    from tests.keyproof.cli.conftest import Command

KEY = a_key("cli")


@pytest.fixture(autouse=True)
def _own_caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    monkeypatch.setenv("KF_RULE_CACHE_DIR", str(tmp_path.parent / "rules"))


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    made = new_repo(tmp_path / "shop")
    made.commit("first", a__py="x = 1\n")
    return made


def leak(repo: Repo) -> None:
    repo.commit("leak", app__py=f'key = "{KEY}"\n')


def tells_the_key(text: str) -> bool:
    return any(KEY[start : start + 12] in text for start in range(8, len(KEY) - 12))


def test_clean(keyproof: Command, repo: Repo) -> None:
    outcome = keyproof("scan", str(repo.folder))

    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.splitlines()[-1] == "✔ No AI key found."


def test_found(keyproof: Command, repo: Repo) -> None:
    leak(repo)

    outcome = keyproof("scan", str(repo.folder))

    assert (outcome.code, outcome.err) == (1, "")
    assert f"openai project key  {repo.folder}: app.py:1\n" in outcome.out
    assert "in a branch · refs/heads/main · commit " in outcome.out
    assert outcome.out.splitlines()[-1].startswith("✘ 1 key in 1 place.")
    assert not tells_the_key(outcome.out)


@pytest.mark.parametrize("options", [(), ("--json",), ("--sarif",), ("--no-cache",)])
def test_not_scanned(keyproof: Command, tmp_path: Path, options: tuple[str, ...]) -> None:
    outcome = keyproof("scan", *options, str(tmp_path / "nowhere"))

    assert (outcome.code, outcome.err) == (3, "")
    assert "is missing; name the folder of a git repository" in outcome.out


def test_a_key_is_told_though_something_was_not_scanned(
    keyproof: Command, repo: Repo, tmp_path: Path
) -> None:
    leak(repo)

    assert keyproof("scan", str(repo.folder), str(tmp_path)).code == 1


def test_json(keyproof: Command, repo: Repo) -> None:
    leak(repo)

    document = keyproof("scan", "--json", str(repo.folder)).json

    (finding,) = document["findings"]
    (coverage,) = document["coverage"]
    assert {"provider", "kind", "repository", "commit", "path", "line", "where"} < finding.keys()
    assert (finding["provider"], finding["where"], finding["path"]) == ("openai", "tip", "app.py")
    assert finding["repository"] == coverage["repository"] == str(repo.folder)
    assert coverage["objects"]["commits"] == 2
    assert document["gaps"] == []
    assert not tells_the_key(str(document))


def test_sarif(keyproof: Command, repo: Repo) -> None:
    leak(repo)

    outcome = keyproof("scan", "--sarif", str(repo.folder))

    (run,) = outcome.json["runs"]
    (result,) = run["results"]
    assert (outcome.code, outcome.json["version"]) == (1, "2.1.0")
    assert result["ruleId"] == "keyproof.openai.project_key"
    assert not tells_the_key(outcome.out)


def test_repositories_within_are_scanned_too(keyproof: Command, repo: Repo, tmp_path: Path) -> None:
    library = new_repo(tmp_path / "library")
    library.commit("leak", app__py=f'key = "{KEY}"\n')
    repo.git("submodule", "--quiet", "add", str(library.folder), "lib")
    repo.commit("add")

    outcome = keyproof("scan", "--json", str(repo.folder))

    assert outcome.code == 1
    assert {each["repository"] for each in outcome.json["findings"]} == {str(repo.folder / "lib")}
    assert len(outcome.json["coverage"]) == 2


def test_the_second_scan_reads_nothing(keyproof: Command, repo: Repo) -> None:
    read = [
        keyproof("scan", "--json", *options, str(repo.folder)).json["coverage"][0]["objects"][
            "read"
        ]
        for options in ((), (), ("--no-cache",))
    ]

    assert read == [3, 0, 3]


@pytest.mark.parametrize("name", ["esc\x1b[2J.py", "new\nline.py", "\u202egnp.py", "-x.py"])
def test_a_hostile_name_does_nothing_to_the_terminal(
    keyproof: Command, repo: Repo, name: str
) -> None:
    repo.write(name, f'key = "{KEY}"\n')
    repo.commit("leak")

    said = keyproof("scan", str(repo.folder)).out

    assert "\x1b" not in said
    assert "\u202e" not in said
    assert "new\nline" not in said


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ("no: rules\n", "wants one field, `rules`"),
        ("rules: [{id: x, name: x, pattern: x}]\n", "`id` wants the form"),
        (
            "rules: [{id: keyproof.own.key, name: Own, pattern: '(', examples: [x]}]\n",
            "rule keyproof.own.key",
        ),
        ("{", "no YAML"),
    ],
)
def test_rules_that_cannot_be_used(
    keyproof: Command, repo: Repo, tmp_path: Path, rules: str, said: str
) -> None:
    file = tmp_path / "rules.yaml"
    file.write_text(rules)

    outcome = keyproof("scan", "--rules", str(file), str(repo.folder))

    assert (outcome.code, outcome.out) == (2, "")
    assert said in outcome.err
    assert outcome.err.count("\n") == 1


def test_no_path_is_wrong_usage(keyproof: Command) -> None:
    assert keyproof("scan").code == 2
