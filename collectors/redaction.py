"""
Keeps keys of AI providers out of everything that is written.

A key can stand anywhere: in a description, a tag, a policy, an alarm's name. `redact`
puts its provider and digest in its place; `find_keys` says where one still stands, and
never what it is. A shape is a provider's own prefix with the length and alphabet that its
keys have, so that ARNs, digests, identifiers and encoded policies are left alone.

Every pattern is a prefix and runs of one alphabet, so that matching takes linear time.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORD = "[A-Za-z0-9_-]"
_END = f"(?!{_WORD})"


def _begins(prefix: str) -> str:
    """Match a prefix that stands at the start of a word, and look there only once found."""
    before = (
        r"(?<![A-Za-z0-9+/_-]",  # the word begins with the key,
        r"(?<=\\[bfnrt]",  # or follows an escape of JSON inside of a string,
        r"(?<=\\u[0-9A-Fa-f]{4}",
        r"(?<=%[0-9A-Fa-f]{2}",  # or a percent-encoded character,
        r"(?<=[A-Za-z0-9][_/+-]",  # or the key is joined to another word
    )
    return f"{prefix}(?:{'|'.join(f'{look}{prefix})' for look in before)})"


# Provider, what all its keys hold (a fast first look), and their shape. Shapes that do not
# mind what stands before them are too particular to be anything else.
_SHAPES = (
    ("anthropic", "sk-ant-", f"sk-ant-[a-z]{{2,8}}[0-9]{{2}}-{_WORD}{{20,}}"),
    ("openrouter", "sk-or-v1-", f"sk-or-v1-[0-9a-f]{{64}}{_WORD}*"),
    ("openai", "T3BlbkFJ", f"sk-{_WORD}{{16,200}}T3BlbkFJ{_WORD}{{16,}}"),
    ("pinecone", "pcsk_", f"pcsk_[A-Za-z0-9]{{4,10}}_[A-Za-z0-9]{{40,}}{_WORD}*"),
    ("google", "AIza", f"{_begins('AIza')}{_WORD}{{35}}{_END}"),
    ("google", "AQ.", rf"{_begins('AQ[.]')}{_WORD}{{35,}}"),
    ("bedrock", "ABSK", f"{_begins('ABSK')}[A-Za-z0-9+/]{{80,}}={{0,2}}"),
    ("bedrock", "bedrock-api-key-", "bedrock-api-key-[A-Za-z0-9+/]{80,}={0,2}"),
    ("huggingface", "hf_", f"{_begins('hf_')}[A-Za-z0-9]{{34}}{_END}"),
    ("groq", "gsk_", f"{_begins('gsk_')}[A-Za-z0-9]{{48,}}{_END}"),
    ("langsmith", "lsv2_", f"lsv2_(?:pt|sk)_[0-9a-f]{{32}}_[0-9a-f]{{10}}{_WORD}*"),
    ("replicate", "r8_", f"{_begins('r8_')}[A-Za-z0-9]{{37}}{_END}"),
    ("xai", "xai-", f"{_begins('xai-')}[A-Za-z0-9_]{{60,}}{_END}"),
    ("perplexity", "pplx-", f"{_begins('pplx-')}[A-Za-z0-9]{{40,}}{_END}"),
    ("nvidia", "nvapi-", f"{_begins('nvapi-')}{_WORD}{{60,}}"),
)
_IN_TEXT = tuple((provider, mark, re.compile(shape)) for provider, mark, shape in _SHAPES)
_IN_BYTES = tuple(
    (provider, mark.encode(), re.compile(shape.encode())) for provider, mark, shape in _SHAPES
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundKey:
    """Where a key stands: `offset` counts the characters, or bytes, before it."""

    offset: int
    provider: str


def redact(text: str) -> str:
    """Put `[redacted <provider> key sha256:<first 12 digits>]` in the place of every key."""
    redacted = text
    for provider, mark, shape in _IN_TEXT:
        if mark in redacted:
            redacted = shape.sub(partial(_replacement, provider), redacted)
    # A key that was joined to another one ends, or begins, only now.
    return redacted if redacted == text else redact(redacted)


def find_keys(content: bytes | str) -> list[FoundKey]:
    """Every key in a text or file, in order of appearance; never its value."""
    return sorted(
        (FoundKey(offset=offset, provider=provider) for provider, offset in _found(content)),
        key=lambda key: key.offset,
    )


def _found(content: bytes | str) -> Iterator[tuple[str, int]]:
    if isinstance(content, str):
        for provider, mark, shape in _IN_TEXT:
            if mark in content:
                yield from ((provider, match.start()) for match in shape.finditer(content))
        return
    for provider, encoded, encoded_shape in _IN_BYTES:
        if encoded in content:
            yield from ((provider, match.start()) for match in encoded_shape.finditer(content))


def _replacement(provider: str, match: re.Match[str]) -> str:
    digest = hashlib.sha256(match[0].encode()).hexdigest()
    return f"[redacted {provider} key sha256:{digest[:12]}]"
