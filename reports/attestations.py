"""
What a signer states about a bundle: two in-toto Statements over the same subjects.

Both are functions of the bundle's contents, so a verifier makes them again and compares.
https://github.com/in-toto/attestation: spec/v1/statement.md and, under spec/predicates,
test-result.md (v0.1) and svr.md (v0.2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from reports.contents import ATTESTATIONS, FACTS, HOLDING, POLICY, sha256

if TYPE_CHECKING:
    from collections.abc import Mapping

    from keyproof.documents import Json

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"

TEST_RESULT = f"{ATTESTATIONS}test-result.json"
SVR = f"{ATTESTATIONS}svr.json"
PREDICATE_TYPES = {
    SVR: "https://in-toto.io/attestation/svr/v0.2",
    TEST_RESULT: "https://in-toto.io/attestation/test-result/v0.1",
}


def statements(files: Mapping[str, bytes], manifest: Json, results: Json) -> dict[str, Json]:
    """
    Both statements, by the name of the file that carries them.

    `files` is every file of the bundle but the attestations, the manifest included.
    """
    everything = subjects(files)
    predicates = {SVR: _svr(files, manifest, results), TEST_RESULT: _test_result(files, results)}
    return {
        name: {
            "_type": STATEMENT_TYPE,
            "subject": everything,
            "predicateType": PREDICATE_TYPES[name],
            "predicate": predicate,
        }
        for name, predicate in predicates.items()
    }


def subjects(files: Mapping[str, bytes]) -> list[Json]:
    """A resource descriptor for each file, sorted by name."""
    return [_descriptor(files, name) for name in sorted(files)]


def encode(statement: Json) -> bytes:
    """One line of JSON with sorted members, for tools that know no JSON."""
    return orjson.dumps(statement, option=orjson.OPT_SORT_KEYS)


def _svr(files: Mapping[str, bytes], manifest: Json, results: Json) -> Json:
    """
    A simple verification result: the levels that were proven, and nothing that was not.

    An example's properties have names of their own, so that no gate that looks for a
    level takes an example for the real thing. The time is the snapshot's.
    """
    proven = range(1, results["level"]["proven"] + 1)
    prefix = "EXAMPLE_" if results["example"] else ""
    tool = manifest["tool"]
    return {
        "verifier": {
            "id": f"pkg:generic/{tool['name']}@{tool['version']}",
            "policies": [_descriptor(files, POLICY)],
        },
        "timeCreated": results["as_of"],
        "properties": [f"{prefix}SEC004_MATURITY_LEVEL_{level}" for level in proven],
    }


def _test_result(files: Mapping[str, bytes], results: Json) -> Json:
    """
    The criteria as tests: passed, warned for `unknown`, failed.

    A criterion above the target may fail while the result is PASSED: the lists say what
    was found, the result whether the target was reached.
    """
    by_verdict: dict[str, list[str]] = {"pass": [], "unknown": [], "fail": []}
    for slug, result in sorted(results["criteria"].items()):
        verdict = result["verdict"]
        by_verdict["pass" if verdict in HOLDING else verdict].append(slug)
    return {
        "result": _outcome(results["level"]),
        "configuration": [
            # A resource descriptor's annotations are free; an example says there what it is.
            _descriptor(files, FACTS)
            | ({"annotations": {"EXAMPLE": True}} if results["example"] else {}),
            _descriptor(files, POLICY),
        ],
        "passedTests": by_verdict["pass"],
        "warnedTests": by_verdict["unknown"],
        "failedTests": by_verdict["fail"],
    }


def _outcome(level: Json) -> str:
    """
    PASSED when the target is proven, FAILED when no unknown could save it, else WARNED.

    FAILED thus means that a criterion at or below the target fails, and WARNED that the
    evidence is too incomplete to tell: the same three answers as the exit code's 0, 1, 3.
    """
    if level["proven"] >= level["target"]:
        return "PASSED"
    return "FAILED" if level["possible"] < level["target"] else "WARNED"


def _descriptor(files: Mapping[str, bytes], name: str) -> Json:
    return {"name": name, "digest": {"sha256": sha256(files[name])}}
