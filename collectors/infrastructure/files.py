"""
The files of a folder that are infrastructure code, found without following links to folders.

Hidden folders and those that tools fill with other people's code are left out, which is what
checkov does as well.
"""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from collectors.evidence import INFRASTRUCTURE_CODE, Gap

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TERRAFORM, CLOUDFORMATION = "terraform", "cloudformation"

LARGEST = 4 * 1024 * 1024
"""Bytes that a file may have at most; CloudFormation itself takes templates of 1 MB."""

_FOREIGN = frozenset({"node_modules"})
_TERRAFORM_ENDINGS = (".tf", ".tf.json")
_TEMPLATE_ENDINGS = (".json", ".yaml", ".yml", ".template")
_MARKS = (b"Resources", b"AWS::")


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeFile:
    """One file of infrastructure code; `path` is relative to the folder, with `/`."""

    path: str
    framework: str
    content: bytes


def find_code(folder: Path, name: str) -> tuple[list[CodeFile], list[Gap]]:
    """Read every file of infrastructure code in a folder, in the order of their paths."""
    files: list[CodeFile] = []
    gaps: list[Gap] = []

    def unreadable(path: str, error: OSError) -> None:
        reason = f"cannot be read: {error.strerror}"
        gaps.append(
            Gap(
                source=INFRASTRUCTURE_CODE,
                reason=reason,
                code=type(error).__name__,
                resource=f"{name}/{path}",
            )
        )

    for path, relative in _candidates(folder, unreadable):
        try:
            content = _content(path)
        except OSError as error:
            unreadable(relative, error)
            continue
        framework = _framework(relative, content)
        if content is None and framework == TERRAFORM:
            reason = f"is no regular file of at most {LARGEST >> 20} MiB, so it was not read"
            gaps.append(
                Gap(source=INFRASTRUCTURE_CODE, reason=reason, resource=f"{name}/{relative}")
            )
        elif content is not None and framework is not None:
            files.append(CodeFile(path=relative, framework=framework, content=content))
    return sorted(files, key=lambda file: file.path), gaps


def printable(name: str) -> str:
    """A file's name as text that JSON can hold: bytes that are not UTF-8 become U+FFFD."""
    return os.fsencode(name).decode("utf-8", "replace")


def _candidates(
    folder: Path, unreadable: Callable[[str, OSError], None]
) -> Iterator[tuple[Path, str]]:
    def relative(path: Path) -> str:
        return printable(path.relative_to(folder).as_posix())

    def failed(error: OSError) -> None:
        unreadable(relative(Path(error.filename)), error)

    for here, folders, names in os.walk(folder, onerror=failed):
        folders[:] = [each for each in folders if not (each.startswith(".") or each in _FOREIGN)]
        for name in names:
            if name.endswith((*_TERRAFORM_ENDINGS, *_TEMPLATE_ENDINGS)):
                path = Path(here, name)
                yield path, relative(path)


def _content(path: Path) -> bytes | None:
    """The bytes of a file; None for one that is too large, or a pipe or a device."""
    if not stat.S_ISREG(path.stat().st_mode):
        return None
    with path.open("rb") as file:
        content = file.read(LARGEST + 1)
    return content if len(content) <= LARGEST else None


def _framework(path: str, content: bytes | None) -> str | None:
    if path.endswith(_TERRAFORM_ENDINGS):
        return TERRAFORM
    # What is too large to be deployed is data, and so is what names no type of AWS.
    if content is not None and all(mark in content for mark in _MARKS):
        return CLOUDFORMATION
    return None
