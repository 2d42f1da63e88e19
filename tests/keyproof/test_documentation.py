"""The documents of declarations and configuration say what the schemas and loaders do."""

from __future__ import annotations

import re
from pathlib import Path

import orjson
import pytest

from keyproof.configuration import DEFAULT_PARAMETERS, load_configuration
from keyproof.declarations import load_declarations
from keyproof.documents import SCHEMAS
from tests.keyproof.field_tables import field_table, fields

DOCS = Path(__file__).parents[2] / "docs"
DECLARATIONS = (DOCS / "declarations.md").read_text(encoding="utf-8")
CONFIGURATION = (DOCS / "configuration.md").read_text(encoding="utf-8")
KINDS = ("inventory", "access", "waivers", "configuration")


def _blocks(document: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", document, re.DOTALL | re.MULTILINE)


def _kind(block: str) -> str:
    return block.removeprefix("schema: keyproof/").split("/", 1)[0]


@pytest.mark.parametrize("kind", KINDS)
def test_the_field_table_is_the_schema_s(kind: str) -> None:
    document = CONFIGURATION if kind == "configuration" else DECLARATIONS

    assert field_table(kind) in document


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_is_described(kind: str) -> None:
    schema = orjson.loads((SCHEMAS / f"{kind}.schema.json").read_bytes())
    described = [bool(field.get("description")) for _, field, _ in fields(schema, schema, "")]

    assert described
    assert all(described)


def test_the_whole_example_loads_without_anything_missing(tmp_path: Path) -> None:
    for block in reversed(_blocks(DECLARATIONS, "yaml")):  # the whole example stands first
        (tmp_path / f"{_kind(block)}.yaml").write_text(block, encoding="utf-8")

    declarations = load_declarations(tmp_path)

    assert declarations.missing == ()
    assert [entry.id for entry in declarations.inventory.credentials] == [
        "openai-production",
        "openai-development",
        "anthropic-production",
        "pinecone-production",
    ]


@pytest.mark.parametrize("block", _blocks(DECLARATIONS, "yaml"), ids=_kind)
def test_every_yaml_block_loads(tmp_path: Path, block: str) -> None:
    smallest = "schema: keyproof/inventory/1\ncredentials: [{id: a}]\n"
    (tmp_path / "inventory.yaml").write_text(smallest)
    (tmp_path / f"{_kind(block)}.yaml").write_text(block, encoding="utf-8")

    assert f"{_kind(block)}.yaml" in load_declarations(tmp_path).files


@pytest.mark.parametrize("block", _blocks(CONFIGURATION, "toml"))
def test_every_toml_block_loads(tmp_path: Path, block: str) -> None:
    (tmp_path / "keyproof.toml").write_text(block, encoding="utf-8")

    assert load_configuration(tmp_path / "keyproof.toml").organisation == "Example Company"


def test_the_documented_defaults_are_the_defaults() -> None:
    rows = re.findall(r"^\| `(\w+)` \| ([0-9]+) \|$", CONFIGURATION, re.MULTILINE)

    assert {name: int(days) for name, days in rows} == DEFAULT_PARAMETERS["rotation_ceiling_days"]
