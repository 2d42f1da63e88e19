"""
Finds keys in bytes: the engine (kingfisher) matches, and judgement settles.

The engine reads no inline suppression, opens no socket, and decodes Base64 by itself. It is
called without Python's lock, so that threads scan side by side.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import re
from bisect import bisect_left
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kingfisher_sdk import Scanner

from collectors.repositories import judgement
from collectors.repositories.canaries import canaries
from collectors.repositories.randomness import is_random
from collectors.repositories.rule_pack import SPLIT
from keyproof.errors import KeyproofError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from kingfisher_sdk import Finding

    from collectors.repositories.rule_pack import RulePack

_ROUNDS = 8
"""How often a content is searched again for a second key of one context."""
_REACH = 600
"""More than the farthest that a rule's context lies from its key."""
_CONTEXT = "(?P<CONTEXT>"
_FILLER = b"~"
_WIDE = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # ahead of UTF-16, whose mark begins it
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """
    One key and its place: content[start:end] holds it, encoded where it was encoded.

    The value is for fingerprints, in memory; nothing prints it.
    """

    rule: str
    provider: str
    kind: str
    value: str = field(repr=False)
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    rule: str
    value: str = field(repr=False)
    start: int
    end: int
    standing: int
    encoded: bool


class Engine:
    """A compiled rule pack; one engine serves any number of threads."""

    def __init__(self, pack: RulePack) -> None:
        self._pack = pack
        self._scanner = Scanner(pack.rules)
        self._contexts = {rule: _context(pack.rules.detail(rule)["pattern"]) for rule in pack.ids}

    def keys_in(self, content: bytes) -> list[Hit]:
        """Give every key in a content, in order of appearance, each once."""
        return self.search(content)[0]

    def search(self, content: bytes) -> tuple[list[Hit], list[int]]:
        """Give every key, and the places where one may begin that goes on in the next line."""
        for mark, encoding in _WIDE:
            if content.startswith(mark):
                return self._keys_in_wide(content, mark, encoding), []
        found = self._scanner.scan(content)
        if not found:
            return [], []
        splits = [each.location["start_offset"] for each in found if each.rule_id == SPLIT]
        whole = [(0, each) for each in found if each.rule_id != SPLIT]
        return _settle(self._candidates(content, whole)), splits

    def prove(self) -> None:
        """Show that every rule fires on texts made for it, or raise and name those that do not."""
        texts = {canary.rule: canary.positives for canary in canaries()} | dict(self._pack.examples)
        silent = [rule for rule in self._pack.ids if not self._fires(rule, texts.get(rule, ()))]
        if silent:
            raise KeyproofError(
                "rules that do not find the keys made for them, so that no scan can say "
                f"“clean”: {', '.join(silent)}"
            )

    def _fires(self, rule: str, texts: tuple[str, ...]) -> bool:
        return bool(texts) and all(
            rule in {hit.rule for hit in self.keys_in(text.encode())} for text in texts
        )

    def _candidates(self, content: bytes, found: list[tuple[int, Finding]]) -> Iterator[_Candidate]:
        """
        Judge what the engine found, and search again behind what it found by context.

        A pattern gives one value for each context; the next one shows only once the first
        is covered.
        """
        covered = bytearray(content)
        for _ in range(_ROUNDS):
            named = []
            for shift, finding in found:
                candidate = self._judge(finding, shift, content)
                if candidate is not None:
                    yield candidate
                if "CONTEXT" in finding.captures and not finding.is_base64_encoded:
                    place = finding.location
                    named.append((place["start_offset"] + shift, place["end_offset"] + shift))
            for start, end in named:
                covered[start:end] = _FILLER * (end - start)
            found = [
                (begin, finding)
                for begin, end in _surroundings(named, len(content))
                for finding in self._scanner.scan(_stretch(covered, begin, end))
                if finding.rule_id != SPLIT
                and "CONTEXT" in finding.captures  # what has a mark was found at first
            ]
            if not found:
                return

    def _judge(self, finding: Finding, shift: int, content: bytes) -> _Candidate | None:
        value = finding.secret
        place = finding.location
        start, end = place["start_offset"] + shift, place["end_offset"] + shift
        if not is_random(value):
            return None
        context = self._contexts[finding.rule_id]
        around, inside = content, start
        if finding.is_base64_encoded and context is not None:
            around = _decoded(content[start:end])
            inside = max(around.find(value.encode()), 0)
        standing = judgement.standing(
            judgement.Match(
                value=value,
                start=inside,
                end=inside + len(value),
                context=context,
                ahead=finding.rule_id.endswith("before"),
            ),
            around,
        )
        if standing is None:
            return None
        return _Candidate(
            rule=finding.rule_id,
            value=value,
            start=start,
            end=end,
            standing=standing,
            encoded=finding.is_base64_encoded,
        )

    def _keys_in_wide(self, content: bytes, mark: bytes, encoding: str) -> list[Hit]:
        """Scan UTF-16 and UTF-32 as text, and as bytes, should the mark be an accident."""
        text = content[len(mark) :].decode(encoding, "replace")
        narrow = text.encode("utf-8", "surrogatepass")
        hits = []
        for hit in self.keys_in(b"\n" + narrow):
            ahead = narrow[: hit.start - 1].decode("utf-8", "surrogatepass")
            inside = narrow[hit.start - 1 : hit.end - 1].decode("utf-8", "surrogatepass")
            start = len(mark) + len(ahead.encode(encoding, "surrogatepass"))
            end = start + len(inside.encode(encoding, "surrogatepass"))
            hits.append(_moved(hit, start, end))
        # With another byte ahead the engine takes the bytes as they are.
        hits += [_moved(hit, hit.start - 1, hit.end - 1) for hit in self.keys_in(b"\n" + content)]
        return sorted(set(hits), key=lambda hit: hit.start)


def _context(pattern: str) -> re.Pattern[str] | None:
    """Take the words of a rule's provider out of its pattern: the group CONTEXT."""
    _, mark, rest = pattern.partition(_CONTEXT)
    if not mark:
        return None
    depth = 1
    for place, sign in enumerate(rest):
        if rest[place - 1 : place] != "\\":
            depth += (sign == "(") - (sign == ")")
        if not depth:
            return re.compile(rest[:place], re.VERBOSE)
    raise AssertionError(pattern)  # the engine has compiled it


def _surroundings(places: list[tuple[int, int]], length: int) -> Iterator[tuple[int, int]]:
    """Give the stretches that a context can reach from any of the places."""
    begin = end = None
    for start, stop in sorted(places):
        if begin is None or end is None or start - _REACH > end:
            if begin is not None and end is not None:
                yield begin, end
            begin, end = max(0, start - _REACH), 0
        end = min(length, max(end, stop + _REACH))
    if begin is not None and end is not None:
        yield begin, end


def _stretch(content: bytearray, begin: int, end: int) -> bytes:
    """Cut out a stretch, so that a value that is cut does not seem to end there."""
    return bytes(content[begin:end]) + (_FILLER if end < len(content) else b"")


def _decoded(region: bytes) -> bytes:
    plain = re.sub(rb"[^A-Za-z0-9+/]", b"", region.translate(bytes.maketrans(b"-_", b"+/")))
    try:
        return base64.b64decode(plain + b"=" * (-len(plain) % 4))
    except binascii.Error:
        return b""


def _settle(candidates: Iterable[_Candidate]) -> list[Hit]:
    """Give each stretch of the content to the surest rule, and the longest match of those."""
    ranked = sorted(
        candidates,
        key=lambda one: (one.encoded, one.standing, one.start - one.end, one.start, one.rule),
    )
    plain: list[_Candidate] = []  # in order of place, none overlapping another
    encoded: dict[tuple[int, int], list[_Candidate]] = {}
    for candidate in ranked:
        index = bisect_left(plain, candidate.start, key=lambda one: one.start)
        if any(_overlap(candidate, other) for other in plain[max(0, index - 1) : index + 1]):
            continue
        if candidate.encoded:  # one encoded stretch may hold several keys
            others = encoded.setdefault((candidate.start, candidate.end), [])
            if not any(candidate.value in other.value for other in others):
                others.append(candidate)
        else:
            plain.insert(index, candidate)
    kept = [*plain, *(one for others in encoded.values() for one in others)]
    return [_hit(one) for one in sorted(kept, key=lambda one: (one.start, one.end))]


def _overlap(one: _Candidate, other: _Candidate) -> bool:
    return one.start < other.end and other.start < one.end


def _hit(one: _Candidate) -> Hit:
    _, provider, kind, *_ = one.rule.split(".")
    return Hit(
        rule=one.rule, provider=provider, kind=kind, value=one.value, start=one.start, end=one.end
    )


def _moved(hit: Hit, start: int, end: int) -> Hit:
    return Hit(
        rule=hit.rule, provider=hit.provider, kind=hit.kind, value=hit.value, start=start, end=end
    )
