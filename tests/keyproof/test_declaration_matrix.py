"""The flawless estate with one change to what is declared, configured or collected."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.keyproof.flawless import (
    difference,
    flawless_estate,
    new_company,
    verdicts,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.keyproof.flawless import (
        Company,
        Edit,
    )

FAIL = "fail"
DOCUMENTED = {"inventory_documented": FAIL}
OWNED = {"individually_owned": FAIL}
SCHEDULED = {"rotation_documented": FAIL}
SPEND = {"spend_alerts_deliverable": FAIL}
LOST = {
    "stored_in_secrets_manager": FAIL,
    "inventory_complete": FAIL,
    "rotated_on_schedule": FAIL,
    "rotated_automatically": FAIL,
    "access_restricted": "unknown",
}
NO_SCHEDULE = {"rotated_on_schedule": FAIL, "rotated_automatically": FAIL}
UNSEEN = dict.fromkeys(LOST, "unknown")

PINECONE = '{secret: production/pinecone/api-key, account: "123456789012", region: us-east-1}'
METRIC = """\
  - provider: anthropic
    environment: production
    namespace: ExampleCompany/AI
"""
OPENAI_ALERT = "alerts: [{alarm: ai-spend-openai-production, region: us-east-1}]"


@dataclass(frozen=True, kw_only=True)
class Change:
    """Edits to the inventory, and the verdicts that they must change."""

    name: str
    edits: tuple[Edit, ...]
    changes: Mapping[str, str]


def change(name: str, changes: Mapping[str, str], *edits: Edit) -> Change:
    return Change(name=name, edits=edits, changes=changes)


CHANGES = (
    change("no provider", DOCUMENTED, ("    provider: pinecone\n", "")),
    change(
        "no environment", DOCUMENTED | SCHEDULED | {"access_restricted": "unknown"},
        ("provider: pinecone\n    environment: production\n", "provider: pinecone\n"),
    ),
    change("no scope", DOCUMENTED, ("    scope: Read and write, production index\n", "")),
    change("a placeholder for a scope", DOCUMENTED, ("Read and write, production index", "TBD")),
    change(
        "no storage; the secret's tag tells", DOCUMENTED, (f"    storage: {PINECONE}\n", "")
    ),
    change(
        "kept elsewhere",
        LOST,
        (PINECONE, "{elsewhere: a password manager}"),
    ),
    change(
        "no rotation", DOCUMENTED | SCHEDULED | NO_SCHEDULE,
        ("    rotation: {schedule: rate(90 days)}\n", ""),
    ),
    change(
        "no threshold and no reason", DOCUMENTED | SPEND,
        (f"    spend_alert:\n      threshold_usd_per_day: 500\n      {OPENAI_ALERT}\n", ""),
    ),
    change(
        "a threshold without an alert", SPEND, (OPENAI_ALERT, "alerts: []"),
    ),
    change(
        "a threshold one cent below the alarm's",
        SPEND,
        (f"500\n      {OPENAI_ALERT}", f"499.99\n      {OPENAI_ALERT}"),
    ),
    change(
        "an alert of another region", SPEND,
        (OPENAI_ALERT, OPENAI_ALERT.replace("us-east-1", "eu-west-1")),
    ),
    change(
        "an alert that does not exist", SPEND,
        (OPENAI_ALERT, OPENAI_ALERT.replace("production", "productoin")),
    ),
    change(
        "a metric that AWS publishes",
        SPEND,
        (METRIC, METRIC.replace("ExampleCompany/AI", "AWS/Usage")),
    ),
    change(
        "an alert of a budget, which sees no Pinecone invoice", SPEND,
        ("not_applicable: The plan is a flat fee that use cannot exceed.",
         "threshold_usd_per_day: 10\n      alerts: [{budget: everything}]"),
    ),
    change("no owner", OWNED, ("    owner: {person: Ada Lindqvist}\n", "")),
    change("a mailing list", OWNED, ("Ada Lindqvist", "ai@example.com")),
    change("a placeholder for an owner", OWNED, ("person: Ada Lindqvist", "person: unknown")),
    change(
        "two entries with one provider key", OWNED,
        ("key_id: key_development_1", "key_id: key_production_1"),
    ),
    change(
        "two entries in one secret",
        # That secret is rotated every 60 days, and one of the entries promises 30.
        OWNED | {"inventory_complete": FAIL, "rotated_automatically": FAIL},
        (
            PINECONE.replace("production/pinecone", "development/openai"),
            PINECONE,
        ),
    ),
    change("another region", LOST, (PINECONE, PINECONE.replace("us-east-1", "eu-west-1"))),
    change(
        # The secret that it left behind is one that nobody declares any more.
        "an account that nobody sees", UNSEEN | {"inventory_complete": FAIL},
        (PINECONE, PINECONE.replace("123456789012", "444455556666")),
    ),
    change("a secret that does not exist", LOST, (PINECONE, PINECONE.replace("pinecone", "pine"))),
    change(
        "a name without a place", {},
        (PINECONE, "{secret: production/pinecone/api-key}"),
    ),
    change("exactly the ceiling", {}, ("rate(90 days)", "rate(2160 hours)")),
    change("one hour over the ceiling", SCHEDULED, ("rate(90 days)", "rate(2161 hours)")),
    change(
        "a development key on a production schedule", SCHEDULED,
        ("rotation: {days: 30}", "rotation: {days: 31}"),
    ),
    change(
        "a schedule shorter than the key's age", NO_SCHEDULE,
        ("rate(90 days)", "rate(9 days)"),
    ),
    change(
        "an entry without a secret", LOST | {"spend_alerts_deliverable": FAIL} | DOCUMENTED | OWNED
        | SCHEDULED,
        ("credentials:\n", "credentials:\n  - id: forgotten\n"),
    ),
    change(
        "an exclusion that was taken back", {"inventory_complete": "unknown"},
        ("name: production/orders/*", "name: production/invoices/*"),
    ),
    change("services named otherwise", {}, ("services: [search]", "services: [search, ranking]")),
)  # fmt: skip


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> tuple[Company, Path]:
    company = new_company(tmp_path_factory.mktemp("declared") / "company")
    with flawless_estate():
        return company, company.collect()


@pytest.fixture
def flawless(collected: tuple[Company, Path]) -> dict[str, str]:
    company, evidence = collected
    return verdicts(company.evaluate(evidence))


@pytest.mark.parametrize("case", CHANGES, ids=lambda case: case.name)
def test_a_change_in_a_declaration_changes_exactly_its_verdicts(
    case: Change, collected: tuple[Company, Path], flawless: dict[str, str], tmp_path: Path
) -> None:
    company = new_company(tmp_path / "company")
    company.edit("declarations/inventory.yaml", *case.edits)

    results = company.evaluate(collected[1])

    assert difference(flawless, verdicts(results)) == case.changes


@pytest.mark.parametrize(
    ("parameters", "schedule", "changes", "looser"),
    [
        ("production = 365", "rate(91 days)", SCHEDULED, 1),
        ("production = 365", "rate(90 days)", {}, 1),
        ("production = 89", "rate(90 days)", SCHEDULED, 0),
        ("development = 365", "rate(90 days)", {}, 1),
    ],
)
def test_a_loosened_parameter_makes_no_pass_and_is_named(
    parameters: str,
    schedule: str,
    changes: dict[str, str],
    looser: int,
    collected: tuple[Company, Path],
    flawless: dict[str, str],
    tmp_path: Path,
) -> None:
    company = new_company(tmp_path / "company")
    company.edit("declarations/inventory.yaml", ("rate(90 days)", schedule))
    with (company.folder / "keyproof.toml").open("a") as file:
        file.write(f"\n[parameters.rotation_ceiling_days]\n{parameters}\n")

    results = company.evaluate(collected[1])

    # The two production entries with `days: 90` fall with a tightened ceiling as well.
    assert difference(flawless, verdicts(results)) == changes
    assert len(results["looser_parameters"]) == looser


@pytest.mark.parametrize(
    ("source", "lost"),
    [
        ("secrets_manager", {*LOST, "no_live_keys_in_history"}),
        ("lambda", {"rotated_automatically"}),
        ("cloudwatch", {"spend_alerts_deliverable"}),
        ("sns", {"spend_alerts_deliverable"}),
        ("budgets", {"spend_alerts_deliverable"}),
        ("resource_policies", {"access_restricted"}),
        ("kms", {"access_restricted"}),
        ("iam", {"access_restricted"}),
        ("eventbridge", set()),
        ("organizations", set()),
        ("identity_center", set()),
        ("compute", set()),
    ],
)
def test_a_snapshot_that_is_not_there_is_unknown_never_pass(
    source: str,
    lost: set[str],
    collected: tuple[Company, Path],
    flawless: dict[str, str],
    tmp_path: Path,
) -> None:
    company, evidence = collected
    copy = tmp_path / "evidence"
    (copy / "snapshot").mkdir(parents=True)
    for path in (evidence / "snapshot").iterdir():
        if not path.name.startswith(f"{source}."):
            (copy / "snapshot" / path.name).write_bytes(path.read_bytes())

    results = company.evaluate(copy)

    assert difference(flawless, verdicts(results)) == dict.fromkeys(lost, "unknown")


def test_the_level_is_proven_by_verdicts_alone(
    collected: tuple[Company, Path], tmp_path: Path
) -> None:
    company = new_company(tmp_path / "company")
    company.edit("declarations/inventory.yaml", ("Ada Lindqvist", "ai@example.com"))
    waiver = {
        "schema": "keyproof/waivers/1",
        "waivers": [
            {
                "id": "W-1",
                "criterion": "individually_owned",
                "resource": "openai-development",
                "reason": "The team is being founded.",
                "approver": "Ines Okafor",
                "expires": "2026-11-02T09:00:00.000001Z",
            }
        ],
    }
    (company.folder / "declarations" / "waivers.yaml").write_text(json.dumps(waiver))

    results = company.evaluate(collected[1])

    owned = results["criteria"]["individually_owned"]
    assert [waived["waiver"] for waived in owned["waived"]] == ["W-1"]
    assert owned["verdict"] == "fail"
    assert results["level"] == {
        "proven": 1,
        "possible": 1,
        "target": 4,
        "blocking": ["individually_owned"],
    }
