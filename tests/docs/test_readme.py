"""What README.md promises is what happens."""

from __future__ import annotations

import re
import shutil
import stat
import struct
import subprocess
import zipfile
from typing import TYPE_CHECKING

import orjson
import pytest

from keyproof.configuration import load_configuration
from keyproof.declarations import load_declarations
from reports.phrases import LEVELS
from tests.docs.conftest import keyproof
from tests.docs.markdown import ROOT, between, blocks, rows, section, text_of

if TYPE_CHECKING:
    from pathlib import Path

    from tests.docs.conftest import Run

README = text_of("README.md")
MISSING = [name for name in ("openssl", "unzip", "sha256sum") if not shutil.which(name)]
MOST_BYTES = 300_000


def _one_line(text: str) -> str:
    return " ".join(text.split())


def test_the_two_commands_stand_first() -> None:
    assert blocks(README, "sh")[0] == "make assess\nmake test\n"


def test_the_example_prints_what_is_shown(example: Run) -> None:
    printed = _one_line(example.printed)

    for line in between(README, "assess").splitlines():
        assert _one_line(line) in printed


def test_the_example_s_readers_are_shown(example: Run, tmp_path: Path) -> None:
    run = keyproof(tmp_path, "who-can-read", "production/openai/api-key", example.folder)

    assert (run.returncode, run.stderr) == (0, "")
    printed = _one_line(run.stdout)
    for line in between(README, "who-can-read").splitlines():
        assert _one_line(line) in printed


def test_the_picture_is_a_page_s_top_and_small() -> None:
    content = (ROOT / "docs" / "report.png").read_bytes()

    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    assert struct.unpack(">II", content[16:24]) == (1280, 900)
    assert len(content) < MOST_BYTES


def test_the_levels_are_those_of_the_report() -> None:
    shown = rows(section(README, "## What is assessed"))

    assert shown == [[str(number), name, what] for number, (name, what) in LEVELS.items()]


def test_what_has_no_source_yet_is_listed_whole(example: Run) -> None:
    criteria = orjson.loads((example.folder / "results.json").read_bytes())["criteria"]
    missing = {
        slug: sorted(gap["source"] for gap in result["gaps"] if gap["reason"] == "no source yet")
        for slug, result in criteria.items()
    }
    expected = {
        (str(criteria[slug]["level"]), f"`{slug}`", ", ".join(f"`{source}`" for source in sources))
        for slug, sources in missing.items()
        if sources
    }

    assert {tuple(row) for row in rows(section(README, "## What is not there yet"))} == expected
    lowest = min(criteria[slug]["level"] for slug, sources in missing.items() if sources)
    assert f"**Today keyproof cannot prove more than level {lowest - 1}**" in README


@pytest.fixture
def account(tmp_path: Path) -> Path:
    """A folder after steps 1 to 3 of "Assess your own account"."""
    steps = section(README, "## Assess your own account")
    [configuration], [inventory] = blocks(steps, "toml"), blocks(steps, "yaml")
    (tmp_path / "keyproof.toml").write_text(configuration, encoding="utf-8")
    (tmp_path / "declarations").mkdir()
    (tmp_path / "declarations" / "inventory.yaml").write_text(inventory, encoding="utf-8")
    assert keyproof(tmp_path, "keygen").returncode == 0
    return tmp_path


def test_the_steps_lead_to_an_account_that_can_be_assessed(account: Path) -> None:
    configuration = load_configuration(account / "keyproof.toml")
    declarations = load_declarations(configuration.declarations)

    [entry] = declarations.inventory.credentials
    [alert] = entry.spend_alert.alerts if entry.spend_alert else ()
    assert entry.storage is not None
    places = {(entry.storage.account, entry.storage.region), (entry.storage.account, alert.region)}
    [configured] = configuration.accounts
    assert places == {(configured.id, region) for region in configured.regions}
    assert configuration.signing_key is not None
    assert stat.S_IMODE(configuration.signing_key.stat().st_mode) == 0o600
    assert (account / "keyproof-key.pub.pem").is_file()


def test_the_policy_denies_reading_values(account: Path) -> None:
    run = keyproof(account, "iam-policy")

    deny = [each for each in orjson.loads(run.stdout)["Statement"] if each["Effect"] == "Deny"]
    assert [set(each["Action"]) for each in deny] == [
        {"kms:Decrypt", "secretsmanager:BatchGetSecretValue", "secretsmanager:GetSecretValue"}
    ]


def test_the_stages_run_one_by_one(tmp_path: Path) -> None:
    stages = re.findall(
        r"^keyproof (\w+)  ",
        blocks(section(README, "## One stage at a time"), "sh")[0],
        re.MULTILINE,
    )

    runs = {stage: keyproof(tmp_path, stage) for stage in stages}

    assert {stage: (run.returncode, run.stderr) for stage, run in runs.items()} == {
        "collect": (0, ""),
        "evaluate": (1, ""),
        "report": (0, ""),
        "inventory": (0, ""),
    }
    assert (tmp_path / "evidence" / "latest" / "bundle.zip").is_file()


def test_the_script_is_that_of_the_document_on_verification() -> None:
    assert between(README, "verify.sh") == between(text_of("docs/verification.md"), "verify.sh")


def _verify(folder: Path, bundle: Path, key: Path) -> subprocess.CompletedProcess[str]:
    (folder / "verify.sh").write_text(between(README, "verify.sh"), encoding="utf-8")
    return subprocess.run(
        ["sh", "verify.sh", bundle, key],
        cwd=folder,
        capture_output=True,
        check=False,
        text=True,
        timeout=60,
    )


@pytest.mark.skipif(bool(MISSING), reason=f"this machine has no {MISSING}")
def test_the_example_s_bundle_verifies_with_openssl_alone(example: Run, tmp_path: Path) -> None:
    run = _verify(tmp_path, example.bundle, example.key)

    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.splitlines()[:2] == ["Verified OK", "Verified OK"]


@pytest.mark.skipif(bool(MISSING), reason=f"this machine has no {MISSING}")
@pytest.mark.parametrize("name", ["results.json", "report.html"])
def test_a_changed_bundle_does_not(example: Run, tmp_path: Path, name: str) -> None:
    changed = tmp_path / "bundle.zip"
    with zipfile.ZipFile(example.bundle) as sealed, zipfile.ZipFile(changed, "w") as file:
        for each in sealed.infolist():
            content = sealed.read(each)
            file.writestr(
                each, content.replace(b"fail", b"pass") if each.filename == name else content
            )

    assert _verify(tmp_path, changed, example.key).returncode != 0
    assert keyproof(tmp_path, "verify", changed, "--key", example.key).returncode == 1
