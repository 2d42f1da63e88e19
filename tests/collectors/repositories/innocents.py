"""Seventy files that look as if they held keys, and hold none."""

from __future__ import annotations

import base64
import json
import random
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_WORDS = (
    "openai", "anthropic", "pinecone", "gemini", "mistral", "cohere", "groq", "deepgram",
    "together", "fireworks", "deepseek", "stability", "assemblyai", "elevenlabs", "ai21",
    "portkey", "litellm", "weaviate", "qdrant", "wandb", "baseten", "cloudflare", "dashscope",
    "deepinfra", "exa", "fal", "watson", "moonshot", "ollama", "zhipu", "azure_openai", "aws",
)  # fmt: skip
_PLACEHOLDERS = (
    "your-api-key", "sk-...", "<KEY>", "${API_KEY}", "$API_KEY", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "sk-proj-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "{{ api_key }}", "***",
    "sk-ant-api03-XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX", "changeme",
    "00000000-0000-0000-0000-000000000000", "0123456789abcdef0123456789abcdef",
    "sk-your-api-key-goes-here-1234", "abcdefghijklmnopqrstuvwxyz123456", "hf_xxxxxxxxxxxxxxxxx",
    "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "sk-1234", "gsk_...",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "deadbeefdeadbeefdeadbeefdeadbeef",
    "12345678-1234-1234-1234-123456789012", "pcsk_your_key_here", "r8_YOUR_TOKEN", "xai-...",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Innocent:
    """A file without a key."""

    path: str
    content: bytes


class _Maker:
    """Random stuff that is no key."""

    def __init__(self, seed: str) -> None:
        self.source = random.Random(seed)  # noqa: S311 -- reproducible

    def hexadecimal(self, length: int) -> str:
        return f"{self.source.getrandbits(4 * length):0{length}x}"

    def letters(self, length: int) -> str:
        return "".join(self.source.choices(_LETTERS, k=length))

    def encoded(self, length: int) -> str:
        return base64.b64encode(self.source.randbytes(length)).decode()

    def uuid(self) -> str:
        return str(uuid.UUID(int=self.source.getrandbits(128)))

    def word(self) -> str:
        return self.source.choice(_WORDS)


def files(seed: int) -> tuple[Innocent, ...]:
    """Make all seventy."""
    made = []
    for number in range(70):
        path, write = _KINDS[number % len(_KINDS)]
        maker = _Maker(f"{seed} {number}")
        content = write(maker)
        made.append(Innocent(path=f"{number:02}/{path}", content=content.encode()))
    return tuple(made)


def _lines(count: int, line: Callable[[], str]) -> str:
    return "\n".join(line() for _ in range(count)) + "\n"


def _npm_lock(made: _Maker) -> str:
    packages = {
        f"node_modules/{made.word()}-{made.hexadecimal(3)}": {
            "version": "1.2.3",
            "resolved": f"https://packages.example.com/{made.word()}/-/{made.word()}-1.2.3.tgz",
            "integrity": f"sha512-{made.encoded(64)}",
        }
        for _ in range(60)
    }
    return json.dumps({"lockfileVersion": 3, "packages": packages}, indent=2)


def _yarn_lock(made: _Maker) -> str:
    return _lines(
        50,
        lambda: (
            f'{(word := made.word())}@^1.0.0:\n  version "1.0.0"\n  resolved '
            f'"https://packages.example.com/{word}/-/{word}-1.0.0.tgz#{made.hexadecimal(40)}"\n'
            f"  integrity sha512-{made.encoded(64)}\n"
        ),
    )


def _poetry_lock(made: _Maker) -> str:
    return _lines(
        40,
        lambda: (
            f'[[package]]\nname = "{(word := made.word())}"\nversion = "1.0"\nfiles = [\n    '
            f'{{file = "{word}-1.0-py3-none-any.whl", hash = "sha256:{made.hexadecimal(64)}"}},\n'
            f'    {{file = "{word}-1.0.tar.gz", hash = "md5:{made.hexadecimal(32)}"}},\n]\n'
        ),
    )


def _cargo_lock(made: _Maker) -> str:
    return _lines(
        40,
        lambda: (
            f'[[package]]\nname = "{made.word()}"\nversion = "0.3.1"\nsource = "registry+https:'
            f'//github.com/rust-lang/crates.io-index"\nchecksum = "{made.hexadecimal(64)}"\n'
        ),
    )


def _go_sum(made: _Maker) -> str:
    return _lines(60, lambda: f"github.com/{made.word()}/sdk v1.2.0 h1:{made.encoded(32)}")


def _requirements(made: _Maker) -> str:
    return _lines(
        40,
        lambda: (
            f"{made.word()}==1.0.{made.source.randrange(9)} \\\n"
            f"    --hash=sha256:{made.hexadecimal(64)} \\\n    --hash=sha256:{made.hexadecimal(64)}"
        ),
    )


def _documentation(made: _Maker) -> str:
    return "# Configuration\n\n" + _lines(
        40,
        lambda: (
            f"Set `{(word := made.word()).upper()}_API_KEY`:\n\n    export {word.upper()}_API_KEY="
            f'"{made.source.choice(_PLACEHOLDERS)}"\n'
        ),
    )


def _fixtures(made: _Maker) -> str:
    return _lines(
        40,
        lambda: (
            f'{made.word()}_client = Client(api_key="{made.source.choice(_PLACEHOLDERS)}", '
            f'request_id="{made.uuid()}")'
        ),
    )


def _minified(made: _Maker) -> str:
    def call() -> str:
        one, two, three = (made.letters(2).lower() for _ in range(3))
        return f'function {one}({two}){{return {two}.{made.word()}&&{three}("{made.letters(12)}")}}'

    return (
        ";".join(call() for _ in range(300))
        + f"\n//# sourceMappingURL=x.{made.hexadecimal(20)}.map"
    )


def _svg(made: _Maker) -> str:
    steps = "".join(
        f"{made.source.choice('MLCQ')}{made.source.randrange(10**6)}.{made.source.randrange(10**6)}"
        for _ in range(900)
    )
    return f'<svg id="{made.word()}" xmlns="http://www.w3.org/2000/svg"><path d="{steps}"/></svg>'


def _image(made: _Maker) -> str:
    return f'<img alt="{made.word()} api key" src="data:image/png;base64,{made.encoded(9000)}">'


def _certificate(made: _Maker) -> str:
    body = made.encoded(1200)
    return (
        "-----BEGIN CERTIFICATE-----\n"
        + "\n".join(body[at : at + 64] for at in range(0, len(body), 64))
        + "\n-----END CERTIFICATE-----\n"
    )


def _git_log(made: _Maker) -> str:
    return _lines(
        60,
        lambda: f"commit {made.hexadecimal(40)}\n    Bump {made.word()} to {made.hexadecimal(7)}\n",
    )


def _terraform_state(made: _Maker) -> str:
    resources = [
        {
            "type": "aws_secretsmanager_secret",
            "name": (word := made.word()),
            "instances": [
                {
                    "attributes": {
                        "id": made.uuid(),
                        "arn": f"arn:aws:secretsmanager:eu-west-1:1:secret:{word}-aB3dE6",
                        "name": f"prod/{word}/api-key",
                        "version_id": made.uuid(),
                        "policy_hash": made.hexadecimal(64),
                        "etag": made.hexadecimal(32),
                    }
                }
            ],
        }
        for _ in range(30)
    ]
    return json.dumps({"version": 4, "lineage": made.uuid(), "resources": resources}, indent=2)


def _tokens_of_others(made: _Maker) -> str:
    claims = base64.urlsafe_b64encode(b'{"sub":"1234567890","name":"John"}').decode().rstrip("=")
    return (
        f"SESSION_JWT=eyJhbGciOiJIUzI1NiJ9.{claims}.{made.letters(43)}\n"
        f"STRIPE_KEY=sk_live_{made.letters(24)}\nSENTRY_DSN=https://{made.hexadecimal(32)}@o1.x.io/1\n"
        f"SLACK_TOKEN=xoxb-{made.source.randrange(10**11)}-{made.letters(24)}\n"
        f"DATADOG_API_KEY={made.hexadecimal(32)}\nNPM_TOKEN=npm_{made.letters(36)}\n"
        f"SENDGRID=SG.{made.letters(22)}.{made.letters(43)}\nMISTRAL_MODEL=mistral-large\n"
        f"SESSION_SECRET={made.hexadecimal(64)}\n"
    )


def _kubernetes(made: _Maker) -> str:
    return _lines(
        20,
        lambda: (
            f"apiVersion: v1\nkind: Pod\nmetadata:\n  name: {made.word()}-{made.hexadecimal(8)}\n"
            f"  uid: {made.uuid()}\n  annotations:\n    checksum/config: {made.hexadecimal(64)}\n"
            f"spec:\n  image: registry.io/{made.word()}@sha256:{made.hexadecimal(64)}\n---"
        ),
    )


def _notebook(made: _Maker) -> str:
    output = {"output_type": "display_data", "data": {"image/png": made.encoded(6000)}}
    cell = {
        "cell_type": "code",
        "id": made.hexadecimal(8),
        "source": [f"import {made.word()}\n", f"{made.word()}.init(api_key=os.environ['KEY'])"],
        "outputs": [output],
    }
    return json.dumps({"cells": [cell] * 3, "metadata": {"uid": made.uuid()}}, indent=1)


def _source_map(made: _Maker) -> str:
    mappings = ";".join(made.letters(made.source.randrange(4, 9)) for _ in range(2000))
    return json.dumps({"version": 3, "sources": [f"{made.word()}.ts"], "mappings": mappings})


def _logs(made: _Maker) -> str:
    return _lines(
        60,
        lambda: (
            f"2026-03-01 10:00:00 INFO {made.word()} request_id={made.uuid()} "
            f"trace={made.hexadecimal(32)} etag={made.hexadecimal(40)}"
        ),
    )


def _rows(made: _Maker) -> str:
    return "id,provider,digest,model\n" + _lines(
        60, lambda: f"{made.uuid()},{made.word()},{made.hexadecimal(64)},large"
    )


def _experiments(made: _Maker) -> str:
    runs: Iterator[str] = (
        f"wandb: run {made.letters(8).lower()} at commit {made.hexadecimal(40)}\n"
        f"weights: https://huggingface.co/mistral/{made.word()}/resolve/{made.hexadecimal(40)}/m.bin\n"
        for _ in range(30)
    )
    return "".join(runs)


def _client(made: _Maker) -> str:
    return _lines(
        30,
        lambda: (
            f"from {made.word()}.v1.generated_clients_for_{made.word()} import Client\n"
            f'index = {made.word()}.index(id="{made.uuid()}", namespace="{made.hexadecimal(24)}")\n'
            f'thread = {made.word()}.threads.get("thread_{made.letters(24)}")\n'
        ),
    )


_KINDS: tuple[tuple[str, Callable[[_Maker], str]], ...] = (
    ("package-lock.json", _npm_lock),
    ("yarn.lock", _yarn_lock),
    ("poetry.lock", _poetry_lock),
    ("Cargo.lock", _cargo_lock),
    ("go.sum", _go_sum),
    ("requirements.txt", _requirements),
    ("README.md", _documentation),
    ("test_client.py", _fixtures),
    ("bundle.min.js", _minified),
    ("logo.svg", _svg),
    ("page.html", _image),
    ("ca.pem", _certificate),
    ("history.txt", _git_log),
    ("terraform.tfstate", _terraform_state),
    (".env", _tokens_of_others),
    ("pods.yaml", _kubernetes),
    ("plot.ipynb", _notebook),
    ("bundle.js.map", _source_map),
    ("app.log", _logs),
    ("rows.csv", _rows),
    ("runs.txt", _experiments),
    ("client.py", _client),
)
