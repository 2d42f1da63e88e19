"""
Reads the label of a value: what it is assigned to, and whether that names a credential.

The words are in rules/words.yaml.
"""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import yaml

_VOCABULARY = yaml.safe_load(Path(__file__).with_name("rules").joinpath("words.yaml").read_bytes())
_CREDENTIAL = frozenset(_VOCABULARY["credential"])
_NOT_A_KEY = frozenset(_VOCABULARY["not_a_key"])
_DIGEST = frozenset(_VOCABULARY["digest"])
_PLAIN = _CREDENTIAL | frozenset(_VOCABULARY["plain"])

_FARTHEST = 200
"""Characters ahead of a value in which its label is looked for."""
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
# The last identifier ahead of a value, and what may stand between the two.
_LABEL = re.compile(
    r"([A-Za-z_][\w.-]*)[\"'`\\]*\]?[)\s]*"
    r"(?:(?:[=:]{1,3}|=>|:=|\?=|\|\||\?\?|[,({|>]|==)[\s\"'`\\\[({|]*|\s+[\"'`\\]*|[\"'`\\]*)\Z"
)
_SCHEME = re.compile(r"(?:Bearer|Basic|Token|Key|ApiKey)(?:\s|%20)+\Z", re.IGNORECASE)
# The values ahead of this one in a list, whose label is the list's.
_ELEMENTS = re.compile(r"(?:[\"'`\\]*[\w+/=.:|-]{16,}[\"'`\\]*,\s*)+[\"'`\\]*\Z")
_SLOTS = frozenset({"value", "default", "content", "string_value", "stringvalue"})
# What such a slot belongs to, on its line or on one of the two above: `<add key="…" value="`.
_OUTER = re.compile(
    r"\b(?:name|key|variable|parameter|secret)\b[\"']?\s*[=:]?\s*[\"']?"
    r"([A-Za-z/][\w./-]*)(?=[^\n]*(?:\n[^\n]*){0,2}\Z)",
    re.IGNORECASE,
)


def label_of(before: str) -> str:
    """Give the name that a value is assigned to, or else the word directly ahead of it."""
    text = _SCHEME.sub("", _ELEMENTS.sub("", before)[-_FARTHEST:])
    match = _LABEL.search(text)
    if match is None:
        return ""
    label = match[1]
    if label.lower().rpartition(".")[2] not in _SLOTS:
        return label
    outer = _OUTER.findall(text[: match.start(1)])
    return outer[-1] if outer else label


def is_credential(text: str) -> bool:
    """Tell whether a text names a credential anywhere."""
    return not _CREDENTIAL.isdisjoint(_tokens(text))


def is_plain(label: str) -> bool:
    """Tell whether a label leaves open whose value it is: `apiKey`, but not `sessionKey`."""
    return all(token in _PLAIN for token in _tokens(label))


def names_no_key(label: str) -> bool:
    """Tell whether a label is that of a digest, an identifier or the like."""
    tokens = _tokens(label)
    if not tokens:
        return False
    pairs = [left + right for left, right in pairwise(tokens)]
    if tokens[-1] in _NOT_A_KEY or (pairs and pairs[-1] in _NOT_A_KEY):
        return True
    return not _DIGEST.isdisjoint([*tokens, *pairs]) and _CREDENTIAL.isdisjoint(tokens)


def _tokens(text: str) -> list[str]:
    return [word.lower() for word in _WORDS.findall(text)]
