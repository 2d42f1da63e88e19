from __future__ import annotations

from typing import Any

import orjson
import pytest

from reports import attestations, contents
from tests.reports import assessed


def _predicates(judged: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    files = assessed.assessment(judged)
    stated = attestations.statements(files, contents.manifest(files, judged), judged)
    return (
        stated[attestations.SVR]["predicate"],
        stated[attestations.TEST_RESULT]["predicate"],
    )


@pytest.mark.parametrize("proven", [1, 2, 3, 4, 5])
def test_only_proven_levels_are_properties(proven: int) -> None:
    svr, _ = _predicates(assessed.results(proven=proven))

    assert svr["properties"] == [f"SEC004_MATURITY_LEVEL_{n}" for n in range(1, proven + 1)]


def test_an_example_is_no_real_level_and_no_real_test() -> None:
    svr, test_result = _predicates(assessed.results(proven=2, example=True))

    assert svr["properties"] == [
        "EXAMPLE_SEC004_MATURITY_LEVEL_1",
        "EXAMPLE_SEC004_MATURITY_LEVEL_2",
    ]
    facts, _ = test_result["configuration"]
    assert facts["annotations"] == {"EXAMPLE": True}


def test_a_real_assessment_says_nothing_of_an_example() -> None:
    _, test_result = _predicates(assessed.results(proven=2))

    assert "annotations" not in test_result["configuration"][0]


def test_the_verification_result_names_its_verifier_policies_and_instant() -> None:
    judged = assessed.results()
    files = assessed.assessment(judged)

    svr, _ = _predicates(judged)

    assert svr["verifier"]["id"].startswith("pkg:generic/keyproof@")
    digest = contents.sha256(files["policies/compiled/policy.wasm"])
    assert svr["verifier"]["policies"] == [
        {"name": "policies/compiled/policy.wasm", "digest": {"sha256": digest}}
    ]
    assert svr["timeCreated"] == assessed.AS_OF


@pytest.mark.parametrize(
    ("proven", "possible", "target", "expected"),
    [
        (3, 3, 3, "PASSED"),
        (5, 5, 3, "PASSED"),
        (1, 1, 1, "PASSED"),
        (2, 3, 3, "WARNED"),
        (1, 5, 2, "WARNED"),
        (2, 2, 3, "FAILED"),
        (1, 2, 3, "FAILED"),
        (1, 4, 5, "FAILED"),
    ],
)
def test_the_result_compares_the_levels_with_the_target(
    proven: int, possible: int, target: int, expected: str
) -> None:
    _, result = _predicates(assessed.results(proven=proven, possible=possible, target=target))

    assert result["result"] == expected


def test_every_criterion_is_in_the_list_of_its_verdict() -> None:
    judged = assessed.results()
    verdicts = dict.fromkeys(judged["criteria"], "pass")
    verdicts |= {
        "usage_recorded": "unknown",
        "alerts_investigated": "unknown",
        "response_time_measured": "fail",
        "individually_owned": "not_applicable",
    }
    for slug, verdict in verdicts.items():
        judged["criteria"][slug]["verdict"] = verdict

    _, result = _predicates(judged)

    assert result["warnedTests"] == ["alerts_investigated", "usage_recorded"]
    assert result["failedTests"] == ["response_time_measured"]
    others = {"alerts_investigated", "usage_recorded", "response_time_measured"}
    assert result["passedTests"] == sorted(judged["criteria"].keys() - others)


def test_every_file_is_a_subject() -> None:
    files = {"b": b"", "a": b"abc"}

    assert attestations.subjects(files) == [
        {
            "name": "a",
            "digest": {
                "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
            },
        },
        {
            "name": "b",
            "digest": {
                "sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
            },
        },
    ]


def test_a_statement_is_one_line_with_sorted_members() -> None:
    statement = {"b": {"d": "\n", "c": 1}, "a": []}

    assert attestations.encode(statement) == b'{"a":[],"b":{"c":1,"d":"\\n"}}'
    assert orjson.loads(attestations.encode(statement)) == statement
