"""What the documents point at is there: links, anchors, files, commands, targets of make."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING

import click
import pytest

from keyproof.cli.commands import cli
from tests.docs.markdown import DOCUMENTS, ROOT, anchors, blocks, links, named, spans, text_of

if TYPE_CHECKING:
    from pathlib import Path

SOURCES = ("collectors", "examples", "keyproof", "policies", "reports", "tools")
FILES = {path.name for name in SOURCES for path in (ROOT / name).rglob("*")}
OPTIONS = {"-h", "--help", *(name for option in cli.params for name in option.opts)}
ALL = pytest.mark.parametrize("document", DOCUMENTS, ids=named)

_PATH = re.compile(rf"(?:{'|'.join((*SOURCES, 'docs', 'tests'))})/[\w./-]*")
_IDENTIFIER = re.compile(r"keyproof/\w+/[0-9]+")
_FILE = re.compile(r"\w+\.(?:py|rego|wasm)")


def _parse(line: str, *, whole: bool) -> None:
    """Parse a command line as the real one would; what is not `whole` may lack arguments."""
    _, name, *arguments = shlex.split(line, comments=True)
    if name in OPTIONS:
        return
    if name not in cli.commands:
        raise click.UsageError(f"{line}: there is no {name}")
    cli.commands[name].make_context(name, arguments, resilient_parsing=not whole)


def _commands(text: str, program: str) -> list[tuple[str, bool]]:
    """The command lines of a program in a document, and whether each is whole."""
    lines = [
        line
        for language in ("", "sh")
        for block in blocks(text, language)
        for line in block.splitlines()
    ]
    return [(line, True) for line in lines if line.startswith(f"{program} ")] + [
        (span, False) for span in spans(text) if span.startswith(f"{program} ")
    ]


@ALL
def test_links_resolve(document: Path) -> None:
    for target in links(document.read_text(encoding="utf-8")):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        file = document.parent / name if name else document

        assert file.exists(), target
        if anchor:
            assert anchor in anchors(file.read_text(encoding="utf-8")), target


@ALL
def test_files_exist(document: Path) -> None:
    for span in spans(document.read_text(encoding="utf-8")):
        if _PATH.fullmatch(span) and not _IDENTIFIER.fullmatch(span):
            assert (ROOT / span).exists(), span
        if _FILE.fullmatch(span):
            assert span in FILES, span


@ALL
def test_commands_and_their_options_exist(document: Path) -> None:
    for line, whole in _commands(document.read_text(encoding="utf-8"), "keyproof"):
        _parse(line, whole=whole)


@ALL
def test_targets_of_make_exist(document: Path) -> None:
    targets = re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE)
    for line, _ in _commands(document.read_text(encoding="utf-8"), "make"):
        assert set(line.split()[1:]) <= set(targets), line


@pytest.mark.parametrize(
    "line",
    ["keyproof assess --sign", "keyproof asses", "keyproof verify bundle.zip", "keyproof --x"],
)
def test_what_does_not_exist_is_found(line: str) -> None:
    with pytest.raises(click.UsageError):
        _parse(line, whole=True)
