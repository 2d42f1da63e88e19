"""The installed command on a terminal, and text that means harm to one."""

from __future__ import annotations

import fcntl
import os
import re
import struct
import subprocess
import termios
from typing import TYPE_CHECKING

from tests.keyproof.cli.command import KEYPROOF, clean_environment

if TYPE_CHECKING:
    from pathlib import Path

COLUMNS = 80
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
HOSTILE = "\x1b]0;pwned\x07\x1b[2J\u202eevil\u200b\r[red]:key:[/red]\nsecond line"


def on_a_terminal(
    *arguments: str, cwd: Path, environment: dict[str, str] | None = None
) -> tuple[int, str]:
    """Run the installed command on a terminal of 80 columns."""
    ours, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, COLUMNS, 0, 0))
    surroundings = {"TERM": "xterm-256color"} | clean_environment(environment)
    surroundings.pop("CI", None)
    with subprocess.Popen(
        [KEYPROOF, *arguments],
        cwd=cwd,
        env=surroundings,
        stdout=theirs,
        stderr=theirs,
        stdin=theirs,
    ) as process:
        os.close(theirs)
        said = b""
        try:
            while chunk := os.read(ours, 65536):
                said += chunk
        except OSError:  # how Linux says that the other side has closed
            pass
        finally:
            os.close(ours)
        return process.wait(timeout=60), said.decode()


def assert_harmless(said: str) -> None:
    """Hold what was printed against all that `HOSTILE` tries."""
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u202e]", said)
    assert "\nsecond line" not in said
    assert "[red]:key:[/red]" in said.replace("\n", "").replace(" ", "")
