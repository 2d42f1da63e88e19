"""Which AI provider a secret speaks of, by its name, description and tags; never its value."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    # "replicate" alone is a verb of databases
    "replicate": ("replicateai", "replicateapi", "replicatekey", "replicatetoken"),
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
_UNMISTAKABLE = re.compile(
    # but for "philanthropic", "misanthropic" and the product "OpenAir"
    "(?<!phil)(?<!mis)anthropic|deepseek|huggingface|langsmith|openai(?!r)|openrouter|pinecone"
)
_TOKEN = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+")
_MOST_WORDS = 3


def recognise_provider(*texts: str) -> str | None:
    """
    Give the provider that the first telling text points to, or None.

    A word counts where it stands alone (`prod/groq`, `groqKey`, `GPT_TOKEN`), whole or
    in parts (`open-ai`, `AzureOpenAI`); the unmistakable ones also inside another word
    (`prodopenai2`).
    """
    for text in texts:
        provider = _recognise(text)
        if provider is not None:
            return provider
    return None


def _recognise(text: str) -> str | None:
    words = [token.lower() for token in _TOKEN.findall(text)]
    for length in range(_MOST_WORDS, 0, -1):
        for start in range(len(words) - length + 1):
            name = "".join(words[start : start + length])
            if name in _PROVIDER_OF:
                return _PROVIDER_OF[name]
    inside = _UNMISTAKABLE.search(text.lower())
    return None if inside is None else _PROVIDER_OF[inside[0]]
