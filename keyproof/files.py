"""Reading the files that people write: bounded, and with errors that they can act on."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from collectors.redaction import find_keys

_BYTE_ORDER_MARKS = {
    b"\xef\xbb\xbf": "starts with a byte order mark: save it as UTF-8 without one",
    b"\xff\xfe": "is UTF-16: save it as UTF-8",
    b"\xfe\xff": "is UTF-16: save it as UTF-8",
}
_KEY_FOUND = (
    "what looks like a key of {provider}: take it out, replace it at the provider, and keep "
    "the new one in Secrets Manager"
)


def user_cache(name: str) -> Path:
    """
    Where something of keyproof's is kept between runs, in the user's own cache folder.

    A relative `XDG_CACHE_HOME` is ignored, as
    https://specifications.freedesktop.org/basedir-spec/latest/ says.
    """
    named = Path(os.environ.get("XDG_CACHE_HOME", ""))
    base = named if named.is_absolute() else Path.home() / ".cache"
    return base / "keyproof" / name


class UnusableFileError(Exception):
    """A file that cannot be read; the message says why and what to do, without its path."""


def read_file(path: Path, largest: int) -> bytes:
    """
    Give the bytes of a regular file, at most `largest` of them.

    Raises `FileNotFoundError` where there is none, and `UnusableFileError`.
    """
    try:
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise UnusableFileError("is a folder: put a file in its place")
        if not stat.S_ISREG(mode):
            raise UnusableFileError("is no regular file: put one in its place")
        with path.open("rb") as file:
            content = file.read(largest + 1)
    except FileNotFoundError:
        if path.is_symlink():
            raise UnusableFileError("is a link to nothing: mend it or take it out") from None
        raise
    except OSError as error:
        raise UnusableFileError(f"cannot be read: {error.strerror}") from error
    if len(content) > largest:
        raise UnusableFileError(f"has more than {largest >> 20} MiB: take out what is not needed")
    return content


def encoding_fault(content: bytes) -> tuple[int, str] | None:
    """The line and nature of the first byte that is not plain UTF-8."""
    for mark, text in _BYTE_ORDER_MARKS.items():
        if content.startswith(mark):
            return 1, text
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        text = f"byte 0x{content[error.start]:02x} is not UTF-8: save the file as UTF-8"
        return _line(content, error.start), text
    return None


def key_faults(content: bytes) -> list[tuple[int, str]]:
    """The line of everything that looks like an AI provider's key, without showing it."""
    return [
        (_line(content, key.offset), _KEY_FOUND.format(provider=key.provider))
        for key in find_keys(content)
    ]


def _line(content: bytes, offset: int) -> int:
    return content.count(b"\n", 0, offset) + 1
