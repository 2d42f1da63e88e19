"""OPA itself, for what only it can tell about the policies."""

from __future__ import annotations

import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
OPA = ROOT / ".tools" / "opa"
"""Built by `make test` from `tools/go.mod`."""

POLICIES = ROOT / "policies"
COMPILED = POLICIES / "compiled" / "policy.wasm"


def opa(*arguments: str | Path, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run OPA at the root of the repository, whatever its exit code."""
    return subprocess.run(
        [OPA, *arguments], cwd=ROOT, input=stdin, capture_output=True, check=False
    )
