"""
Looking for keys in one piece of content, also where the engine does not see them.

The engine reads bytes as they stand. Here they are read as UTF-16 too, keys that were split
over lines are joined, archives are opened, and names of files are looked at.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from collectors.repositories import splits
from collectors.repositories.archives import is_archive, members
from collectors.repositories.findings import key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from collectors.repositories.engine import Engine, Hit
    from collectors.repositories.findings import Key

_SNIFFED = 4096
"""Bytes that are enough to tell whether a text is UTF-16."""

_HALF_ZERO = 0.3
"""The share of bytes that are zero in a Western text in UTF-16; in other texts none is."""

_SUPPRESSION = re.compile(
    rb"(?:kingfisher|gitleaks|betterleaks|trufflehog|detect-secrets|ggshield|noseyparker)\s*:\s*"
    rb"(?:ignore|allow)|pragma:\s*allowlist\s+secret|ggignore|nosec\b|checkov:skip",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """
    A key at a line of some content; `inside` is the file's path where that is an archive.

    `suppressed` says that the line, or the one before, tells some scanner to look away.
    """

    key: Key
    rule: str
    line: int
    inside: str | None = None
    suppressed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was seen in some content, and which parts of it could not be looked at, and why."""

    sightings: tuple[Sighting, ...] = ()
    unseen: tuple[str, ...] = ()


NOTHING = Look()


class Looker:
    """Looks at contents and names; one serves any number of threads."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def look(self, content: bytes) -> Look:
        """Find every key in a file's content, and in all files in it."""
        sightings = list(self._in_text(content))
        unseen: list[str] = []
        if is_archive(content):
            inside: list[Sighting] = []
            for member in members(content):
                if member.reason is not None:
                    where = f"{member.path}: " if member.path else ""
                    unseen.append(f"{where}{member.reason}")
                if member.content is not None:
                    held = () if is_archive(member.content) else self._in_text(member.content)
                    found = (*held, *self.in_name(member.path))
                    inside += [replace(each, inside=member.path) for each in found]
            # What an archive holds uncompressed shows in its own bytes too, but not its end.
            sightings = inside if inside and not unseen else [*sightings, *inside]
        if not sightings and not unseen:
            return NOTHING
        return Look(sightings=_once(sightings), unseen=tuple(unseen))

    def in_name(self, path: str) -> tuple[Sighting, ...]:
        """Find keys in a file's path."""
        return tuple(self._in_text(path.encode("utf-8", "surrogateescape")))

    def _in_text(self, content: bytes) -> Iterator[Sighting]:
        found, starts = self.engine.search(content)
        hits = {hit.start: hit for hit in found}
        for joined in splits.joined(content, starts):
            held = next((hit for hit in hits.values() if hit.start <= joined.start < hit.end), None)
            if held is not None and not joined.told:
                continue
            longer = self.engine.keys_in(joined.text)
            if longer and (held is None or len(longer[0].value) > len(held.value)):
                hits[joined.start if held is None else held.start] = replace(
                    longer[0], start=joined.start, end=joined.start + len(joined.text)
                )
        decoded = _from_utf_16(content)
        wide = [] if decoded is None else [*self._in_text(decoded)]
        yield from wide
        # Of such a text the engine sees something too, and miscounts its lines.
        known = {each.key for each in wide}
        narrow = (_sighting(hit, content) for hit in hits.values())
        yield from (each for each in narrow if each.key not in known)


def _from_utf_16(content: bytes) -> bytes | None:
    """The same text in UTF-8, where it is UTF-16 with or without its mark."""
    head = content[:_SNIFFED]
    if b"\0" not in head:
        return None
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    elif head[1::2].count(0) > len(head) * _HALF_ZERO:
        encoding = "utf-16-le"
    elif head[::2].count(0) > len(head) * _HALF_ZERO:
        encoding = "utf-16-be"
    else:
        return None
    return content.decode(encoding, "replace").encode("utf-8", "replace")


def _sighting(hit: Hit, content: bytes) -> Sighting:
    start = hit.start
    begin = content.rfind(b"\n", 0, start) + 1
    before = content.rfind(b"\n", 0, max(begin - 1, 0)) + 1
    end = content.find(b"\n", start)
    context = content[before : len(content) if end < 0 else end]
    return Sighting(
        key=key(hit.provider, hit.kind, hit.value),
        rule=hit.rule,
        line=content.count(b"\n", 0, start) + 1,
        suppressed=_SUPPRESSION.search(context) is not None,
    )


def _once(sightings: Iterable[Sighting]) -> tuple[Sighting, ...]:
    """Each key of a line once, though it was found in more than one way."""
    found = {(each.key.fingerprint, each.inside, each.line): each for each in sightings}
    return tuple(found.values())
