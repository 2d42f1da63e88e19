"""
`keyproof scan`: every key in the named repositories, in the shape of `--json`.

It needs neither a configuration nor AWS, and asks nothing of any network.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from collectors.repositories.collection import new_scanner, scan_named
from collectors.repositories.told import visible
from keyproof import __version__, clock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from collectors.evidence import Snapshot
    from keyproof.documents import Json

CLEAN, FOUND, INCOMPLETE = 0, 1, 3


def scan_paths(
    paths: Sequence[Path],
    *,
    rules: Path | None,
    keep: bool,
    progress: Callable[[str, int, int], None],
) -> Json:
    """
    Scan repositories, and those that lie in their work trees, submodules among them.

    Gives `{"findings", "coverage", "gaps", "tool"}`. Raises `ConfigurationError` for
    rules that cannot be used; a path that cannot be scanned is a gap.
    """
    at = ""
    scanner = new_scanner(rules=rules, keep=keep, progress=lambda done, of: progress(at, done, of))
    waiting = deque(paths)
    scanned: dict[Path, Snapshot] = {}
    while waiting:
        path = waiting.popleft()
        if path.resolve() in scanned:
            continue
        at = visible(str(path)) or ""
        snapshot, nested = scan_named(at, path, scanner, clock=clock.system_clock, work_tree=True)
        scanned[path.resolve()] = snapshot
        waiting.extend(nested)
    documents = [each.document(tool="keyproof", example=False) for each in scanned.values()]
    return {
        "findings": [
            {"repository": document["subject"], **finding}
            for document in documents
            for finding in document["records"]["findings"]
        ],
        "coverage": [_coverage(document) for document in documents],
        "gaps": [gap for document in documents for gap in document["gaps"]],
        "tool": {"version": __version__, "rules": scanner.rules},
    }


def _coverage(document: Json) -> Json:
    records = document["records"]
    kept = ("head", "shallow", "partial", "objects", "work_tree", "suppressed", "uncached")
    return {
        "repository": document["subject"],
        "refs": len(records["refs"]),
        **{member: records[member] for member in kept},
    }


def exit_code(scan: Json) -> int:
    """0 nothing found in all of it; 1 a key was found; 3 something could not be scanned."""
    if scan["findings"]:
        return FOUND
    return INCOMPLETE if scan["gaps"] else CLEAN
