"""
What checkov says of the example's infrastructure code, for `examples/company/checkov.json`.

Run: .venv/bin/python tools/example_checkov.py > examples/company/checkov.json

The example imports this report, so that its assessment needs no checkov and is the same
everywhere. Only what the import reads is kept; the rest names the machine that checkov ran on.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
CODE = ROOT / "examples" / "company" / "infrastructure"
CHECKOV = ROOT / ".venv-checkov" / "bin" / "checkov"
_OPTIONS = ("--skip-download", "--soft-fail", "--compact", "--output=json")
_FRAMEWORKS = ("--framework=terraform", "--framework=cloudformation")
_KEPT = ("check_id", "check_name", "file_path", "file_line_range", "resource")


def report() -> str:
    """Run checkov and give its report, cut down."""
    with tempfile.TemporaryDirectory() as elsewhere:  # where no configuration of checkov lies
        finished = subprocess.run(
            [CHECKOV, f"--directory={CODE}", *_OPTIONS, *_FRAMEWORKS],
            cwd=elsewhere,
            capture_output=True,
            check=True,
        )
    runs = [_run(each) for each in json.loads(finished.stdout)]
    return json.dumps(runs, indent=1) + "\n"


def _run(run: dict[str, Any]) -> dict[str, Any]:
    results = {
        kind: [_check(each) for each in run["results"].get(kind, [])]
        for kind in ("passed_checks", "failed_checks", "skipped_checks")
    }
    return {
        "check_type": run["check_type"],
        "results": {**results, "parsing_errors": run["results"].get("parsing_errors", [])},
        "summary": run["summary"],
    }


def _check(check: dict[str, Any]) -> dict[str, Any]:
    result = {
        name: check["check_result"][name]
        for name in ("result", "suppress_comment")
        if name in check["check_result"]
    }
    return {**{name: check[name] for name in _KEPT}, "check_result": result}


if __name__ == "__main__":
    print(report(), end="")
