"""The files that lie in a work tree: changed, new, and those that git is told to ignore."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from collectors.repositories.committed import Finding
from collectors.repositories.database import LARGEST
from collectors.repositories.looks import NOTHING, Look
from collectors.repositories.objects import object_id
from collectors.repositories.places import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from collectors.repositories.database import Database
    from collectors.repositories.looks import Looker


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkTree:
    """What the files hold that no commit does, and those that could not be read, with reasons."""

    findings: tuple[Finding, ...]
    unseen: tuple[tuple[str, str], ...]
    nested: tuple[Path, ...]
    """Folders that are repositories of their own, which are not entered."""


def scan_work_tree(folder: Path, looker: Callable[[], Looker], database: Database) -> WorkTree:
    """
    Scan the files of a work tree, hidden and ignored ones too; links are not followed.

    A file that the database stores as it lies here was scanned there. Folders that are
    repositories of their own are given, not entered.
    """
    nested: list[Path] = []
    unseen: list[tuple[str, str]] = []
    findings: list[Finding] = []
    digits = len(next(iter(database.types), "0" * 40))
    beginning = f"{folder}/"
    for path in _files(folder, nested, unseen):
        shown = path.removeprefix(beginning)
        seen = _looked_at(path, shown, looker, database, digits)
        if seen is NOTHING:
            continue
        if looker().in_name(shown):
            digest = hashlib.sha256(os.fsencode(shown)).hexdigest()
            shown = f"[redacted path with a key in it, sha256:{digest[:12]}]"
        unseen += [(shown, reason) for reason in seen.unseen]
        place = Place(where="working_tree", commit=None, written=None, path=shown)
        findings += [Finding(sighting=each, place=place) for each in seen.sightings]
    return WorkTree(findings=tuple(findings), unseen=tuple(unseen), nested=tuple(nested))


def _files(folder: Path, nested: list[Path], unseen: list[tuple[str, str]]) -> Iterator[str]:
    def failed(error: OSError) -> None:
        shown = os.path.relpath(str(error.filename), folder)
        unseen.append((shown, f"cannot be read: {error.strerror}"))

    for here, folders, files in os.walk(folder, onerror=failed):
        inner = {each for each in folders if os.path.lexists(f"{here}/{each}/.git")}
        nested += [Path(here, each) for each in sorted(inner)]
        folders[:] = sorted(each for each in folders if each != ".git" and each not in inner)
        yield from (f"{here}/{each}" for each in sorted(files) if each != ".git")


def _looked_at(
    path: str, shown: str, looker: Callable[[], Looker], database: Database, digits: int
) -> Look:
    try:
        about = os.lstat(path)
        if not stat.S_ISREG(about.st_mode):
            return NOTHING
        if about.st_size > LARGEST:
            return Look(unseen=(f"is too large to scan ({about.st_size / 1024**2:,.0f} MiB)",))
        with open(path, "rb") as file:  # noqa: PTH123 - half the time of a Path, for each file
            content = file.read()
    except OSError as error:
        return Look(unseen=(f"cannot be read: {error.strerror}",))
    if database.types:
        stored = object_id("blob", content, digits=digits)
        if stored in database.types:
            return database.looks.get(stored, NOTHING)
    seen, named = looker().look(content), looker().in_name(shown)
    return Look(sightings=(*seen.sightings, *named), unseen=seen.unseen) if named else seen
