"""Standard output and standard error, wherever they lead: nowhere, to `head`, to a full disk."""

from __future__ import annotations

import io
import logging
import os
import sys
from typing import TYPE_CHECKING

import click

from keyproof.errors import OutputError

if TYPE_CHECKING:
    from typing import TextIO


def prepare() -> None:
    """Let nothing about the place where we run stop us or speak for us."""
    if sys.stdout is None:  # closed by whoever started us; what opens next would take its place
        sys.stdout = os.fdopen(os.open(os.devnull, os.O_WRONLY), "w")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a locale without our signs
            stream.reconfigure(errors="replace")
    # Libraries warn of every retry; what came of it is said in our own words.
    logging.getLogger().addHandler(logging.NullHandler())


def write(text: str | bytes) -> None:
    """
    Write to standard output.

    A reader that has gone (`| head`) has seen enough: that is no failure, and changes no
    exit code. Raises `OutputError` when nothing more can be written.
    """
    try:
        click.echo(text, nl=False)
    except OSError as error:
        abandon(sys.stdout)
        if not isinstance(error, BrokenPipeError):
            raise OutputError(f"standard output: cannot be written: {error.strerror}") from error


def abandon(stream: TextIO) -> None:
    """Lead a broken stream nowhere: the interpreter flushes it as it ends, and fails again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
