"""From a repository, and what other scanners say of it, to a snapshot of what it holds."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING

from collectors.evidence import SOURCE_SCAN, Gap, Snapshot
from collectors.repositories.engine import Engine
from collectors.repositories.further_reports import NO_REPORTS, further_reports
from collectors.repositories.git import RepositoryError, open_repository
from collectors.repositories.looks import Looker
from collectors.repositories.repository_scan import Scanner, scan_repository
from collectors.repositories.rule_pack import load_pack
from keyproof.files import user_cache

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from keyproof.clock import Clock
    from keyproof.documents import Json


def new_scanner(
    *,
    rules: Path | None = None,
    cache_folder: Path | None = None,
    keep: bool = True,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> Scanner:
    """
    Give a scanner with the project's rules, and those of a file or folder of somebody's own.

    Its engine has found a key by every rule before it is used. Raises
    `ConfigurationError` for rules that cannot be used. Without `keep`, no cache is read or
    written.
    """
    return Scanner(
        rules=_pack(rules).digest,
        looker=partial(_looker, rules),
        cache_folder=(cache_folder or user_cache("scan")) if keep else None,
        progress=progress,
    )


_pack = cache(load_pack)


@cache
def _looker(rules: Path | None) -> Looker:
    """Prove that every rule finds something, once for all repositories."""
    engine = Engine(_pack(rules))
    engine.prove()
    return Looker(engine)


def scan_named(  # noqa: PLR0913 - what a scan is made of, all named
    name: str,
    path: Path,
    scanner: Scanner,
    *,
    clock: Clock,
    work_tree: bool,
    reports: Sequence[Path] = (),
) -> tuple[Snapshot, tuple[Path, ...]]:
    """
    Scan a repository, and read other scanners' reports on it.

    Gives the repositories in its work tree too, which are not scanned. One that cannot be
    read, or is none, is a snapshot with nothing but that gap.
    """
    started = clock()
    nested: tuple[Path, ...] = ()
    try:
        scan = scan_repository(open_repository(path), name, scanner, work_tree=work_tree)
        records, gaps, nested = scan.records, scan.gaps, scan.nested
    except RepositoryError as error:
        reason = str(error).removeprefix(f"{path}: ")
        records = nothing(name, scanner.rules)
        gaps = (Gap(source=SOURCE_SCAN, reason=reason, resource=name),)
    further = NO_REPORTS
    if reports:
        further = further_reports(reports, name, scanner.looker().engine, records["findings"])
    records["reports"] = further.records
    records["findings"] = [*records["findings"], *further.findings]
    snapshot = Snapshot.of_subject(
        SOURCE_SCAN,
        name,
        started=started,
        finished=clock(),
        records=records,
        gaps=gaps + further.gaps,
    )
    return snapshot, nested


def nothing(name: str, rules: str) -> Json:
    """The records of a repository of which nothing was seen."""
    return {
        "repository": name,
        "rules": rules,
        "head": {"branch": None, "commit": None},
        "refs": [],
        "shallow": None,
        "partial": None,
        "objects": {"commits": 0, "trees": 0, "blobs": 0, "tags": 0, "read": 0},
        "work_tree": False,
        "suppressed": 0,
        "uncached": None,
        "findings": [],
    }
