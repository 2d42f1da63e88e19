from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from keyproof import documents
from reports.inventory_view import COLUMNS, credential_row, failed_criteria, violators_first
from tests.reports import estates
from tests.reports.estates import AS_OF_NS, CATALOGUE, DAY_NS

if TYPE_CHECKING:
    from keyproof.documents import Json
    from reports.credential_phrases import Lines


def _said(lines: Lines) -> list[str]:
    return [
        "".join(word if isinstance(word, str) else word.text for word in phrase) for phrase in lines
    ]


def _entry() -> Json:
    return estates.credential("openai-production", "openai", "production", days=90, age=31, cents=5)


def _valid(entry: Json) -> Json:
    """The entry, when a document may hold it."""
    facts = estates.flawless().facts
    facts["credentials"] = [entry]
    documents.validate(facts, "facts", "facts.json")
    return entry


@pytest.mark.parametrize(
    ("age_ns", "said"),
    [
        (31 * DAY_NS, ["31 days old, since 2026-10-02", "59 days left"]),
        (90 * DAY_NS, ["90 days old, since 2026-08-04", "no time left"]),
        (
            90 * DAY_NS + 1,
            ["90 days old, since 2026-08-04", "less than a second past the schedule"],
        ),
        (143 * DAY_NS, ["143 days old, since 2026-06-12", "53 days past the schedule"]),
        (-DAY_NS, ["current version dated 2026-11-03 09:30 UTC, 1 day after the snapshot"]),
    ],
)
def test_age_beside_the_schedule(age_ns: int, said: list[str]) -> None:
    entry = _entry()
    entry["secret"]["rotated_at_ns"] = AS_OF_NS - age_ns

    row = credential_row(_valid(entry), (), AS_OF_NS)

    assert _said(row.rotation.declared) == ["every 90 days"]
    assert _said(row.rotation.observed)[: len(said)] == said


def test_age_that_nobody_knows() -> None:
    entry = _entry()
    entry["secret"]["rotated_at_ns"] = None

    row = credential_row(_valid(entry), (), AS_OF_NS)

    assert _said(row.rotation.observed)[0] == "age of the current version not known"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, "bound by name, high confidence"),
        ({"status": "missing"}, "no such secret in that account and region"),
        ({"status": "elsewhere"}, "only in another account or region: a, b"),
        ({"status": "ambiguous"}, "2 secrets match: a, b"),
        ({"status": "unseen"}, "cannot be told: the listing of secrets is incomplete"),
        ({"status": "undeclared"}, "not looked up: the entry names no secret"),
    ],
)
def test_binding(change: Json, said: str) -> None:
    entry = _entry()
    entry["binding"] |= {"candidates": ["a", "b"], **change}
    if change:
        entry["secret"] = None

    row = credential_row(_valid(entry), (), AS_OF_NS)

    assert _said(row.storage.observed) == [said]


def test_what_is_wrong_with_the_secret_and_where_it_differs_from_its_declaration() -> None:
    entry = _entry()
    entry["secret"] |= {
        "name": "other",
        "region": "eu-west-1",
        "pending_deletion": True,
        "replica": True,
        "current": False,
    }

    row = credential_row(_valid(entry), (), AS_OF_NS)

    assert _said(row.storage.observed)[1:] == [
        "other",
        "111122223333, eu-west-1",
        "is pending deletion",
        "is a replica: its primary is in another region",
        "has no AWSCURRENT version",
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, "alarm alert fires at $500 a day at the latest"),
        ({"status": "missing"}, "alarm alert does not exist"),
        ({"status": "unseen"}, "alarm alert could not be seen"),
        (
            {"enabled": False},
            (
                "alarm alert fires at $500 a day at the latest; "
                "is disabled, or set so that it cannot fire"
            ),
        ),
        (
            {"watches_provider": False},
            "alarm alert fires at $500 a day at the latest; does not watch this provider's spend",
        ),
        (
            {"daily_threshold_usd_cents": None},
            "alarm alert fires at a daily spend that cannot be told",
        ),
        (
            {"daily_threshold_usd_cents": 50_001},
            "alarm alert fires at $500.01 a day at the latest, above the threshold",
        ),
        (
            {"recipients": []},
            "alarm alert fires at $500 a day at the latest; reaches nobody",
        ),
    ],
)
def test_alert(change: Json, said: str) -> None:
    entry = _entry()
    entry["spend_alert"] = {
        "threshold_usd_cents": 50_000,
        "not_applicable": None,
        "alerts": [estates.alert("alert", 50_000) | change],
    }

    row = credential_row(_valid(entry), (), AS_OF_NS)

    assert _said(row.spend_alert.declared) == ["$500 a day"]
    assert _said(row.spend_alert.observed)[0] == said


def test_a_threshold_without_an_alert() -> None:
    entry = _entry()
    entry["spend_alert"]["alerts"] = []

    row = credential_row(_valid(entry), (), AS_OF_NS)

    assert _said(row.spend_alert.observed) == ["no alert is named"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, "function rotate-ai-key, which exists: may be invoked"),
        ({"status": "missing"}, "function rotate-ai-key, which does not exist"),
        ({"status": "unseen"}, "function rotate-ai-key, which could not be seen"),
        ({"invocable": False}, "function rotate-ai-key, which exists: may not be invoked"),
        (
            {"invocable": None, "throttled": None},
            (
                "function rotate-ai-key, which exists: whether it may be invoked is not known, "
                "its concurrency is not known"
            ),
        ),
        (
            {"throttled": True},
            "function rotate-ai-key, which exists: may be invoked, its concurrency is zero",
        ),
    ],
)
def test_rotation_function(change: Json, said: str) -> None:
    entry = _entry()
    entry["secret"]["rotation"]["function"] |= change

    row = credential_row(_valid(entry), (), AS_OF_NS)

    assert f"rotates automatically every 90 days, by {said}" in _said(row.rotation.observed)


def test_rotation_that_is_stuck_by_nobody_at_no_time() -> None:
    entry = _entry()
    entry["secret"]["rotation"] |= {
        "schedule": None,
        "interval_ns": None,
        "performed_by": None,
        "function": None,
        "last_rotated_at_ns": None,
        "next_rotation_at_ns": None,
        "stuck": True,
    }

    row = credential_row(_valid(entry), (), AS_OF_NS)

    assert _said(row.rotation.observed)[2:] == [
        "rotates automatically at no known times, by nobody known",
        "last rotation not known",
        "next rotation not known",
        "a rotation is stuck: AWSPENDING stands beside AWSCURRENT",
    ]


@pytest.mark.parametrize(
    ("schedule", "interval_ns", "said"),
    [
        (None, None, "no schedule"),
        ("cron(0 4 1 * ? *)", 31 * DAY_NS, "cron(0 4 1 * ? *): at most 31 days apart"),
        ("whenever", None, "whenever: no interval can be read"),
        ("rate(12 hours)", DAY_NS // 2, "every 12 hours"),
    ],
)
def test_schedule(schedule: str | None, interval_ns: int | None, said: str) -> None:
    entry = _entry()
    entry["rotation"] = {"schedule": schedule, "interval_ns": interval_ns}

    row = credential_row(_valid(entry), (), AS_OF_NS)

    assert _said(row.rotation.declared) == [said]


def test_an_entry_that_states_nothing() -> None:
    entry = _entry() | {
        "provider": None,
        "environment": None,
        "scope": None,
        "services": [],
        "owner": None,
        "provider_key": None,
        "storage": None,
        "rotation": {"schedule": None, "interval_ns": None},
        "spend_alert": {"threshold_usd_cents": None, "not_applicable": None, "alerts": []},
        "binding": {"status": "undeclared", "how": None, "confidence": None, "candidates": []},
        "secret": None,
    }

    row = credential_row(_valid(entry), (), AS_OF_NS)

    assert _said((row.key,)) == ["no provider key declared"]
    cells = (row.scope, row.owner, row.storage, row.rotation, row.spend_alert)
    assert [_said(cell.declared) for cell in cells] == [
        ["no scope"],
        ["nobody"],
        ["nowhere"],
        ["no schedule"],
        ["no threshold"],
    ]
    assert _said(row.rotation.observed) == ["age not known: no secret is bound"]


def test_a_mailbox_and_a_place_elsewhere() -> None:
    entry = _entry()
    entry["owner"] = {"kind": "person", "name": "keys@example.com", "address": True}
    entry["storage"] |= {"json_key": "key", "elsewhere": "a spreadsheet"}

    row = credential_row(_valid(entry), (), AS_OF_NS)

    assert _said(row.owner.declared) == ["keys@example.com (person, a mailbox)"]
    assert _said(row.storage.declared) == [
        "Secrets Manager: production/openai/api-key, member key",
        "elsewhere: a spreadsheet",
        "111122223333, us-east-1",
    ]


def test_each_violation_stands_in_one_column() -> None:
    row = credential_row(_entry(), tuple(CATALOGUE), AS_OF_NS)
    cells = (row.scope, row.storage, row.rotation, row.spend_alert, row.owner)

    placed = [slug for fails in (row.fails, *(cell.fails for cell in cells)) for slug in fails]

    assert sorted(placed) == sorted(CATALOGUE)
    assert set(COLUMNS) <= set(CATALOGUE)
    assert row.rotation.fails[0] == "rotation_documented"
    assert "no_keys_in_source" in row.fails


def test_a_violation_may_name_the_entry_or_its_secret() -> None:
    estate = estates.flawless()
    first, second, *_ = estate.facts["credentials"]
    estate.fail("access_restricted", {"resource": first["secret"]["arn"], "observed": {}})
    estate.fail("individually_owned", {"resource": first["id"], "observed": {}})

    fails = failed_criteria(estate.facts["credentials"], estate.results["criteria"])

    assert fails[first["id"]] == ("individually_owned", "access_restricted")
    assert fails[second["id"]] == ()
    assert violators_first([second, first], fails) == [first, second]


def test_a_provider_key_with_and_without_its_container() -> None:
    entry = _entry()
    held = credential_row(_valid(entry), (), AS_OF_NS)
    entry["provider_key"]["container"] = None
    loose = credential_row(_valid(entry), (), AS_OF_NS)

    assert _said((held.key, loose.key)) == [
        "key key_production_1 in proj_production",
        "key key_production_1",
    ]
