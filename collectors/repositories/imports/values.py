"""
Secrets on their way out: what may be told of a value, and texts without the values.

A report holds each secret several times, in fields that nobody would suspect (the message of
a commit, a command to validate it, a file's name). Only fields that are needed are read, and
every text that is kept goes through `Secrets.without`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from collectors.redaction import redact
from collectors.repositories.findings import fingerprint, hint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from collectors.repositories.findings import Key

_PART = 12
"""Characters of a secret that give it away."""

_SHORTEST = 20
"""Characters of a value whose digest cannot be guessed back; AI keys have 32 and more."""

_ONE_LINE = re.compile(r"\S+")
_MASKED = re.compile(r"[*•·.xX#-]*")


class Secrets:
    """All values of one report, for as long as it is read."""

    def __init__(self, name_key: Callable[[str], Key | None]) -> None:
        self._name_key = name_key
        self._named: dict[str, Key | None] = {}
        self._by_start: dict[str, set[str]] = {}

    def add(self, value: object) -> None:
        """Remember a value, so that no text is kept that holds it."""
        if isinstance(value, str) and len(value) >= _PART and not redacted(value):
            self._by_start.setdefault(value[:_PART], set()).add(value)

    def key(self, value: str, contexts: Iterable[str] = ()) -> Key | None:
        """
        Name the provider's key that a value is.

        A value without a shape of its own (40 letters) tells its provider only where it
        stands, so that its contexts are asked next; an answer counts when it is this value's.
        """
        named = self._name(value)
        if named is not None:
            return named
        for context in contexts:
            beside = self._name(context) if value in context else None
            if beside is not None and beside.fingerprint == fingerprint(value):
                return beside
        return None

    def without(self, text: str) -> str:
        """A text with every key, and every value of this report, replaced by its digest."""
        kept = redact(text)
        for start in range(len(kept) - _PART, -1, -1):
            held = self._by_start.get(kept[start : start + _PART])
            if held is None:
                continue
            # Ties between values that begin alike go to the longest, to leave no rest of it.
            for value in sorted(held, key=len, reverse=True):
                if kept.startswith(value, start):
                    digest = fingerprint(value).removeprefix("sha256:")
                    place = f"[redacted secret sha256:{digest[:_PART]}]"
                    kept = kept[:start] + place + kept[start + len(value) :]
                    break
        return kept

    def _name(self, text: str) -> Key | None:
        if text not in self._named:
            self._named[text] = self._name_key(text)
        return self._named[text]


def redacted(value: str) -> bool:
    """Whether a tool put something else, or only a part, in the place of the secret."""
    lowered = value.lower()
    return (
        "redacted" in lowered
        or "***" in value
        or "…" in value
        or value.endswith("...")
        or _MASKED.fullmatch(value.strip()) is not None
    )


def told(value: str) -> tuple[str | None, str | None]:
    """Fingerprint and hint of a value that is no key of a known provider."""
    if len(value) < _SHORTEST:
        return None, None
    # The end of a certificate or of a sentence is no hint by which anybody knows a key.
    return fingerprint(value), hint(value) if _ONE_LINE.fullmatch(value) else None
