"""
Scanning one repository: every object that it stores, and on request its work tree too.

The whole database is read, so that no branch, stash, note or dangling commit is left out, and
the counts can be held against `git count-objects`: https://git-scm.com/docs/git-cat-file.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from collectors.evidence import SOURCE_SCAN, Gap
from collectors.repositories import cache
from collectors.repositories.committed import committed
from collectors.repositories.database import scan_database
from collectors.repositories.places import file_places
from collectors.repositories.told import told, visible
from collectors.repositories.work_tree import scan_work_tree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from collectors.repositories.committed import Finding
    from collectors.repositories.database import Database
    from collectors.repositories.git import Ref, Repository
    from collectors.repositories.looks import Looker
    from keyproof.documents import Json

_MOST_MISSING = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanner:
    """
    How to scan: the rules' digest, the engine that finds by them, and the caches' folder.

    The engine is only made where there is something to scan. Without a folder everything is
    read anew. `progress` is told how many of how many objects were read.
    """

    rules: str
    looker: Callable[[], Looker]
    cache_folder: Path | None = None
    progress: Callable[[int, int], None] = lambda _done, _all: None


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryScan:
    """What one repository holds, and what was not seen of it."""

    records: Json
    gaps: tuple[Gap, ...]
    nested: tuple[Path, ...]
    """Repositories of their own within the work tree, submodules among them; not scanned here."""


def scan_repository(
    repository: Repository, name: str, scanner: Scanner, *, work_tree: bool
) -> RepositoryScan:
    """
    Find every key that a repository holds or ever held.

    `work_tree` adds the files that lie there and were not committed. Raises
    `RepositoryError` where the repository cannot be read; what is only incomplete is a gap.
    """
    refs, (branch, head) = repository.refs(), repository.head
    database, uncached = _database(repository, scanner)
    findings: list[Finding] = [*committed(repository, refs, database, scanner.looker)]
    gaps = [*_gaps(repository, name, refs, database)]
    nested: tuple[Path, ...] = ()
    folder = repository.work_tree if work_tree else None
    if folder is not None:
        lying = scan_work_tree(folder, scanner.looker, database)
        findings += lying.findings
        gaps += [_gap(name, reason, path) for path, reason in lying.unseen]
        nested = lying.nested
    if head is not None:
        gaps += _submodules(repository, name, head, nested)
    found = told(findings)
    return RepositoryScan(
        records={
            "repository": name,
            "rules": scanner.rules,
            "head": {"branch": visible(branch), "commit": head},
            "refs": [{"name": visible(ref.name), "object": ref.object_id} for ref in refs],
            "shallow": repository.shallow,
            "partial": repository.partial,
            "objects": _counts(database),
            "work_tree": folder is not None,
            "suppressed": sum(finding["suppressed"] for finding in found),
            "uncached": uncached,
            "findings": found,
        },
        gaps=tuple(gaps),
        nested=nested,
    )


def _database(repository: Repository, scanner: Scanner) -> tuple[Database, str | None]:
    """All objects, and why they could not be kept for the next scan, if so."""
    folder, rules = scanner.cache_folder, scanner.rules
    seen = cache.NEVER if folder is None else cache.load(folder, repository.common, rules)
    database = scan_database(repository, scanner.looker, seen, progress=scanner.progress)
    if folder is None or database.seen == seen or database.missing:
        return database, None
    return database, cache.save(folder, repository.common, rules, database.seen)


def _counts(database: Database) -> Json:
    types = Counter(database.types.values())
    return {
        "commits": types["commit"],
        "trees": types["tree"],
        "blobs": types["blob"],
        "tags": types["tag"],
        "read": database.read,
    }


def _gaps(
    repository: Repository, name: str, refs: Sequence[Ref], database: Database
) -> Iterator[Gap]:
    if repository.shallow:
        yield _gap(name, "is a shallow clone: its history is cut off; run git fetch --unshallow")
    if repository.partial:
        yield _gap(name, "is a partial clone: files are left out; clone it without --filter")
    else:
        for each in database.missing[:_MOST_MISSING]:
            reason = f"lacks object {each}, which a commit needs; look at it with git fsck"
            yield _gap(name, reason)
        if len(database.missing) > _MOST_MISSING:
            more = len(database.missing) - _MOST_MISSING
            yield _gap(name, f"lacks {more:,} more objects; look at it with git fsck")
    if "commit" not in database.types.values():
        yield _gap(name, "holds no commit, so that nothing could be scanned")
    unseen = {each: look.unseen for each, look in database.looks.items() if look.unseen}
    places = file_places(repository, refs, unseen)
    for each, reasons in unseen.items():
        path = next((place.path for place in places[each] if place.path), each)
        yield from (_gap(name, reason, path) for reason in reasons)


def _submodules(
    repository: Repository, name: str, commit: str, nested: Sequence[Path]
) -> Iterator[Gap]:
    """A submodule's commits are in another repository, which may not have been scanned."""
    here = {os.path.relpath(each, repository.path) for each in nested}
    listed = repository.run("ls-tree", "-r", "-z", "--full-tree", commit)
    for entry in listed.split(b"\0"):
        described, _, path = entry.partition(b"\t")
        if described.startswith(b"160000 ") and os.fsdecode(path) not in here:
            reason = "is a submodule that is not here; name its own repository, and scan it"
            yield _gap(name, reason, os.fsdecode(path))


def _gap(name: str, reason: str, path: str | None = None) -> Gap:
    resource = name if path is None else f"{name}: {visible(path)}"
    return Gap(source=SOURCE_SCAN, reason=reason, resource=resource)
