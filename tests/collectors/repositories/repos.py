"""Small git repositories, made by git itself, and keys that are nobody's."""

from __future__ import annotations

import os
import random
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from collectors.repositories.canaries import make_key
from collectors.repositories.collection import new_scanner
from collectors.repositories.git import open_repository
from collectors.repositories.repository_scan import scan_repository

if TYPE_CHECKING:
    from pathlib import Path

    from collectors.repositories.repository_scan import RepositoryScan
    from keyproof.documents import Json

_SETTINGS = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.com",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.com",
    "GIT_AUTHOR_DATE": "2026-05-01T10:00:00+02:00",
    "GIT_COMMITTER_DATE": "2026-05-02T10:00:00+02:00",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


def a_key(seed: object = 0, kind: str = "openai.project_key") -> str:
    return make_key(kind, random.Random(f"{kind} {seed}"))  # noqa: S311 - nobody's key


@dataclass(frozen=True)
class Repo:
    folder: Path

    def git(self, *arguments: str | bytes, **settings: str) -> str:
        finished = subprocess.run(
            ["git", "-c", "protocol.file.allow=always", *arguments],
            cwd=self.folder,
            env={**os.environ, **_SETTINGS, **settings},
            capture_output=True,
            check=True,
        )
        return finished.stdout.decode().strip()

    def write(self, path: str | bytes, content: str | bytes) -> None:
        place = self.folder / os.fsdecode(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content.encode() if isinstance(content, str) else content)

    def commit(self, message: str = "work", **files: str | bytes) -> str:
        """Commit files by their names, with `__` for a dot; gives the commit."""
        for name, content in files.items():
            self.write(name.replace("__", "."), content)
        self.git("add", "--all", "--force")
        self.git("commit", "--quiet", "--allow-empty", "--message", message)
        return self.git("rev-parse", "HEAD")

    def scan(self, *, work_tree: bool = False, cache: Path | None = None) -> RepositoryScan:
        scanner = new_scanner(cache_folder=cache, keep=cache is not None)
        return scan_repository(open_repository(self.folder), "shop", scanner, work_tree=work_tree)

    def findings(self, *, work_tree: bool = False) -> list[Json]:
        scan = self.scan(work_tree=work_tree)
        assert scan.gaps == ()
        found: list[Json] = scan.records["findings"]
        return found


def new_repo(folder: Path, *options: str) -> Repo:
    folder.mkdir(parents=True)
    repo = Repo(folder)
    repo.git("init", "--quiet", "--initial-branch=main", *options)
    return repo
