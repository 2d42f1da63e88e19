"""
YAML, read strictly and with the line of every value.

A declaration is one document of mappings, lists and scalars. What makes a file say
something else than it seems to is refused: duplicate keys, anchors, aliases, tags,
further documents, other encodings than UTF-8.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import yaml
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentStartEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceStartEvent,
)
from yaml.reader import ReaderError

from keyproof.declarations.scalars import resolve
from keyproof.faults import found
from keyproof.files import encoding_fault

if TYPE_CHECKING:
    from collections.abc import Iterator

    from yaml.events import Event

    from keyproof.faults import Path

_DEEPEST = 32

Members: TypeAlias = "dict[str, Lines] | list[Lines]"


@dataclass(frozen=True, slots=True)
class Lines:
    """The line on which a value begins (its key, in a mapping), and those of its members."""

    line: int
    members: Members | None = None

    def of(self, path: Path) -> int:
        """The line of the value at a path, or of the last step towards it that exists."""
        here = self
        for step in path:
            members: Any = here.members
            try:
                here = members[step]
            except (IndexError, KeyError, TypeError):
                break
        return here.line


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """
    What a file says; `faults` are pairs of line and text.

    `value` is None when the file has no content, or none that could be read.
    """

    value: object
    lines: Lines
    faults: tuple[tuple[int, str], ...]


class _TooDeepError(Exception):
    """Values within values, beyond what any declaration needs."""


def parse(content: bytes) -> Source:
    """Read one YAML document; never raises, whatever the content."""
    refused = encoding_fault(content)
    if refused is not None:
        return Source(value=None, lines=Lines(1), faults=(refused,))
    reader = _Reader(events=yaml.parse(content, Loader=yaml.CSafeLoader))
    value, lines = None, Lines(1)
    try:
        value, lines = reader.document()
    except _TooDeepError:
        reader.fault(reader.line, f"values within values, more than {_DEEPEST} deep")
    except yaml.YAMLError as error:
        value = None
        reader.faults.append(_syntax_fault(error, content))
    return Source(value=value, lines=lines, faults=tuple(reader.faults))


@dataclass(slots=True)
class _Reader:
    """Turns the parser's events into a value and its lines, and collects faults."""

    events: Iterator[Event]
    line: int = 1
    faults: list[tuple[int, str]] = field(default_factory=list)

    def fault(self, line: int, text: str) -> None:
        self.faults.append((line, text))

    def document(self) -> tuple[object, Lines]:
        value: object = None
        lines = Lines(1)
        documents = 0
        for event in self.events:
            if isinstance(event, DocumentStartEvent):
                self._move_to(event)
                documents += 1
                if documents > 1:
                    self.fault(self.line, "a second document: put one document in a file")
                root = self._value(self._next(), 0)
                if documents == 1:
                    value, lines = root
        return value, lines

    def _next(self) -> Event:
        event = next(self.events)
        self._move_to(event)
        return event

    def _move_to(self, event: Event) -> None:
        if event.start_mark is not None:
            self.line = event.start_mark.line + 1

    def _value(self, event: Event, depth: int) -> tuple[object, Lines]:
        line = self.line
        if depth > _DEEPEST:
            raise _TooDeepError
        if isinstance(event, NodeEvent):
            self._refuse_indirection(event)
        if isinstance(event, MappingStartEvent):
            return self._mapping(line, depth)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(line, depth)
        if isinstance(event, ScalarEvent):
            return resolve(event.value) if event.implicit[0] else event.value, Lines(line)
        return None, Lines(line)

    def _mapping(self, line: int, depth: int) -> tuple[object, Lines]:
        value: dict[str, object] = {}
        lines: dict[str, Lines] = {}
        while not isinstance(event := self._next(), CollectionEndEvent):
            key_line = self.line
            self._value(event, depth + 1)
            key = event.value if isinstance(event, ScalarEvent) else None
            member, member_lines = self._value(self._next(), depth + 1)
            if key is None:
                self.fault(key_line, "a key that is no text: write a field's name")
            elif key in value:
                first = lines[key].line
                self.fault(key_line, f"the key {found(key)} is there already, on line {first}")
            else:
                value[key] = member
                lines[key] = Lines(key_line, member_lines.members)
        return value, Lines(line, lines)

    def _sequence(self, line: int, depth: int) -> tuple[object, Lines]:
        value: list[object] = []
        lines: list[Lines] = []
        while not isinstance(event := self._next(), CollectionEndEvent):
            item, item_lines = self._value(event, depth + 1)
            value.append(item)
            lines.append(item_lines)
        return value, Lines(line, lines)

    def _refuse_indirection(self, event: NodeEvent) -> None:
        if isinstance(event, AliasEvent):
            self.fault(self.line, f"the alias *{_clipped(event.anchor)}: write the value itself")
        elif event.anchor is not None:
            self.fault(self.line, f"the anchor &{_clipped(event.anchor)}: leave it out")
        tag = getattr(event, "tag", None)
        if tag is not None:
            self.fault(
                self.line, f"the tag {_clipped(_short(tag))}: leave it out, quotes make a text"
            )


def _short(tag: str) -> str:
    return tag.replace("tag:yaml.org,2002:", "!!", 1)


def _clipped(name: str | None) -> str:
    return found(name)[1:-1]


def _syntax_fault(error: yaml.YAMLError, content: bytes) -> tuple[int, str]:
    if isinstance(error, ReaderError):
        line = content.count(b"\n", 0, error.position) + 1
        return line, f"a control character (U+{error.character:04X}): take it out"
    mark = getattr(error, "problem_mark", None)
    problem = str(getattr(error, "problem", None) or "it cannot be read")
    line = 1 if mark is None else mark.line + 1
    rows = content.decode("utf-8").split("\n")
    row = rows[line - 1] if line <= len(rows) else ""
    tab = "\t" in row[: len(row) - len(row.lstrip())]
    if "tab character" in problem or ("cannot start any token" in problem and tab):
        return line, "a tab: YAML is indented with spaces"
    return line, f"is not YAML: {problem}"
