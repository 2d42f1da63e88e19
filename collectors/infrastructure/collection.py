"""
One document for each folder of infrastructure code: what it declares, what checkov says.

What could not be read or checked becomes a gap; a folder that says nothing is one as well,
since "nothing found" must never look like "nothing wrong".
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from collectors.evidence import INFRASTRUCTURE_CODE, Gap
from collectors.infrastructure.checkov import CheckovError, find_checkov, run_checkov
from collectors.infrastructure.cloudformation import read_cloudformation
from collectors.infrastructure.declared import UnreadableCodeError
from collectors.infrastructure.files import TERRAFORM, find_code, printable
from collectors.infrastructure.imported import import_report, outdated
from collectors.infrastructure.terraform import parse_terraform
from collectors.infrastructure.terraform_modules import KINDS, declare

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from collectors.infrastructure.declared import Declared
    from collectors.infrastructure.files import CodeFile
    from collectors.infrastructure.report import Report
    from collectors.infrastructure.terraform import Block
    from keyproof.documents import Json

_OPERATION = "checkov"
_KINDS = tuple(kind.encode() for kind in KINDS)


def collect_infrastructure(
    folder: Path,
    *,
    checkov: Path | None,
    imported: Path | None,
    timeout: float,
    name: str | None = None,
) -> tuple[Json, tuple[Gap, ...]]:
    """
    Read a folder and let checkov check it, or import what it said elsewhere.

    `name` is what the evidence calls the folder (by default its path as given). Gives the
    records and the gaps of the source `infrastructure_code`:

        {"folder": name,
         "tool": null or {"name": "checkov", "version": text or null, "imported": bool},
         "checks": [{"check_id", "name", "result": "PASSED|FAILED|SKIPPED|UNKNOWN",
                     "resource", "file", "lines": null or [first, last], "suppression"}],
         "declared": [what `declared.Declared` documents],
         "files": [{"path", "framework", "declares": count, "checked": bool}]}
    """
    called = printable(str(folder)) if name is None else name
    records: Json = {"folder": called, "tool": None, "checks": [], "declared": [], "files": []}
    unusable = _unusable(folder)
    if unusable is not None:
        return records, (Gap(source=INFRASTRUCTURE_CODE, reason=unusable, resource=called),)
    files, gaps = find_code(folder, called)
    if not files:
        if not gaps:
            reason = "holds no infrastructure code: no Terraform, no CloudFormation template"
            gaps.append(Gap(source=INFRASTRUCTURE_CODE, reason=reason, resource=called))
        return records, tuple(gaps)
    declared, unread = _read(files, called)
    gaps += unread
    records["declared"] = [each.record for each in declared]
    report: Report | None = None
    try:
        if imported is None:
            report = run_checkov(find_checkov(checkov), folder, timeout)
        else:
            report = import_report(imported, folder, {file.path for file in files})
    except CheckovError as error:
        gaps.append(
            Gap(
                source=INFRASTRUCTURE_CODE,
                reason=str(error),
                operation=_OPERATION,
                code=error.code,
                resource=called,
            )
        )
    else:
        records["tool"] = {
            "name": "checkov",
            "version": report.version,
            "imported": imported is not None,
        }
        records["checks"] = sorted(_checks(report), key=_order)
        old = outdated(declared, records["checks"]) if imported is not None else set()
        gaps += _unchecked(folder, called, declared, records["checks"], report, old)
    records["files"] = _files(files, declared, records["checks"])
    return records, tuple(gaps)


def _unusable(folder: Path) -> str | None:
    try:
        with os.scandir(folder):
            return None
    except FileNotFoundError:
        return "is missing: mend its path, or take it out of the configuration"
    except NotADirectoryError:
        return "is no folder: name the folder that holds the infrastructure code"
    except OSError as error:
        return f"cannot be read: {error.strerror}"


def _read(files: Sequence[CodeFile], name: str) -> tuple[list[Declared], list[Gap]]:
    declared: list[Declared] = []
    blocks: dict[str, list[Block]] = {}
    gaps = []
    terraform = [file for file in files if file.framework == TERRAFORM]
    telling = {file.path for file in terraform if any(kind in file.content for kind in _KINDS)}
    for file in files:
        try:
            if file.framework != TERRAFORM:
                declared += read_cloudformation(file)
            elif telling:
                blocks[file.path] = parse_terraform(file)
        except UnreadableCodeError as error:
            # Without the others, which hold values and calls, what they tell is unresolved.
            if file.framework != TERRAFORM or file.path in telling:
                gaps.append(
                    Gap(
                        source=INFRASTRUCTURE_CODE,
                        reason=str(error),
                        resource=f"{name}/{file.path}",
                    )
                )
    try:
        declared += declare(blocks)
    except UnreadableCodeError as error:
        gaps.append(Gap(source=INFRASTRUCTURE_CODE, reason=str(error), resource=name))
    return sorted(declared, key=lambda each: (each.file, each.line or 0, each.address)), gaps


def _checks(report: Report) -> Iterator[Json]:
    for check in report.checks:
        yield check | {
            member: printable(check[member].lstrip("/") if member == "file" else check[member])
            for member in ("file", "resource")
        }


def _order(check: Json) -> tuple[str, ...]:
    return check["file"], check["resource"], check["check_id"], check["result"]


def _unchecked(  # noqa: PLR0913, PLR0917 - two views of one folder, side by side
    folder: Path,
    name: str,
    declared: Sequence[Declared],
    checks: Sequence[Json],
    report: Report,
    old: set[str],
) -> Iterator[Gap]:
    """What checkov did not check, or checked in another version, though it declares something."""
    reasons: dict[str, str] = {}
    speaks_of = {check["file"] for check in checks}
    for each in declared:
        if each.file not in speaks_of:
            reasons[each.file] = "declares secrets or keys, and checkov checked nothing in it"
    for path in sorted(old):
        reasons[path] = "has changed since the imported report was made: make it again"
    for path in report.unparsed:
        reasons[_relative(path, folder)] = "checkov cannot parse it"
    if not checks and not reasons:
        yield Gap(
            source=INFRASTRUCTURE_CODE, reason="checkov found nothing to check", resource=name
        )
    for path, reason in sorted(reasons.items()):
        yield Gap(
            source=INFRASTRUCTURE_CODE,
            reason=reason,
            operation=_OPERATION,
            resource=f"{name}/{path}",
        )


def _relative(path: str, folder: Path) -> str:
    """The path of a file that checkov cannot parse; it names such a file by its whole path."""
    whole = Path(path)
    root = folder.resolve()
    return printable(whole.relative_to(root).as_posix() if whole.is_relative_to(root) else path)


def _files(
    files: Sequence[CodeFile], declared: Sequence[Declared], checks: Sequence[Json]
) -> list[Json]:
    declares = Counter(each.file for each in declared)
    checked = {check["file"] for check in checks}
    return [
        {
            "path": file.path,
            "framework": file.framework,
            "declares": declares[file.path],
            "checked": file.path in checked,
        }
        for file in files
    ]
