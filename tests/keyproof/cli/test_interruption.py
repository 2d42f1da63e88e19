"""Ctrl-C at every stage: what was collected stays, and the message says how to go on."""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import orjson
import pytest

from tests.collectors.emulator import Emulator
from tests.keyproof.cli.account import Gate
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
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.keyproof.cli.conftest import Command

PATIENCE = 60
GOING_ON = re.compile(
    r"interrupted; what was collected is kept in (.+); go on with `keyproof (.+)`"
)


@contextmanager
def _started(
    *arguments: str, cwd: Path, environment: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """The installed command at work, in a process group of its own as in a shell."""
    with subprocess.Popen(
        [KEYPROOF, *arguments],
        cwd=cwd,
        env=clean_environment(environment),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def _interrupted(process: subprocess.Popen[bytes]) -> Outcome:
    """Press Ctrl-C, and see how it ended."""
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    return Outcome(code=process.returncode, out=out.decode(), err=err.decode())


def _assert_whole(folder: Path) -> None:
    """Every document under a final name is one that can be read, and nothing else is there."""
    assert list(strays(folder)) == []
    for name, content in documents_of(folder).items():
        if name.endswith(".json"):
            orjson.loads(content)
        if name.endswith(".html"):
            assert content.rstrip().endswith(b"</html>")


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate.close()
    yield gate
    gate.opened.set()


# Collecting


def test_while_collecting_from_a_server_that_never_answers(
    kestrel: Path, environment: dict[str, str], aws: Emulator, gate: Gate
) -> None:
    aws.faults["GetAccountAuthorizationDetails"] = gate.fault

    with _started("assess", cwd=kestrel, environment=environment) as process:
        assert gate.asked.wait(PATIENCE)
        _until(lambda: any(kestrel.glob("evidence/*/snapshot/secrets_manager.*")), process)
        told = message(_interrupted(process), 3)

    said = GOING_ON.fullmatch(told)
    assert said is not None, told
    folder = kestrel / said[1]
    _assert_whole(folder)
    coverage = orjson.loads((folder / "snapshot" / "coverage.json").read_bytes())
    gaps = {
        each["source"]: {gap["reason"] for gap in each["gaps"]} for each in coverage["snapshots"]
    }
    assert gaps["iam"] == {"interrupted"}
    assert gaps["secrets_manager"] == set()
    assert not (kestrel / "evidence" / "latest").exists()

    gone_on = run(*shlex.split(said[2]), "--json", cwd=kestrel)
    assert (gone_on.code, gone_on.err) == (3, "")
    assert gone_on.json["criteria"]["stored_in_secrets_manager"]["verdict"] == "pass"
    assert gone_on.json["criteria"]["access_restricted"]["verdict"] == "unknown"
    assert run("report", said[1], cwd=kestrel).code == 0


def test_before_anything_was_collected(
    kestrel: Path, environment: dict[str, str], aws: Emulator, gate: Gate
) -> None:
    aws.faults["GetCallerIdentity"] = gate.fault

    with _started("collect", cwd=kestrel, environment=environment) as process:
        assert gate.asked.wait(PATIENCE)
        told = message(_interrupted(process), 3)

    assert told == "interrupted; there is nothing to go on from: collect again"
    assert list((kestrel / "evidence").iterdir()) == []


def test_the_message_repeats_the_options_that_going_on_needs(
    kestrel: Path, environment: dict[str, str], aws: Emulator, gate: Gate
) -> None:
    (kestrel / "keyproof.toml").rename(kestrel / "our audit.toml")
    aws.faults["DescribeAlarms"] = gate.fault

    arguments = ("assess", "--config", "our audit.toml")
    with _started(*arguments, cwd=kestrel, environment=environment) as process:
        assert gate.asked.wait(PATIENCE)
        told = message(_interrupted(process), 3)

    said = GOING_ON.fullmatch(told)
    assert said is not None, told
    assert said[2].endswith(" --config 'our audit.toml'")
    assert run(*shlex.split(said[2]), cwd=kestrel).code == 3


def test_a_kill_leaves_no_half_written_file(
    kestrel: Path, environment: dict[str, str], aws: Emulator, gate: Gate
) -> None:
    aws.faults["DescribeAlarms"] = gate.fault

    with _started("assess", cwd=kestrel, environment=environment) as process:
        assert gate.asked.wait(PATIENCE)
        _until(lambda: any(kestrel.glob("evidence/*/snapshot/iam.*")), process)
        process.terminate()
        _, said = process.communicate(timeout=PATIENCE)

    assert process.returncode == -signal.SIGTERM
    assert said == b""
    for path in kestrel.glob("evidence/*/snapshot/[!.]*"):
        orjson.loads(path.read_bytes())


# Evaluating and reporting


def test_while_an_opa_server_evaluates(company: Path, gate: Gate) -> None:
    with Emulator(faults={"": gate.fault}) as opa:
        with _started("evaluate", "--opa", opa.url, cwd=company) as process:
            assert gate.asked.wait(PATIENCE)
            told = message(_interrupted(process), 3)

        said = GOING_ON.fullmatch(told)
        assert said is not None, told
        assert said[1] == str(company / "evidence" / AS_OF_FOLDER)
        assert said[2].endswith(f" --opa {opa.url}")
        gate.opened.set()
    _assert_whole(company / "evidence" / AS_OF_FOLDER)
    assert run("evaluate", said[1], cwd=company).code == 3


def test_while_reporting(company: Path) -> None:
    assert run("evaluate", cwd=company).code == 3
    evidence = company / "evidence" / AS_OF_FOLDER

    with _reporting(company) as process:
        told = message(_interrupted(process), 3)

    said = GOING_ON.fullmatch(told)
    assert said is not None, told
    _assert_whole(evidence)
    assert not (evidence / "bundle.zip").exists()
    assert run(*shlex.split(said[2]), cwd=company).code == 0
    assert (evidence / "bundle.zip").is_file()


@contextmanager
def _reporting(company: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A report that waits, while it seals the folder, for the contents of one more file."""
    stray = company / "evidence" / AS_OF_FOLDER / "declarations" / "waits.yaml"
    os.mkfifo(stray)
    writers: list[int] = []

    def is_read() -> bool:
        with suppress(OSError):  # as long as nobody has opened it for reading
            writers.append(os.open(stray, os.O_WRONLY | os.O_NONBLOCK))
        return bool(writers)

    with _started("report", cwd=company) as process:
        _until(is_read, process)
        try:
            yield process
        finally:
            stray.unlink()
            os.close(writers[0])


def _until(happened: Callable[[], bool], process: subprocess.Popen[bytes]) -> None:
    """Wait until something is there, as long as the command is at work."""
    for _ in range(PATIENCE * 20):
        if happened():
            return
        try:
            process.wait(timeout=0.05)
        except subprocess.TimeoutExpired:
            continue
        pytest.fail(f"the command ended with {process.returncode}: {process.communicate()}")
    pytest.fail("it never happened")


# Writing: interrupted at each file in turn, before and after it has its final name


@pytest.mark.parametrize(
    ("stage", "renamed"), [("evaluate", False), ("report", False), ("report", True)]
)
def test_at_each_file_that_is_written(
    keyproof: Command,
    company: Path,
    monkeypatch: pytest.MonkeyPatch,
    stage: str,
    renamed: bool,  # noqa: FBT001 - a parameter
) -> None:
    evidence = company / "evidence" / AS_OF_FOLDER
    stages = ["evaluate", "report"][: 1 + (stage == "report")]
    collected = documents_of(evidence)
    found = collected
    for each in stages:
        found = documents_of(evidence)
        assert keyproof(each).code in {0, 3}
    whole = documents_of(evidence)
    files = len(whole.keys() - found.keys()) + (stage == "report")  # `latest` as well
    replace = os.replace
    interruptions = 0
    while True:
        for name in whole.keys() - collected.keys():
            (evidence / name).unlink()
        for each in stages[:-1]:
            assert keyproof(each).code == 3
        writes = 0

        def interrupt(source: str, target: Path, at: int = interruptions) -> None:
            nonlocal writes
            writes += 1
            if writes == at + 1 and not renamed:
                raise KeyboardInterrupt
            replace(source, target)
            if writes == at + 1:
                raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr(os, "replace", interrupt)
            outcome = keyproof(stage)
        if outcome.code != 3 or outcome.err == "":
            break
        interruptions += 1

        said = GOING_ON.fullmatch(message(outcome, 3))
        assert said is not None
        left = documents_of(evidence)
        assert list(strays(company)) == []
        assert {name for name in left if left[name] != whole[name]} <= {"bundle.zip"}
        assert left.items() >= collected.items()
        assert keyproof(*shlex.split(said[2])).code in {0, 3}
        assert documents_of(evidence).keys() == whole.keys()

    assert interruptions == files >= 3


def test_while_waiting_for_somebody_else_who_changes_the_folder(company: Path) -> None:
    assert run("evaluate", cwd=company).code == 3

    with _reporting(company) as first:
        with _started("evaluate", cwd=company) as second:
            _until(lambda: _waits_for_a_lock(second.pid), second)
            assert GOING_ON.fullmatch(message(_interrupted(second), 3))
        assert GOING_ON.fullmatch(message(_interrupted(first), 3))


def _waits_for_a_lock(pid: int) -> bool:
    with open("/proc/locks") as locks:  # noqa: PTH123 - no path of ours
        return any("->" in line and f" {pid} " in line for line in locks)


def test_while_the_program_itself_is_loaded(tmp_path: Path) -> None:
    """Ctrl-C before the command has begun is no defect either."""
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "class Interrupt:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name == 'keyproof.cli.commands':\n"
        "            raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupt())\n"
    )

    outcome = run("assess", cwd=tmp_path, environment={"PYTHONPATH": str(tmp_path)})

    assert message(outcome, 3) == "interrupted"
