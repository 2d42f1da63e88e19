"""Scanning a repository's history and work tree, beside the bare engine with the same rules."""

from __future__ import annotations

import os
import random
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from kingfisher_sdk import Scanner as BareScanner
from kingfisher_sdk import filesystem, git_history

from benchmarks.measurement import Stopwatch, in_child, parser, show
from collectors.repositories.cache import NEVER
from collectors.repositories.collection import new_scanner
from collectors.repositories.database import Database
from collectors.repositories.git import open_repository
from collectors.repositories.repository_scan import scan_repository
from collectors.repositories.rule_pack import load_pack
from collectors.repositories.work_tree import scan_work_tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.measurement import Sample

_FILES = 400
_LINES = 120
_CHANGED = 3
_WORDS = 3000


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure each in turn, as often as asked, on a given repository or on one made here."""
    options = parser(__doc__)
    options.add_argument("--repository", type=Path, help="a clone with a work tree")
    options.add_argument("--commits", type=int, default=5000, help="of the one that is made")
    given = options.parse_args(arguments)
    samples: list[Sample] = []
    with tempfile.TemporaryDirectory() as folder:
        path = given.repository
        if path is None:
            path = Path(folder, "made")
            make_repository(path, given.commits)
        commits = len(open_repository(path).run("rev-list", "--all").splitlines())
        for _ in range(given.repeat):
            cache = Path(tempfile.mkdtemp(dir=folder))
            for measure in (bare_history, history, bare_tree, tree, first, again):
                samples += in_child(measure, path, commits, cache)
    notes = {"repository": str(given.repository or "made here")}
    show("Source scan", "commits", samples, notes=notes, as_json=given.json)


def bare_history(path: Path, commits: int, _cache: Path) -> list[Sample]:
    """Measure the engine alone, on every version of every file."""
    scanner = BareScanner(load_pack().rules)
    stopwatch = Stopwatch(commits)
    for _ in scanner.scan_inputs(git_history(path, refs=None)):
        pass
    return [stopwatch.lap("history: the bare engine")]


def history(path: Path, commits: int, _cache: Path) -> list[Sample]:
    """Measure a scan of everything, without any cache."""
    return [_scan(path, commits, None, "history: keyproof")]


def bare_tree(path: Path, commits: int, _cache: Path) -> list[Sample]:
    """Measure the engine alone, on the files that lie in the work tree."""
    scanner = BareScanner(load_pack().rules)
    stopwatch = Stopwatch(commits)
    for _ in scanner.scan_inputs(filesystem([path], hidden=True, gitignore=False)):
        pass
    return [stopwatch.lap("work tree: the bare engine")]


def tree(path: Path, commits: int, _cache: Path) -> list[Sample]:
    """Measure a scan of the work tree of which nothing is known from history."""
    looker = new_scanner(keep=False).looker
    looker()
    nothing = Database(types={}, read=0, looks={}, missing=(), seen=NEVER)
    stopwatch = Stopwatch(commits)
    scan_work_tree(path, looker, nothing)
    return [stopwatch.lap("work tree: keyproof")]


def first(path: Path, commits: int, cache: Path) -> list[Sample]:
    """Measure a first scan that keeps what it saw."""
    return [_scan(path, commits, cache, "history, kept for the next time: keyproof")]


def again(path: Path, commits: int, cache: Path) -> list[Sample]:
    """Measure the next scan, with nothing new."""
    return [_scan(path, commits, cache, "history, again: keyproof")]


def _scan(path: Path, commits: int, cache: Path | None, what: str) -> Sample:
    scanner = new_scanner(cache_folder=cache, keep=cache is not None)
    stopwatch = Stopwatch(commits)
    scan_repository(open_repository(path), "benchmark", scanner, work_tree=False)
    return stopwatch.lap(what)


def make_repository(path: Path, commits: int) -> None:
    """Make a repository whose files look like code; one seed makes the same one always."""
    git = ("git", "-C", str(path))
    path.mkdir()
    subprocess.run([*git, "init", "--quiet", "--initial-branch=main"], check=True)
    stream = b"".join(_commits(commits))
    subprocess.run([*git, "fast-import", "--quiet"], input=stream, check=True)
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull}
    subprocess.run([*git, "repack", "-adfq"], check=True, env=environment)
    subprocess.run([*git, "reset", "--quiet", "--hard"], check=True, env=environment)


def _commits(number: int) -> Iterator[bytes]:
    source = random.Random(0)
    words = ["".join(source.choices("abcdefghijklmnopqrstuvwxyz", k=6)) for _ in range(_WORDS)]
    files = [[_line(source, words) for _ in range(_LINES)] for _ in range(_FILES)]
    for each in range(number):
        message = " ".join(source.choices(words, k=8))
        yield b"commit refs/heads/main\ncommitter A <a@example.com> %d +0000\n" % (1.7e9 + each)
        yield b"data %d\n%b\n" % (len(message), message.encode())
        for index in range(_FILES) if each == 0 else source.sample(range(_FILES), _CHANGED):
            files[index][source.randrange(_LINES)] = _line(source, words)
            content = "\n".join(files[index]).encode()
            yield b"M 100644 inline src/%d/module_%d.py\n" % (index % 20, index)
            yield b"data %d\n%b\n" % (len(content), content)


def _line(source: random.Random, words: Sequence[str]) -> str:
    first, *others = source.choices(words, k=5)
    return f"    {first} = {others[0]}({', '.join(others[1:])})  # {source.random():.9f}"


if __name__ == "__main__":
    main()
