"""
A report that checkov made elsewhere, such as in CI, as far as it is about one folder's files.

Such a report may be about more folders, and about an older version of the code: what
speaks of other files is left out, and a resource on another line than the code has it is a
sign of another version.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collectors.infrastructure.checkov import LARGEST, CheckovError
from collectors.infrastructure.files import TERRAFORM
from collectors.infrastructure.report import Report, UnreadableReportError, read_report
from keyproof.files import UnusableFileError, read_file

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from collectors.infrastructure.declared import Declared
    from keyproof.documents import Json


def import_report(path: Path, folder: Path, files: Collection[str]) -> Report:
    """Read the file at `path`, for the named files of a folder; raises `CheckovError`."""
    try:
        report = read_report(read_file(path, LARGEST))
    except FileNotFoundError as error:
        raise CheckovError(
            f"{path.name}, which should be imported, is missing", "absent"
        ) from error
    except (UnreadableReportError, UnusableFileError) as error:
        raise CheckovError(f"{path.name}, which should be imported, {error}", "output") from error
    name = folder.resolve().name
    checks = [
        check | {"file": file}
        for check in report.checks
        if (file := _here(check["file"], name, files)) is not None
    ]
    unparsed = [file for each in report.unparsed if (file := _here(each, name, files)) is not None]
    if files and not checks and not unparsed:
        raise CheckovError(f"{path.name} speaks of no file of this folder", "output")
    return Report(version=report.version, checks=checks, unparsed=unparsed)


def outdated(declared: Iterable[Declared], checks: Iterable[Json]) -> set[str]:
    """The files in which a resource no longer begins where the report saw it."""
    lines = {
        (each.file, each.address): each.line for each in declared if each.framework == TERRAFORM
    }
    return {
        check["file"]
        for check in checks
        if check["lines"] is not None
        and lines.get((check["file"], check["resource"])) not in {None, check["lines"][0]}
    }


def _here(path: str, folder: str, files: Collection[str]) -> str | None:
    """A report's path as one of the folder's: relative to the folder, or to one above it."""
    steps = path.strip("/").split("/")
    for start in range(len(steps)):
        rest = "/".join(steps[start:])
        if rest in files and (start == 0 or steps[start - 1] == folder):
            return rest
    return None
