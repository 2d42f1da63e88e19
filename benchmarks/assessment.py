"""
A whole run as its user sees it: each command of keyproof from start to end, against moto.

The account has an estate of secrets, each with its alarm, and of roles, in one region of
moto's server, which runs in a process of its own and is in none of the figures.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.emulator import REGION, alarm_name, emulated_account, secret_name
from benchmarks.measurement import parser, run_command, show
from examples.emulator import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from benchmarks.measurement import Sample

STAGES = ("collect", "evaluate", "report", "assess")
VERIFICATION = ("verify", "--replay", "--key=keyproof-key.pub.pem", "evidence/latest/bundle.zip")
VERDICTS = (0, 1, 3)
"""Exit codes that tell of the estate: target reached, below it, and not to be told."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure each stage in turn, as often as asked, and print the figures."""
    options = parser(__doc__)
    options.add_argument("--secrets", type=int, default=200)
    options.add_argument("--roles", type=int, default=50)
    given = options.parse_args(arguments)
    samples: list[Sample] = []
    with emulated_account(secrets=given.secrets, roles=given.roles) as account:
        for _ in range(given.repeat):
            samples += measure(given.secrets, account.environment)
    notes = {"roles": given.roles}
    show("Assessment", "secrets", samples, notes=notes, as_json=given.json)


def measure(secrets: int, environment: Mapping[str, str]) -> list[Sample]:
    """Run every stage once in a new folder, the stages one by one and then all in one go."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "keyproof.toml").write_text(configuration(), encoding="utf-8")
        declarations = folder / "declarations"
        declarations.mkdir()
        (declarations / "inventory.yaml").write_text(inventory(secrets), encoding="utf-8")

        def keyproof(*command: str) -> Sample:
            return run_command(
                f"keyproof {command[0]}",
                [Path(sys.executable).with_name("keyproof"), *command],
                size=secrets,
                folder=folder,
                environment=environment,
                accepted=VERDICTS,
            )

        keyproof("keygen")
        return [*(keyproof(stage) for stage in STAGES), keyproof(*VERIFICATION)]


def configuration() -> str:
    """The account's `keyproof.toml`."""
    return f"""\
organisation = "Example Company"
target_level = 3
signing.key = "keyproof-key.pem"

[[aws.accounts]]
id = "{ACCOUNT}"
regions = ["{REGION}"]
"""


def inventory(secrets: int) -> str:
    """An entry for each secret."""
    entries = "".join(map(_entry, range(secrets)))
    return f"""\
schema: keyproof/inventory/1
credentials:
{entries}
spend_metrics:
  - provider: openai
    namespace: ExampleCompany/AI
    metric: SpendSinceMidnight
    dimensions: {{Provider: openai}}
    measures: spend_since_midnight
"""


def _entry(number: int) -> str:
    return f"""\
  - id: openai-{number:05d}
    provider: openai
    environment: production
    scope: All models of the team's project
    services: [service-{number:05d}]
    owner: {{team: Platform}}
    provider_key: {{container: project, key_id: key-{number:05d}}}
    storage: {{secret: {secret_name(number)}, account: "{ACCOUNT}", region: {REGION}}}
    rotation: {{days: 30}}
    spend_alert:
      threshold_usd_per_day: 500
      alerts: [{{alarm: {alarm_name(number)}, region: {REGION}}}]
"""


if __name__ == "__main__":
    main()
