"""
What a scan finds: which key stands where, and never the key.

A key leaves the engine as its fingerprint and its last characters, which providers show in
their consoles too.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

_HINT = 4
"""Characters of a key that may be shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """
    A key of a provider, by what may be told of it.

    `provider` and `kind` are the rule's (`openai`, `project_key`), `fingerprint` is
    `sha256:` and the digest of the key's bytes, `hint` its last four characters.
    """

    provider: str
    kind: str
    fingerprint: str
    hint: str


def key(provider: str, kind: str, value: str) -> Key:
    """Describe a key; its value is not kept."""
    return Key(provider=provider, kind=kind, fingerprint=fingerprint(value), hint=hint(value))


def fingerprint(value: str) -> str:
    """The digest by which a key is told from others: `sha256:` and 64 digits."""
    return f"sha256:{hashlib.sha256(value.encode('utf-8', 'surrogateescape')).hexdigest()}"


def hint(value: str) -> str:
    """How a key ends, which may be shown."""
    return value[-_HINT:]
