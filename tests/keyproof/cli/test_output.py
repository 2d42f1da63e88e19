from __future__ import annotations

import re
from typing import TYPE_CHECKING

import orjson
import pytest
from rich.cells import cell_len

from collectors.aws.collection import Progress
from keyproof import documents
from keyproof.cli import output
from keyproof.evidence import EvidenceFolder
from tests.keyproof.cli.terminal import COLUMNS, ESCAPE, HOSTILE, assert_harmless, on_a_terminal

if TYPE_CHECKING:
    from pathlib import Path

    from keyproof.documents import Json
    from tests.keyproof.cli.conftest import Command


@pytest.mark.parametrize("command", ["evaluate", "inventory"])
def test_pages_fit_a_terminal_of_80_columns(example: Path, command: str) -> None:
    code, said = on_a_terminal(command, cwd=example.parents[1])

    assert code in {0, 1}
    assert ESCAPE.search(said)
    lines = ESCAPE.sub("", said).replace("\r", "").splitlines()
    too_wide = [line for line in lines if cell_len(line) > COLUMNS]
    assert [line for line in too_wide if not line.startswith(("  arn:", "report", "bundle"))] == []
    assert len(lines) > 20


def test_a_terminal_shows_progress_while_collecting(
    kestrel: Path, environment: dict[str, str]
) -> None:
    code, said = on_a_terminal("collect", cwd=kestrel, environment=environment)

    assert code == 0
    assert re.search(r"Collecting \d+ of \d+: \w+ of 123456789012 in ", ESCAPE.sub("", said))


@pytest.mark.parametrize(("ci", "shown"), [("true", False), ("", True)])
def test_continuous_integration_shows_no_progress(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    ci: str,
    shown: bool,  # noqa: FBT001 - a parameter
) -> None:
    monkeypatch.setenv("CI", ci)
    monkeypatch.setenv("FORCE_COLOR", "1")  # a terminal, as far as is known
    step = Progress(source="iam", account="1", region="global", done=1, total=2, gaps=0)

    with output.progress() as progress:
        progress(step)

    said = capsys.readouterr()
    assert said.out == ""
    assert ("Collecting" in said.err) is shown


def test_results_name_every_criterion_and_what_blocks(keyproof: Command, example: Path) -> None:
    results = orjson.loads((example / "results.json").read_bytes())

    said = keyproof("evaluate").out

    for slug, result in results["criteria"].items():
        row = next(line for line in said.splitlines() if f" {slug} " in line)
        assert row.split()[0] == str(result["level"] or "-")
        assert result["verdict"] in row
    assert "  ← target" in said
    assert "What keeps level 3 from being proven" in said
    assert "(1 waived)" in said


@pytest.fixture
def results(example: Path) -> Json:
    document: Json = orjson.loads((example / "results.json").read_bytes())
    return document


def _shown(results: Json, example: Path, capsys: pytest.CaptureFixture[str]) -> str:
    documents.validate(results, "results", "results.json")
    output.show_results(results, EvidenceFolder(path=example), as_json=False)
    return capsys.readouterr().out


def test_nothing_blocks_at_the_highest_level(
    results: Json, example: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results["level"] |= {"proven": 5, "possible": 5, "blocking": []}

    said = _shown(results, example, capsys)

    assert "What keeps" not in said
    assert [line.split()[0] for line in said.splitlines() if line.startswith("  ")] == ["●"] * 5


def test_long_lists_are_cut_and_counted(
    results: Json, example: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    violations = results["criteria"]["inventory_complete"]["violations"]
    results["criteria"]["inventory_complete"]["violations"] = violations * 5
    gaps = results["criteria"]["alerts_investigated"]["gaps"]
    results["criteria"]["alerts_investigated"]["gaps"] = gaps[:1] * 4
    results["level"]["blocking"] = ["inventory_complete", "alerts_investigated"]

    said = _shown(results, example, capsys)

    assert said.count(violations[0]["resource"]) == 3
    assert "    and 2 more, in results.json\n" in said
    assert "    and 1 more, in results.json\n" in said


def test_gaps_of_a_collection_are_cut_and_counted(
    example: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    coverage = orjson.loads((example / "snapshot" / "coverage.json").read_bytes())
    gap = {
        "source": "kms",
        "reason": "access denied",
        "operation": "kms:GetKeyPolicy",
        "code": "AccessDeniedException",
        "account": "123456789012",
        "region": "us-east-1",
        "resource": HOSTILE,
    }
    coverage["snapshots"][0]["gaps"] = [gap] * 5

    output.show_coverage(coverage, EvidenceFolder(path=example))

    said = capsys.readouterr().out
    assert said.count("gap: kms: access denied (kms:GetKeyPolicy, AccessDeniedException, ") == 3
    assert "and 2 more gaps\n" in said
    assert_harmless(said)


def test_hostile_names_are_written_out_in_results(
    results: Json, example: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results["organisation"] = HOSTILE
    results["criteria"]["inventory_complete"]["violations"][0]["resource"] = HOSTILE
    results["criteria"]["inventory_complete"] |= {"title": HOSTILE, "remediation": HOSTILE}
    results["level"]["blocking"] = ["inventory_complete"]

    assert_harmless(_shown(results, example, capsys))


def test_hostile_names_are_written_out_in_the_inventory(
    example: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    facts = orjson.loads((example / "facts.json").read_bytes())
    credential = facts["credentials"][0]
    credential |= {"id": HOSTILE, "provider": HOSTILE, "scope": HOSTILE}
    credential["secret"]["name"] = credential["storage"]["secret"] = HOSTILE
    for secret in facts["stored_secrets"]:
        secret["arn"] = HOSTILE

    output.show_inventory(facts, as_json=False)

    assert_harmless(capsys.readouterr().out)


def test_a_hostile_folder_name_is_written_out(
    keyproof: Command, example: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "evil\x1b[2J\u202e"
    example.parents[1].joinpath("evidence").rename(folder)

    outcome = keyproof("evaluate", folder / "latest")

    assert "\x1b" not in outcome.out
    assert "evil\\u001b[2J\\u202e/" in outcome.out
