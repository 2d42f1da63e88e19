"""SARIF of a scan, and what a viewer may make of hostile names in it."""

from __future__ import annotations

import re
from copy import deepcopy
from typing import Any
from urllib.parse import unquote_to_bytes, urljoin

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyproof.cli.sarif import Rule, sarif, uri
from tests.keyproof.cli.sarif_profile import schemas

Json = dict[str, Any]

COMMIT = "a" * 40
HEAD = "b" * 40
KEY = "sha256:" + "0" * 64
FINDING: Json = {
    "provider": "openai",
    "kind": "project_key",
    "rule": "keyproof.openai.project_key",
    "repository": "/srv/my app",
    "commit": COMMIT,
    "author_date": "2026-01-01T00:00:00Z",
    "path": "src/settings.py",
    "line": 3,
    "where": "history",
    "fingerprint": KEY,
    "hint": "abcd",
    "suppressed": False,
    "inside": None,
    "branches": ["refs/heads/main"],
}
COVERED: Json = {
    "repository": "/srv/my app",
    "head": {"branch": "refs/heads/main", "commit": HEAD},
    "refs": 1,
    "shallow": False,
    "objects": {"blobs": 10, "commits": 5},
    "suppressed": 0,
}
RULES = [
    Rule(id="keyproof.xai.api_key", name="xAI key", provider="xai", kind="api_key"),
    Rule(
        id="keyproof.openai.project_key",
        name="OpenAI project key",
        provider="openai",
        kind="project_key",
    ),
]


SCHEMAS = schemas()


def document(*findings: Json, coverage: list[Json] | None = None, gaps: Any = ()) -> Json:
    return {
        "findings": list(findings),
        "coverage": [COVERED] if coverage is None else coverage,
        "gaps": list(gaps),
        "tool": {"version": "0.1.0", "rules": "sha256:1"},
    }


def run(*findings: Json, coverage: list[Json] | None = None, gaps: Any = ()) -> Json:
    """The run of a valid log."""
    scan = document(*findings, coverage=coverage, gaps=gaps)
    before = deepcopy(scan)
    log = sarif(scan, RULES)
    assert scan == before
    parsed: Json = orjson.loads(orjson.dumps(log))
    for schema in SCHEMAS:
        schema.validate(parsed)
    only: Json = parsed["runs"][0]
    return only


def test_a_finding_is_an_error_at_its_place() -> None:
    (result,) = run(FINDING)["results"]

    assert result["ruleId"] == "keyproof.openai.project_key"
    assert result["level"] == "error"
    assert result["message"]["text"] == (
        "Key of openai (project_key), ending in abcd, in the history."
    )
    assert result["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "src/settings.py", "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": 3},
            },
            "logicalLocations": [{"name": COMMIT, "kind": "commit"}],
        }
    ]
    assert result["properties"] == {
        "provider": "openai",
        "kind": "project_key",
        "hint": "abcd",
        "repository": "/srv/my app",
        "commit": COMMIT,
        "authorDate": "2026-01-01T00:00:00Z",
        "where": "history",
        "branches": ["refs/heads/main"],
    }
    assert "suppressions" not in result


def test_rules_stand_once_in_the_order_of_their_names() -> None:
    unknown = {**FINDING, "rule": "own.rule", "provider": "own", "kind": "key"}

    told = run(FINDING, unknown, FINDING)

    driver = told["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("keyproof", "0.1.0")
    assert [rule["id"] for rule in driver["rules"]] == [
        "keyproof.openai.project_key",
        "keyproof.xai.api_key",
        "own.rule",
    ]
    for result in told["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]


def test_a_clean_scan_has_its_rules_and_no_result() -> None:
    told = run()

    assert told["results"] == []
    assert len(told["tool"]["driver"]["rules"]) == len(RULES)
    assert told["invocations"] == [{"executionSuccessful": True, "toolExecutionNotifications": []}]


def test_a_gap_makes_the_run_unsuccessful() -> None:
    gap = {"source": "repositories", "reason": "a shallow [clone](x)\x1b[2J {0}", "resource": "app"}

    (invocation,) = run(gaps=[gap])["invocations"]

    (notification,) = invocation["toolExecutionNotifications"]
    assert invocation["executionSuccessful"] is False
    assert notification["message"]["text"] == (
        r"Not scanned: app: a shallow \[clone\](x)\\x1b\[2J {{0}}"
    )
    assert notification["properties"] == gap


def test_a_suppression_in_the_source_is_accepted_by_nobody() -> None:
    (result,) = run({**FINDING, "suppressed": True})["results"]

    assert result["suppressions"] == [{"kind": "inSource", "status": "underReview"}]


@pytest.mark.parametrize("where", ["message", "tag", "note"])
def test_what_stands_in_no_file_is_placed_by_its_commit(where: str) -> None:
    (result,) = run({**FINDING, "where": where, "path": None, "line": None})["results"]

    assert result["locations"] == [{"logicalLocations": [{"name": COMMIT, "kind": "commit"}]}]


def test_what_stands_nowhere_has_no_location() -> None:
    nowhere = {**FINDING, "commit": None, "path": None, "line": None, "author_date": None}

    (result,) = run(nowhere)["results"]

    assert result["locations"] == []
    assert "commit" not in result["properties"]


def test_a_line_that_is_none_makes_no_region() -> None:
    for line in (None, 0):
        (result,) = run({**FINDING, "line": line, "where": "filename"})["results"]
        assert "region" not in result["locations"][0]["physicalLocation"]


def test_the_same_key_in_the_same_file_has_the_same_fingerprints() -> None:
    moved = {**FINDING, "line": 9, "commit": HEAD}
    other = {**FINDING, "path": "other.py"}

    first, second, third = (
        result["partialFingerprints"] for result in run(FINDING, moved, other)["results"]
    )

    assert first == second
    assert first["keyproof/key/v1"] == third["keyproof/key/v1"] == KEY
    assert first["keyproof/place/v1"] != third["keyproof/place/v1"]


def test_one_repository_is_the_root_of_the_source() -> None:
    told = run(FINDING)

    assert told["originalUriBaseIds"] == {
        "%SRCROOT%": {"uri": "file:///srv/my%20app/", "description": {"text": "/srv/my app"}}
    }
    assert told["versionControlProvenance"] == [
        {
            "repositoryUri": "file:///srv/my%20app/",
            "revisionId": HEAD,
            "branch": "refs/heads/main",
            "mappedTo": {"uriBaseId": "%SRCROOT%"},
        }
    ]
    assert told["properties"] == {"coverage": [COVERED]}


def test_what_a_scan_says_of_its_coverage_is_kept_as_json_can_hold_it() -> None:
    covered = {**COVERED, "uncached": ["\udcff"], "limits": {"notes": None, "tags": 2}}

    (kept,) = run(coverage=[covered])["properties"]["coverage"]

    assert kept == {**COVERED, "uncached": ["\\xff"], "limits": {"tags": 2}}


def test_several_repositories_have_a_root_each() -> None:
    hosted = {**COVERED, "repository": "https://example.com/acme/a<b"}
    relative = {**COVERED, "repository": "../near", "head": {"branch": None, "commit": None}}

    told = run(FINDING, {**FINDING, "repository": "lost"}, coverage=[COVERED, hosted, relative])

    assert list(told["originalUriBaseIds"]) == [f"REPOSITORY_{number}" for number in range(1, 5)]
    assert [name for name, base in told["originalUriBaseIds"].items() if "uri" in base] == [
        "REPOSITORY_1"
    ]
    assert [origin["repositoryUri"] for origin in told["versionControlProvenance"]] == [
        "file:///srv/my%20app/",
        "https://example.com/acme/a%3Cb",
    ]
    lost = told["results"][1]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert lost["uriBaseId"] == "REPOSITORY_4"


HOSTILE = {
    "a\nb": "a%0Ab",
    "100%": "100%25",
    "a%20b": "a%2520b",
    "with space.py": "with%20space.py",
    "bytes-\udcff\udc80": "bytes-%FF%80",
    "-rf": "-rf",
    "\x1b[31m": "%1B%5B31m",
    "c:/file": "c%3A/file",
    "https://example.com": "https%3A//example.com",
    "?query#part": "%3Fquery%23part",
    "/etc/passwd": "%2Fetc/passwd",
    "//host/a": "%2F%2Fhost/a",
    "ключ": "%D0%BA%D0%BB%D1%8E%D1%87",
    "\u202eabc": "%E2%80%AEabc",
    "a\\b": "a%5Cb",
    "../../.ssh/./a..b": "%2E%2E/%2E%2E/.ssh/%2E/a..b",
    "x" * 255: "x" * 255,
}


@pytest.mark.parametrize(("path", "expected"), HOSTILE.items())
def test_hostile_names_of_files(path: str, expected: str) -> None:
    (result,) = run({**FINDING, "path": path})["results"]

    location = result["locations"][0]["physicalLocation"]["artifactLocation"]
    assert location["uri"] == uri(path) == expected


NAMES = st.binary(min_size=1, max_size=40).map(lambda name: name.decode(errors="surrogateescape"))


@given(NAMES.filter(lambda name: "\0" not in name))
def test_a_uri_gives_back_the_bytes_of_its_path_and_stays_below_its_root(name: str) -> None:
    told = uri(name)

    assert re.fullmatch(r"(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})+", told)
    assert unquote_to_bytes(told) == name.encode(errors="surrogateescape")
    assert urljoin("https://example.com/r/", told) == f"https://example.com/r/{told}"


TEXTS = st.text(max_size=12) | NAMES | st.sampled_from(["", "\ud800", "\x1b[2J", "{0}", "[a](b)"])
REPOSITORIES = TEXTS.filter(bool) | TEXTS.map(lambda text: f"/{text}")


@given(st.data())
def test_every_scan_makes_a_valid_log(data: st.DataObject) -> None:
    maybe = st.none() | TEXTS
    texts = ("commit", "author_date", "path", "hint", "inside")
    lines = st.none() | st.integers(-1, 10**9)
    findings = data.draw(
        st.lists(
            st.fixed_dictionaries(
                dict.fromkeys(texts, maybe)
                | {"line": lines, "suppressed": st.booleans(), "where": TEXTS}
                | {"repository": REPOSITORIES, "branches": st.lists(TEXTS, max_size=2)}
            ),
            max_size=3,
        )
    )
    head = st.fixed_dictionaries({"branch": maybe, "commit": maybe})
    covered = st.fixed_dictionaries({"repository": REPOSITORIES, "head": head})
    reasons = st.fixed_dictionaries({"source": TEXTS, "reason": TEXTS, "resource": maybe})

    told = run(
        *({**FINDING, **finding} for finding in findings),
        coverage=data.draw(st.lists(covered, max_size=3)),
        gaps=data.draw(st.lists(reasons, max_size=2)),
    )

    messages = [result["message"]["text"] for result in told["results"]]
    notes = told["invocations"][0]["toolExecutionNotifications"]
    for text in messages + [note["message"]["text"] for note in notes]:
        assert text.isprintable()
