from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keyproof.facts.providers import recognise_provider


@pytest.mark.parametrize(
    ("text", "provider"),
    [
        ("prod/openai/api-key", "openai"),
        ("OPENAI_API_KEY", "openai"),
        ("OpenAIKey", "openai"),
        ("openAiKey", "openai"),
        ("myOpenAIkey", "openai"),
        ("open-ai", "openai"),
        ("open_ai/prod", "openai"),
        ("prodopenai2", "openai"),
        ("gpt4o-token", "openai"),
        ("chat-gpt", "openai"),
        ("ChatGPTKey", "openai"),
        ("DALL-E", "openai"),
        ("prod/anthropic", "anthropic"),
        ("prodanthropickey", "anthropic"),
        ("claude-3-5-sonnet", "anthropic"),
        ("ClaudeKey", "anthropic"),
        ("pinecone", "pinecone"),
        ("PineconeIndexKey", "pinecone"),
        ("pine-cone", "pinecone"),
        ("bedrock-api-key", "bedrock"),
        ("prod/gemini/key", "google"),
        ("vertex-ai", "google"),
        ("VertexAI", "google"),
        ("palm2", "google"),
        ("azure-openai", "azure_openai"),
        ("AzureOpenAIKey", "azure_openai"),
        ("azure/open-ai", "azure_openai"),
        ("mistral", "mistral"),
        ("MistralAI", "mistral"),
        ("prod/cohere", "cohere"),
        ("hugging_face", "huggingface"),
        ("HuggingFaceToken", "huggingface"),
        ("groqKey", "groq"),
        ("openrouter", "openrouter"),
        ("langsmith", "langsmith"),
        ("prod/langchain", "langsmith"),
        ("REPLICATE_API_TOKEN", "replicate"),
        ("xai", "xai"),
        ("x-ai/key", "xai"),
        ("grok-key", "xai"),
        ("perplexity", "perplexity"),
        ("NVIDIA_API_KEY", "nvidia"),
        ("deepseek", "deepseek"),
        ("together-ai", "together"),
        ("FireworksAI", "fireworks"),
        ("elevenlabs", "elevenlabs"),
        ("stability.ai", "stability"),
        ("voyage-ai", "voyage"),
        ("weaviate", "weaviate"),
        ("qdrant", "qdrant"),
        ("litellm", "litellm"),
        ("portkey", "portkey"),
    ],
)
def test_a_name_that_tells_its_provider(text: str, provider: str) -> None:
    assert recognise_provider(text) == provider


@pytest.mark.parametrize(
    "text",
    [
        "",
        "replicated-db",
        "db-replicate-user",
        "replication",
        "prod/coherence",
        "incoherent",
        "openapi-spec",
        "OpenAPI",
        "open-air-cinema",
        "openair/api-key",
        "open/airflow",
        "claudette",
        "claudia",
        "philanthropic-giving",
        "misanthropic",
        "togetherness",
        "together/db",
        "fireworks-shop",
        "grokking",
        "egroqs",
        "xair",
        "gptool",
        "bedrocks",
        "perplexing",
        "minstrel",
        "stability-tests",
        "palm-tree",
        "vertex-shader",
        "hugging",
        "production/orders/database",
        "rds!db-11111111-2222-3333-4444-555555555555",
    ],
)
def test_a_name_that_tells_of_something_else(text: str) -> None:
    assert recognise_provider(text) is None


def test_the_first_telling_text_counts() -> None:
    assert recognise_provider("prod/key", "team search", "provider anthropic") == "anthropic"
    assert recognise_provider("prod/openai", "provider anthropic") == "openai"
    assert recognise_provider() is None


@settings(deadline=None)
@given(text=st.text(max_size=300))
def test_whatever_a_text_holds_there_is_an_answer(text: str) -> None:
    assert recognise_provider(text) is None or recognise_provider(f"x {text}") is not None


@settings(deadline=None)
@given(before=st.text("-/_. ", max_size=3), after=st.text("-/_. ", max_size=3))
def test_separators_hide_no_provider(before: str, after: str) -> None:
    assert recognise_provider(f"{before}openai{after}") == "openai"


@pytest.mark.parametrize(
    "text", ["A" * 100_000 + "a", "aB" * 50_000, "open" * 25_000, "-" * 100_000]
)
def test_a_long_text_takes_no_longer_than_its_length(text: str) -> None:
    assert recognise_provider(text) is None
