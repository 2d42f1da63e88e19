from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import pytest

from keyproof.cli.inventory import inventory_document

if TYPE_CHECKING:
    from pathlib import Path

    from tests.keyproof.cli.conftest import Command

OPENAI = "arn:aws:secretsmanager:us-east-1:123456789012:secret:production/openai/api-key-"
COHERE = "arn:aws:secretsmanager:us-east-1:123456789012:secret:trial/cohere/api-key-"


@pytest.mark.usefixtures("example")
def test_json_gives_what_was_declared_beside_what_was_observed(keyproof: Command) -> None:
    outcome = keyproof("inventory", "--json")

    assert (outcome.code, outcome.err) == (0, "")
    document = outcome.json
    assert document.keys() == {"example", "organisation", "as_of", "credentials", "orphans"}
    assert document["example"] is True
    assert [credential["id"] for credential in document["credentials"]] == [
        "openai-production",
        "openai-development",
        "anthropic-production",
        "pinecone-production",
    ]
    credential = document["credentials"][0]
    assert credential["provider"] == "openai"
    assert credential["declared"]["rotation"]["schedule"] == "rate(90 days)"
    assert credential["declared"]["storage"]["secret"] == "production/openai/api-key"
    assert credential["declared"]["spend_alert"]["threshold_usd_cents"] == 500_00
    assert credential["stored"]["arn"].startswith(OPENAI)
    assert credential["live"] is None
    binding = credential["binding"]
    assert (binding["how"], binding["confidence"]) == ("name", "high")


@pytest.mark.usefixtures("example")
def test_json_gives_the_orphans_of_each_side(keyproof: Command) -> None:
    orphans = keyproof("inventory", "--json").json["orphans"]

    assert orphans["live"] == []
    (stored,) = orphans["stored"]
    assert stored.startswith(COHERE)


def test_what_the_inventory_need_not_name_is_no_orphan(example: Path) -> None:
    facts = orjson.loads((example / "facts.json").read_bytes())
    orphan = next(each for each in facts["stored_secrets"] if each["arn"].startswith(COHERE))
    facts["stored_secrets"] = [
        orphan,
        orphan | {"arn": "declared", "entry": "openai-production"},
        orphan | {"arn": "excluded", "excluded": "a password"},
        orphan | {"arn": "another service's", "owned_by_service": "rds"},
        orphan | {"arn": "deleted", "pending_deletion": True},
        orphan | {"arn": "replica", "replica": True},
    ]

    assert inventory_document(facts)["orphans"]["stored"] == [orphan["arn"]]


@pytest.mark.usefixtures("example")
def test_the_table_has_the_columns_of_the_control(keyproof: Command) -> None:
    said = keyproof("inventory").out.splitlines()

    assert said[0].startswith("EXAMPLE: ")
    assert said[2].split("  ")[0] == "credential"
    assert said[2].split() == ["credential", "scope", "storage", "rotation", "spend", "alert"]
    assert said[-2] == "1 stored secret without an entry"
    assert said[-1].strip().startswith(COHERE)


def test_an_entry_that_states_nothing_is_shown_as_such(keyproof: Command, company: Path) -> None:
    (company / "declarations" / "inventory.yaml").write_text(
        "schema: keyproof/inventory/1\ncredentials: [{id: mystery}]\n"
    )
    keyproof("evaluate")

    outcome = keyproof("inventory")

    assert outcome.code == 0
    assert "provider not stated" in outcome.out
    (credential,) = keyproof("inventory", "--json").json["credentials"]
    assert credential["provider"] is None
    assert credential["stored"] is None
    assert credential["declared"]["storage"] is None
