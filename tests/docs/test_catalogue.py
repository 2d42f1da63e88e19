"""docs/criteria.md, evidence.md and architecture.md say what policies and facts say."""

from __future__ import annotations

import ast
import subprocess
import sys
from itertools import pairwise
from typing import TYPE_CHECKING

import orjson

import keyproof
from collectors.evidence import GLOBAL_SOURCES, REGIONAL_SOURCES
from keyproof.documents import SCHEMAS
from keyproof.evidence import POLICIES
from reports.phrases import VERDICTS
from tests.docs.markdown import ROOT, rows, section, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

FACTS = ROOT / "keyproof" / "facts"
CHAIN = ("topics", "alarms", "budgets")
EVIDENCE = text_of("docs/evidence.md")


def test_the_criteria_are_what_the_policies_say() -> None:
    run = subprocess.run(
        [sys.executable, ROOT / "tools" / "criteria_table.py"], capture_output=True, check=True
    )

    assert run.stdout.decode() == text_of("docs/criteria.md"), (
        "run: .venv/bin/python tools/criteria_table.py > docs/criteria.md"
    )


def test_every_policy_is_among_the_criteria() -> None:
    shown = [row[1].split("`")[1] for row in rows(text_of("docs/criteria.md"))]

    assert sorted(shown) == sorted(path.name for path in (POLICIES / "sec004/criteria").iterdir())


def _reasons(module: str) -> Iterator[tuple[str, str]]:
    """Every status of a recipient with its reason, where a module writes both in a row."""
    for node in ast.walk(ast.parse((FACTS / f"{module}.py").read_text(encoding="utf-8"))):
        match node:
            case ast.Tuple(elts=row) | ast.Call(args=row):
                values = [each.value if isinstance(each, ast.Constant) else None for each in row]
            case _:
                continue
        for status, reason in pairwise(values):
            if status in ("broken", "unseen") and isinstance(reason, str):
                yield str(status), reason


def test_every_end_of_an_alert_s_chain_is_explained() -> None:
    table = rows(section(EVIDENCE, "## Whom a spend alert reaches"))
    sources = "".join((FACTS / f"{module}.py").read_text(encoding="utf-8") for module in CHAIN)

    shown = {(status, reason) for status, reason, _ in table}
    assert {pair for module in CHAIN for pair in _reasons(module)} <= shown
    assert [reason for _, reason in sorted(shown) if f'"{reason}"' not in sources] == []


def test_every_source_is_described() -> None:
    described = rows(section(EVIDENCE, "## What is collected"))

    assert {(name.strip("`"), place) for name, place, _ in described} == {
        *((source, "region") for source in REGIONAL_SOURCES),
        *((source, "account") for source in GLOBAL_SOURCES),
    }


def test_every_binding_is_explained() -> None:
    facts = orjson.loads((SCHEMAS / "facts.schema.json").read_bytes())["properties"]
    binding = facts["credentials"]["items"]["properties"]["binding"]["properties"]
    table = section(EVIDENCE, "## Which secret holds which key")

    shown = [row[0].strip("`") for row in rows(table) if row[0].startswith("`")]
    assert sorted(shown) == sorted(binding["status"]["enum"])


def test_every_verdict_is_explained() -> None:
    table = section(text_of("docs/architecture.md"), "## Why unknown is not pass")

    assert sorted(row[0].strip("`") for row in rows(table)) == sorted(VERDICTS)


def test_the_changelog_speaks_of_this_version() -> None:
    assert f"\n## {keyproof.__version__} " in text_of("CHANGELOG.md")
