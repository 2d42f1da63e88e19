"""The page that every command prints on: its width and colours, its tables and its first lines."""

from __future__ import annotations

import io
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from keyproof.cli.streams import write
from reports.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from keyproof.documents import Json
    from reports.phrases import Phrase

EXAMPLE = "EXAMPLE: an emulated estate, which proves nothing about a real organisation."
STYLES = {"pass": "green", "fail": "bold red", "unknown": "yellow", "not_applicable": "dim"}
MARKS = {"pass": "✔", "fail": "✘", "unknown": "?", "not_applicable": "-"}
_PLAIN_WIDTH = 120


@contextmanager
def page() -> Iterator[Console]:
    """What is printed inside is written in one piece at the end."""
    # No emoji: `:secret:` in an ARN is no picture. No markup in what was collected.
    terminal = sys.stdout.isatty()
    width = None if terminal else _PLAIN_WIDTH
    text = io.StringIO()
    yield Console(
        file=text,
        force_terminal=terminal,
        width=width,
        highlight=False,
        emoji=False,
        markup=False,
    )
    write(text.getvalue())


def table(*headings: str, gap: int = 2) -> Table:
    """A table without lines."""
    made = Table(box=None, pad_edge=False, header_style="bold", padding=(0, gap, 0, 0))
    for each in headings:
        made.add_column(each, overflow="fold")
    return made


def heading(console: Console, document: Json) -> None:
    """Whose it is and as of when, and that it is an example's."""
    if document["example"]:
        console.print(Text(EXAMPLE, "bold magenta"))
    console.print(
        Text(f"{visible(document['organisation'])}, SEC-004, as of {document['as_of']}", "bold"),
        soft_wrap=True,
    )


def gap_text(gap: Json) -> str:
    """What was not seen, and why."""
    where = [gap[name] for name in ("operation", "code", "account", "region", "resource")]
    details = ", ".join(visible(part) for part in where if part)
    return f"{visible(gap['source'])}: {visible(gap['reason'])}" + (
        f" ({details})" if details else ""
    )


def said(phrase: Phrase) -> str:
    """A phrase as plain text, in which nothing that was collected is hidden."""
    return "".join(word if isinstance(word, str) else visible(word.text) for word in phrase)
