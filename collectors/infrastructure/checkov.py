"""
Runs checkov on a folder, off the network and out of reach of what the folder says to it.

checkov obeys a `.checkov.yaml` in the folder that it checks, in the current folder and in
the home: it may skip checks, run Python code and fetch more of it. So the folder is named in
the one way in which checkov does not look into it (`--directory=`), the current folder and
the home are empty ones, and the environment holds nothing else.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from collectors.infrastructure.report import UnreadableReportError, read_report

if TYPE_CHECKING:
    from collectors.infrastructure.report import Report

INSTALLED = Path(__file__).parents[2] / ".venv-checkov" / "bin" / "checkov"
"""Where `make checkov` puts it."""

HOW_TO_GET_IT = "run `make checkov`, name the program, or import the JSON of a run elsewhere"

LARGEST = 256 * 1024 * 1024
"""Bytes of JSON that are read at most."""

_OPTIONS = (
    "--skip-download",
    "--download-external-modules=false",
    "--soft-fail",  # so that another exit code than 0 means that checkov itself failed
    "--compact",
    "--output=json",
    "--framework=terraform",
    "--framework=cloudformation",
)
_NOBODY = "http://127.0.0.1:9"


class CheckovError(Exception):
    """checkov gave no result; the message says why and what to do, `code` in a word."""

    def __init__(self, reason: str, code: str) -> None:
        super().__init__(reason)
        self.code = code


def find_checkov(named: Path | None) -> Path:
    """
    Find the program: the one that is named, the one of `make checkov`, or one on the PATH.

    Raises `CheckovError`.
    """
    if named is not None:
        if not named.is_file() or not os.access(named, os.X_OK):
            raise CheckovError(f"{named} is no program: {HOW_TO_GET_IT}", "absent")
        return named.absolute()
    if os.access(INSTALLED, os.X_OK):
        return INSTALLED
    on_path = shutil.which("checkov")
    if on_path is None:
        raise CheckovError(f"checkov is not installed: {HOW_TO_GET_IT}", "absent")
    return Path(on_path).absolute()


def run_checkov(program: Path, folder: Path, timeout: float) -> Report:
    """Check one folder; raises `CheckovError`."""
    with tempfile.TemporaryDirectory(prefix="keyproof-checkov-") as nowhere:
        content = _run(program, folder.resolve(), timeout, Path(nowhere))
    try:
        return read_report(content)
    except UnreadableReportError as error:
        raise CheckovError(f"what checkov printed {error}", "output") from error


def _run(program: Path, folder: Path, timeout: float, nowhere: Path) -> bytes:
    home = nowhere / "home"
    home.mkdir()
    with (nowhere / "output.json").open("w+b") as output:
        try:
            process = subprocess.Popen(
                [program, f"--directory={folder}", *_OPTIONS],
                cwd=home,
                env=_environment(home),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.DEVNULL,  # quotes the code that it cannot parse
                start_new_session=True,
            )
        except OSError as error:
            reason = f"checkov cannot be started: {error.strerror}"
            raise CheckovError(reason, type(error).__name__) from error
        try:
            status = process.wait(timeout)
        except subprocess.TimeoutExpired as error:
            reason = f"checkov did not end within {timeout:g} seconds: allow it more, or less code"
            raise CheckovError(reason, "timeout") from error
        finally:
            _end(process)
        if status != 0:
            how = f"signal {-status}" if status < 0 else f"exit code {status}"
            raise CheckovError(f"checkov died with {how}: run it by hand to see why", "died")
        output.seek(0)
        content = output.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise CheckovError(f"checkov printed more than {LARGEST >> 20} MiB", "output")
    return content


def _environment(home: Path) -> dict[str, str]:
    """Nothing of ours: no keys of a platform, no options, no proxies but one that is closed."""
    return {
        "HOME": str(home),
        "HTTPS_PROXY": _NOBODY,
        "HTTP_PROXY": _NOBODY,
        "LANG": "C.UTF-8",
        "PATH": os.environ.get("PATH", os.defpath),
        "TMPDIR": str(home),
    }


def _end(process: subprocess.Popen[bytes]) -> None:
    """End checkov together with the processes that it started."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
