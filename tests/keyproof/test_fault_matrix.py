"""
The fault matrix: the flawless estate with one change, and exactly the verdicts that change.

A mutation that changes more verdicts than it names is as wrong as one that changes fewer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.keyproof.access_mutations import ACCESS_MUTATIONS
from tests.keyproof.aws_mutations import AWS_MUTATIONS
from tests.keyproof.flawless import difference, flawless_estate, new_company, verdicts

if TYPE_CHECKING:
    from pathlib import Path

    from tests.keyproof.mutations import Mutation

WRITTEN = {
    "inventory_documented",
    "individually_owned",
    "stored_in_secrets_manager",
    "inventory_complete",
    "rotation_documented",
    "rotated_on_schedule",
    "access_restricted",
    "spend_alerts_deliverable",
    "rotated_automatically",
    "no_keys_in_source",
    "no_live_keys_in_history",
}


@pytest.fixture(scope="session")
def flawless(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    company = new_company(tmp_path_factory.mktemp("flawless") / "company")
    with flawless_estate():
        return verdicts(company.evaluate(company.collect()))


def test_the_flawless_estate_passes_all_that_is_written(flawless: dict[str, str]) -> None:
    assert {slug for slug, verdict in flawless.items() if verdict == "pass"} == WRITTEN
    assert {verdict for slug, verdict in flawless.items() if slug not in WRITTEN} == {"unknown"}


@pytest.mark.parametrize(
    "mutation", [*AWS_MUTATIONS, *ACCESS_MUTATIONS], ids=lambda mutation: mutation.name
)
def test_a_change_in_aws_changes_exactly_its_verdicts(
    mutation: Mutation, flawless: dict[str, str], tmp_path: Path
) -> None:
    company = new_company(tmp_path / "company")
    with flawless_estate():
        mutation.apply()
        results = company.evaluate(company.collect())

    assert difference(flawless, verdicts(results)) == mutation.changes
