"""
The four kinds of objects that git stores, as far as a scan needs them.

https://git-scm.com/docs/gitformat-pack, https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
"""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime

from keyproof import clock

_ENTRIES = {
    40: re.compile(rb"([0-7]{5,6}) ([^\0]*)\0(.{20})", re.DOTALL),
    64: re.compile(rb"([0-7]{5,6}) ([^\0]*)\0(.{32})", re.DOTALL),
}
"""The entries of a tree, by the digits of an object's id: SHA-1's and SHA-256's."""

_SUBMODULE = b"160000"
_DIGESTS = {40: hashlib.sha1, 64: hashlib.sha256}
_SIGNED = re.compile(rb"^(author|committer|tagger) .*> (-?[0-9]+) [+-][0-9]{4}$", re.MULTILINE)

LFS_POINTER = re.compile(
    rb"\Aversion https://git-lfs\.github\.com/spec/v1\n(?:.*\n)*?oid sha256:([0-9a-f]{64})\n"
)
"""What stands in git in the place of a file of Git LFS: https://github.com/git-lfs/git-lfs."""

LONGEST_POINTER = 1024
"""Bytes that such a pointer has at most."""


def object_id(kind: str, content: bytes, *, digits: int) -> str:
    """The id that git gives to an object, worked out from what it holds."""
    digest = _DIGESTS[digits](b"%s %d\0" % (kind.encode("ascii"), len(content)))
    digest.update(content)
    return digest.hexdigest()


def names_and_ids(tree: bytes, *, digits: int) -> tuple[list[bytes], list[bytes]]:
    """The names in a tree, and the ids, as bytes, of the files and folders among them."""
    found = _ENTRIES[digits].findall(tree)
    return [each[1] for each in found], [each[2] for each in found if each[0] != _SUBMODULE]


def entries(tree: bytes, *, digits: int) -> list[tuple[bytes, str]]:
    """The names in a tree, each with the id of what it names."""
    return [(name, found.hex()) for _, name, found in _ENTRIES[digits].findall(tree)]


def signed_at(content: bytes) -> tuple[str | None, str | None]:
    """When a commit's author and committer wrote it, or a tag's tagger, as RFC 3339 in UTC."""
    head, _, _ = content.partition(b"\n\n")
    by_whom = {whom: instant(int(seconds)) for whom, seconds in _SIGNED.findall(head)}
    tagged = by_whom.get(b"tagger")
    return by_whom.get(b"author", tagged), by_whom.get(b"committer", tagged)


def instant(seconds: int) -> str | None:
    """RFC 3339 in UTC of seconds since 1970; None for what no calendar has."""
    try:
        return clock.text(datetime.fromtimestamp(seconds, UTC))
    except (ValueError, OverflowError, OSError):
        return None
