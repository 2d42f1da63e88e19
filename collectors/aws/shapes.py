"""
Holds an answer against the service's own model.

botocore gives a JSON value as it came, whatever the model says of its type. What does not
conform was not answered by that service, or not as documented, and nothing is read from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

if TYPE_CHECKING:
    from collections.abc import Mapping

_POLICY = "policyDocumentType"
"""IAM's percent-encoded policies, which botocore decodes."""

_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "boolean": bool,
    "double": (int, float),
    "float": (int, float),
    "integer": int,
    "long": int,
    "string": str,
    "timestamp": str,
}


def conforms(value: Any, shape: Shape | None) -> bool:  # noqa: ANN401 - whatever was answered
    """
    Whether plain JSON has the types of a shape, at any depth; timestamps are text.

    Members that the shape does not name are not judged, nor is it a fault to lack one.
    """
    match shape:
        case StructureShape():
            return isinstance(value, dict) and all(
                conforms(value[name], member)
                for name, member in shape.members.items()
                if name in value
            )
        case ListShape():
            return isinstance(value, list) and all(conforms(item, shape.member) for item in value)
        case MapShape():
            return isinstance(value, dict) and all(
                conforms(name, shape.key) and conforms(member, shape.value)
                for name, member in value.items()
            )
        case Shape(name=name) if name == _POLICY:
            return isinstance(value, dict)
        case Shape(type_name=kind) if kind in _TYPES:
            # In Python a boolean is an integer too; in no service it is.
            return isinstance(value, _TYPES[kind]) and isinstance(value, bool) == (
                kind == "boolean"
            )
    return False
