"""Whatever is wrong outside: one clear message, the right exit code, and nothing half-written."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import orjson
import pytest

from tests.collectors.emulator import error
from tests.keyproof.cli import account
from tests.keyproof.cli.command import (
    AS_OF_FOLDER,
    KEYPROOF,
    Outcome,
    clean_environment,
    documents_of,
    message,
    run,
    strays,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.collectors.emulator import Emulator
    from tests.keyproof.cli.conftest import Command

WAIVER = """\
schema: keyproof/waivers/1
waivers:
  - id: W-1
    criterion: rotated_on_schedule
    resource: openai-production
    reason: moves to a new vault
    approver: Ines Okafor
    expires: 2027-01-01T00:00:00
"""
ENTRY = "  - id: openai-production\n"


@pytest.fixture
def working(kestrel: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The organisation's folder, whose AWS is never reached."""
    monkeypatch.chdir(kestrel)
    return kestrel


def _refused(keyproof: Command, folder: Path, *arguments: str) -> list[str]:
    """What a run says that ends before it has done anything."""
    outcome = keyproof(*arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert not (folder / "evidence").exists()
    lines = outcome.err.splitlines()
    assert all(line.startswith("keyproof: ") for line in lines)
    return [line.removeprefix("keyproof: ") for line in lines]


# Declarations


@pytest.mark.parametrize("command", ["assess", "collect"])
def test_a_missing_inventory(keyproof: Command, working: Path, command: str) -> None:
    (working / "declarations" / "inventory.yaml").unlink()

    (told,) = _refused(keyproof, working, command)

    assert told.startswith("declarations/inventory.yaml: is missing: write ")


def test_missing_declarations(keyproof: Command, working: Path) -> None:
    (working / "declarations").rename(working / "elsewhere")

    (told,) = _refused(keyproof, working, "assess")

    assert told == "declarations: is missing: make this folder and write inventory.yaml in it"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "inventory.yaml"),
        ("credentials: [", "inventory.yaml:"),
        ("- a\n- list\n", "inventory.yaml"),
        ("schema: keyproof/inventory/1\ncredentials: []\n", "at least 1 entry, found none"),
        ("\x00", "inventory.yaml:1"),
        ("schema: keyproof/inventory/1\n\tcredentials: 1\n", "inventory.yaml:2"),
    ],
)
def test_a_malformed_or_empty_inventory(
    keyproof: Command, working: Path, content: str, told: str
) -> None:
    (working / "declarations" / "inventory.yaml").write_text(content)

    lines = _refused(keyproof, working, "assess")

    assert len(lines) == 1
    assert lines[0].startswith("declarations/inventory.yaml")
    assert told in lines[0]


def test_all_faults_of_all_files_at_once(keyproof: Command, working: Path) -> None:
    inventory = account.INVENTORY.replace(ENTRY, f"{ENTRY}    ownr: nobody\n")
    inventory += account.INVENTORY.split("credentials:\n")[1]
    (working / "declarations" / "inventory.yaml").write_text(inventory)
    (working / "declarations" / "waivers.yaml").write_text(WAIVER)

    lines = _refused(keyproof, working, "assess")

    assert len(lines) == 3
    assert [line.split(": ")[0].rsplit(":", 1)[0] for line in lines] == [
        "declarations/inventory.yaml",
        "declarations/inventory.yaml",
        "declarations/waivers.yaml",
    ]
    assert "credentials[0].ownr: unknown field: did you mean owner?" in lines[0]
    assert '"openai-production" is taken by credentials[0]' in lines[1]
    assert "waivers[0].expires: expected an instant with a time zone" in lines[2]


# Configuration


@pytest.mark.parametrize(
    "command",
    ["assess", "collect", "evaluate", "report", "inventory", "who-can-read openai-production"],
)
def test_a_configuration_that_is_not_there(keyproof: Command, working: Path, command: str) -> None:
    (told,) = _refused(keyproof, working, *command.split(), "--config", "none.toml")

    assert told.startswith("none.toml: is missing: write it with ")


def test_a_link_to_no_configuration_is_not_the_example(keyproof: Command, working: Path) -> None:
    (working / "keyproof.toml").unlink()
    (working / "keyproof.toml").symlink_to("shared.toml")

    (told,) = _refused(keyproof, working, "assess")

    assert told == "keyproof.toml: is a link to nothing: mend it or take it out"


def test_a_region_that_does_not_exist(keyproof: Command, working: Path) -> None:
    (working / "keyproof.toml").write_text(
        account.CONFIGURATION.replace('"us-east-1"', '"us-east-9"')
    )

    (told,) = _refused(keyproof, working, "assess")

    assert "aws.accounts[0].regions[0]: 'us-east-9' is no AWS region" in told


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda key: key.unlink(), "keyproof-key.pem: cannot be read: No such file"),
        (lambda key: key.write_text("no key"), "keyproof-key.pem: is no private key in PEM"),
        (lambda key: key.chmod(0o644), "keyproof-key.pem: others than its owner can read"),
    ],
)
def test_a_signing_key_that_cannot_be_used(
    keyproof: Command, working: Path, spoil: object, told: str
) -> None:
    assert callable(spoil)
    spoil(working / "keyproof-key.pem")

    (said,) = _refused(keyproof, working, "assess")

    assert told in said


def test_no_signing_key(keyproof: Command, working: Path) -> None:
    (working / "keyproof.toml").write_text(account.CONFIGURATION.split("[signing]")[0])

    (told,) = _refused(keyproof, working, "assess")

    assert told.startswith("keyproof.toml: signing.key: is not set, and a bundle must be signed;")


def test_a_passphrase_that_is_not_set(keyproof: Command, working: Path) -> None:
    (working / "keyproof.toml").write_text(
        f'{account.CONFIGURATION}passphrase_env = "NOBODY_SET_THIS"\n'
    )

    (told,) = _refused(keyproof, working, "assess")

    assert "NOBODY_SET_THIS" in told


@pytest.mark.parametrize("command", ["assess", "evaluate"])
@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("localhost:8181", "--opa localhost:8181: expected http(s)://HOST[:PORT]"),
        ("http://user:password@opa.test", "--opa: a URL holds no credentials; set KEYPROOF_OPA"),
        ("http://[::1", "--opa http://[::1: is no URL"),
    ],
)
def test_an_opa_url_that_is_none(
    keyproof: Command, company: Path, command: str, url: str, told: str
) -> None:
    before = documents_of(company)

    assert message(keyproof(command, "--opa", url), 2).startswith(told)
    assert documents_of(company) == before


# AWS


def test_no_credentials(kestrel: Path, environment: dict[str, str]) -> None:
    del environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"]

    told = message(run("assess", cwd=kestrel, environment=environment), 2)

    assert told == (
        "account 123456789012: there are no AWS credentials: run `aws sso login`, or name a profile"
    )
    assert list((kestrel / "evidence").iterdir()) == []


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("ExpiredToken", "the session has expired (ExpiredToken): run `aws sso login`"),
        ("InvalidClientTokenId", "AWS does not know these credentials (InvalidClientTokenId)"),
    ],
)
def test_credentials_that_aws_refuses(
    kestrel: Path, environment: dict[str, str], aws: Emulator, code: str, told: str
) -> None:
    aws.faults["GetCallerIdentity"] = error(code, 403)

    said = message(run("assess", cwd=kestrel, environment=environment), 2)

    assert said.startswith(f"account 123456789012: {told}")
    assert list((kestrel / "evidence").iterdir()) == []


def test_credentials_of_another_account(kestrel: Path, environment: dict[str, str]) -> None:
    (kestrel / "keyproof.toml").write_text(
        account.CONFIGURATION.replace("123456789012", "111122223333")
    )

    told = message(run("assess", cwd=kestrel, environment=environment), 2)

    assert told.startswith(
        "the credentials for account 111122223333 belong to account 123456789012"
    )
    assert list((kestrel / "evidence").iterdir()) == []


def test_a_profile_that_does_not_exist(kestrel: Path, environment: dict[str, str]) -> None:
    (kestrel / "keyproof.toml").write_text(
        account.CONFIGURATION.replace("regions", 'profile = "audit"\nregions')
    )

    told = message(run("assess", cwd=kestrel, environment=environment), 2)

    assert told.startswith("AWS has no profile 'audit' for account 123456789012")


# Where the evidence goes


def test_an_evidence_folder_that_is_a_file(keyproof: Command, working: Path) -> None:
    (working / "evidence").write_text("notes")

    told = message(keyproof("assess"), 4)

    assert told == (
        "evidence: cannot be made: File exists;"
        " free the place, or set `evidence` in keyproof.toml to another"
    )
    assert (working / "evidence").read_text() == "notes"


def test_an_evidence_folder_on_a_system_that_takes_none(keyproof: Command, working: Path) -> None:
    (working / "keyproof.toml").write_text(f'evidence = "/sys/keyproof"\n{account.CONFIGURATION}')

    told = message(keyproof("assess"), 4)

    assert told.startswith("/sys/keyproof: cannot be made: ")


def test_a_latest_that_is_a_folder_is_left_alone(keyproof: Command, example: Path) -> None:
    latest = example.parent / "latest"
    latest.unlink()
    latest.mkdir()

    told = message(keyproof("report", example), 4)

    assert told.startswith(f"{latest.relative_to(example.parents[1])}: cannot be written: ")
    assert latest.is_dir()
    assert (example / "bundle.zip").is_file()


@pytest.mark.parametrize(
    "command", ["evaluate", "report", "inventory", "who-can-read openai-production"]
)
@pytest.mark.parametrize("folder", ["none", "evidence/loop", "empty"])
def test_a_folder_without_a_snapshot(
    keyproof: Command, example: Path, command: str, folder: str
) -> None:
    (example.parent / "loop").symlink_to("loop")
    (example.parents[1] / "empty").mkdir()

    told = message(keyproof(*command.split(), folder), 2)

    assert told == (
        f"{folder}: holds no snapshot; run `keyproof collect`, or name a folder of an assessment"
    )


@pytest.mark.parametrize("command", ["evaluate", "who-can-read openai-production"])
def test_without_any_assessment_there_is_no_latest(
    keyproof: Command, working: Path, command: str
) -> None:
    told = message(keyproof(*command.split()), 2)

    assert told.startswith("evidence/latest: holds no snapshot; run `keyproof collect`")
    assert not (working / "evidence").exists()


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("evaluate", "snapshot/coverage.json"),
        ("evaluate", "snapshot/iam.123456789012.global.json"),
        ("report", "facts.json"),
        ("report", "results.json"),
        ("inventory", "facts.json"),
        ("who-can-read openai-production", "snapshot/coverage.json"),
        ("who-can-read openai-production", "snapshot/iam.123456789012.global.json"),
    ],
)
@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"schema": "\x1b[2J"}'])
def test_documents_that_cannot_be_used(
    keyproof: Command, example: Path, command: str, name: str, content: bytes
) -> None:
    (example / name).write_bytes(content)
    (example / "bundle.zip").unlink()
    before = documents_of(example)

    told = message(keyproof(*command.split(), example), 2)

    assert name.rsplit("/", maxsplit=1)[-1] in told
    assert len(told) < 1000
    after = documents_of(example)
    assert {each for each in after if after[each] != before.get(each)} <= {"example-key.pub.pem"}


def test_a_snapshot_that_has_gone_is_a_gap_and_cannot_be_sealed(
    keyproof: Command, example: Path
) -> None:
    lost = example / "snapshot" / "secrets_manager.123456789012.us-east-1.json"
    lost.unlink()

    verdict = keyproof("evaluate", "--json").json["criteria"]["stored_in_secrets_manager"]

    assert verdict["verdict"] == "unknown"
    assert f"{lost.name}: cannot be read" in message(keyproof("report"), 2)
    assert not (example / "bundle.zip").exists()


def test_a_report_needs_an_evaluation(keyproof: Command, example: Path) -> None:
    (example / "results.json").unlink()

    assert "results.json: cannot be read" in message(keyproof("report"), 2)


def test_a_key_in_the_evidence_is_not_sealed(keyproof: Command, example: Path) -> None:
    (example / "bundle.zip").unlink()
    leaked = "sk-ant-api03-" + "A" * 93 + "AA"
    waivers = example / "declarations" / "waivers.yaml"
    waivers.write_text(f"{waivers.read_text()}# {leaked}\n")

    told = message(keyproof("report"), 2)

    assert "declarations/waivers.yaml: holds what looks like a key of anthropic" in told
    assert leaked not in told
    assert not (example / "bundle.zip").exists()


# A disk that is full


def _with_room_for(
    blocks: int, *arguments: str, cwd: Path, environment: Mapping[str, str] | None = None
) -> Outcome:
    """Run where no file can grow beyond so many blocks of 512 bytes."""
    done = subprocess.run(
        ["sh", "-c", f'ulimit -f {blocks}; exec "$0" "$@"', KEYPROOF, *arguments],
        cwd=cwd,
        env=clean_environment({"PYTHONDONTWRITEBYTECODE": "1", **(environment or {})}),
        capture_output=True,
        timeout=60,
        check=False,
    )
    return Outcome(code=done.returncode, out=done.stdout.decode(), err=done.stderr.decode())


def _blocks_below(path: Path) -> int:
    return (path.stat().st_size - 1) // 512


def test_a_disk_without_room_for_the_bundle(keyproof: Command, company: Path) -> None:
    assert keyproof("evaluate").code == 3
    assert keyproof("report").code == 0
    evidence = (company / "evidence" / "latest").resolve()
    whole = documents_of(evidence)
    room = _blocks_below(evidence / "bundle.zip")
    (evidence / "bundle.zip").unlink()

    told = message(_with_room_for(room, "report", cwd=company), 4)

    path = company / "evidence" / AS_OF_FOLDER
    assert told == (
        f"{path / 'bundle.zip'}: cannot be written: File too large; what was collected is kept in"
        f" {path}; go on with `keyproof report {path}`"
    )
    assert list(strays(company)) == []
    assert documents_of(evidence).keys() == whole.keys() - {"bundle.zip"}
    assert keyproof("report", path).code == 0


def test_a_disk_without_room_for_the_facts_keeps_the_snapshot(
    keyproof: Command, company: Path
) -> None:
    evidence = (company / "evidence" / "latest").resolve()
    collected = documents_of(evidence)
    assert keyproof("evaluate").code == 3
    room = _blocks_below(evidence / "facts.json")
    for name in documents_of(evidence).keys() - collected.keys():
        (evidence / name).unlink()

    told = message(_with_room_for(room, "evaluate", cwd=company), 4)

    assert "facts.json: cannot be written: File too large; what was collected is kept in" in told
    assert list(strays(company)) == []
    left = documents_of(evidence)
    assert left.items() >= collected.items()
    assert not {"facts.json", "results.json"} & left.keys()
    assert keyproof("evaluate").code == 3


def test_a_disk_that_fills_up_while_collecting_keeps_what_was_seen(
    kestrel: Path, environment: dict[str, str]
) -> None:
    told = message(_with_room_for(3, "assess", cwd=kestrel, environment=environment), 4)

    assert ": cannot be written: File too large; " in told
    assert list(strays(kestrel)) == []
    kept = sorted(kestrel.glob("evidence/*/snapshot/*.json"))
    assert kept
    assert all(orjson.loads(path.read_bytes()) for path in kept)
