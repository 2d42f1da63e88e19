"""
Reading and writing keyproof's JSON documents.

Every document has a `schema` member that names its version and a JSON Schema
(draft 2020-12) under `keyproof/schemas/`. It is validated when it is written and
when it is read, and it reaches its final name only when it is whole.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson

from keyproof.errors import DocumentError, OutputError

SCHEMAS = Path(__file__).parent / "schemas"

_LONGEST = 300
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL

Json = dict[str, Any]
"""A JSON object, as `orjson.loads` gives it."""


def encode(document: object) -> bytes:
    """
    The one byte sequence that stands for a document: UTF-8, sorted keys, two spaces.

    Integers beyond 64 bits, NaN and lone surrogates have no JSON that every reader
    agrees on; they raise `DocumentError`.
    """
    try:
        return orjson.dumps(
            document, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
        )
    except orjson.JSONEncodeError as error:
        raise DocumentError(f"a document cannot be written as JSON: {error}") from error


def decode(content: bytes, name: str) -> Json:
    """Parse one JSON object; `name` says which file it came from, for the error's reader."""
    try:
        document = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise DocumentError(f"{name}:{error.lineno}: is not JSON: {error.msg}") from error
    if not isinstance(document, dict):
        raise DocumentError(f"{name}: must hold a JSON object")
    return document


def validate(document: Json, kind: str, name: str) -> None:
    """
    Hold a document against `schemas/<kind>.schema.json`.

    Raises `DocumentError` with the first fault, in the order of the document.
    """
    for fault in schema_validator(kind).iter_errors(document):
        where = "/".join(str(step) for step in fault.instance_path)
        raise DocumentError(f"{name}: {where or 'document'}: {_clipped(fault.message)}")


def _clipped(text: str) -> str:
    """A message that quotes a document, without the whole of the document."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST // 2]} … {text[-_LONGEST // 2 :]}"


@cache
def schema_validator(kind: str) -> jsonschema_rs.Draft202012Validator:
    """The compiled schema of one kind of document."""
    schema = orjson.loads((SCHEMAS / f"{kind}.schema.json").read_bytes())
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


def read(path: Path, kind: str) -> Json:
    """Read and validate one document; raises `DocumentError` when it cannot be used."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise DocumentError(f"{path}: cannot be read: {error.strerror}") from error
    document = decode(content, str(path))
    validate(document, kind, str(path))
    return document


def write(path: Path, kind: str, document: Json) -> bytes:
    """Validate a document and write it whole or not at all; returns the bytes written."""
    validate(document, kind, path.name)
    content = encode(document)
    write_whole(path, content)
    return content


def write_whole(path: Path, content: bytes, *, mode: int = 0o644) -> None:
    """
    Write to a temporary file beside `path` and rename it.

    A full disk, a read-only folder or an interruption leaves nothing under the final
    name that was not there before. Raises `OutputError`.
    """
    # Named before it is made, so that no interruption leaves one behind that nobody knows of.
    temporary, renamed = path.with_name(f".{path.name}.{secrets.token_hex(4)}"), False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(temporary, _NEW, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        os.replace(temporary, path)  # noqa: PTH105 - one call, atomic on the same file system
        renamed = True
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror}") from error
    finally:
        if not renamed:
            with suppress(OSError):  # what stopped us is already on its way
                temporary.unlink()
