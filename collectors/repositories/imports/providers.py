"""
Which provider a tool's rule is about, for reports that do not show the secret.

Tools name one thing in many ways (`openai-api-key`, `OpenAIAdmin`, `openai_api_key_v2`,
`betterleaks.openai-api-key`, `kingfisher.openai.1`), so that names are compared by what they
hold. The provider's name is the rule pack's. A rule of a cloud that sells more than models (an
Azure storage key, the id of an AWS access key) names none.
"""

from __future__ import annotations

import re

# What a squeezed name holds, the first that fits; longer names stand before those in them.
_HELD = (
    ("azureopenai", "azure_openai"),
    ("openai", "openai"),
    ("anthropic", "anthropic"),
    ("pinecone", "pinecone"),
    ("googleoauth", None),
    ("gemini", "google"),
    ("googleapikey", "google"),
    ("gcpapikey", "google"),
    ("gcpserviceaccount", "google"),
    ("googlecloudserviceaccount", "google"),
    ("googlecloudprivatekey", "google"),
    ("bedrock", "bedrock"),
    ("yandexaws", None),
    ("awssecretaccesskey", "aws"),
    ("githubaction", None),
    ("githubssh", None),
    ("github", "github"),
    ("cloudflareglobal", None),
    ("cloudflareorigin", None),
    ("cloudflareca", None),
    ("cloudflareapi", "cloudflare"),
    ("cohere", "cohere"),
    ("mistral", "mistral"),
    ("togetherai", "together"),
    ("fireworks", "fireworks"),
    ("deepseek", "deepseek"),
    ("perplexity", "perplexity"),
    ("openrouter", "openrouter"),
    ("replicate", "replicate"),
    ("huggingface", "huggingface"),
    ("elevenlabs", "elevenlabs"),
    ("stabilityai", "stability"),
    ("assemblyai", "assemblyai"),
    ("deepgram", "deepgram"),
    ("cerebras", "cerebras"),
    ("nvidia", "nvidia"),
    ("nvapi", "nvidia"),
    ("ai21", "ai21"),
    ("voyageai", "voyage"),
    ("databricks", "databricks"),
    ("langsmith", "langsmith"),
    ("langfusepublic", None),
    ("langfuse", "langfuse"),
    ("portkey", "portkey"),
    ("litellm", "litellm"),
    ("weaviate", "weaviate"),
    ("qdrant", "qdrant"),
    ("weightsandbiases", "wandb"),
    ("baseten", "baseten"),
    ("dashscope", "dashscope"),
    ("deepinfra", "deepinfra"),
    ("firecrawl", "firecrawl"),
    ("helicone", "helicone"),
    ("watsonx", "watsonx"),
    ("llamacloud", "llamacloud"),
    ("moonshot", "moonshot"),
    ("ollama", "ollama"),
    ("runpod", "runpod"),
    ("tavily", "tavily"),
    ("zhipu", "zhipu"),
    ("grokxai", "xai"),
)
# Names that other words hold as well: they must be a word of their own.
_WORDS = {
    "groq": "groq",
    "xai": "xai",
    "hf": "huggingface",
    "jina": "jina",
    "wandb": "wandb",
    "exa": "exa",
    "fal": "fal",
    "kimi": "moonshot",
    "zai": "zhipu",
}
_WORD = re.compile(r"[a-z0-9]+")
_CLIPPED = 200


def provider_of_rule(rule: str | None) -> str | None:
    """The provider whose keys a rule finds, as far as its name tells."""
    if rule is None:
        return None
    words = _WORD.findall(rule[:_CLIPPED].lower())
    squeezed = "".join(words)
    for held, provider in _HELD:
        if held in squeezed:
            return provider
    return next((_WORDS[word] for word in words if word in _WORDS), None)
