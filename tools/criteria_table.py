"""
Print docs/criteria.md: every criterion, as the METADATA of the policies states it.

Usage: python tools/criteria_table.py > docs/criteria.md

The compiled policies judge a collection of nothing, so that what is printed is what results
and reports say.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from collectors.evidence import coverage_document
from examples import AS_OF
from keyproof import documents
from keyproof.assessment import shipped_engine
from keyproof.configuration import read_configuration
from keyproof.declarations.loader import read_declarations
from keyproof.engine.results import evaluate
from keyproof.facts.derivation import derive_facts
from keyproof.facts.snapshot import snapshot_from
from reports.phrases import EVIDENCE, LEVELS, SUPPORTING, level_order

if TYPE_CHECKING:
    from collections.abc import Iterator

    from keyproof.documents import Json

CONFIGURATION = b"""
organisation = "Catalogue"
[[aws.accounts]]
id = "111122223333"
regions = ["us-east-1"]
"""
INVENTORY = b"schema: keyproof/inventory/1\ncredentials: [{id: nothing}]\n"
HEAD = """\
<!-- Made by tools/criteria_table.py from the METADATA of the policies. Change those. -->
# Criteria

A level is reached when every criterion of levels 2 to it passes or does not apply.
[architecture.md](architecture.md#why-unknown-is-not-pass) says what the verdicts mean.

A criterion is judged when every source that it requires exists. One with **no source yet**
reports `unknown`, names the source, and keeps its level from being proven.
"""


def main() -> None:
    """Print the document."""
    criteria = _catalogue()
    print(HEAD)
    print("| Level | Criterion | Evidence | Severity | Status |\n|---|---|---|---|---|")
    for slug, result in criteria:
        status = "no source yet" if _missing(result) else "judged"
        evidence, severity = result["evidence"], result["severity"]
        level = result["level"] or "none"
        print(f"| {level} | [`{slug}`](#{slug}) | {evidence} | {severity} | {status} |")
    print(f"\nEvidence: {', '.join(f'{code} {name}' for code, name in EVIDENCE.items())}.")
    for level, members in groupby(criteria, key=lambda item: item[1]["level"]):
        name, meaning = LEVELS.get(level, SUPPORTING)
        heading = f"Level {level}: {name.lower()}" if level else name
        print(f"\n## {heading}\n\n{meaning}")
        for slug, result in members:
            print("\n".join(_section(slug, result)))


def _catalogue() -> list[tuple[str, Json]]:
    """The result of every criterion, level by level."""
    coverage = coverage_document(
        organisation="Catalogue",
        example=True,
        as_of=AS_OF,
        finished=AS_OF,
        accounts=(),
        snapshots=(),
    )
    facts = derive_facts(
        snapshot_from({"coverage.json": documents.encode(coverage)}, "nothing"),
        read_declarations({"inventory.yaml": INVENTORY}),
        read_configuration(CONFIGURATION, "keyproof.toml"),
    )
    results = documents.decode(evaluate(documents.encode(facts), shipped_engine()), "results")
    return sorted(
        results["criteria"].items(), key=lambda item: (level_order(item[1]["level"]), item[0])
    )


def _missing(result: Json) -> list[str]:
    """The sources that the criterion requires and that do not exist yet."""
    return [gap["source"] for gap in result["gaps"] if gap["reason"] == "no source yet"]


def _section(slug: str, result: Json) -> Iterator[str]:
    missing = _missing(result)
    required = ", ".join(
        f"`{source}` (no source yet)" if source in missing else f"`{source}`"
        for source in result["requires"]
    )
    yield f"\n### {slug}\n"
    yield f"**{result['title']}**\n"
    yield f"{result['description']}\n"
    yield f"- Evidence: {result['evidence']}, {EVIDENCE[result['evidence']]}"
    yield f"- Severity: {result['severity']}"
    yield f"- Requires: {required}"
    yield f"- Remediation: {result['remediation']}"


if __name__ == "__main__":
    main()
