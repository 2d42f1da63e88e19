"""How long keyproof takes to start: the interpreter, the imports, the help, the example."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measurement import parser, run_command, show

if TYPE_CHECKING:
    from collections.abc import Sequence

KEYPROOF = Path(sys.executable).with_name("keyproof")
BELOW_TARGET = 1

COMMANDS: tuple[tuple[str, Sequence[str | Path], int], ...] = (
    ("an empty program", (sys.executable, "-c", ""), 0),
    ("import the command line", (sys.executable, "-c", "import keyproof.cli.main"), 0),
    ("import the collectors", (sys.executable, "-c", "import collectors.aws.collection"), 0),
    ("import the emulator", (sys.executable, "-c", "import examples.emulator"), 0),
    ("keyproof --help", (KEYPROOF, "--help"), 0),
    ("keyproof assess (example)", (KEYPROOF, "assess"), BELOW_TARGET),
)
"""What is run, and the exit code that it must have; the example is below its target."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run each command in turn, at first unmeasured and then as often as asked."""
    options = parser(__doc__)
    options.add_argument("--warm-up", type=int, default=1, help="runs that are not counted")
    given = options.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        rounds = [
            [
                run_command(what, command, size=1, folder=Path(temporary), accepted=(exit_code,))
                for what, command, exit_code in COMMANDS
            ]
            for _ in range(given.warm_up + given.repeat)
        ]
    samples = [sample for measured in rounds[given.warm_up :] for sample in measured]
    show("Start", "processes", samples, notes={}, as_json=given.json)


if __name__ == "__main__":
    main()
