"""docs/cli.md says what the command line says: help, exit codes, members of JSON."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

import orjson
import pytest
from click.testing import CliRunner

from keyproof import errors
from keyproof.assessment import exit_code
from keyproof.cli import main
from keyproof.cli.commands import cli
from keyproof.documents import SCHEMAS
from keyproof.engine import EvaluationError
from tests.docs.conftest import keyproof
from tests.docs.markdown import blocks, rows, section, text_of

if TYPE_CHECKING:
    from pathlib import Path

    from keyproof.documents import Json
    from tests.docs.conftest import Run

DOCUMENT = text_of("docs/cli.md")
TERMINAL = 100
"""Columns of the terminal whose help the document shows; click leaves two of them free."""


def _help(*command: str) -> str:
    run = CliRunner().invoke(
        cli, [*command, "--help"], prog_name="keyproof", terminal_width=TERMINAL - 2
    )
    return run.output


def test_the_help_of_keyproof_is_shown() -> None:
    assert blocks(DOCUMENT, "text")[0] == _help()


def test_every_command_is_described() -> None:
    assert re.findall(r"^## keyproof ([\w-]+)$", DOCUMENT, re.MULTILINE) == [
        "assess",
        "collect",
        "evaluate",
        "report",
        "verify",
        "inventory",
        "who-can-read",
        "scan",
        "keygen",
        "iam-policy",
    ]
    assert set(re.findall(r"^## keyproof ([\w-]+)$", DOCUMENT, re.MULTILINE)) == set(cli.commands)


@pytest.mark.parametrize("command", cli.commands)
def test_the_help_of_a_command_is_shown(command: str) -> None:
    assert blocks(section(DOCUMENT, f"## keyproof {command}"), "text") == [_help(command)]


@pytest.mark.parametrize("name", ["docs/cli.md", "README.md"])
def test_exit_codes_are_those_of_the_outermost_frame(name: str) -> None:
    stated = re.findall(
        r"^    ([0-9])  (.+)$", sys.modules[main.__module__].__doc__ or "", re.MULTILINE
    )
    shown = [row for row in rows(section(text_of(name), "## Exit codes")) if len(row) == 2]

    assert shown == [list(each) for each in stated]


def test_every_error_has_the_code_that_is_stated() -> None:
    shown = {
        row[1].strip("`"): int(row[2])
        for row in rows(section(DOCUMENT, "## Exit codes"))
        if len(row) == 3
    }
    kinds: list[type[errors.KeyproofError]] = [
        EvaluationError,
        *(
            kind
            for kind in vars(errors).values()
            if isinstance(kind, type) and issubclass(kind, errors.KeyproofError)
        ),
    ]
    branches = {base for kind in kinds for base in kind.__bases__}

    assert shown == {kind.__name__: kind.exit_code for kind in kinds if kind not in branches}


@pytest.mark.parametrize(
    ("proven", "possible", "code"), [(3, 3, 0), (5, 5, 0), (1, 2, 1), (2, 3, 3), (2, 5, 3)]
)
def test_a_verdict_has_the_code_that_is_stated(proven: int, possible: int, code: int) -> None:
    assert exit_code({"level": {"proven": proven, "possible": possible, "target": 3}}) == code


def _members(heading: str) -> list[str]:
    return [row[0].strip("`") for row in rows(section(DOCUMENT, heading))]


def test_the_members_of_results_are_the_schema_s() -> None:
    schema = orjson.loads((SCHEMAS / "results.schema.json").read_bytes())
    level = schema["properties"]["level"]["properties"]
    result = schema["$defs"]["result"]["properties"]

    expected = {f"level.{name}" for name in level} | {f"criteria.<slug>.{name}" for name in result}
    assert sorted(_members("### Results")) == sorted(expected)


def test_the_members_of_the_inventory_are_those_printed(example: Run, tmp_path: Path) -> None:
    printed: Json = orjson.loads(keyproof(tmp_path, "inventory", "--json", example.folder).stdout)
    expected = {
        *(name for name in printed if name not in ("credentials", "orphans")),
        *(f"credentials[].{name}" for name in printed["credentials"][0]),
        *(f"orphans.{name}" for name in printed["orphans"]),
    }

    assert sorted(_members("### Inventory")) == sorted(expected)


SECRET = "production/openai/api-key"


def test_the_members_of_readers_are_those_printed(example: Run, tmp_path: Path) -> None:
    run = keyproof(tmp_path, "who-can-read", SECRET, example.folder, "--json")

    assert run.returncode == 0
    printed: Json = orjson.loads(run.stdout)
    expected = {
        *(name for name in printed if name != "readers"),
        *(f"readers[].{name}" for name in printed["readers"][0]),
    }
    assert sorted(_members("### Readers")) == sorted(expected)


def test_the_members_of_an_explanation_are_those_printed(example: Run, tmp_path: Path) -> None:
    run = keyproof(tmp_path, "who-can-read", SECRET, example.folder, "--explain", "root", "--json")

    assert run.returncode == 0
    heading = _members("### Readers")
    above = heading[: heading.index("pending_deletion") + 1]
    assert sorted([*above, *_members("### Explanation")]) == sorted(orjson.loads(run.stdout))


def test_the_members_of_a_verification_are_those_printed(example: Run, tmp_path: Path) -> None:
    run = keyproof(tmp_path, "verify", example.bundle, "--key", example.key, "--replay", "--json")

    assert run.returncode == 0
    assert sorted(_members("### Verification")) == sorted(orjson.loads(run.stdout))
