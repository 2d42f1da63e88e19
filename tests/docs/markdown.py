"""The project's Markdown documents, and what stands in them."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("benchmarks", "collectors", "docs", "examples", "keyproof", "policies", "reports")
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *(path for name in FOLDERS for path in (ROOT / name).rglob("*.md"))]
)

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
_ROW = re.compile(r"^\| (.*) \|$", re.MULTILINE)
_RULE = re.compile(r"^[-| ]+$")


def text_of(name: str) -> str:
    """A document by its path from the root."""
    return (ROOT / name).read_text(encoding="utf-8")


def named(document: Path) -> str:
    """A document's path from the root, for the names of tests."""
    return document.relative_to(ROOT).as_posix()


def blocks(text: str, language: str) -> list[str]:
    """The fenced blocks of one language."""
    return [content for found, content in _FENCE.findall(text) if found == language]


def spans(text: str) -> list[str]:
    """Inline code, outside of fenced blocks."""
    return _SPAN.findall(_FENCE.sub("", text))


def links(text: str) -> list[str]:
    """The targets of links and pictures, outside of code."""
    return _LINK.findall(_SPAN.sub("", _FENCE.sub("", text)))


def anchors(text: str) -> set[str]:
    """The anchors that GitHub gives to the headings."""
    headings = _HEADING.findall(_FENCE.sub("", text))
    kept = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in kept}


def section(text: str, heading: str) -> str:
    """What stands under a heading, up to the next one of its rank or above."""
    rank = heading.split(" ", 1)[0]
    _, found, rest = text.partition(f"\n{heading}\n")
    if not found:
        raise LookupError(heading)
    return re.split(rf"^#{{1,{len(rank)}}} ", rest, maxsplit=1, flags=re.MULTILINE)[0]


def rows(text: str) -> list[list[str]]:
    """The cells of every table's rows, without headings."""
    lines = text.splitlines()
    return [
        match[1].split(" | ")
        for number, line in enumerate(lines)
        if (match := _ROW.match(line))
        and not _RULE.match(line)
        and not (number + 1 < len(lines) and _RULE.match(lines[number + 1]))
    ]


def between(text: str, marker: str) -> str:
    """The one fenced block between the comments that begin and end a marker."""
    pattern = rf"<!-- {re.escape(marker)}: begin -->\n(.*?)<!-- {re.escape(marker)}: end -->"
    match = re.search(pattern, text, re.DOTALL)
    if match is None:
        raise LookupError(marker)
    [(_, content)] = _FENCE.findall(match[1])
    return str(content)
