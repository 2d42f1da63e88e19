"""Every benchmark runs, and measures the work that it says; how long it takes is no matter."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from benchmarks import access, assessment, collection, derivation, evaluation, scan, start
from benchmarks.estate import FLAWS, Sizes, configuration, inventory, snapshot
from benchmarks.measurement import Sample, summed_up
from keyproof import documents
from keyproof.assessment import shipped_engine
from keyproof.configuration import read_configuration
from keyproof.declarations.loader import read_declarations
from keyproof.engine.results import evaluate
from keyproof.facts.derivation import derive_facts
from keyproof.facts.snapshot import snapshot_from

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from keyproof.documents import Json

RECIPIENTS = 3
"""Recipients of each alert in these tests."""

RUNS: dict[str, tuple[Callable[[Sequence[str]], None], Sequence[str], set[tuple[str, int]]]] = {
    "derivation": (
        derivation.main,
        ("--credentials", "8", "16", "--metric-each"),
        {
            (step, size)
            for size in (8, 16)
            for step in (
                "read the declarations",
                "read the snapshot",
                "derive the facts",
                "write the facts",
                "all",
            )
        },
    ),
    "evaluation": (
        evaluation.main,
        ("--credentials", "20", "--recipients", "2"),
        {
            ("WASM: parse the facts", 20),
            ("WASM: load", 20),
            ("WASM: judge", 20),
            ("facts to results", 20),
            ("OPA server: request", 20),
            ("opa eval: process", 20),
        },
    ),
    "scan": (
        scan.main,
        ("--commits", "3"),
        {
            ("history: the bare engine", 3),
            ("history: keyproof", 3),
            ("work tree: the bare engine", 3),
            ("work tree: keyproof", 3),
            ("history, kept for the next time: keyproof", 3),
            ("history, again: keyproof", 3),
        },
    ),
    "collection": (
        collection.main,
        ("--secrets", "3", "--threads", "2", "--latency-ms", "1"),
        {
            ("keyproof: collect", 2),
            ("keyproof: emulator's CPU", 2),
            ("bare boto3: calls", 2),
            ("bare boto3: emulator's CPU", 2),
        },
    ),
    "assessment": (
        assessment.main,
        ("--secrets", "2", "--roles", "1"),
        {
            (f"keyproof {stage}", 2)
            for stage in ("collect", "evaluate", "report", "assess", "verify")
        },
    ),
    "access": (
        access.main,
        ("--sizes", "12x6", "24x12", "--density", "3"),
        {
            (f"{secrets}, 3 each: {step}", principals)
            for principals, secrets in ((12, 6), (24, 12))
            for step in ("read the snapshot", "who can read what, and why")
        },
    ),
    "access of extremes": (
        access.main,
        ("--sizes", "10x4", "--extremes", "public", "chains"),
        {
            (f"{name}: {step}", 10)
            for name in ("public", "chains")
            for step in ("read the snapshot", "who can read what, and why")
        },
    ),
    "start": (
        start.main,
        ("--warm-up", "0"),
        {(what, 1) for what, _, _ in start.COMMANDS},
    ),
}


@pytest.mark.parametrize("name", RUNS)
def test_every_benchmark_measures_what_it_says(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    main, arguments, expected = RUNS[name]

    main([*arguments, "--repeat", "1", "--json"])

    report = json.loads(capsys.readouterr().out)
    assert {(row["what"], row["size"]) for row in report["rows"]} == expected
    assert {row["runs"] for row in report["rows"]} == {1}


def test_the_table_shows_every_row(capsys: pytest.CaptureFixture[str]) -> None:
    derivation.main(["--credentials", "8", "--repeat", "1"])

    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Derivation of the facts"
    assert [line.split()[0] for line in lines[-5:]] == ["8"] * 5
    assert "derive the facts" in lines[-3]


def test_figures_are_medians_of_the_same_thing_and_size() -> None:
    samples = [
        Sample(what="judge", size=size, seconds=seconds, peak_bytes=peak)
        for size, seconds, peak in ((1, 3.0, 30), (1, 1.0, None), (1, 2.0, 10), (2, 5.0, 50))
    ]

    first, second = summed_up(samples)

    assert (first.runs, first.seconds, first.peak_bytes) == (3, 2.0, 20)
    assert (first.least_seconds, first.most_seconds, first.cpu_seconds) == (1.0, 3.0, None)
    assert (second.runs, second.size, second.seconds) == (1, 2, 5.0)


def test_a_flawed_estate_violates_every_criterion_that_is_judged() -> None:
    judged = _judged(Sizes(credentials=200, recipients=RECIPIENTS, violating=0.05))

    violated = {slug for slug, each in judged.items() if each["verdict"] == "fail"}
    assert len(violated) == len(FLAWS)
    assert all(judged[slug]["population"] >= 200 for slug in violated)


def test_an_estate_without_flaws_violates_nothing() -> None:
    flawless = _judged(Sizes(credentials=200, recipients=RECIPIENTS, violating=0))

    assert [slug for slug, each in flawless.items() if each["violations"]] == []
    assert sum(each["verdict"] == "pass" for each in flawless.values()) == len(FLAWS)


def test_only_what_nobody_declared_is_a_gap() -> None:
    coverage = _facts(Sizes(credentials=8, recipients=RECIPIENTS))["coverage"]

    assert [source for source, seen in coverage.items() if seen["gaps"]] == [
        "access",
        "source_scan",
        "infrastructure_code",
    ]


def test_every_alert_has_as_many_recipients_as_asked() -> None:
    facts = _facts(Sizes(credentials=40, recipients=RECIPIENTS))

    alerts = [alert for each in facts["credentials"] for alert in each["spend_alert"]["alerts"]]
    assert [len(alert["recipients"]) for alert in alerts] == [RECIPIENTS] * 40


def _judged(sizes: Sizes) -> dict[str, Any]:
    results = evaluate(documents.encode(_facts(sizes)), shipped_engine())
    criteria: dict[str, Any] = documents.decode(results, "results.json")["criteria"]
    return criteria


def _facts(sizes: Sizes) -> Json:
    return derive_facts(
        snapshot_from(snapshot(sizes), "snapshot"),
        read_declarations({"inventory.yaml": inventory(sizes)}),
        read_configuration(configuration(), "keyproof.toml"),
    )
