"""Folders of declarations for tests."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from keyproof.declarations import load_declarations
from keyproof.errors import DeclarationError

if TYPE_CHECKING:
    from pathlib import Path

    from keyproof.declarations.records import Credential, Declarations

ARN = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:production/openai-a1B2c3"
ALARM_ARN = "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:ai-spend"
INVENTORY = "schema: keyproof/inventory/1\ncredentials:\n  - id: openai-production\n"


def load(folder: Path, inventory: str | bytes = INVENTORY, **others: str) -> Declarations:
    """Write declarations into a folder, named by their kinds, and load them."""
    texts = {"inventory": inventory, **others}
    for kind, text in texts.items():
        content = text if isinstance(text, bytes) else text.encode()
        (folder / f"{kind}.yaml").write_bytes(content)
    return load_declarations(folder)


def credential(folder: Path, fields: str) -> Credential:
    """The only entry of an inventory, with an id and these fields, one a line."""
    (entry,) = load(folder, _with(fields)).inventory.credentials
    return entry


def faults_of(folder: Path, inventory: str | bytes = INVENTORY, **others: str) -> list[str]:
    """The faults of declarations, without the folder that they lie in."""
    with pytest.raises(DeclarationError) as raised:
        load(folder, inventory, **others)
    return [fault.replace(f"{folder}/", "") for fault in raised.value.faults]


def credential_faults(folder: Path, fields: str) -> list[str]:
    """The faults of an entry whose fields begin on line 4."""
    return faults_of(folder, _with(fields))


def _with(fields: str) -> str:
    lines = dedent(fields).strip().splitlines()
    return INVENTORY + "".join(f"    {line}\n" for line in lines)
