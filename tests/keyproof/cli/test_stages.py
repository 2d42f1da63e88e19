from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import orjson
import pytest

from tests.keyproof.cli.command import AS_OF_FOLDER, documents_of, message, run
from tests.keyproof.engine.test_server import answering
from tests.keyproof.opa_server import opa_server

if TYPE_CHECKING:
    from pathlib import Path

    from tests.keyproof.cli.conftest import Assessed, Command

DERIVED = ("facts.json", "results.json", "report.html", "bundle.zip", "example-key.pub.pem")


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert text.count(old) == 1
    path.write_text(text.replace(old, new))


def test_the_stages_one_by_one_give_what_assess_gives(
    keyproof: Command, assessed: Assessed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    evidence = tmp_path / "evidence" / AS_OF_FOLDER
    whole = documents_of(assessed.evidence)
    snapshot = {name for name in whole if name.startswith("snapshot/")}
    declared = {name for name in whole if name.startswith("declarations/")} | {"keyproof.toml"}

    collected = keyproof("collect")
    assert (collected.code, collected.err) == (0, "")
    assert documents_of(evidence) == {name: whole[name] for name in snapshot}
    assert collected.out.startswith("EXAMPLE: ")
    assert f"snapshot    evidence/{AS_OF_FOLDER}/snapshot\n" in collected.out
    rows = [line.split()[:3] for line in collected.out.splitlines()]
    assert ["secrets_manager", "123456789012", "us-east-1"] in rows

    evaluated = keyproof("evaluate")
    assert (evaluated.code, evaluated.err) == (1, "")
    judged = snapshot | declared | {"facts.json", "results.json"}
    assert documents_of(evidence) == {name: whole[name] for name in judged}
    assert "report.html" not in evaluated.out

    reported = keyproof("report")
    assert (reported.code, reported.err) == (0, "")
    assert documents_of(evidence).keys() == whole.keys()
    assert (evidence / "report.html").read_bytes() == whole["report.html"]

    verified = keyproof(
        "verify", evidence / "bundle.zip", "--key", evidence / "example-key.pub.pem", "--replay"
    )
    assert (verified.code, verified.err) == (0, "")


@pytest.mark.parametrize("named", [True, False])
def test_a_flawless_company_is_held_up_by_unknowns_alone(
    keyproof: Command,
    company: Path,
    named: bool,  # noqa: FBT001 - a parameter
) -> None:
    folder = [company / "evidence" / AS_OF_FOLDER] if named else []

    outcome = keyproof("evaluate", "--json", *folder)

    assert (outcome.code, outcome.err) == (3, "")
    assert outcome.json["level"] == {
        "proven": 3,
        "possible": 5,
        "target": 4,
        "blocking": ["alerts_investigated", "usage_anomalies_alerted", "usage_recorded"],
    }
    assert outcome.json["example"] is False


def test_evaluate_judges_by_the_declarations_as_they_are_now(
    keyproof: Command, company: Path
) -> None:
    before = keyproof("evaluate", "--json").json["criteria"]
    inventory = company / "declarations" / "inventory.yaml"
    _edit(inventory, "    owner: {person: Ada Lindqvist}\n", "")

    outcome = keyproof("evaluate", "--json")

    after = outcome.json["criteria"]
    assert outcome.code == 1
    assert {slug for slug in after if after[slug]["verdict"] != before[slug]["verdict"]} == {
        "individually_owned"
    }
    evidence = company / "evidence" / "latest"
    assert (evidence / "declarations" / "inventory.yaml").read_bytes() == inventory.read_bytes()
    assert (evidence / "results.json").read_bytes() == outcome.out.encode()


def test_a_target_that_is_proven_ends_in_success(keyproof: Command, company: Path) -> None:
    _edit(company / "keyproof.toml", "target_level = 4", "target_level = 1")

    assert keyproof("evaluate").code == 0


def test_looser_parameters_are_named(keyproof: Command, company: Path) -> None:
    with (company / "keyproof.toml").open("a") as file:
        file.write("\n[parameters.rotation_ceiling_days]\nproduction = 365\n")

    outcome = keyproof("evaluate")

    assert "Looser than the defaults: rotation_ceiling_days.production" in outcome.out


def test_other_results_take_the_report_and_bundle_of_earlier_ones_away(
    keyproof: Command, company: Path
) -> None:
    evidence = company / "evidence" / "latest"
    assert keyproof("evaluate").code == 3
    assert keyproof("report").code == 0
    whole = documents_of(evidence.resolve())

    assert keyproof("evaluate").code == 3
    assert documents_of(evidence.resolve()) == whole

    (company / "declarations" / "waivers.yaml").write_text(
        "schema: keyproof/waivers/1\nwaivers: []\n"
    )
    assert keyproof("evaluate").code == 3
    left = documents_of(evidence.resolve())
    assert left.keys() == {*whole, "declarations/waivers.yaml"} - {"report.html", "bundle.zip"}

    (company / "declarations" / "waivers.yaml").unlink()
    assert keyproof("evaluate").code == 3
    assert keyproof("report").code == 0
    again = documents_of(evidence.resolve())
    assert again.keys() == whole.keys()
    assert {name for name in whole if whole[name] != again[name]} == {"bundle.zip"}


def test_a_bundle_is_sealed_with_the_key_of_the_configuration(
    keyproof: Command, company: Path
) -> None:
    keyproof("evaluate")

    reported = keyproof("report")

    assert "bundle" in reported.out
    assert "public key" not in reported.out
    assert not (company / "evidence" / "latest" / "example-key.pub.pem").exists()
    bundle = company / "evidence" / "latest" / "bundle.zip"
    verified = keyproof("verify", bundle, "--key", company / "keyproof-key.pub.pem", "--replay")
    assert verified.code == 0, verified.err
    assert not verified.out.startswith("EXAMPLE: ")


def test_a_folder_that_lies_elsewhere_becomes_nobodys_latest(
    keyproof: Command, company: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "received" / "assessment"
    shutil.copytree(company / "evidence" / AS_OF_FOLDER, elsewhere)
    keyproof("evaluate", elsewhere)

    assert keyproof("report", elsewhere).code == 0

    assert (elsewhere / "bundle.zip").is_file()
    assert os.listdir(elsewhere.parent) == ["assessment"]  # noqa: PTH208 - hidden ones as well
    assert str((company / "evidence" / "latest").readlink()) == AS_OF_FOLDER


def test_a_configuration_elsewhere_is_named_on_the_command_line(
    keyproof: Command, company: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    outcome = keyproof("evaluate", "--config", "company/keyproof.toml")

    assert outcome.code == 3
    assert "company/evidence/" in outcome.out
    assert (company / "evidence" / "latest" / "results.json").is_file()


def test_an_opa_server_gives_the_same_bytes(keyproof: Command, company: Path) -> None:
    results = company / "evidence" / "latest" / "results.json"
    assert keyproof("evaluate").code == 3
    expected = results.read_bytes()
    results.unlink()

    outcome = keyproof("evaluate", "--opa", opa_server())

    assert (outcome.code, outcome.err) == (3, "")
    assert results.read_bytes() == expected


def test_an_opa_server_that_refuses_is_one_line_and_the_token_is_sent(company: Path) -> None:
    evidence = company / "evidence" / AS_OF_FOLDER
    before = documents_of(evidence)

    with answering(500, b"{}") as (url, asked):
        outcome = run(
            "evaluate", "--opa", url, cwd=company, environment={"KEYPROOF_OPA_TOKEN": "abc"}
        )

    assert message(outcome, 4) == (
        f"OPA at {url} answered 500; its own log says why; what was collected is kept in"
        f" {evidence}; go on with `keyproof evaluate {evidence} --opa {url}`"
    )
    assert {each["Authorization"] for each in asked} == {"Bearer abc"}
    assert documents_of(evidence) == before


@pytest.mark.parametrize("stage", ["evaluate", "report"])
def test_the_folder_of_a_company_is_not_taken_for_the_examples(
    keyproof: Command,
    company: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    stage: str,
) -> None:
    assert keyproof("evaluate").code == 3
    monkeypatch.chdir(tmp_path)
    before = documents_of(company)

    told = message(keyproof(stage, company / "evidence" / "latest"), 2)

    assert told.endswith(
        "is of 'EXAMPLE Company', and there is no keyproof.toml here;"
        " name with --config the one that it was collected with"
    )
    assert documents_of(company) == before


@pytest.mark.parametrize("stage", ["evaluate", "report"])
def test_the_examples_folder_is_not_signed_by_a_company(
    keyproof: Command, company: Path, example: Path, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(company)
    before = documents_of(example)

    told = message(keyproof(stage, example), 2)

    assert "is of the example company; run `keyproof collect`" in told
    assert documents_of(example) == before


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('"EXAMPLE Company"', '"Kestrel"', "the snapshot is of 'EXAMPLE Company', the"),
        ('"us-east-1", "eu-west-1"', '"us-east-1"', "account 123456789012, region eu-west-1 is in"),
        ('"us-east-1", "eu-west-1"', '"us-east-1", "eu-west-1", "us-east-2"', "region us-east-2"),
    ],
)
def test_a_snapshot_is_judged_by_the_configuration_that_it_was_collected_with(
    keyproof: Command, company: Path, old: str, new: str, told: str
) -> None:
    assert keyproof("evaluate").code == 3
    before = documents_of(company / "evidence")
    _edit(company / "keyproof.toml", old, new)

    assert told in message(keyproof("evaluate"), 2)
    assert documents_of(company / "evidence") == before


@pytest.mark.usefixtures("company")
def test_evaluating_again_what_has_not_changed_writes_nothing(
    keyproof: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert keyproof("evaluate").code == 3
    written: list[object] = []
    monkeypatch.setattr("keyproof.documents.write_whole", lambda *_: written.append(_))

    assert keyproof("evaluate").code == 3
    assert written == []


def test_inventory_of_a_named_folder_needs_no_declarations(
    keyproof: Command, example: Path
) -> None:
    (example.parents[1] / "keyproof.toml").write_text("organisation = ")

    outcome = keyproof("inventory", example, "--json")

    assert outcome.code == 0
    assert len(outcome.json["credentials"]) == 4
    assert orjson.loads((example / "facts.json").read_bytes())["as_of"] == outcome.json["as_of"]
