"""The check of METADATA that `make lint` runs: silent on the policies, loud on broken ones."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from tests.policies.opa import POLICIES, ROOT, opa

if TYPE_CHECKING:
    from pathlib import Path

CATALOGUE = ROOT / "keyproof" / "schemas" / "results.schema.json"
SLUG = "rotated_on_schedule"
FILE = f"criteria/{SLUG}/{SLUG}.rego"


def findings(sources: Path) -> tuple[int, list[dict[str, Any]]]:
    """Lint the METADATA of one folder of criteria: the exit code, and what it found."""
    inspected = opa("inspect", "--annotations", "--format", "json", sources)
    run = opa(
        "eval",
        "--fail-defined",
        "--format=raw",
        f"--data={POLICIES / 'checks'}",
        f"--data=catalogue:{CATALOGUE}",
        "--stdin-input",
        "data.checks.metadata.findings[_]",
        stdin=inspected.stdout,
    )
    return run.returncode, [json.loads(line) for line in run.stdout.splitlines()]


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A copy of the policies, to be broken."""
    return shutil.copytree(POLICIES / "sec004", tmp_path / "sec004")


def test_nothing_is_found_in_the_policies() -> None:
    assert findings(POLICIES / "sec004") == (0, [])


@pytest.mark.parametrize(
    ("sound", "broken", "member"),
    [
        ("# title: Every credential was rotated on schedule\n", "", "title"),
        ("# scope: package\n", "# scope: subpackages\n", "scope"),
        ("#   level: 3\n", "", "custom.level"),
        ("#   level: 3\n", "#   level: 6\n", "custom.level"),
        ("#   evidence: E3\n", "#   evidence: rotation-records\n", "custom.evidence"),
        ("#   severity: high\n", "#   severity: blocker\n", "custom.severity"),
        ("#   requires: [inventory, secrets_manager]\n", "", "custom.requires"),
        ("[inventory, secrets_manager]", "[]", "custom.requires"),
        ("#   remediation: >-\n", "#   fix: >-\n", "custom.remediation"),
        ("#   severity: high\n", "#   severity: high\n#   empty: pass\n", "custom.empty"),
        ("#   severity: high\n", "#   severity: high\n#   emtpy: pass\n", "custom"),
        ("package sec004.criteria.", "package sec004.criteria.newly_", "package"),
    ],
)
def test_broken_metadata_is_found(sources: Path, sound: str, broken: str, member: str) -> None:
    text = (sources / FILE).read_text()
    assert sound in text
    (sources / FILE).write_text(text.replace(sound, broken, 1))

    code, found = findings(sources)

    assert code == 1
    assert member in {finding["member"] for finding in found}
    assert {finding["criterion"] for finding in found} <= {SLUG, f"newly_{SLUG}"}


def test_a_folder_with_another_name_is_found(sources: Path) -> None:
    (sources / "criteria" / SLUG).rename(sources / "criteria" / "rotated")

    code, found = findings(sources)

    assert code == 1
    assert {(finding["criterion"], finding["member"]) for finding in found} == {
        (SLUG, "package"),
        (SLUG, "test"),
    }


def test_a_missing_criterion_is_found(sources: Path) -> None:
    shutil.rmtree(sources / "criteria" / SLUG)

    code, found = findings(sources)

    assert code == 1
    assert [(finding["criterion"], finding["member"]) for finding in found] == [(SLUG, "package")]


def test_sources_that_cannot_be_read_do_not_pass(sources: Path) -> None:
    (sources / FILE).write_text("package\n")

    code, found = findings(sources)

    assert code == 1
    assert {finding["member"] for finding in found} == {"package"}
