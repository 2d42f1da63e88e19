"""A small organisation with an AWS account of its own, on a server that speaks HTTP."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from moto.moto_api._internal.models import moto_api_backend

from tests.collectors.emulator import ACCOUNT, HOME, Answer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.collectors.emulator import Emulator

SECRET = "production/openai/api-key"
CONFIGURATION = f"""\
organisation = "Kestrel"
target_level = 3

[[aws.accounts]]
id = "{ACCOUNT}"
regions = ["{HOME}"]

[signing]
key = "keyproof-key.pem"
"""
INVENTORY = f"""\
schema: keyproof/inventory/1
credentials:
  - id: openai-production
    provider: openai
    environment: production
    scope: GPT-4o for the support assistant
    services: [support]
    owner: {{team: Platform}}
    provider_key: {{container: proj_1, key_id: key_1}}
    storage: {{secret: {SECRET}, account: "{ACCOUNT}", region: {HOME}}}
    rotation: {{days: 90}}
    spend_alert:
      not_applicable: The plan is a flat fee that use cannot exceed.
"""


def fill(emulator: Emulator) -> None:
    """Empty moto, and store the one key that the inventory declares."""
    moto_api_backend.reset()
    emulator.client("secretsmanager").create_secret(Name=SECRET, SecretString="never read")


def declare(folder: Path) -> None:
    """Write what the organisation declares."""
    (folder / "declarations").mkdir(parents=True)
    (folder / "keyproof.toml").write_text(CONFIGURATION)
    (folder / "declarations" / "inventory.yaml").write_text(INVENTORY)


@dataclass(kw_only=True)
class Gate:
    """A fault that answers nobody until it is opened."""

    asked: threading.Event
    opened: threading.Event

    @classmethod
    def close(cls) -> Gate:
        return cls(asked=threading.Event(), opened=threading.Event())

    @property
    def fault(self) -> Callable[[str], Answer]:
        def hold(_: str) -> Answer:
            self.asked.set()
            self.opened.wait(timeout=60)
            return Answer(status=400, body=b"{}")

        return hold
