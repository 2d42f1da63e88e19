"""Files inside of files: archives opened in memory, within limits, and nothing left out unsaid."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import IO

_DEEPEST = 4
_MOST_MEMBERS = 10_000
_MOST_BYTES = 256 * 1024 * 1024
_CHUNK = 1024 * 1024

_TAR_MAGIC = slice(257, 262)
_COMPRESSED: Mapping[bytes, Callable[[io.BytesIO], io.BufferedIOBase]] = {
    b"\x1f\x8b": lambda stream: gzip.GzipFile(fileobj=stream),
    b"BZh": bz2.BZ2File,
    b"\xfd7zXZ\x00": lzma.LZMAFile,
}
_UNREADABLE = {
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!\x1a\x07": "a RAR archive",
    b"\x28\xb5\x2f\xfd": "a file compressed with zstd",
    b"MSCF\0\0\0\0": "a cabinet file",
}
_FAILURES = (
    OSError,
    EOFError,
    RuntimeError,  # zipfile: a password is needed
    NotImplementedError,  # zipfile: a method of compression that Python does not know
    ValueError,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
    tarfile.TarError,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A file of an archive, its path in it, and its content; or why that was not read."""

    path: str
    content: bytes | None
    reason: str | None = None


class _Limits:
    """What is left of the bytes and members that one archive may unfold to, with all in it."""

    def __init__(self) -> None:
        self._bytes = _MOST_BYTES
        self._members = _MOST_MEMBERS

    def read(self, stream: IO[bytes] | io.BufferedIOBase) -> bytes | None:
        """All of a stream, or None where that is more than is left."""
        parts = []
        while part := stream.read(_CHUNK):
            self._bytes -= len(part)
            if self._bytes < 0:
                return None
            parts.append(part)
        return b"".join(parts)

    def another(self) -> bool:
        self._members -= 1
        return self._members >= 0


def is_archive(content: bytes) -> bool:
    """Whether a file begins like an archive or a compressed file of a kind known here."""
    return _opener(content) is not None or _unreadable(content) is not None


def members(content: bytes) -> Iterator[Member]:
    """
    Every file in an archive, and in the archives in it, up to four deep.

    One that is damaged, encrypted or of a kind that is not opened here, and what exceeds
    256 MiB or 10,000 files in all, is given with the reason.
    """
    yield from _members(content, "", 1, _Limits())


def _members(content: bytes, path: str, depth: int, limits: _Limits) -> Iterator[Member]:
    opener = _opener(content)
    if opener is None:
        kind = _unreadable(content)
        if kind is not None:
            yield Member(path=path, content=None, reason=f"{kind} is not opened")
        return
    if depth > _DEEPEST:
        yield Member(path=path, content=None, reason=f"archives within archives, over {_DEEPEST}")
        return
    try:
        for member in opener(content, limits):
            inner = f"{path}!{member.path}" if path else member.path
            yield Member(path=inner, content=member.content, reason=member.reason)
            if member.content is not None:
                yield from _members(member.content, inner, depth + 1, limits)
    except _FAILURES as error:
        yield Member(path=path, content=None, reason=f"cannot be opened: {type(error).__name__}")


def _opener(content: bytes) -> Callable[[bytes, _Limits], Iterator[Member]] | None:
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip
    if content[_TAR_MAGIC] == b"ustar":
        return _tar
    if content.startswith(tuple(_COMPRESSED)):
        return _compressed
    return None


def _unreadable(content: bytes) -> str | None:
    return next((kind for magic, kind in _UNREADABLE.items() if content.startswith(magic)), None)


def _zip(content: bytes, limits: _Limits) -> Iterator[Member]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for entry in archive.infolist():
            if entry.is_dir():
                continue
            if not limits.another():
                yield Member(path="", content=None, reason=f"holds over {_MOST_MEMBERS:,} files")
                return
            try:
                with archive.open(entry) as stream:
                    read = limits.read(stream)
            except _FAILURES as error:
                reason = f"cannot be opened: {type(error).__name__}"
                yield Member(path=entry.filename, content=None, reason=reason)
                continue
            yield _member(entry.filename, read)
            if read is None:
                return


def _tar(content: bytes, limits: _Limits) -> Iterator[Member]:
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
        for entry in archive:
            if not limits.another():
                yield Member(path="", content=None, reason=f"holds over {_MOST_MEMBERS:,} files")
                return
            stream = archive.extractfile(entry) if entry.isreg() else None
            if stream is None:
                continue
            read = limits.read(stream)
            yield _member(entry.name, read)
            if read is None:
                return


def _compressed(content: bytes, limits: _Limits) -> Iterator[Member]:
    opened = next(each for magic, each in _COMPRESSED.items() if content.startswith(magic))
    with opened(io.BytesIO(content)) as stream:
        yield _member("content", limits.read(stream))


def _member(path: str, content: bytes | None) -> Member:
    if content is None:
        return Member(path=path, content=None, reason="unfolds to over 256 MiB")
    return Member(path=path, content=content)
