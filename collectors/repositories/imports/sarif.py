"""
SARIF 2.1.0 of gitleaks, betterleaks, trufflehog and kingfisher.

All four write a file's path where SARIF wants a percent-encoded URI, so that nothing is
decoded: `a%20b` is a file of that name. gitleaks and betterleaks give one constant as their
version, which is none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from collectors.repositories.imports import kingfisher, trufflehog
from collectors.repositories.imports.entries import Entry, Origin, finding
from collectors.repositories.imports.parsing import shown
from keyproof.errors import DocumentError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from collectors.repositories.imports.entries import Reading

FORMAT = "sarif-2.1.0"
_TOOLS = ("gitleaks", "betterleaks", trufflehog.TOOL, kingfisher.TOOL)
_WITHOUT_VERSION = ("gitleaks", "betterleaks")
_NO_FINDING = {"pass", "notApplicable", "informational"}


def recognises(document: Mapping[str, object]) -> bool:
    """Whether a document is SARIF, of any version."""
    return "runs" in document


def read(document: dict[str, object], name: str, reading: Reading) -> Origin:
    """
    Add the findings of a log.

    Raises `DocumentError` for another version of SARIF, and for a log of no scanner of secrets.
    """
    if document.get("version") != "2.1.0":
        raise DocumentError(f"{shown(name)}: expected version 2.1.0 of SARIF")
    log = Entry(reading=reading, index=0, data=document)
    runs = [(index, run, _tool(run)) for index, run in enumerate(log.children("runs"))]
    tools = {tool for _, _, tool in runs if tool is not None}
    if len(tools) != 1:
        found = "runs of several" if tools else "no run of them"
        expected = f"expected SARIF of one tool of {', '.join(_TOOLS)}"
        raise DocumentError(f"{shown(name)}: {expected}, found {found}")
    for index, run, tool in runs:
        if tool is None:
            reading.fault(index, "runs", "is a run of another tool")
        else:
            _run(run, tool, reading)
    tool = tools.pop()
    ours = [run for _, run, of in runs if of is not None]
    version, commits = _version(ours[0], tool), _commits(ours)
    return Origin(tool=tool, version=version, format=FORMAT, commits=commits)


def _tool(run: Entry) -> str | None:
    named = run.child("tool").child("driver").text("name")
    return named.lower() if named is not None and named.lower() in _TOOLS else None


def _version(run: Entry, tool: str) -> str | None:
    if tool in _WITHOUT_VERSION:
        return None
    driver = run.child("tool").child("driver")
    return driver.text("semanticVersion") or driver.text("version")


def _commits(runs: list[Entry]) -> frozenset[str] | None:
    stated = [
        tips
        for run in runs
        if (tips := kingfisher.scanned(run.child("properties").child("repository_audit")))
        is not None
    ]
    return frozenset().union(*stated) if stated else None


def _run(run: Entry, tool: str, reading: Reading) -> None:
    rules = run.child("tool").child("driver").children("rules")
    origins = run.children("versionControlProvenance")
    origin = origins[0].repository("repositoryUri") if len(origins) == 1 else None
    for result in _results(run):
        if result.text("kind") in _NO_FINDING:
            result.fault("kind", "is no finding")
            continue
        state = _state(result)
        rule = _rule(result, rules)
        for location in result.children("locations") or [_nowhere(result)]:
            _finding(result, location, rule, state, origin, tool, reading)


def _results(run: Entry) -> list[Entry]:
    """The results, each an entry of its own."""
    results = run.children("results")
    if run.data.get("results") is None:
        run.fault("results", "are missing: the tool did not scan to the end")
    return [
        Entry(reading=run.reading, index=index, data=result.data, place=result.place)
        for index, result in enumerate(results)
    ]


def _nowhere(result: Entry) -> Entry:
    return Entry(reading=result.reading, index=result.index, data={}, place=result.place)


def _finding(  # noqa: PLR0913, PLR0917 - what the run, the result and the location tell
    result: Entry,
    location: Entry,
    rule: str | None,
    state: str | None,
    origin: str | None,
    tool: str,
    reading: Reading,
) -> None:
    physical = location.child("physicalLocation")
    region = physical.child("region")
    prints = result.child("partialFingerprints")
    properties = location.child("properties")  # kingfisher tells here what SARIF has no place for
    git = properties.child("git_metadata")
    around = physical.child("contextRegion").child("snippet").texts("text")
    reading.add(
        finding(
            rule=rule,
            repository=git.repository("repository_url") or origin,
            commit=prints.commit("commitSha") or git.child("commit").commit("id"),
            author_date=prints.instant("date"),
            path=git.child("file").text("path") or physical.child("artifactLocation").text("uri"),
            line=region.line("startLine"),
            state=state,
            validity=_validity(result, properties, tool),
        ),
        region.child("snippet").texts("text"),
        around,
    )


def _rule(result: Entry, rules: list[Entry]) -> str | None:
    named = result.text("ruleId") or result.child("rule").text("id")
    index = result.data.get("ruleIndex")
    if named is None and isinstance(index, int) and 0 <= index < len(rules):
        return rules[index].text("id")
    return named


def _state(result: Entry) -> str | None:
    if result.text("baselineState") == "absent":
        return "absent"
    suppressions = result.children("suppressions")
    accepted = [item.text("status") in {None, "accepted"} for item in suppressions]
    return "suppressed" if accepted and all(accepted) else None


def _validity(result: Entry, properties: Entry, tool: str) -> str | None:
    if tool == trufflehog.TOOL:
        # It has no other place for it: an error is a secret that the provider accepted.
        return "active" if result.text("level") == "error" else "unknown"
    if tool == kingfisher.TOOL:
        return kingfisher.validity(
            properties.text("validation_outcome"), properties.text("validation_status")
        )
    return None
