"""What `keyproof scan` prints: what was found and where, what was scanned, and what was not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from keyproof.cli.page import gap_text, page, table
from keyproof.cli.scan import INCOMPLETE, exit_code
from reports.phrases import counted
from reports.visible import visible

if TYPE_CHECKING:
    from rich.console import Console

    from keyproof.documents import Json

_SHORT_COMMIT = 12
_SHORT_DIGEST = 19
_WHERE = {
    "tip": "in a branch",
    "history": "in history",
    "message": "in a commit message",
    "tag": "in a tag's message",
    "note": "in a note",
    "stash": "in a stash",
    "reflog": "in a commit that a branch left behind",
    "unreachable": "stored, and in no commit",
    "filename": "in a file's name",
    "working_tree": "in the work tree, not committed",
    "report": "told by another scanner's report",
}


def show_scan(scan: Json) -> None:
    """Every finding, the scope, every gap, and the verdict last, where people look first."""
    with page() as console:
        for finding in scan["findings"]:
            _finding(console, finding)
        _coverage(console, scan["coverage"])
        for gap in scan["gaps"]:
            console.print(Text(f"not scanned  {gap_text(gap)}", "yellow"), soft_wrap=True)
        console.print()
        console.print(_verdict(scan), soft_wrap=True)


def _finding(console: Console, finding: Json) -> None:
    place = visible(finding["path"] or finding["where"])
    if finding["inside"]:
        place += f" > {visible(finding['inside'])}"
    console.print(
        Text.assemble(
            (f"{finding['provider']} {finding['kind'].replace('_', ' ')}", "bold red"),
            f"  {visible(finding['repository'])}: {place}:{finding['line']}",
        ),
        soft_wrap=True,
    )
    details = [_WHERE[finding["where"]]]
    if finding["branches"]:
        details.append(", ".join(visible(branch) for branch in finding["branches"][:3]))
    if finding["commit"]:
        details.append(f"commit {finding['commit'][:_SHORT_COMMIT]}")
    if finding["author_date"]:
        details.append(finding["author_date"])
    details.append(f"ends in {visible(finding['hint'])}")
    details.append(finding["fingerprint"][:_SHORT_DIGEST])
    if finding["suppressed"]:
        details.append("a comment tells scanners to look away")
    console.print(Text(f"    {' · '.join(details)}", "dim"), soft_wrap=True)


def _coverage(console: Console, coverage: list[Json]) -> None:
    scanned = table("Repository", "HEAD", "Refs", "Commits", "Files", "New objects")
    for each in coverage:
        objects = each["objects"]
        scanned.add_row(
            visible(each["repository"]),
            (each["head"]["commit"] or "none")[:_SHORT_COMMIT],
            f"{each['refs']:,}",
            f"{objects['commits']:,}",
            f"{objects['blobs']:,}",
            f"{objects['read']:,}",
        )
    console.print()
    console.print(scanned)


def _verdict(scan: Json) -> Text:
    if scan["findings"]:
        places = counted(len(scan["findings"]), "place")
        keys = counted(len({each["fingerprint"] for each in scan["findings"]}), "key")
        return Text(f"✘ {keys} in {places}. Revoke each at its provider first.", "bold red")
    if exit_code(scan) == INCOMPLETE:
        missing = counted(len(scan["gaps"]), "thing")
        return Text(f"? No key found, but {missing} could not be scanned.", "bold yellow")
    return Text("✔ No AI key found.", "bold green")
