"""
Whether what a rule matched is a key, by what stands around it.

The engine's patterns know neither lookaround nor which word a value belongs to. A value that
carries its provider's mark needs only to look random. One that a word of its provider points
to must also be named as a credential is: `MISTRAL_API_KEY`, or `apiKey` under `mistral:`,
but not `mistral_commit`, nor `SESSION_SECRET` on the line below.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from collectors.repositories.labels import is_credential, is_plain, label_of, names_no_key
from collectors.repositories.randomness import is_name

_REACH = 480
"""Bytes ahead of a value, and behind it, where its context is looked for."""
_ADJOINING = 14
"""A provider's word this near names a value whatever its label says: `Cohere("…")`."""
_BESIDE = 60
_BEHIND = 120
_NEWLINES = 9
_IN_LABEL = 1
_IN_NAME = 2
_NEAR = 3

_FOREIGN = re.compile(
    r"(?:sk|pk|rk)_(?:live|test)_|whsec_|xox[a-z]-|glpat-|npm_|pypi-|dop_v1_|shp[a-z]{2}_|"
    r"(?:thread|asst|file|run|msg|req|org|proj|batch|call|chatcmpl|resp|ftjob|step|evt|cus|vs)[_-]|"
    r"sha(?:1|256|384|512)-|SG\.|sq0|ya29\.|AKIA|ASIA|pk-lf-|PMAK-|hvs\.|dckr_"
)
_DIGEST = re.compile("[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64}")
_HASH_MARK = 12
_HASHED = re.compile(rb"(?:sha(?:1|256|384|512)|md5)[=:-]\s*\Z")
_ROW = re.compile(r"\A[^=:]{0,60}[,;|\t][^=:]{0,60}\Z")
_ADDRESS = re.compile(r"(?:https?|wss?|grpcs?)://[\w.-]*\Z")
_BLOCK_ENDS = re.compile(r"\n[}\])]|\n[ \t]*\n(?:[^\n]*\n){3}")
_BLANK_LINE = re.compile(r"\n[ \t\r]*\n")
# What stands between a value and the name that a sibling field gives it.
_NAME_BELOW = re.compile(
    r"[\"'\\]*\s*,?\s*-?\s*[\"'\\]*(?:name|key)[\"'\\]*\s*[:=]\s*[\"'\\]*[\w./-]*",
    re.IGNORECASE,
)
_NEXT_VARIABLE = re.compile(r"\n\s*(?:export\s+|set\s+|ENV\s+|- )?[\"']?\w*\Z")
_ESCAPED_NEWLINE = re.compile(r"\\+[nr]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What a rule matched: content[start:end] is the value, `context` its provider's words."""

    value: str = field(repr=False)
    start: int
    end: int
    context: re.Pattern[str] | None
    ahead: bool
    """The value stands ahead of its context."""


def standing(match: Match, content: bytes) -> int | None:
    """
    Say how surely a value belongs to its context: 0 is surest, None is not at all.

    Of several rules that claim a value, the surest has it.
    """
    if match.context is None:
        ahead = content[max(0, match.start - _HASH_MARK) : match.start]
        return None if _HASHED.search(ahead) else 0
    before = _text(content[max(0, match.start - _REACH) : match.start])
    after = _text(content[match.end : match.end + _REACH])
    label = label_of(before)
    if names_no_key(label) or _FOREIGN.match(match.value) or is_name(match.value):
        return None
    in_label = match.context.search(label) is not None
    if _DIGEST.fullmatch(match.value) and not (in_label and _is_assigned(before)):
        # A digest is as long, and stands beside names as often, but not near credentials;
        # `uses: action@` is a commit wherever it stands.
        around = before + after[:_BEHIND] if match.ahead else before
        if before.endswith("@") or not is_credential(around):
            return None
    if in_label:
        return _IN_LABEL
    if match.ahead:
        return _behind(label, before, after, match.context)
    return _ahead(label, before, match.context)


def _ahead(label: str, before: str, context: re.Pattern[str]) -> int | None:
    """Judge a value by a context ahead of it."""
    words = list(context.finditer(before))
    if not words:
        return None
    gap = before[words[-1].end() :]
    if _ADDRESS.search(before[: words[-1].start()]):
        return _NEAR + len(gap) // 8 if is_plain(label) else None
    if "\n" not in gap:
        near = len(gap.strip()) <= _ADJOINING
        # In a row of a table a label is another field, and says little.
        in_row = _ROW.search(gap) is not None and is_credential(before)
        return _NEAR + len(gap) if near or in_row or is_plain(label) else None
    if gap.count("\n") > _NEWLINES or _BLOCK_ENDS.search(gap) or not is_plain(label):
        return None
    return _NEAR + len(gap) if is_credential(label) or is_credential(words[-1][0] + gap) else None


def _behind(label: str, before: str, after: str, context: re.Pattern[str]) -> int | None:
    """Judge a value by a context that follows: a URL, or a sibling field."""
    word = context.search(after)
    if word is None:
        return None
    gap = after[: word.start()]
    name = re.match(r"[\w.-]*", after[word.start() :])
    names_credential = name is not None and is_credential(name[0])
    if names_credential and _NAME_BELOW.fullmatch(gap):
        return _IN_NAME
    named = is_plain(label) and (is_credential(label) or is_credential(before[-_BESIDE:]))
    if not named or gap.count("\n") > _NEWLINES or _BLANK_LINE.search(gap):
        return None
    if _ADDRESS.search(gap):
        return _NEAR + len(gap) // 8
    # The next variable has its own value, as the next object has.
    if "}" in gap or (names_credential and _NEXT_VARIABLE.search(gap)):
        return None
    return _BESIDE + len(gap)


def _is_assigned(before: str) -> bool:
    return before.rstrip(" \"'`\\")[-1:] in {"=", ":", "("}


def _text(content: bytes) -> str:
    """Read bytes as text whose escaped newlines, as of a notebook, are newlines."""
    return _ESCAPED_NEWLINE.sub("\n", content.decode("latin-1"))
