"""A change in the example company's repository changes exactly the verdicts that it must."""

from __future__ import annotations

import random
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from collectors.repositories.canaries import make_key
from examples import repository
from examples.repository import Commit
from tests.keyproof.flawless import difference, flawless_estate, new_company, verdicts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from keyproof.documents import Json
    from tests.keyproof.flawless import Company, Edit

KNOWN = repository.leaked_production_key()
NOBODYS = make_key("anthropic.api_key", random.Random("nobody"))  # noqa: S311
SOURCE, HISTORY = "no_keys_in_source", "no_live_keys_in_history"


def adds(days_ago: int, key: str, *, message: str = "work") -> Commit:
    return Commit(days_ago=days_ago, message=message, files={"app.py": f'key = "{key}"\n'})


def takes_out(days_ago: int) -> Commit:
    return Commit(days_ago=days_ago, message="clean", files={"app.py": None})


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    with flawless_estate():
        yield new_company(tmp_path_factory.mktemp("source") / "company")


@pytest.fixture(scope="module")
def flawless(company: Company) -> dict[str, str]:
    return verdicts(company.evaluate(company.collect()))


def judged(company: Company, *more: Commit) -> Json:
    """Judge the company with these commits after the flawless ones."""
    folder = company.folder / "support-assistant"
    shutil.rmtree(folder, ignore_errors=True)
    repository.build_repository(folder, [*repository.commits(flawed=False), *more])
    return company.evaluate(company.collect())


@pytest.mark.parametrize(
    ("commits", "failing"),
    [
        ([], set()),
        # the credential was rotated ten days before the assessment
        ([adds(20, KNOWN), takes_out(19)], set()),
        ([adds(20, KNOWN)], {SOURCE}),
        ([adds(9, KNOWN), takes_out(8)], {HISTORY}),
        ([adds(9, KNOWN)], {SOURCE, HISTORY}),
        ([adds(20, NOBODYS), takes_out(19)], {HISTORY}),
        ([adds(20, NOBODYS)], {SOURCE, HISTORY}),
        ([adds(20, "no key", message=f"the key is {NOBODYS}"), takes_out(19)], {HISTORY}),
        ([Commit(days_ago=9, message="name", files={f"{NOBODYS}.txt": "x\n"})], {SOURCE, HISTORY}),
    ],
)
def test_a_commit_changes_exactly_its_verdicts(
    company: Company, flawless: dict[str, str], commits: list[Commit], failing: set[str]
) -> None:
    results = judged(company, *commits)

    assert difference(flawless, verdicts(results)) == dict.fromkeys(failing, "fail")


def test_a_key_that_ends_like_a_declared_one_is_taken_for_it(
    company: Company, flawless: dict[str, str]
) -> None:
    known: Edit = ("key_fingerprints: [sha256:", f"key_hints: [{KNOWN[-4:]}]\n    # [sha256:")
    company.edit("declarations/inventory.yaml", known)

    results = judged(company)

    company.edit("declarations/inventory.yaml", (known[1], known[0]))
    assert difference(flawless, verdicts(results)) == {}


@pytest.mark.parametrize("broken", ["shallow", "missing", "no repository", "empty"])
def test_a_repository_that_was_not_seen_whole_is_unknown(
    company: Company, flawless: dict[str, str], broken: str
) -> None:
    folder = company.folder / "support-assistant"
    whole = folder.rename(company.folder / "whole")
    if broken == "shallow":
        source, target = f"file://{whole}", str(folder)
        subprocess.run(["git", "clone", "-q", "--bare", "--depth=1", source, target], check=True)
    elif broken == "no repository":
        folder.mkdir()
    elif broken == "empty":
        repository.build_repository(folder, [])
    try:
        results = company.evaluate(company.collect())
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        whole.rename(folder)

    assert difference(flawless, verdicts(results)) == {SOURCE: "unknown", HISTORY: "unknown"}
    (gap,) = results["criteria"][SOURCE]["gaps"]
    assert (gap["source"], gap["resource"]) == ("source_scan", "support-assistant")


def test_no_repository_at_all_is_unknown(company: Company, flawless: dict[str, str]) -> None:
    named = '\n[[repositories]]\npath = "support-assistant"'
    company.edit(
        "keyproof.toml", (named, f"\n#{named}".replace("\n[[", "[[").replace("\np", "\n#p"))
    )

    results = company.evaluate(company.collect())

    assert difference(flawless, verdicts(results)) == {SOURCE: "unknown", HISTORY: "unknown"}
