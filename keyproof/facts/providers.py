"""Which AI provider a secret speaks of, by its name, description and tags; never its value."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

AWS_BILLED = frozenset({"bedrock"})
"""Providers whose spend appears on the AWS bill; every other one sends its own invoice."""

_WORDS: Mapping[str, tuple[str, ...]] = {
    "openai": ("openai", "gpt", "chatgpt", "dalle"),
    "anthropic": ("anthropic", "claude"),
    "pinecone": ("pinecone",),
    "bedrock": ("bedrock",),
    "google": ("gemini", "vertexai", "googleai", "palm2"),
    "azure_openai": ("azureopenai", "aoai"),
    "mistral": ("mistral", "mistralai"),
    "cohere": ("cohere",),
    "huggingface": ("huggingface",),
    "groq": ("groq",),
    "openrouter": ("openrouter",),
    "langsmith": ("langsmith", "langchain"),
    "replicate": ("replicate",),
    "xai": ("xai", "grok"),
    "perplexity": ("perplexity",),
    "nvidia": ("nvidia",),
    "deepseek": ("deepseek",),
    "together": ("togetherai",),
    "fireworks": ("fireworksai",),
    "elevenlabs": ("elevenlabs",),
    "stability": ("stabilityai",),
    "voyage": ("voyageai",),
    "weaviate": ("weaviate",),
    "qdrant": ("qdrant",),
    "litellm": ("litellm",),
    "portkey": ("portkey",),
}
_PROVIDER_OF = {word: provider for provider, words in _WORDS.items() for word in words}
_UNMISTAKABLE = (
    "anthropic",
    "deepseek",
    "huggingface",
    "langsmith",
    "openai",
    "openrouter",
    "pinecone",
)
_TOKEN = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")


def recognise_provider(*texts: str) -> str | None:
    """
    Give the provider that the first telling text points to, or None.

    A word counts where it stands alone (`prod/groq`, `groqKey`, `GPT_TOKEN`); the
    unmistakable ones also inside another word (`prodopenai2`).
    """
    for text in texts:
        provider = _recognise(text)
        if provider is not None:
            return provider
    return None


def _recognise(text: str) -> str | None:
    words = [token.lower() for token in _TOKEN.findall(text)]
    # Two neighbours may spell one name: `open-ai`, `hugging_face`, `azure/openai`.
    pairs = [first + second for first, second in pairwise(words)]
    for word in (*pairs, *words):
        if word in _PROVIDER_OF:
            return _PROVIDER_OF[word]
    squeezed = "".join(words)
    return next((_PROVIDER_OF[word] for word in _UNMISTAKABLE if word in squeezed), None)
