"""From the repositories that are named in `keyproof.toml` to snapshots of what they hold."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING

from collectors.evidence import Gap, Snapshot
from collectors.repositories.cache import default_folder
from collectors.repositories.engine import Engine
from collectors.repositories.further_reports import NO_REPORTS, further_reports
from collectors.repositories.git import RepositoryError, open_repository
from collectors.repositories.looks import Looker
from collectors.repositories.repository_scan import SOURCE, Scanner, scan_repository
from collectors.repositories.rule_pack import load_pack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
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
        cache_folder=(cache_folder or default_folder()) if keep else None,
        progress=progress,
    )


_pack = cache(load_pack)


@cache
def _looker(rules: Path | None) -> Looker:
    """Prove that every rule finds something, once for all repositories."""
    engine = Engine(_pack(rules))
    engine.prove()
    return Looker(engine)


def scan_named(
    named: Iterable[tuple[str, Path, Sequence[Path]]],
    scanner: Scanner,
    *,
    clock: Clock,
    work_tree: bool,
) -> Iterator[tuple[Snapshot, tuple[Path, ...]]]:
    """
    Scan repositories, by name and path, and read other scanners' reports on each.

    Each comes with the repositories that lie in its work tree, which are not scanned.

    One that cannot be read, or is none, is a snapshot with nothing but that gap.
    """
    for name, path, reports in named:
        started = clock()
        nested: tuple[Path, ...] = ()
        try:
            scan = scan_repository(open_repository(path), name, scanner, work_tree=work_tree)
            records, gaps, nested = scan.records, scan.gaps, scan.nested
        except RepositoryError as error:
            reason = str(error).removeprefix(f"{path}: ")
            records = nothing(name, scanner.rules)
            gaps = (Gap(source=SOURCE, reason=reason, resource=name),)
        further = (
            further_reports(
                reports, name, scanner.looker().engine, records["findings"], source=SOURCE
            )
            if reports
            else NO_REPORTS
        )
        records["reports"] = further.records
        records["findings"] = [*records["findings"], *further.findings]
        gaps += further.gaps
        yield (
            Snapshot.of_subject(
                SOURCE, name, started=started, finished=clock(), records=records, gaps=gaps
            ),
            nested,
        )


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
