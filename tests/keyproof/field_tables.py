"""The table of a schema's fields, as docs/declarations.md and docs/configuration.md show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from keyproof.documents import SCHEMAS
from keyproof.faults import expected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from keyproof.documents import Json

HEADER = "| Field | Needed | Value | Meaning |\n|---|---|---|---|"


def field_table(kind: str) -> str:
    """One row for every field of `schemas/<kind>.schema.json`, in its order."""
    schema = orjson.loads((SCHEMAS / f"{kind}.schema.json").read_bytes())
    return "\n".join([HEADER, *_rows(schema, schema, "")])


def fields(schema: Json, root: Json, prefix: str) -> Iterator[tuple[str, Json, bool]]:
    """The fields of a schema at every depth: path, schema of its own, whether it is needed."""
    for name, stated in schema.get("properties", {}).items():
        field = _resolved(stated, root)
        yield f"{prefix}{name}", field, name in schema.get("required", ())
        if "items" in field:
            items = _resolved(field["items"], root)
            yield from fields(items, root, f"{prefix}{name}[].")
        yield from fields(field, root, f"{prefix}{name}.")


def _rows(schema: Json, root: Json, prefix: str) -> Iterator[str]:
    for path, field, needed in fields(schema, root, prefix):
        value = expected(field)
        if "items" in field and "properties" not in _resolved(field["items"], root):
            value = f"{value}; each: {expected(_resolved(field['items'], root))}"
        need = "yes" if needed else ""
        yield f"| `{path}` | {need} | {value} | {field['description']} |"


def _resolved(schema: Json, root: Json) -> Json:
    reference = schema.get("$ref")
    return schema if reference is None else dict(root["$defs"][reference.rsplit("/", 1)[-1]])
