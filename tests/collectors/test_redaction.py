from __future__ import annotations

import base64
import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.redaction import FoundKey, find_keys, redact

HEX = "0123456789abcdef" * 4
# Prefix and body are joined here, so that no file of the project holds the shape of a key.
KEYS = {
    "openai project": ("openai", "sk-" + "proj-" + "aB3-_" * 12 + "T3Blbk" + "FJ" + "Zz9_-" * 12),
    "openai legacy": ("openai", "sk-" + "a1B2c" * 4 + "T3Blbk" + "FJ" + "d4E5f" * 4),
    "openai admin": ("openai", "sk-" + "admin-" + "aB3" * 20 + "T3Blbk" + "FJ" + "x" * 60),
    "openai service": ("openai", "sk-" + "svcacct-" + "aB3" * 20 + "T3Blbk" + "FJ" + "x" * 60),
    "anthropic": ("anthropic", "sk-ant-" + "api03-" + "aB3_-" * 18 + "AA"),
    "anthropic admin": ("anthropic", "sk-ant-" + "admin01-" + "aB3_-" * 18 + "AA"),
    "pinecone": ("pinecone", "pcsk" + "_2aBcD_" + "aB3" * 21),
    "google": ("google", "AI" + "za" + "aB3_-" * 7),
    "google new": ("google", "AQ" + ".Ab8R" + "aB3_-" * 9),
    "bedrock": ("bedrock", "AB" + "SK" + "QmVkcm9ja0FQSUtleS1" * 6 + "=="),
    "bedrock session": ("bedrock", "bedrock-api" + "-key-" + "YmVkcm9jay5hbWF6b25hd3M" * 4),
    "hugging face": ("huggingface", "h" + "f_" + "aBcDe" * 6 + "abcd"),
    "groq": ("groq", "gs" + "k_" + "aB3d" * 13),
    "openrouter": ("openrouter", "sk-or" + "-v1-" + HEX),
    "langsmith": ("langsmith", "lsv2" + "_pt_" + HEX[:32] + "_" + HEX[:10]),
    "langsmith service": ("langsmith", "lsv2" + "_sk_" + HEX[:32] + "_" + HEX[:10]),
    "replicate": ("replicate", "r" + "8_" + "aB3d" * 9 + "a"),
    "xai": ("xai", "xa" + "i-" + "aB3d" * 20),
    "perplexity": ("perplexity", "pp" + "lx-" + "aB3d" * 12),
    "nvidia": ("nvidia", "nv" + "api-" + "aB3_" * 16),
}
ALL = pytest.mark.parametrize(("provider", "key"), KEYS.values(), ids=KEYS)
HARMLESS = (
    "arn:aws:secretsmanager:us-east-1:111122223333:secret:openai/production-AbCdEf",
    "arn:aws:iam::111122223333:role/bedrock-api-key-rotation-function-for-production-environment",
    "arn:aws:lambda:us-east-1:111122223333:function:sk-ant-api03-rotation",
    "arn:aws:sns:us-east-1:111122223333:hf_alerts_for_the_whole_platform_team:" + HEX[:32],
    "desk-projects-" + "a" * 80,
    "sk-ant-api03-R2D...igAA",  # a provider's own hint
    "sk-proj-...T3BlbkFJ...abcd",
    HEX,
    hashlib.sha512(b"").hexdigest(),
    "6f1ed002-ab5d-4e5f-8b3a-6d2d4b0a1c9e",
    base64.b64encode(b'{"Version": "2012-10-17", "Statement": []}' * 40).decode(),
    base64.b64encode(hashlib.sha256(b"ABSK AIza r8_").digest()).decode(),
    "AKIA" + "IOSFODNN7EXAMPLE",
    "model_r8_" + "x" * 20,
    "AIza",
    "AQ.",
    "",
)


@ALL
@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "key: {} (do not share)",
        "OPENAI_API_KEY={}&next=1",
        '{{"Description": "{}"}}',
        r"first line\n{}\nlast line",
        r"\u0022{}\u0022",
        "https://example.com/?key%3D{}%26",
        "backup-{}",
        "KEY_{}.",
        "ключ {} ключ",
    ],
)
def test_a_key_is_replaced_wherever_it_stands(provider: str, key: str, around: str) -> None:
    digest = hashlib.sha256(key.encode()).hexdigest()[:12]

    redacted = redact(around.format(key))

    assert redacted == around.format(f"[redacted {provider} key sha256:{digest}]")
    assert find_keys(redacted) == []


@ALL
def test_a_key_is_found_in_text_and_in_bytes(provider: str, key: str) -> None:
    assert find_keys(f"ключ={key};") == [FoundKey(provider=provider, offset=5)]
    assert find_keys(f"ключ={key};".encode()) == [FoundKey(provider=provider, offset=9)]
    assert key not in repr(find_keys(key))


def test_keys_are_found_in_the_order_of_the_file() -> None:
    keys = [key for _, key in KEYS.values()]
    file = json.dumps({"notes": keys}).encode()

    found = find_keys(file)

    assert [key.provider for key in found] == [provider for provider, _ in KEYS.values()]
    assert [key.offset for key in found] == [file.index(key.encode()) for key in keys]


@pytest.mark.parametrize("text", HARMLESS)
def test_what_is_no_key_is_left_alone(text: str) -> None:
    assert redact(text) == text
    assert find_keys(text.encode()) == []


def test_a_key_joined_to_another_leaves_neither() -> None:
    google, anthropic = KEYS["google"][1], KEYS["anthropic"][1]

    redacted = redact(google + anthropic)

    assert google not in redacted
    assert anthropic not in redacted


PIECES = st.sampled_from(
    [key for _, key in KEYS.values()]
    + [key[:-1] for _, key in KEYS.values()]
    + [*HARMLESS, "\\n", "%3D", "/", "+", "-", "_", "a", " "]
)


@given(st.lists(PIECES, max_size=6).map("".join))
def test_nothing_is_found_in_what_was_redacted(text: str) -> None:
    redacted = redact(text)

    assert find_keys(redacted) == []
    assert find_keys(redacted.encode()) == []
    assert redact(redacted) == redacted


@given(st.text(max_size=60))
def test_other_text_is_left_alone(text: str) -> None:
    assert redact(text) == text
