"""
From the bytes of a report to its JSON values.

Tools write one JSON value, JSON Lines, or (`gh api --paginate`) one list after the other.
Nothing that is only half there is read: a report that breaks off may lack the finding that
matters. No message quotes the content, which may hold keys.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import orjson

from collectors.redaction import redact
from keyproof.errors import DocumentError

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST = 200_000_000
"""Bytes of a report; more is not read, since JSON needs several times as much memory."""

_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()
"""Says where a value ends; what it is, orjson says, which takes no NaN."""
_TRAILING = "unexpected content after document"
_MARKS = (
    (b"\xef\xbb\xbf", "UTF-8 with a byte order mark"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
)


def parse(content: bytes, name: str) -> tuple[object, ...]:
    """
    The JSON values of a report, in order; `name` is the file's, for messages.

    Raises `DocumentError` with one line that says where the report cannot be read, and what
    was expected there.
    """
    _readable(content, name)
    try:
        return (orjson.loads(content),)
    except orjson.JSONDecodeError as error:
        if not _goes_on(error):
            raise _malformed(name, error.lineno, error) from None
    values = _lines(content, name)
    return tuple(_concatenated(content, name)) if values is None else values


def shown(name: str) -> str:
    """A file's name as a message may show it: on one line, without a key."""
    visible = (
        c if c.isprintable() else c.encode("unicode_escape", "replace").decode() for c in name
    )
    return redact("".join(visible))


def _readable(content: bytes, name: str) -> None:
    if len(content) > LARGEST:
        largest = LARGEST // 1_000_000
        raise DocumentError(f"{shown(name)}: is larger than {largest} MB: split the report")
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            advice = "save it as UTF-8 without a byte order mark"
            raise DocumentError(f"{shown(name)}:1: expected UTF-8, found {encoding}: {advice}")
    if not content.strip():
        # trufflehog without findings writes nothing, and so does a tool that died at once.
        advice = "expected a report; an empty file does not show that anything was scanned"
        raise DocumentError(f"{shown(name)}: is empty: {advice}")
    try:
        content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DocumentError(f"{shown(name)}:{line}: expected UTF-8, found other bytes") from None


def _lines(content: bytes, name: str) -> tuple[object, ...] | None:
    """JSON Lines, or None when the first line is no value of its own."""
    values: list[object] = []
    for number, line in enumerate(content.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            values.append(orjson.loads(line))
        except orjson.JSONDecodeError as error:
            if not values:
                return None
            raise _malformed(name, number, error) from None
    return tuple(values)


def _concatenated(content: bytes, name: str) -> Iterator[object]:
    """Values one after the other with nothing, or white space, between them."""
    text = content.decode()
    start, line = 0, 1
    while (here := _SPACE.match(text, start).end()) < len(text):  # type: ignore[union-attr]
        line += text.count("\n", start, here)
        try:
            end = _DECODER.raw_decode(text, here)[1]
        except (ValueError, RecursionError):
            end = len(text)  # whatever is wrong with the rest, it is said below
        try:
            yield orjson.loads(text[here:end])
        except orjson.JSONDecodeError as error:
            raise _malformed(name, line + error.lineno - 1, error) from None
        line += text.count("\n", here, end)
        start = end


def _goes_on(error: orjson.JSONDecodeError) -> bool:
    """Whether one whole value was read, and something follows it."""
    return error.msg == _TRAILING


def _malformed(name: str, line: int, error: orjson.JSONDecodeError) -> DocumentError:
    # The parser's messages are constants; they never quote what they stumble over.
    return DocumentError(f"{shown(name)}:{line}: expected JSON or JSON Lines: {error.msg}")
