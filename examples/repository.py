"""
The example company's git repository, made anew each time.

Its keys are nobody's: they are made from a seed, and stand in no file of this project.
"""

from __future__ import annotations

import random
import subprocess
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from collectors.repositories.canaries import make_key
from examples import AS_OF

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_AUTHOR = "Ada Lindqvist <ada@example.com>"
_README = "# Support assistant\n\nReads its key from AWS Secrets Manager.\n"
_CLEAN = 'import os\n\nMODEL = "gpt-4o"\nSECRET = os.environ["OPENAI_SECRET_ID"]\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """What somebody wrote, how many days before the assessment; None takes a file away."""

    days_ago: int
    message: str
    files: Mapping[str, str | None]


def leaked_production_key() -> str:
    """The OpenAI key that was committed once; the inventory has its fingerprint."""
    return make_key("openai.project_key", random.Random("example production"))  # noqa: S311


def commits(*, flawed: bool) -> Sequence[Commit]:
    """
    Give the history, oldest first.

    A key was committed and taken out again, and rotated since. The flawed one has a trial
    key besides, in a notebook that is long gone, of which nobody knows whether it was revoked.
    """
    leak = f'OPENAI_API_KEY = "{leaked_production_key()}"\n'
    told = [
        Commit(
            days_ago=200,
            message="Support assistant",
            files={"README.md": _README, "src/assistant.py": _CLEAN},
        ),
        Commit(days_ago=41, message="Try a new model", files={"src/assistant.py": _CLEAN + leak}),
        Commit(days_ago=40, message="Take the key out", files={"src/assistant.py": _CLEAN}),
    ]
    if flawed:
        trial = make_key("cohere.api_key", random.Random("example trial"))  # noqa: S311
        notebook = f'{{"cells": [{{"source": ["COHERE_API_KEY = \\"{trial}\\"\\n"]}}]}}\n'
        told += [
            Commit(days_ago=30, message="Rerank trial", files={"notebooks/rerank.ipynb": notebook}),
            Commit(days_ago=29, message="Trial is over", files={"notebooks/rerank.ipynb": None}),
        ]
    return told


def build_repository(folder: Path, history: Sequence[Commit]) -> None:
    """Make a bare repository; the same history gives the same commits."""
    git = ("git", "-C", str(folder))
    folder.mkdir(parents=True)
    subprocess.run([*git, "init", "--quiet", "--bare", "--initial-branch=main"], check=True)
    stream = b"".join(_imported(each) for each in history)
    subprocess.run([*git, "fast-import", "--quiet", "--date-format=raw"], input=stream, check=True)


def _imported(commit: Commit) -> bytes:
    """One commit as https://git-scm.com/docs/git-fast-import reads it."""
    seconds = int((AS_OF - timedelta(days=commit.days_ago)).timestamp())
    lines = [b"commit refs/heads/main", f"committer {_AUTHOR} {seconds} +0000".encode()]
    lines.append(_data(commit.message))
    for path, text in commit.files.items():
        if text is None:
            lines.append(f"D {path}".encode())
        else:
            lines += [f"M 100644 inline {path}".encode(), _data(text)]
    return b"\n".join(lines) + b"\n"


def _data(text: str) -> bytes:
    content = text.encode()
    return b"data %d\n%b" % (len(content), content)
