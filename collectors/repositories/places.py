"""
Where in a repository an object stands: in which file of which commit, and whether in a tip.

Only the few objects that hold something are asked about, in one walk of each kind of history.
"""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from collectors.repositories.objects import instant

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from collectors.repositories.git import Ref, Repository

Where: TypeAlias = Literal[
    "tip",
    "history",
    "message",
    "tag",
    "note",
    "stash",
    "reflog",
    "unreachable",
    "filename",
    "working_tree",
    "report",
]
"""
In which part of a repository something stands.

`tip`: the newest commit of a branch; `message` and `tag`: what people wrote in a commit or a
tag; `reflog`: commits that a branch left behind; `unreachable`: stored, and of no commit;
`report`: another scanner's report says so.
"""

BRANCHES = ("refs/heads/", "refs/remotes/")
"""What the names of branches begin with, of this repository and of remote ones."""

_MOST_AT_ONCE = 500
_NOTES, _STASH = "refs/notes/", "refs/stash"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """
    A file, by the commit that brought the object there, and the branches whose tips hold it.

    `path` keeps bytes that are no UTF-8 as lone surrogates; `written` is the author's date,
    `committed` the committer's. Either may be whatever somebody wanted it to be.
    """

    where: Where
    commit: str | None
    written: str | None
    committed: str | None = None
    path: str | None
    branches: tuple[str, ...] = ()


def file_places(
    repository: Repository, refs: Sequence[Ref], wanted: Iterable[str]
) -> Mapping[str, Sequence[Place]]:
    """
    Where files and folders stand, by the ids of their objects.

    Of an object that was at one path more than once, each commit that brought it is given.
    Whatever no commit leads to is `unreachable`.
    """
    left = dict.fromkeys(wanted)
    places: dict[str, list[Place]] = defaultdict(list)
    if not left:
        return places
    tips = _tips(repository, refs, left)
    for where, revisions in _histories(repository, refs):
        missing = [each for each in left if not places[each]]
        for found, place in _walked(repository, where, revisions, missing):
            branches = tips.get((found, place.path), ())
            if where == "history" and branches:
                places[found].append(replace(place, where="tip", branches=branches))
            else:
                places[found].append(place)
    for (each, path), branches in tips.items():
        if not any(place.path == path and place.branches for place in places[each]):
            nobody = Place(where="tip", commit=None, written=None, path=path, branches=branches)
            places[each].append(nobody)
    for each in left:
        if not places[each]:
            nowhere = Place(where="unreachable", commit=None, written=None, path=None)
            places[each].append(nowhere)
    return places


def _histories(
    repository: Repository, refs: Sequence[Ref]
) -> Iterator[tuple[Where, tuple[str, ...]]]:
    """Ways into the commits, in the order in which they tell more of an object."""
    head = ("HEAD",) if repository.head[1] is not None else ()
    excluded = (f"--exclude={_STASH}", f"--exclude={_NOTES}*")
    yield "history", (*excluded, "--all", *head)
    if any(ref.name.startswith(_NOTES) for ref in refs):
        yield "note", (f"--glob={_NOTES}*",)
    if any(ref.name == _STASH for ref in refs):
        stashed = repository.ask("rev-list", "--walk-reflogs", _STASH)
        yield "stash", (*(stashed or _STASH).split(), "--not", *excluded, "--all", *head)
    yield "reflog", ("--reflog", "--all", *head)


def _tips(
    repository: Repository, refs: Sequence[Ref], wanted: Mapping[str, None]
) -> Mapping[tuple[str, str | None], tuple[str, ...]]:
    """The branches at whose tips an object stands at a path."""
    by_commit: dict[str, list[str]] = defaultdict(list)
    for ref in refs:
        if ref.name.startswith(BRANCHES):
            by_commit[ref.object_id].append(ref.name)
    branch, commit = repository.head
    if commit is not None and commit not in by_commit:
        by_commit[commit].append(branch or "HEAD")
    found: dict[tuple[str, str | None], list[str]] = defaultdict(list)
    for tip, names in by_commit.items():
        listed = repository.run("ls-tree", "-r", "-t", "-z", "--full-tree", tip)
        for entry in listed.split(b"\0"):
            described, _, path = entry.partition(b"\t")
            each = described[-len(tip) :].decode("ascii")
            if each in wanted:
                found[each, os.fsdecode(path)] += names
    return {key: tuple(sorted(set(names))) for key, names in found.items()}


def _walked(
    repository: Repository, where: Where, revisions: Sequence[str], wanted: Sequence[str]
) -> Iterator[tuple[str, Place]]:
    for first in range(0, len(wanted), _MOST_AT_ONCE):
        some = wanted[first : first + _MOST_AT_ONCE]
        log = repository.run(
            *("log", "-z", "-m", "--raw", "-t", "--no-renames", "--no-abbrev", "--root"),
            *("--format=%x01%H %at %ct", *(f"--find-object={each}" for each in some)),
            *revisions,
        )
        yield from _read(log, where, frozenset(some))


def _read(log: bytes, where: Where, wanted: frozenset[str]) -> Iterator[tuple[str, Place]]:
    commit, written, committed = "", None, None
    tokens = iter(log.split(b"\0"))
    for token in tokens:
        text = token.lstrip(b"\n")
        if text.startswith(b"\x01"):
            commit, author, committer = text[1:].decode("ascii").split(" ")
            written, committed = instant(int(author)), instant(int(committer))
        elif text.startswith(b":"):
            path = os.fsdecode(next(tokens))
            brought = text.split(b" ")[3].decode("ascii")
            if brought in wanted:
                yield (
                    brought,
                    Place(
                        where=where,
                        commit=commit,
                        written=written,
                        committed=committed,
                        path=path,
                    ),
                )
