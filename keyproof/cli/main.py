"""
The outermost frame: the one place that turns what went wrong into a message and an exit code.

    0  the target level is proven
    1  below the target, or a bundle that does not verify
    2  wrong usage, configuration or declaration
    3  the evidence is too incomplete to tell, or the run was interrupted
    4  keyproof itself failed
"""

from __future__ import annotations

import io
import os
import sys
import traceback
from typing import TYPE_CHECKING

import click

from keyproof.cli.commands import cli
from keyproof.errors import InterruptedRunError, KeyproofError

if TYPE_CHECKING:
    from types import TracebackType

DEBUG = "KEYPROOF_DEBUG"
INTERRUPTED = InterruptedRunError.exit_code


def main() -> None:
    """Run the command line; it always ends in `SystemExit`."""
    with _Frame():
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, io.TextIOWrapper):  # a locale without our signs must not stop us
                stream.reconfigure(errors="replace")
        code = cli.main(standalone_mode=False)
        sys.stdout.flush()
        raise SystemExit(code if isinstance(code, int) else 0)


class _Frame:
    """
    Turns every exception into one message and an exit code, without a traceback.

    `--debug`, or the environment variable KEYPROOF_DEBUG, shows the traceback as well.
    """

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None or isinstance(error, SystemExit):
            return
        if os.environ.get(DEBUG):
            traceback.print_exception(kind, error, trace)
        message, code = _explain(error)
        if message:
            for line in message.splitlines():
                click.echo(f"keyproof: {line}", err=True)
        if isinstance(error, BrokenPipeError):
            # The reader of our output has gone; the interpreter must not try to flush to it.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(code) from None


def _explain(error: BaseException) -> tuple[str, int]:
    """The message and the exit code of one exception; no message where there is nothing to say."""
    match error:
        case click.exceptions.Exit():
            said = "", error.exit_code
        case click.UsageError():
            command = "keyproof" if error.ctx is None else error.ctx.command_path
            said = f"{error.format_message().rstrip('.')}; see `{command} --help`", 2
        case click.ClickException():
            said = error.format_message(), 2
        case KeyproofError():
            said = str(error), error.exit_code
        case KeyboardInterrupt() | click.Abort():
            said = "interrupted", INTERRUPTED
        case BrokenPipeError():
            said = "", 0
        case OSError():
            where = f"{error.filename}: " if error.filename else ""
            said = f"{where}{error.strerror or error}", 4
        case MemoryError():
            said = "out of memory", 4
        case _:
            advice = "run again with --debug and report what it prints"
            said = f"a defect of keyproof ({type(error).__name__}): {advice}", 4
    return said
