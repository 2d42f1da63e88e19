"""What a command shows: colour and tables for people, plain text for pipes, JSON for scripts."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from keyproof import clock, documents
from keyproof.cli.inventory import inventory_document
from keyproof.cli.page import MARKS, STYLES, gap_text, heading, page, said, table
from keyproof.cli.streams import write
from reports.inventory_view import credential_row
from reports.observed import observations
from reports.phrases import LEVELS, VERDICTS, counted, level_order, level_sentence, target_sentence
from reports.visible import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from collectors.aws.collection import Progress
    from keyproof.documents import Json
    from keyproof.evidence import EvidenceFolder
    from reports.inventory_view import Cell
    from reports.observed import Observation

_MOST = 3


def print_json(document: Json) -> None:
    """One JSON document on standard output."""
    write(documents.encode(document))


def show_results(results: Json, folder: EvidenceFolder, *, as_json: bool) -> None:
    """The level, every criterion's verdict, what blocks the next level, and where it all lies."""
    if as_json:
        print_json(results)
        return
    with page() as console:
        heading(console, results)
        _ladder(console, results["level"])
        _criteria(console, results)
        _blocking(console, results)
        if results["looser_parameters"]:
            looser = ", ".join(each["parameter"] for each in results["looser_parameters"])
            console.print(Text(f"Looser than the defaults: {looser}", "yellow"))
        _paths(console, folder)


def _ladder(console: Console, level: Json) -> None:
    console.print()
    for number, (name, meaning) in LEVELS.items():
        reached = number <= level["proven"]
        possible = number <= level["possible"]
        mark, style = ("●", "green") if reached else ("◐", "yellow") if possible else ("○", "dim")
        target = "  ← target" if number == level["target"] else ""
        console.print(Text(f"  {mark} {number} {name:<11} {meaning}{target}", style))
    console.print()
    console.print(Text(f"{level_sentence(level)} {target_sentence(level)}", "bold"))


def show_paths(folder: EvidenceFolder) -> None:
    """Where people find what was made, as far as it was."""
    with page() as console:
        _paths(console, folder)


def _paths(console: Console, folder: EvidenceFolder) -> None:
    console.print()
    shown = [
        ("results", folder.results),
        ("report", folder.report),
        ("bundle", folder.bundle),
        ("public key", folder.example_key),
    ]
    for label, path in shown:
        if path.exists():
            console.print(f"{label:<11} {_relative(path)}", soft_wrap=True)


def show_coverage(coverage: Json, folder: EvidenceFolder) -> None:
    """What a collection saw, and what it could not see."""
    with page() as console:
        _coverage(console, coverage)
        console.print(f"snapshot    {_relative(folder.snapshot)}", soft_wrap=True)


def _coverage(console: Console, coverage: Json) -> None:
    heading(console, coverage)
    shown = table("source", "account", "region", "calls", "records", "gaps")
    for entry in coverage["snapshots"]:
        shown.add_row(
            entry["source"],
            entry["account"],
            entry["region"],
            f"{entry['calls']:,}",
            f"{entry['records']:,}",
            Text(str(len(entry["gaps"])), "bold red" if entry["gaps"] else "green"),
        )
    console.print(shown)
    gaps = [gap for entry in coverage["snapshots"] for gap in entry["gaps"]]
    for gap in gaps[:_MOST]:
        console.print(Text(f"gap: {gap_text(gap)}", "yellow"), soft_wrap=True)
    if len(gaps) > _MOST:
        console.print(f"and {counted(len(gaps) - _MOST, 'more gap')}")


def show_inventory(facts: Json, *, as_json: bool) -> None:
    """The control's table, with what was observed under what was declared."""
    document = inventory_document(facts)
    if as_json:
        print_json(document)
        return
    with page() as console:
        _inventory(console, facts)
        orphans = document["orphans"]["stored"]
        console.print(f"{counted(len(orphans), 'stored secret')} without an entry")
        for arn in orphans:
            console.print(f"  {visible(arn)}", soft_wrap=True)


def _inventory(console: Console, facts: Json) -> None:
    heading(console, facts)
    shown = table("credential", "scope", "storage", "rotation", "spend alert")
    shown.columns[0].no_wrap = True
    for credential in facts["credentials"]:
        row = credential_row(credential, (), facts["as_of_ns"])
        shown.add_row(
            Text(f"{visible(row.id)}\n{visible(row.provider or 'provider not stated')}"),
            _cell(row.scope),
            _cell(row.storage),
            _cell(row.rotation),
            _cell(row.spend_alert),
        )
        shown.add_section()
    console.print(shown)


@contextmanager
def progress() -> Iterator[Callable[[Progress], None]]:
    """A line that says what is being collected, on a terminal; nothing elsewhere."""
    console = Console(stderr=True, highlight=False, emoji=False, markup=False)
    if not console.is_terminal or os.environ.get("CI"):
        yield lambda _: None
        return
    with console.status("Collecting") as status:

        def show(step: Progress) -> None:
            where = f"{step.source} of {step.account} in {step.region}"
            status.update(f"Collecting {step.done} of {step.total}: {where}")

        yield show


@contextmanager
def scan_progress() -> Iterator[Callable[[str, int, int], None]]:
    """A line that says how much of which repository was read, on a terminal; nothing elsewhere."""
    console = Console(stderr=True, highlight=False, emoji=False, markup=False)
    if not console.is_terminal or os.environ.get("CI"):
        yield lambda _repository, _done, _all: None
        return
    with console.status("Scanning") as status:

        def show(repository: str, done: int, of: int) -> None:
            status.update(f"Scanning {visible(repository)}: {done:,} of {of:,} objects")

        yield show


def _criteria(console: Console, results: Json) -> None:
    console.print()
    shown = table("level", "verdict", "criterion", "judged", "violations", "gaps", gap=1)
    criteria = sorted(
        results["criteria"].items(), key=lambda item: (level_order(item[1]["level"]), item[0])
    )
    for slug, result in criteria:
        verdict = result["verdict"]
        waived = f" ({len(result['waived'])} waived)" if result["waived"] else ""
        shown.add_row(
            str(result["level"] or "-"),
            Text(f"{MARKS[verdict]} {VERDICTS[verdict]}", STYLES[verdict]),
            slug,
            f"{result['population']:,}",
            f"{len(result['violations']):,}{waived}",
            f"{len(result['gaps']):,}",
        )
    console.print(shown)


def _blocking(console: Console, results: Json) -> None:
    as_of_ns = clock.nanoseconds(clock.parse(results["as_of"]))
    slugs = results["level"]["blocking"]
    if not slugs:
        return
    console.print()
    console.print(
        Text(f"What keeps level {results['level']['proven'] + 1} from being proven", "bold")
    )
    for slug in slugs:
        result = results["criteria"][slug]
        verdict = result["verdict"]
        console.print(Text(f"{MARKS[verdict]} {visible(result['title'])}", STYLES[verdict]))
        for violation in result["violations"][:_MOST]:
            observed = observations(violation["observed"], as_of_ns)
            told = "; ".join(_observation(each) for each in observed)
            console.print(Text(f"    {visible(violation['resource'])}: {told}"))
        for gap in result["gaps"][:_MOST]:
            console.print(Text(f"    {gap_text(gap)}"))
        more = max(len(result["violations"]) - _MOST, 0) + max(len(result["gaps"]) - _MOST, 0)
        if more:
            console.print(f"    and {more:,} more, in results.json")
        console.print(Text(f"    → {visible(result['remediation'])}", "dim"))


def _observation(observation: Observation) -> str:
    told = said(observation.phrase) or ", ".join(_observation(part) for part in observation.parts)
    return f"{observation.label}: {told}" if observation.label else told


def _cell(cell: Cell) -> Text:
    declared = "\n".join(said(line) for line in cell.declared)
    observed = "\n".join(said(line) for line in cell.observed)
    text = Text(declared)
    if observed:
        text.append(f"\n{observed}", "cyan")
    return text


def _relative(path: Path) -> str:
    """The path as a person would type it from here."""
    try:
        return visible(str(path.relative_to(Path.cwd())))
    except ValueError:
        return visible(str(path))
