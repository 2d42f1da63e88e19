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

COMMANDS: tuple[tuple[str, Sequence[str | Path]], ...] = (
    ("an empty program", (sys.executable, "-c", "")),
    ("import the command line", (sys.executable, "-c", "import keyproof.cli.main")),
    ("import the collectors", (sys.executable, "-c", "import collectors.aws.collection")),
    ("import the emulator", (sys.executable, "-c", "import examples.emulator")),
    ("keyproof --help", (KEYPROOF, "--help")),
    ("keyproof assess (example)", (KEYPROOF, "assess")),
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run each command in turn, once unmeasured and then as often as asked."""
    given = parser(__doc__).parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        rounds = [
            [
                run_command(
                    what,
                    command,
                    size=1,
                    folder=Path(temporary),
                    accepted=(0, BELOW_TARGET),
                )
                for what, command in COMMANDS
            ]
            for _ in range(1 + given.repeat)
        ]
    samples = [sample for measured in rounds[1:] for sample in measured]
    show("Start", "runs", samples, notes={}, as_json=given.json)


if __name__ == "__main__":
    main()
