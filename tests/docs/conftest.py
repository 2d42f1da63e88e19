"""One real run of the example, as a reader of the README has it."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

KEYPROOF = Path(sys.executable).parent / "keyproof"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """An assessment of the example: what it printed, and the folder that it wrote."""

    printed: str
    folder: Path

    @property
    def bundle(self) -> Path:
        return self.folder / "bundle.zip"

    @property
    def key(self) -> Path:
        return self.folder / "example-key.pub.pem"


def keyproof(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The installed command, in a folder of its own and without anybody's settings."""
    foreign = ("AWS_", "KEYPROOF_")
    return subprocess.run(
        [KEYPROOF, *arguments],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if not name.startswith(foreign)},
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )


@pytest.fixture(scope="session")
def example(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("example")
    run = keyproof(folder, "assess")
    assert (run.returncode, run.stderr) == (1, ""), "the example stays below its target"
    return Run(printed=run.stdout, folder=folder / "evidence" / "latest")
