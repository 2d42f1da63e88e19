"""
The outermost frame: the one place that turns what went wrong into a message and an exit code.

    0  the target level is proven
    1  below the target, or a bundle that does not verify
    2  wrong usage, configuration or declaration
    3  the evidence is too incomplete to tell, or the run was interrupted
    4  keyproof itself failed
"""

from __future__ import annotations

import os
import sys
import traceback
from typing import TYPE_CHECKING

import click

from keyproof.cli import streams
from keyproof.errors import InterruptedRunError, KeyproofError
from reports.visible import visible

if TYPE_CHECKING:
    from types import TracebackType

DEBUG = "KEYPROOF_DEBUG"


def main() -> None:
    """Run the command line; it always ends in `SystemExit`."""
    with _Frame():
        streams.prepare()
        from keyproof.cli.commands import cli  # noqa: PLC0415 - Ctrl-C may come while this loads

        sys.exit(cli.main(standalone_mode=False))


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
        message, code = _explain(error)
        notes = getattr(error, "__notes__", ())
        try:
            if os.environ.get(DEBUG):
                traceback.print_exception(kind, error, trace)
            for line in "; ".join([message, *notes]).split("\n"):
                click.echo(f"keyproof: {visible(line)}", err=True)
        except OSError:  # the exit code must do
            streams.abandon(sys.stderr)
        raise SystemExit(code) from None


def _explain(error: BaseException) -> tuple[str, int]:
    """The message and the exit code of one exception."""
    match error:
        case click.UsageError():
            command = "keyproof" if error.ctx is None else error.ctx.command_path
            said = f"{error.format_message().rstrip('.')}; see `{command} --help`", 2
        case KeyproofError():
            said = str(error), error.exit_code
        case KeyboardInterrupt() | click.Abort():
            said = "interrupted", InterruptedRunError.exit_code
        case OSError():
            where = f"{error.filename}: " if error.filename else ""
            said = f"{where}{error.strerror or error}", KeyproofError.exit_code
        case MemoryError():
            said = "out of memory", KeyproofError.exit_code
        case _:
            advice = "run again with --debug and report what it prints"
            said = (
                f"a defect of keyproof ({type(error).__name__}): {advice}",
                KeyproofError.exit_code,
            )
    return said
