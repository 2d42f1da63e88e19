"""
What is wrong with a file that a person wrote, said to that person.

The schemas find the faults; the words are made here, from the schema beside the fault:
what was expected (`x-expected`, or its type and limits) and what was found instead.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

import orjson
from jsonschema_rs import ValidationErrorKind as Kind

from collectors.redaction import find_keys
from keyproof.documents import SCHEMAS, schema_validator

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from jsonschema_rs import ValidationError

    from keyproof.documents import Json

Path: TypeAlias = tuple[str | int, ...]
"""Members and positions that lead from a document to one of its values."""

_CLIPPED = 60
_COMPARED = 100
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,59}")
_TYPE_NAMES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "object": "a mapping",
    "string": "text",
}
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LOCAL_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9.]+)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault: where it stands, what to know about it, and the other place it concerns."""

    path: Path
    text: str
    other: Path | None = None


def place(path: Path) -> str:
    """A path as people write it: `credentials[3].rotation.days`."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        else:
            name = step if _PLAIN_NAME.fullmatch(step) and not find_keys(step) else found(step)
            text += f".{name}" if text else name
    return text


def found(value: object) -> str:
    """A value as a message shows it: clipped, without control characters, never a key."""
    if isinstance(value, str):
        if find_keys(value):
            return "what looks like a key"
        clipped = value if len(value) <= _CLIPPED else f"{value[:_CLIPPED]}…"
        return '"' + "".join(_visible(character) for character in clipped) + '"'
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "a mapping"
    return str(value)[:_CLIPPED]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint for a name that is not known: the closest one, or all of them."""
    names = sorted(known)
    close = _closest(name, names)
    return f"known are {', '.join(names)}" if close is None else f"did you mean {close}?"


def _closest(name: str, known: Sequence[str]) -> str | None:
    """The name that was probably meant: one that begins so, or one spelt much like it."""
    text = name[:_COMPARED].lower()
    longer = [candidate for candidate in known if len(text) > 1 and candidate.startswith(text)]
    return next(iter(longer or difflib.get_close_matches(text, known, n=1)), None)


def sentence(fault: Fault) -> str:
    """A fault with the place where it stands."""
    return f"{place(fault.path)}: {fault.text}" if fault.path else fault.text


def repeated(entries: Sequence[object], path: Path, identity: str) -> Iterator[Fault]:
    """A fault for every entry of a list whose name an earlier one has."""
    holders: dict[str, Path] = {}
    for index, entry in enumerate(entries):
        name = entry.get(identity) if isinstance(entry, dict) else None
        if not isinstance(name, str):
            continue
        here = (*path, index)
        first = holders.setdefault(name, here)
        if first != here:
            text = f"{found(name)} is taken by {place(first)}"
            yield Fault(path=(*here, identity), text=text, other=(*first, identity))


def schema_faults(document: object, kind: str) -> list[Fault]:
    """Every fault that `schemas/<kind>.schema.json` finds in a document."""
    return [
        fault
        for error in schema_validator(kind).iter_errors(document)
        for fault in _faults(error, _schema_beside(error, kind))
    ]


@cache
def _schema(kind: str) -> Json:
    schema: Json = orjson.loads((SCHEMAS / f"{kind}.schema.json").read_bytes())
    return schema


def _schema_beside(error: ValidationError, kind: str) -> Json:
    """The schema object that holds the keyword which failed."""
    schema: Any = _schema(kind)
    for step in error.schema_path[:-1]:
        schema = schema[step]
    return dict(schema)


def _faults(error: ValidationError, schema: Json) -> Iterator[Fault]:
    path: Path = tuple(error.instance_path)
    match error.kind:
        case Kind.AdditionalProperties(unexpected=names):
            for name in names:
                hint = did_you_mean(name, schema["properties"])
                yield Fault(path=(*path, name), text=f"unknown field: {hint}")
        case Kind.PropertyNames(error=inner):
            yield Fault(path=(*path, str(inner.instance)), text=_mismatch(inner, schema))
        case Kind.Required(property=name):
            yield Fault(path=path, text=_missing(name, schema, error.instance))
        case Kind.Not():
            excluding = ", ".join(schema["not"]["required"])
            yield Fault(path=path, text=f"expected at most one of {excluding}, found both")
        case Kind.OneOfNotValid() | Kind.OneOfMultipleValid():
            # What is no mapping has another fault already: its type.
            if isinstance(error.instance, dict):
                yield Fault(path=path, text=_alternatives(error.instance, schema))
        case _ if error.instance is None:
            unstated = "is not stated (nothing there, or a placeholder)"
            yield Fault(path=path, text=f"{unstated}: expected {expected(schema)}")
        case _:
            yield Fault(path=path, text=_mismatch(error, schema))


def _missing(name: str, schema: Json, instance: object) -> str:
    for present, needed in schema.get("dependentRequired", {}).items():
        if name in needed and isinstance(instance, dict) and present in instance:
            return f"{present} needs {name} beside it"
    return f"missing field {name}: expected {expected(schema['properties'][name])}"


def _mismatch(error: ValidationError, schema: Json) -> str:
    value = error.instance
    match error.kind:
        case Kind.Enum(options=options):
            known = [option for option in options if isinstance(option, str)]
            close = _closest(str(value), known)
            hint = "" if close is None else f": did you mean {close}?"
        case Kind.Type(types=types) if "string" in types and isinstance(value, int | float):
            hint = ": put it in quotes"
        case Kind.Format():
            return no_instant(value)
        case kind:
            limited = _limited(kind, value)
            if limited is not None:
                return limited
            hint = ""
    return f"expected {expected(schema)}, found {found(value)}{hint}"


def _limited(kind: Kind, value: object) -> str | None:
    """What a limit of a list or text asks for; None for any other fault."""
    match kind:
        case Kind.MinItems(limit=limit):
            return f"expected at least {limit} {'entry' if limit == 1 else 'entries'}, found none"
        case Kind.UniqueItems():
            return f"expected every entry once, found {_repeated(value)} again"
        case Kind.MaxProperties(limit=limit):
            return f"expected at most {limit} members"
        case Kind.MaxLength(limit=limit):
            return f"expected at most {limit} characters, found {len(str(value))}"
        case _:
            return None


def expected(schema: Json) -> str:
    """What a schema accepts, in words."""
    if "x-expected" in schema:
        return str(schema["x-expected"])
    if "const" in schema:
        return str(schema["const"])
    if "enum" in schema:
        return f"one of {', '.join(filter(None, schema['enum']))}"
    stated = schema.get("type", "object")
    types = [stated] if isinstance(stated, str) else stated
    names = " or ".join(_TYPE_NAMES[name] for name in types if name != "null")
    lowest, highest = schema.get("minimum"), schema.get("maximum")
    if lowest is not None and highest is not None:
        return f"{names} from {lowest} to {highest}"
    return names if lowest is None else f"{names} of at least {lowest}"


def _alternatives(value: Json, schema: Json) -> str:
    """The members of which a mapping may have one, and those that it has."""
    names = [name for option in schema["oneOf"] for name in option.get("required", ())]
    present = [name for name in names if name in value]
    return (
        f"expected exactly one of {', '.join(names)}, "
        f"found {' and '.join(present) or 'none of them'}"
    )


def _repeated(value: object) -> str:
    items = value if isinstance(value, list) else []
    return next(found(item) for index, item in enumerate(items) if item in items[:index])


def no_instant(value: object) -> str:
    """Why a value is no instant of RFC 3339 with a time zone, and how one looks."""
    text = str(value)
    wanted = "expected an instant with a time zone, such as 2027-01-31T00:00:00Z"
    if _DATE.fullmatch(text):
        return f"{wanted}, found the date {found(value)} without a time"
    if _LOCAL_TIME.fullmatch(text):
        return f"{wanted}, found {found(value)} without a time zone"
    return f"{wanted}, found {found(value)}"


def _visible(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode()
