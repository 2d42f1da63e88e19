"""An organisation whose snapshot is written down, so that nothing needs to be emulated."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import orjson

from keyproof import documents
from keyproof.declarations.records import Declarations, Inventory
from tests.keyproof.access.snapshots import ACCOUNT, OTHER_REGION, REGION, estate_files
from tests.keyproof.cli.command import AS_OF_FOLDER

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from keyproof.declarations.records import Access, Credential

CONFIGURATION = f"""\
organisation = "Kestrel Analytics"
target_level = 3

[[aws.accounts]]
id = "{ACCOUNT}"
regions = ["{REGION}", "{OTHER_REGION}"]
"""
INVENTORY = f"""\
schema: keyproof/inventory/1
credentials:
  - id: openai-production
    environment: production
    storage: {{secret: openai, account: "{ACCOUNT}", region: {REGION}}}
"""
CLASSES = f"""\
schema: keyproof/access/1
classes:
  - name: workload
    description: What uses the key
    principals: ["arn:aws:iam::{ACCOUNT}:role/worker"]
    environments: [production]
  - name: root
    description: The account's root user
    principals: ["arn:aws:iam::{ACCOUNT}:root"]
    environments: [production, development]
"""
_CHINA = {
    "arn:aws:": "arn:aws-cn:",
    REGION: "cn-north-1",
    OTHER_REGION: "cn-northwest-1",
    ".amazonaws.com": ".amazonaws.com.cn",
}


def write_organisation(
    folder: Path,
    *,
    inventory: str = INVENTORY,
    access: str | None = CLASSES,
    in_china: bool = False,
    **parts: Any,
) -> Path:
    """
    Write configuration, declarations and evidence; `parts` are those of `estate_files`.

    Gives the folder of the snapshot. `in_china` moves the estate to that partition.
    """
    declarations = folder / "declarations"
    snapshot = folder / "evidence" / AS_OF_FOLDER / "snapshot"
    for each in (declarations, snapshot):
        each.mkdir(parents=True)
    (folder / "keyproof.toml").write_text(_moved(CONFIGURATION) if in_china else CONFIGURATION)
    (declarations / "inventory.yaml").write_text(_moved(inventory) if in_china else inventory)
    if access is not None:
        (declarations / "access.yaml").write_text(_moved(access) if in_china else access)
    files = estate_files(**parts)
    for name, content in (_files_moved(files) if in_china else files).items():
        (snapshot / name).write_bytes(content)
    (folder / "evidence" / "latest").symlink_to(AS_OF_FOLDER)
    return snapshot


def _moved(text: str) -> str:
    for here, there in _CHINA.items():
        text = text.replace(here, there)
    return text


def _files_moved(files: Mapping[str, bytes]) -> dict[str, bytes]:
    moved = {_moved(name): _moved(content.decode()).encode() for name, content in files.items()}
    coverage = orjson.loads(moved["coverage.json"])
    for each in coverage["snapshots"]:
        each["sha256"] = hashlib.sha256(moved[each["file"]]).hexdigest()
    return {**moved, "coverage.json": documents.encode(coverage)}


def declared(*credentials: Credential, access: Access | None = None) -> Declarations:
    """Declarations of these credentials, and of nothing else but perhaps classes."""
    return Declarations(
        inventory=Inventory(credentials=credentials, other_secrets=(), spend_metrics=()),
        access=access,
        waivers=(),
        missing=(),
        files={},
    )


def referred(snapshot: Path, at: str) -> Any:
    """What a reference of a path leads to; where a text is JSON, the pointer goes on in it."""
    name, _, pointer = at.partition("#/")
    found = orjson.loads((snapshot / name).read_bytes())
    for step in pointer.split("/"):
        if isinstance(found, str):
            found = orjson.loads(found)
        if isinstance(found, dict) and step not in found:
            assert (step, "Effect" in found) == ("0", True), "a single statement stands alone"
        else:
            found = found[int(step) if isinstance(found, list) else step]
    return found
