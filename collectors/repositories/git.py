"""
Reading a git repository with git itself, and nothing but what is stored on this machine.

No command here runs a hook, a filter or a pager, takes a lock, or fetches: a repository's own
configuration is somebody else's text.
"""

from __future__ import annotations

import os
import subprocess
import threading
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path
    from typing import IO

_OPTIONS = (
    *("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "safe.directory=*"),
    *("-c", "log.showSignature=false", "-c", "core.quotePath=false", "--no-pager"),
    *("--no-replace-objects", "--no-optional-locks"),
)
_ENVIRONMENT = {
    "GIT_ALLOW_PROTOCOL": "none",  # a partial clone would fetch what it lacks
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "LC_ALL": "C",
}
_LONGEST_MESSAGE = 200


class RepositoryError(Exception):
    """A path that cannot be scanned as a repository; the text says why and what to do."""


def damaged(path: Path, what: str) -> RepositoryError:
    """Say what is wrong with a repository's objects, and what to do."""
    return RepositoryError(f"{path}: {what}; look at it with `git fsck`, or clone it anew")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ref:
    """A name of the repository and the object that it stands for."""

    name: str
    object_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredObject:
    """One object of the database: its id in hexadecimal, its type, and its content's size."""

    id: str
    type: str
    size: int


@dataclass(frozen=True, kw_only=True)
class Repository:
    """
    A repository: of its own, bare, a linked worktree, or a submodule.

    `work_tree` is None for a bare one; `common` is the folder with the objects, which all
    worktrees share.
    """

    path: Path
    work_tree: Path | None
    common: Path

    def run(self, *arguments: str, standard_input: bytes = b"") -> bytes:
        """Give what a git command writes; raises `RepositoryError` with git's own words."""
        finished = subprocess.run(  # noqa: PLW1510 - the return code is looked at
            self._command(arguments), input=standard_input, capture_output=True, env=_environment()
        )
        if finished.returncode != 0:
            raise damaged(self.path, f"git {arguments[0]} failed: {_said(finished.stderr)}")
        return finished.stdout

    def ask(self, *arguments: str) -> str | None:
        """Give the one line that a git command answers with; None where it fails."""
        finished = subprocess.run(  # noqa: PLW1510
            self._command(arguments), capture_output=True, env=_environment()
        )
        if finished.returncode != 0:
            return None
        return finished.stdout.decode("utf-8", "surrogateescape").rstrip("\n")

    def _command(self, arguments: Sequence[str]) -> list[str]:
        return ["git", *_OPTIONS, "-C", str(self.path), *arguments]

    @cached_property
    def shallow(self) -> bool:
        """Whether the history was cut off when it was cloned."""
        return (self.common / "shallow").exists()

    @cached_property
    def partial(self) -> bool:
        """Whether objects were left out when it was cloned."""
        filters = self.ask("config", "--local", "--get-regexp", r"^remote\..*\.promisor$")
        return bool(filters) or self.ask("config", "--local", "extensions.partialClone") is not None

    @cached_property
    def head(self) -> tuple[str | None, str | None]:
        """The branch that HEAD stands for, if any, and its commit, if there is one yet."""
        return (
            self.ask("symbolic-ref", "--quiet", "HEAD"),
            self.ask("rev-parse", "--quiet", "--verify", "HEAD^{commit}"),
        )

    def refs(self) -> tuple[Ref, ...]:
        """Every ref: branches, remote branches, tags, the stash, notes, and others."""
        lines = self.run("for-each-ref", "--format=%(objectname) %(refname)").splitlines()
        pairs = (line.decode("utf-8", "surrogateescape").split(" ", 1) for line in lines)
        return tuple(Ref(name=name, object_id=found) for found, name in pairs)

    def object_ids(self) -> list[str]:
        """The ids of all objects, reachable or not, in the order in which reading is fastest."""
        listed = self.run(
            *("cat-file", "--batch-check=%(objectname)", "--batch-all-objects", "--unordered"),
            "--buffer",
        )
        return listed.decode("ascii").split()

    def described(self, ids: Iterable[str]) -> Iterator[StoredObject]:
        """Type and size of objects; raises `RepositoryError` for one that cannot be read."""
        listed = self.run(*("cat-file", "--batch-check", "--buffer"), standard_input=_lines(ids))
        for line in listed.decode("ascii").splitlines():
            yield _described(line, self.path)

    @contextmanager
    def reading(self, ids: Sequence[str]) -> Iterator[Iterator[tuple[StoredObject, bytes]]]:
        """Read objects, in the given order, as long as the context is open."""
        process = subprocess.Popen(
            self._command(("cat-file", "--batch", "--buffer")),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(),
        )
        said: deque[bytes] = deque(maxlen=20)
        helpers = (
            threading.Thread(target=_feed, args=(process.stdin, ids), daemon=True),
            threading.Thread(target=said.extend, args=(process.stderr,), daemon=True),
        )
        for helper in helpers:
            helper.start()
        try:
            yield self._read(process, len(ids), said)
        finally:
            process.kill()
            process.wait()
            for helper in helpers:
                helper.join()
            for stream in (process.stdout, process.stderr):
                if stream is not None:
                    stream.close()

    def _read(
        self, process: subprocess.Popen[bytes], number: int, said: Iterable[bytes]
    ) -> Iterator[tuple[StoredObject, bytes]]:
        stream = process.stdout
        if stream is None:  # pragma: no cover - it was asked for
            raise RepositoryError(f"{self.path}: git gives no output")
        for _ in range(number):
            header = stream.readline().decode("ascii", "replace").rstrip("\n")
            if not header:
                process.wait()
                words = _said(b"".join(said))
                raise damaged(self.path, f"its objects cannot be read: {words}")
            described = _described(header, self.path)
            content = stream.read(described.size)
            if len(content) < described.size or stream.read(1) != b"\n":
                raise damaged(self.path, f"object {described.id} is cut off")
            yield described, content


def open_repository(path: Path) -> Repository:
    """
    Open the repository at `path`: its work tree's top folder, or its git folder.

    A folder inside of a repository is refused, since the whole would be scanned in its name.
    Raises `RepositoryError`.
    """
    if not path.exists():
        raise RepositoryError(f"{path}: is missing; name the folder of a git repository")
    if not path.is_dir():
        raise RepositoryError(f"{path}: is no folder; name the folder of a git repository")
    candidate = Repository(path=path, work_tree=None, common=path)
    try:
        answer = candidate.run(
            *("rev-parse", "--path-format=absolute", "--git-common-dir"),
            *("--is-bare-repository", "--git-dir"),
        ).decode("utf-8", "surrogateescape")
    except FileNotFoundError as error:
        raise RepositoryError("git is missing: install it, version 2.36 or later") from error
    except RepositoryError as error:
        if "not a git repository" not in str(error):
            raise
        raise RepositoryError(
            f"{path}: it is no git repository;"
            " name the folder that holds .git, or a bare repository"
        ) from error
    common, bare, git_dir = answer.split("\n")[:3]
    return _opened(path, common=common, git_dir=git_dir, bare=bare == "true")


def _opened(path: Path, *, common: str, git_dir: str, bare: bool) -> Repository:
    here = path.resolve()
    folder = type(path)(common)
    if here in {type(path)(git_dir).resolve(), folder.resolve()}:
        return Repository(path=path, work_tree=None, common=folder)
    probe = Repository(path=path, work_tree=None, common=folder)
    top = None if bare else probe.ask("rev-parse", "--show-toplevel")
    if top is None or type(path)(top).resolve() != here:
        raise RepositoryError(
            f"{path}: is no repository of its own but a folder inside of {top or git_dir};"
            " name that"
        )
    return Repository(path=path, work_tree=path, common=folder)


def _described(line: str, path: Path) -> StoredObject:
    parts = line.split(" ")
    if len(parts) != 3:  # noqa: PLR2004 - id, type and size; otherwise "<id> missing"
        raise damaged(path, f"object {parts[0]} is missing or damaged")
    return StoredObject(id=parts[0], type=parts[1], size=int(parts[2]))


def _lines(ids: Iterable[str]) -> bytes:
    return "".join(f"{each}\n" for each in ids).encode("ascii")


def _feed(stream: IO[bytes] | None, ids: Sequence[str]) -> None:
    if stream is None:  # pragma: no cover - it was asked for
        return
    try:
        with stream:
            stream.write(_lines(ids))
    except BrokenPipeError:
        pass  # git died, which whoever reads its answers is told


def _said(error: bytes) -> str:
    """The last line that git wrote as an error, in printable characters."""
    lines = [line for line in error.decode("utf-8", "replace").splitlines() if line.strip()]
    said = "".join(each if each.isprintable() else "?" for each in lines[-1]) if lines else ""
    return (
        said.removeprefix("fatal: ").removeprefix("error: ")[:_LONGEST_MESSAGE] or "no reason given"
    )


def _environment() -> dict[str, str]:
    """The process's own environment without what would point git somewhere else."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return own | _ENVIRONMENT
