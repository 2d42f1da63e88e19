"""
A corpus for the scan: every kind of key in every context.

All of it comes from a seed. Files in which nothing may be found are in `innocents`.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from collectors.repositories.canaries import host_of, kinds, make_key, variable_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FURTHER = frozenset({
    "baseten", "cloudflare", "dashscope", "deepinfra", "exa", "fal", "firecrawl", "github",
    "helicone", "watsonx", "llamacloud", "moonshot", "ollama", "runpod", "tavily", "zhipu",
})  # fmt: skip
"""Providers beyond the core."""

# @NAME@ is the variable, @VALUE@ the key, @WORD@ the provider, @CAMEL@ the variable as
# mistralApiKey, @HOST@ a host of the provider.
_CONTEXTS: Mapping[str, tuple[str, str]] = {
    "dotenv": (".env", "DEBUG=false\n@NAME@=@VALUE@\nPORT=8080\n"),
    "python": (
        "app.py",
        'import os\n\nTIMEOUT = 30\n@NAME@ = "@VALUE@"\n\n\ndef main():\n    return TIMEOUT\n',
    ),
    "yaml": ("config.yaml", "server:\n  port: 80\n@WORD@:\n  api_key: @VALUE@\n  retries: 3\n"),
    "json": ("config.json", '{\n  "debug": true,\n  "@CAMEL@": "@VALUE@",\n  "port": 80\n}\n'),
    "terraform": (
        "main.tf",
        (
            'resource "aws_secretsmanager_secret_version" "@WORD@" {\n'
            "  secret_id     = aws_secretsmanager_secret.@WORD@.id\n"
            '  secret_string = "@VALUE@"\n}\n'
        ),
    ),
    "javascript": ("client.js", "const retries = 3;\nconst @CAMEL@ = '@VALUE@';\n"),
    "dockerfile": ("Dockerfile", "FROM python:3.12-slim\nENV @NAME@=@VALUE@\nCMD app\n"),
    "shell": ("run.sh", '#!/bin/sh\nset -eu\nexport @NAME@="@VALUE@"\nexec app\n'),
    "markdown": (
        "README.md",
        "# Setup\n\nSet the key first:\n\n    @NAME@=@VALUE@\n\nThen run it.\n",
    ),
    "curl": (
        "call.sh",
        (
            'curl https://@HOST@/v1/models \\\n  -H "Content-Type: application/json" \\\n'
            '  -H "Authorization: Bearer @VALUE@"\n'
        ),
    ),
    "os_environ": ("job.py", 'import os\n\nos.environ["@NAME@"] = "@VALUE@"\n'),
    "ini": ("settings.ini", "[@WORD@]\ntimeout = 30\napi_key = @VALUE@\n"),
    "properties": ("app.properties", "server.port=8080\n@WORD@.api.key=@VALUE@\n"),
    "go": ("main.go", 'package main\n\nconst @CAMEL@ = "@VALUE@"\n'),
    "csharp": ("Client.cs", 'private const string @CAMEL@ = "@VALUE@";\n'),
    "xml": (
        "web.config",
        '<appSettings>\n  <add key="@NAME@" value="@VALUE@" />\n</appSettings>\n',
    ),
    "workflow": (
        "ci.yml",
        "jobs:\n  test:\n    runs-on: ubuntu\n    env:\n      @NAME@: @VALUE@\n    steps: []\n",
    ),
    "compose": (
        "compose.yaml",
        "services:\n  web:\n    image: web:1.2\n    environment:\n      - @NAME@=@VALUE@\n",
    ),
    "kubernetes": (
        "deployment.yaml",
        "env:\n  - name: LOG_LEVEL\n    value: info\n  - name: @NAME@\n    value: '@VALUE@'\n",
    ),
    "log": ("app.log", "2026-03-01T10:00:00Z INFO starting @NAME@=@VALUE@ port=80\n"),
    "csv": ("keys.csv", "service,owner,secret\n@WORD@,platform,@VALUE@\n"),
    "helm": (
        "values.yaml",
        "replicas: 2\n@WORD@:\n  enabled: true\n  model: large\n  apiKey: @VALUE@\n",
    ),
    "typescript": ("client.ts", 'export const client = new Client({ @CAMEL@: "@VALUE@" });\n'),
    "comment": (
        "lib.py",
        "def call():\n    # @NAME@: @VALUE@ (remove before merging)\n    return 1\n",
    ),
    "ruby": ("config.rb", 'ENV["@NAME@"] ||= "@VALUE@"\n'),
    "curl_last": (
        "last.sh",
        "curl -s -H 'Authorization: Bearer @VALUE@' https://@HOST@/v1/models\n",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """A file with one key."""

    kind: str
    context: str
    path: str
    content: bytes
    value: str = field(repr=False)

    @property
    def provider(self) -> str:
        return self.kind.split(".")[0]

    @property
    def key_kind(self) -> str:
        return self.kind.split(".")[1]


def leaks(seed: int, *, core_only: bool = False) -> Iterator[Leak]:
    """Make every kind of key in every context."""
    for kind in kinds():
        if core_only and kind.split(".")[0] in FURTHER:
            continue
        source = random.Random(f"{seed} {kind}")  # noqa: S311 -- nobody's keys, and reproducible
        for context in (*_CONTEXTS, "notebook"):
            value = make_key(kind, source)
            path, content = _write(kind, context, value)
            yield Leak(kind=kind, context=context, path=path, content=content, value=value)


def _write(kind: str, context: str, value: str) -> tuple[str, bytes]:
    if context == "notebook":
        line = f'{variable_of(kind)} = "{_inside(value)}"'
        cell = {"cell_type": "code", "source": ["import os\n", f"{line}\n", "os.getcwd()"]}
        return "try.ipynb", json.dumps({"cells": [cell], "nbformat": 4}, indent=1).encode()
    path, template = _CONTEXTS[context]
    name = variable_of(kind)
    words = name.lower().split("_")
    marks = {
        "@NAME@": name,
        "@CAMEL@": words[0] + "".join(word.capitalize() for word in words[1:]),
        "@WORD@": "_".join(words[:2]) if words[0] in {"azure", "aws"} else words[0],
        "@HOST@": host_of(kind),
        "@VALUE@": _inside(value),
    }
    text = template
    for mark, replacement in marks.items():
        text = text.replace(mark, replacement)
    return path, text.encode()


def _inside(value: str) -> str:
    """Write a key as it stands in quotes: a document with its quotes escaped."""
    return json.dumps(value)[1:-1] if value.startswith("{") else value
