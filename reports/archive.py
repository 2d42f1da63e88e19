"""
The bundle's container: a ZIP file that a given set of files can have in one form only.

Names sorted, contents stored, dates 1980-01-01, mode 0644, made on Unix, no flags, no
extra fields, no comments. The form is written here byte by byte (PKWARE APPNOTE.TXT
4.3.7, 4.3.12 and 4.3.16), so that no library's version can change it; any reader of ZIP
opens it. Since the form is the only one, bytes that other readers ignore cannot be
changed unseen: reading ends with writing again and comparing.
"""

from __future__ import annotations

import re
import stat
import struct
import zlib
from typing import TYPE_CHECKING, NamedTuple

from keyproof.errors import DocumentError, VerificationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAX_BYTES = 1 << 30
"""The largest bundle, in bytes: it is held in memory."""

MAX_FILES = 10_000
"""The most files in a bundle."""

_LOCAL = struct.Struct("<4s5H3I2H")
_DIRECTORY = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")

_LOCAL_SIGNATURE = b"PK\x03\x04"
_DIRECTORY_SIGNATURE = b"PK\x01\x02"
_END_SIGNATURE = b"PK\x05\x06"

_VERSION = 20
_UNIX = 3 << 8
_STORED = 0
_ENCRYPTED = 1
_FIRST_OF_JANUARY_1980 = 1 << 5 | 1
_ATTRIBUTES = (stat.S_IFREG | 0o644) << 16

_MAX_NAME = 200
_SEGMENT = r"[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_-])?"
_NAME = re.compile(rf"{_SEGMENT}(?:/{_SEGMENT})*")


class _Header(NamedTuple):
    """What a file's record and the directory at the end both say of it."""

    version: int
    flags: int
    method: int
    time: int
    date: int
    crc: int
    stored_bytes: int
    bytes: int
    name_bytes: int
    extra_bytes: int


def pack(files: Mapping[str, bytes]) -> bytes:
    """
    Write the one ZIP file that stands for these contents.

    Raises `DocumentError` for a name that not every system can hold, and for more
    files or bytes than `unpack` reads.
    """
    _require_portable(files)
    if len(files) > MAX_FILES:
        raise DocumentError(f"{len(files)} files are more than the {MAX_FILES} of a bundle")
    size = _END.size + sum(
        _LOCAL.size + _DIRECTORY.size + 2 * len(name) + len(files[name]) for name in files
    )
    if size > MAX_BYTES:
        raise DocumentError(f"{size} bytes are more than the {MAX_BYTES} of a bundle")
    records, directory = bytearray(), bytearray()
    for name in sorted(files):
        content, encoded = files[name], name.encode("ascii")
        header = _Header(
            version=_VERSION,
            flags=0,
            method=_STORED,
            time=0,
            date=_FIRST_OF_JANUARY_1980,
            crc=zlib.crc32(content),
            stored_bytes=len(content),
            bytes=len(content),
            name_bytes=len(encoded),
            extra_bytes=0,
        )
        unix = _UNIX | _VERSION
        directory += _DIRECTORY.pack(
            _DIRECTORY_SIGNATURE, unix, *header, 0, 0, 0, _ATTRIBUTES, len(records)
        )
        directory += encoded
        records += _LOCAL.pack(_LOCAL_SIGNATURE, *header) + encoded + content
    count = len(files)
    end = _END.pack(_END_SIGNATURE, 0, 0, count, count, len(directory), len(records), 0)
    return bytes(records + directory + end)


def unpack(content: bytes) -> dict[str, bytes]:
    """
    Read a container that `pack` could have written; nothing touches the disk.

    Raises `VerificationError` for any other: names that are unsafe or collide, links
    and folders, encryption, compression, extra fields, comments, data before, between
    or after the records, a directory that disagrees with them.
    """
    if len(content) > MAX_BYTES:
        raise VerificationError(f"is larger than {MAX_BYTES} bytes")
    if not content.startswith(_LOCAL_SIGNATURE):
        raise VerificationError("is no ZIP file, or has data before its first file")
    files: dict[str, bytes] = {}
    headers: list[_Header] = []
    offset = 0
    while content.startswith(_LOCAL_SIGNATURE, offset):
        if len(files) == MAX_FILES:
            raise VerificationError(f"has more than {MAX_FILES} files")
        header = _Header(*_fields(_LOCAL, content, offset)[1:])
        offset += _LOCAL.size
        name = _name(content, offset, header)
        if name in files:
            raise VerificationError(f"holds {name!a} twice")
        _require_plain(header, name)
        offset += header.name_bytes
        files[name] = content[offset : offset + header.bytes]
        headers.append(header)
        offset += header.bytes
    _require_directory(content, offset, dict(zip(files, headers, strict=True)))
    try:
        canonical = pack(files)
    except DocumentError as error:
        raise VerificationError(str(error)) from error
    if canonical != content:
        raise VerificationError("is not in the one form that its contents can have")
    return files


def _require_portable(names: Iterable[str]) -> None:
    """Names that every system can hold side by side, and that leave no folder."""
    taken: dict[str, str] = {}
    for name in sorted(names):
        if len(name) > _MAX_NAME or not _NAME.fullmatch(name):
            raise DocumentError(
                f"{name!a} cannot be a bundle's file: a name has ASCII letters, digits and . _ - /,"
                f" no empty part or '..', and at most {_MAX_NAME} characters"
            )
        other = taken.setdefault(name.lower(), name)
        if other != name:
            raise DocumentError(f"{other!a} and {name!a} are one file where case does not count")
    for folded, name in taken.items():
        parts = folded.split("/")
        for depth in range(1, len(parts)):
            if "/".join(parts[:depth]) in taken:
                raise DocumentError(f"{name!a} lies in a folder that is itself a file")


def _fields(form: struct.Struct, content: bytes, offset: int) -> tuple[int, ...]:
    try:
        return form.unpack_from(content, offset)
    except struct.error as error:
        raise VerificationError(f"is cut off at byte {offset}") from error


def _name(content: bytes, offset: int, header: _Header) -> str:
    try:
        return content[offset : offset + header.name_bytes].decode("ascii")
    except UnicodeDecodeError as error:
        raise VerificationError(f"has a name that is not ASCII at byte {offset}") from error


def _require_plain(header: _Header, name: str) -> None:
    """Stored as it is, with nothing beside it; so its size cannot grow when it is read."""
    if header.flags & _ENCRYPTED:
        raise VerificationError(f"holds {name!a} encrypted")
    if header.method != _STORED:
        raise VerificationError(f"holds {name!a} compressed")
    if header.stored_bytes != header.bytes:
        raise VerificationError(f"gives two sizes for {name!a}")
    if header.extra_bytes:
        raise VerificationError(f"has an extra field at {name!a}")


def _require_directory(content: bytes, start: int, headers: Mapping[str, _Header]) -> None:
    """The directory names the same files in the same order, all of them regular files."""
    offset = start
    for name, header in headers.items():
        if not content.startswith(_DIRECTORY_SIGNATURE, offset):
            raise VerificationError(f"has other data where its directory should name {name!a}")
        entry = _fields(_DIRECTORY, content, offset)
        stated, attributes = _Header(*entry[2:12]), entry[15]
        offset += _DIRECTORY.size
        if _name(content, offset, stated) != name or stated != header:
            raise VerificationError(f"says of {name!a} one thing in its record, another at its end")
        if stat.S_IFMT(attributes >> 16) != stat.S_IFREG:
            raise VerificationError(f"holds {name!a} as a link or another thing than a file")
        offset += stated.name_bytes
    if not content.startswith(_END_SIGNATURE, offset):
        raise VerificationError("has a directory that names more files than it holds")
    _fields(_END, content, offset)
    if len(content) != offset + _END.size:
        raise VerificationError("has a comment or other data after its directory")
