"""
Scanning every object that a repository stores, reachable or not.

Files of any commit, branch, stash and index are objects, and so are commits and tags with
their messages, notes, and folders with their names. Reading the database reads all of them,
each once, however many commits share it.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from collectors.repositories.cache import Seen
from collectors.repositories.git import damaged
from collectors.repositories.looks import NOTHING, Look
from collectors.repositories.objects import LFS_POINTER, LONGEST_POINTER, names_and_ids, object_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from concurrent.futures import Future

    from collectors.repositories.git import Repository, StoredObject
    from collectors.repositories.looks import Looker

LARGEST = 128 * 1024 * 1024
"""Bytes of a file that is scanned; a larger one is reported as not scanned."""

_BATCH = 4 * 1024 * 1024
_MANY = 2000
_AHEAD = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """All objects of a repository, and those in which a key stands or which were not scanned."""

    types: Mapping[str, str]
    """The type of every object, by its id."""
    read: int
    """How many objects this scan read; the others were known from earlier ones."""
    looks: Mapping[str, Look]
    missing: tuple[str, ...]
    """Objects that a folder needs and that are not stored, as far as folders were read."""
    seen: Seen


@dataclass(frozen=True, slots=True)
class _Folders:
    """What all folders have in common, so that each name is looked at once."""

    names: set[bytes] = field(default_factory=set)
    needed: set[bytes] = field(default_factory=set)


def scan_database(
    repository: Repository,
    looker: Callable[[], Looker],
    seen: Seen,
    *,
    progress: Callable[[int, int], None],
) -> Database:
    """
    Scan the objects that were not seen before.

    Each object's content is held against its id, so that a flipped bit is not scanned in the
    place of what was committed. `looker` is called only if there is something to scan;
    `progress` is told how many of how many objects were read. Raises `RepositoryError`.
    """
    ids = repository.object_ids()
    types = {each: seen.types[each] for each in ids if each in seen.types}
    looks = {each: seen.looks[each] for each in ids if each in seen.looks}
    fresh = [each for each in ids if each not in types]
    kept = dict(types)
    folders = _Folders()
    if fresh:
        described = list(repository.described(fresh))
        types |= {each.id: each.type for each in described}
        found = _scanned(repository, looker(), described, folders, progress)
        looks |= found
        whole = {each for each in fresh if each not in found or not found[each].unseen}
        kept |= {each: types[each] for each in fresh if each in whole}
    return Database(
        types=types,
        read=len(fresh),
        looks=looks,
        missing=tuple(sorted(each.hex() for each in folders.needed if each.hex() not in types)),
        seen=Seen(types=kept, looks={each: given for each, given in looks.items() if each in kept}),
    )


def _scanned(
    repository: Repository,
    looker: Looker,
    described: Sequence[StoredObject],
    folders: _Folders,
    progress: Callable[[int, int], None],
) -> dict[str, Look]:
    looks: dict[str, Look] = {}
    wanted = []
    for each in described:
        if each.size > LARGEST:
            size = f"{each.size / 1024**2:,.0f} MiB"
            looks[each.id] = Look(unseen=(f"is too large to scan ({size})",))
        else:
            wanted.append(each.id)
    done = 0
    waiting: deque[tuple[int, Future[dict[str, Look]]]] = deque()

    def wait_for_all_but(few: int) -> None:
        nonlocal done
        while len(waiting) > few:
            number, oldest = waiting.popleft()
            looks.update(oldest.result())
            done += number
            progress(done, len(wanted))

    with (
        repository.reading(wanted) as read,
        ThreadPoolExecutor(1) as pool,  # more only wait for each other: most objects are small
    ):
        for batch in _batches(read):
            task = pool.submit(_looked_at, repository, looker, batch, folders)
            waiting.append((len(batch), task))
            wait_for_all_but(_AHEAD)
        wait_for_all_but(0)
    return looks


def _batches(
    read: Iterator[tuple[StoredObject, bytes]],
) -> Iterator[list[tuple[StoredObject, bytes]]]:
    batch: list[tuple[StoredObject, bytes]] = []
    size = 0
    for described, content in read:
        batch.append((described, content))
        size += len(content)
        if size > _BATCH or len(batch) > _MANY:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _looked_at(
    repository: Repository,
    looker: Looker,
    batch: Iterable[tuple[StoredObject, bytes]],
    folders: _Folders,
) -> dict[str, Look]:
    found = {}
    for described, content in batch:
        digits = len(described.id)
        if object_id(described.type, content, digits=digits) != described.id:
            what = f"object {described.id} is damaged: its content has another id"
            raise damaged(repository.path, what)
        if described.type == "tree":
            seen = _tree(looker, content, digits, folders)
        elif described.type == "blob":
            seen = _blob(repository, looker, content)
        else:
            seen = looker.look(_message(content))
        if seen is not NOTHING:
            found[described.id] = seen
    return found


def _tree(looker: Looker, content: bytes, digits: int, folders: _Folders) -> Look:
    """The keys in a folder's names, of those that no other folder had before."""
    names, ids = names_and_ids(content, digits=digits)
    folders.needed.update(ids)
    fresh = [name for name in names if name not in folders.names]
    if not fresh:
        return NOTHING
    text = b"\n".join(fresh)
    sightings = looker.look(text).sightings
    if not sightings:
        folders.names.update(fresh)
        return NOTHING
    return Look(sightings=sightings)


def _blob(repository: Repository, looker: Looker, content: bytes) -> Look:
    pointer = LFS_POINTER.match(content) if len(content) <= LONGEST_POINTER else None
    if pointer is None:
        return looker.look(content)
    digest = pointer[1].decode("ascii")
    stored = repository.common / "lfs" / "objects" / digest[:2] / digest[2:4] / digest
    try:
        if stored.stat().st_size <= LARGEST:
            return looker.look(stored.read_bytes())
    except OSError:
        return Look(unseen=("is a pointer of Git LFS whose file is not stored here",))
    return Look(unseen=("is a pointer of Git LFS to a file that is too large to scan",))


def _message(content: bytes) -> bytes:
    """What people wrote in a commit or tag: the message, and then their names."""
    head, _, message = content.partition(b"\n\n")
    people = (b"author ", b"committer ", b"tagger ", b"tag ")
    return b"\n".join((message, *(line for line in head.split(b"\n") if line.startswith(people))))
