"""Programs that stand in for checkov, and what the real one printed about `recorded/infra`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from typing import Any

RECORDED = Path(__file__).parent / "recorded"
CODE = RECORDED / "infra"
"""The code that checkov was run on; beside it lay a `broken.tf` that it could not parse."""

FRAMEWORKS = RECORDED / "frameworks.json"
"""Two reports, without members that are null and with the paths of another machine."""

NOTHING = RECORDED / "nothing.json"
"""What checkov prints about a folder without infrastructure code."""


def recorded() -> Any:
    """The two reports, for a test to change."""
    return orjson.loads(FRAMEWORKS.read_bytes())


def program(folder: Path, *lines: str) -> Path:
    """Make a shell script that takes checkov's place."""
    path = folder / "checkov"
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)
    return path


def printing(folder: Path, content: bytes) -> Path:
    """A checkov that prints this and ends well."""
    (folder / "printed").write_bytes(content)
    return program(folder, f"cat '{folder / 'printed'}'")
