from __future__ import annotations

import logging
import os
import re
import subprocess
from typing import TYPE_CHECKING

import orjson
import pytest

from collectors.aws.clients import iam_policy
from keyproof.cli import commands
from keyproof.errors import KeyproofError
from reports import signing
from tests.keyproof.cli.command import KEYPROOF, clean_environment, message, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.keyproof.cli.conftest import Assessed, Command

COMMANDS = {
    "scan",
    "assess",
    "collect",
    "evaluate",
    "iam-policy",
    "inventory",
    "keygen",
    "report",
    "verify",
    "who-can-read",
}


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Let the next command raise."""

    def fail(error: BaseException) -> None:
        def raise_it(_: object) -> None:
            raise error

        monkeypatch.setattr(commands, "open_project", raise_it)

    return fail


def test_without_a_command_there_is_help(keyproof: Command) -> None:
    outcome = keyproof()

    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.startswith("Usage: keyproof [OPTIONS] COMMAND [ARGS]...\n")


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_names_every_command_and_exit_code(keyproof: Command, option: str) -> None:
    outcome = keyproof(option)

    assert (outcome.code, outcome.err) == (0, "")
    assert set(re.findall(r"^  ([a-z][a-z-]*)  ", outcome.out, re.MULTILINE)) == COMMANDS
    codes = re.search(r"Exit codes:(.*?)\.\n", outcome.out, re.DOTALL)
    assert codes is not None
    assert re.findall(r"\d", codes[1]) == ["0", "1", "2", "3", "4"]


def test_the_version_is_told(keyproof: Command) -> None:
    assert re.fullmatch(r"keyproof, version \d+\.\d+\.\d+\n", keyproof("--version").out)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["asses"], "No such command 'asses'"),
        (["--colour"], "No such option '--colour'"),
        (["assess", "--jsno"], "No such option '--jsno'"),
        (["assess", "--config"], "Option '--config' requires an argument"),
        (["assess", "here"], "Got unexpected extra argument"),
        (["verify"], "Missing argument 'BUNDLE'"),
        (["who-can-read"], "Missing argument 'SECRET'"),
        (["who-can-read", "openai", "--explain"], "Option '--explain' requires an argument"),
    ],
)
def test_wrong_usage_is_one_line_that_points_to_the_help(
    keyproof: Command, arguments: list[str], told: str
) -> None:
    said = message(keyproof(*arguments), 2)

    assert told in said
    assert said.endswith("--help`")


@pytest.mark.parametrize(
    ("error", "code", "told"),
    [
        (KeyproofError("the policies are gone"), 4, "the policies are gone"),
        (OSError(5, "Input/output error", "/mnt/disk"), 4, "/mnt/disk: Input/output error"),
        (OSError("no number"), 4, "no number"),
        (MemoryError(), 4, "out of memory"),
        (KeyboardInterrupt(), 3, "interrupted"),
        (
            ZeroDivisionError(),
            4,
            (
                "a defect of keyproof (ZeroDivisionError): run again with --debug and report what"
                " it prints"
            ),
        ),
    ],
)
def test_whatever_goes_wrong_is_one_line(
    keyproof: Command,
    failing: Callable[[BaseException], None],
    error: BaseException,
    code: int,
    told: str,
) -> None:
    failing(error)

    assert message(keyproof("collect"), code) == told


def test_what_is_hostile_in_a_message_is_written_out(
    keyproof: Command, failing: Callable[[BaseException], None]
) -> None:
    failing(KeyproofError("a\x1b[2Jb\u202ec\rd\x0be\u2028f\nsecond"))

    outcome = keyproof("collect")

    assert outcome.err == ("keyproof: a\\u001b[2Jb\\u202ec\\rd\\u000be\\u2028f\nkeyproof: second\n")


@pytest.mark.parametrize("debug", [["--debug"], []])
def test_a_traceback_is_shown_to_those_who_ask(
    keyproof: Command,
    failing: Callable[[BaseException], None],
    monkeypatch: pytest.MonkeyPatch,
    debug: list[str],
) -> None:
    failing(KeyproofError("the policies are gone"))
    monkeypatch.setenv("KEYPROOF_DEBUG", "" if debug else "1")

    outcome = keyproof(*debug, "collect")

    assert outcome.code == 4
    assert outcome.err.startswith("Traceback (most recent call last):\n")
    assert outcome.err.endswith("\nkeyproof: the policies are gone\n")


def test_libraries_warnings_are_not_shown_to_users(
    keyproof: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])

    keyproof("--version")

    assert [type(handler) for handler in root.handlers] == [logging.NullHandler]


# The place where it runs


@pytest.mark.parametrize(
    ("arguments", "code", "unbuffered"),
    [
        ("evaluate", 1, ""),
        ("evaluate --json", 1, "1"),
        ("who-can-read openai-production", 0, ""),
        ("who-can-read openai-production --explain root --json", 0, "1"),
        ("verify evidence/latest/bundle.zip --key evidence/latest/example-key.pub.pem", 0, ""),
    ],
)
def test_a_reader_that_has_gone_changes_no_exit_code(
    example: Path, arguments: str, code: int, unbuffered: str
) -> None:
    environment = {"PYTHONUNBUFFERED": unbuffered}
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [KEYPROOF, *arguments.split()],
            cwd=example.parents[1],
            env=clean_environment(environment),
            stdout=writing,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    finally:
        os.close(writing)

    assert (done.returncode, done.stderr) == (code, b"")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_an_output_that_is_full_is_said(example: Path, unbuffered: str) -> None:
    with open("/dev/full", "wb") as full:  # noqa: PTH123 - a device
        done = subprocess.run(
            [KEYPROOF, "inventory"],
            cwd=example.parents[1],
            env=clean_environment({"PYTHONUNBUFFERED": unbuffered}),
            stdout=full,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )

    assert done.returncode == 4
    assert done.stderr == (
        b"keyproof: standard output: cannot be written: No space left on device\n"
    )


@pytest.mark.parametrize(
    ("redirection", "code"),
    [(">&-", 1), ("<&- >&- 2>&-", 1), ("--config none 2>/dev/full", 2)],
)
def test_missing_streams_change_no_exit_code(example: Path, redirection: str, code: int) -> None:
    done = subprocess.run(
        ["sh", "-c", f'exec "$0" evaluate {redirection}', KEYPROOF],
        cwd=example.parents[1],
        env=clean_environment(),
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == code
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONIOENCODING": "ascii:strict"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "COLUMNS": "3"},
    ],
)
def test_a_locale_without_our_signs_stops_nothing(
    assessed: Assessed, environment: dict[str, str]
) -> None:
    outcome = run("inventory", assessed.evidence, cwd=assessed.folder, environment=environment)

    assert (outcome.code, outcome.err) == (0, "")
    assert "openai-production" in outcome.out


# The small commands


def test_keygen_makes_a_key_for_its_owner_alone(keyproof: Command, tmp_path: Path) -> None:
    outcome = keyproof("keygen", tmp_path / "audit-key.pem")

    public = tmp_path / "audit-key.pub.pem"
    assert outcome.code == 0
    assert (tmp_path / "audit-key.pem").stat().st_mode & 0o777 == 0o600
    assert outcome.out.splitlines() == [
        f"private key  {tmp_path / 'audit-key.pem'}",
        f"public key   {public}",
        f"fingerprint  {signing.fingerprint(signing.load_public_key(public))}",
    ]


def test_keygen_never_overwrites(keyproof: Command, tmp_path: Path) -> None:
    key = tmp_path / "audit-key.pem"
    keyproof("keygen", key)
    before = key.read_bytes()

    assert "a key is never overwritten" in message(keyproof("keygen", key), 2)
    assert key.read_bytes() == before


def test_keygen_takes_its_passphrase_from_the_environment(
    keyproof: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AUDIT_PASSPHRASE", "correct horse")
    key = tmp_path / "audit-key.pem"

    assert keyproof("keygen", key, "--passphrase-env", "AUDIT_PASSPHRASE").code == 0
    private = signing.load_private_key(key, passphrase=b"correct horse")
    public = signing.load_public_key(tmp_path / "audit-key.pub.pem")
    assert signing.fingerprint(private.public_key()) == signing.fingerprint(public)

    told = message(keyproof("keygen", tmp_path / "b.pem", "--passphrase-env", "UNSET_ONE"), 2)
    assert told.startswith("the environment variable UNSET_ONE is to hold")
    assert not (tmp_path / "b.pem").exists()


def test_the_iam_policy_is_printed_as_it_is_attached(keyproof: Command) -> None:
    outcome = keyproof("iam-policy")

    assert outcome.code == 0
    assert orjson.loads(outcome.out) == iam_policy()
