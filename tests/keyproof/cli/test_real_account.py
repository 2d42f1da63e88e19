from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from tests.collectors.emulator import error
from tests.keyproof.cli import account
from tests.keyproof.cli.command import message, run

if TYPE_CHECKING:
    from pathlib import Path

    from tests.collectors.emulator import Emulator
    from tests.keyproof.cli.command import Outcome

PASSING = {
    "individually_owned",
    "inventory_complete",
    "inventory_documented",
    "rotated_on_schedule",
    "rotation_documented",
    "stored_in_secrets_manager",
}


def _verdicts(outcome: Outcome, verdict: str) -> set[str]:
    criteria = outcome.json["criteria"]
    return {slug for slug in criteria if criteria[slug]["verdict"] == verdict}


def test_a_real_account_is_assessed_sealed_and_verified(
    kestrel: Path, environment: dict[str, str]
) -> None:
    outcome = run("assess", "--json", cwd=kestrel, environment=environment)

    assert (outcome.code, outcome.err) == (3, "")
    results = outcome.json
    assert (results["example"], results["organisation"]) == (False, "Kestrel")
    assert results["level"] == {
        "proven": 1,
        "possible": 4,
        "target": 3,
        "blocking": ["no_keys_in_source"],
    }
    assert _verdicts(outcome, "pass") == PASSING
    assert _verdicts(outcome, "fail") == {"rotated_automatically"}
    assert _verdicts(outcome, "not_applicable") <= {"spend_alerts_deliverable"}

    evidence = kestrel / "evidence" / "latest"
    assert "EXAMPLE" not in (evidence / "report.html").read_text()
    verified = run(
        "verify", evidence / "bundle.zip", "--key", "keyproof-key.pub.pem", "--replay", "--json",
        cwd=kestrel,
    )  # fmt: skip
    assert (verified.code, verified.err) == (0, "")
    assert (verified.json["example"], verified.json["level"]) == (False, 1)


def test_a_secret_that_nobody_declared_is_found(
    kestrel: Path, environment: dict[str, str], aws: Emulator
) -> None:
    aws.client("secretsmanager").create_secret(Name="trial/cohere", SecretString="never read")

    outcome = run("assess", "--json", cwd=kestrel, environment=environment)

    assert outcome.code == 1
    assert _verdicts(outcome, "fail") == {"inventory_complete", "rotated_automatically"}
    orphans = run("inventory", "--json", cwd=kestrel).json["orphans"]["stored"]
    assert [arn.split(":")[6].rsplit("-", 1)[0] for arn in orphans] == ["trial/cohere"]


def test_an_operation_that_is_denied_makes_unknown_and_never_pass(
    kestrel: Path, environment: dict[str, str], aws: Emulator
) -> None:
    aws.faults["ListSecretVersionIds"] = error("AccessDeniedException")

    outcome = run("assess", "--json", cwd=kestrel, environment=environment)

    assert outcome.code == 3
    assert outcome.json["criteria"]["rotated_on_schedule"]["verdict"] == "unknown"
    gaps = outcome.json["criteria"]["rotated_on_schedule"]["gaps"]
    assert ("secretsmanager:ListSecretVersionIds", "AccessDeniedException", "access denied") in [
        (gap["operation"], gap["code"], gap["reason"]) for gap in gaps
    ]


def test_each_assessment_has_a_folder_of_its_own(
    kestrel: Path, environment: dict[str, str]
) -> None:
    runs = [run("collect", cwd=kestrel, environment=environment) for _ in range(2)]

    assert [outcome.code for outcome in runs] == [0, 0]
    latest = (kestrel / "evidence" / "latest").readlink()
    folders = sorted(path.name for path in (kestrel / "evidence").glob("2*"))
    assert len(folders) == 2
    assert folders[-1] == str(latest)
    coverage = orjson.loads((kestrel / "evidence/latest/snapshot/coverage.json").read_bytes())
    assert coverage["as_of"].replace(":", "") == str(latest)


def test_without_a_signing_key_nothing_is_collected(
    kestrel: Path, environment: dict[str, str], aws: Emulator
) -> None:
    (kestrel / "keyproof.toml").write_text(account.CONFIGURATION.split("[signing]")[0])
    aws.operations.clear()

    told = message(run("assess", cwd=kestrel, environment=environment), 2)

    assert told.startswith("keyproof.toml: signing.key: is not set")
    assert aws.operations == []
    assert not (kestrel / "evidence").exists()
