from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

import pytest

from collectors.infrastructure import checkov
from collectors.infrastructure.checkov import CheckovError, find_checkov, run_checkov
from tests.collectors.infrastructure.programs import CODE, FRAMEWORKS, printing, program

if TYPE_CHECKING:
    from pathlib import Path


def test_what_it_prints_is_read(tmp_path: Path) -> None:
    report = run_checkov(printing(tmp_path, FRAMEWORKS.read_bytes()), CODE, 10)

    assert len(report.checks) == 7


def test_neither_the_environment_nor_the_folder_tell_it_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("BC_API_KEY", "PRISMA_API_URL", "CKV_SKIP_CHECK", "PYTHONPATH", "LOG_LEVEL"):
        monkeypatch.setenv(name, "obeyed")
    seen = tmp_path / "seen"
    printed = printing(tmp_path, FRAMEWORKS.read_bytes()).read_text().splitlines()[1]
    fake = program(tmp_path, f"(env; pwd; ls -a; echo \"$@\") > '{seen}'", printed)
    monkeypatch.chdir(CODE)

    run_checkov(fake, CODE, 10)

    said = seen.read_text()
    assert "obeyed" not in said
    assert f"--directory={CODE}" in said
    assert f" -d {CODE}" not in said
    assert "main.tf" not in said.splitlines()
    assert "HTTPS_PROXY=http://127.0.0.1:9" in said


@pytest.mark.parametrize(
    ("lines", "message", "code"),
    [
        (["exit 2"], "exit code 2", "died"),
        (["kill -9 $$"], "signal 9", "died"),
        (["true"], "is empty", "output"),
        (["echo Traceback"], "is not whole JSON", "output"),
        ([f"head -c 900 '{FRAMEWORKS}'"], "is not whole JSON", "output"),
        (["echo '{}'"], "is no report", "output"),
    ],
)
def test_one_that_gives_no_report(
    lines: list[str], message: str, code: str, tmp_path: Path
) -> None:
    with pytest.raises(CheckovError, match=message) as caught:
        run_checkov(program(tmp_path, *lines), CODE, 10)

    assert caught.value.code == code


def test_one_that_does_not_end_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    child = tmp_path / "child"
    hanging = program(tmp_path, "sleep 60 &", f"echo $! > '{child}'", "sleep 60")

    with pytest.raises(CheckovError, match="within 1 seconds") as caught:
        run_checkov(hanging, CODE, 1)

    assert caught.value.code == "timeout"
    _await_the_end_of(int(child.read_text()))


def _await_the_end_of(process: int) -> None:
    for _ in range(100):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return
        if _state(process) == "Z":  # ended, and nobody has asked how yet
            return
        time.sleep(0.05)
    pytest.fail("it still runs")


def _state(process: int) -> str:
    with open(f"/proc/{process}/stat", encoding="ascii") as file:  # noqa: PTH123
        return file.read().split(") ")[1][0]


def test_one_that_prints_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkov, "LARGEST", 100)

    with pytest.raises(CheckovError, match="printed more than"):
        run_checkov(printing(tmp_path, FRAMEWORKS.read_bytes()), CODE, 10)


def test_one_that_is_no_program(tmp_path: Path) -> None:
    fake = program(tmp_path, "true")
    fake.write_bytes(b"\x00\x01")

    with pytest.raises(CheckovError, match="cannot be started"):
        run_checkov(fake, CODE, 10)


def test_the_named_one_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake = program(tmp_path, "true")
    monkeypatch.chdir(tmp_path)

    assert find_checkov(fake.relative_to(tmp_path)) == fake


def test_a_named_one_that_is_missing_is_not_replaced(tmp_path: Path) -> None:
    for path in (tmp_path / "nothing", tmp_path):
        with pytest.raises(CheckovError, match=r"is no program.*make checkov") as caught:
            find_checkov(path)
        assert caught.value.code == "absent"


def test_the_installed_one_comes_before_one_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = program(tmp_path, "true")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(checkov, "INSTALLED", tmp_path / "installed")

    assert find_checkov(None) == fake

    monkeypatch.setattr(checkov, "INSTALLED", fake)
    monkeypatch.setenv("PATH", "")

    assert find_checkov(None) == fake


def test_without_any_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkov, "INSTALLED", tmp_path / "nothing")
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(CheckovError, match=r"not installed.*make checkov.*import the JSON"):
        find_checkov(None)
