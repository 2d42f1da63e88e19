"""The installed command in a process of its own, and what it said."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

KEYPROOF = Path(sys.executable).with_name("keyproof")
AS_OF_FOLDER = "2026-11-02T090000Z"
"""The folder of every assessment of the example company: its clock stands still."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a run ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return orjson.loads(self.out)


def run(*arguments: str | Path, cwd: Path, environment: Mapping[str, str] | None = None) -> Outcome:
    """Run the installed command to its end."""
    done = subprocess.run(
        [KEYPROOF, *arguments],
        cwd=cwd,
        env=clean_environment(environment),
        capture_output=True,
        timeout=120,
        check=False,
    )
    return Outcome(
        code=done.returncode,
        out=done.stdout.decode("utf-8", "replace"),
        err=done.stderr.decode("utf-8", "replace"),
    )


def clean_environment(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment without the developer's own settings."""
    own = ("AWS_", "KEYPROOF_", "PYTHON", "COLUMNS", "NO_COLOR", "FORCE_COLOR")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    return {**kept, **(extra or {})}


def message(outcome: Outcome, code: int) -> str:
    """The one line that a failed run says to its user, on standard error and nowhere else."""
    assert outcome.code == code, outcome
    assert outcome.out == ""
    lines = outcome.err.strip("\n").split("\n")
    assert len(lines) == 1, outcome.err
    assert lines[0].startswith("keyproof: ")
    return lines[0].removeprefix("keyproof: ")


def documents_of(folder: Path) -> dict[str, bytes]:
    """Every file of an evidence folder by its name in it."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def strays(folder: Path) -> Iterator[Path]:
    """What a write that stopped half-way would leave."""
    return (path for path in folder.rglob(".*") if path.name != ".")
