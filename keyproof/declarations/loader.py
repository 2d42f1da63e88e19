"""Loads the folder of declarations, and says everything that is wrong with it at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from keyproof.declarations import build
from keyproof.declarations.checks import content_faults
from keyproof.declarations.records import Declarations
from keyproof.declarations.scalars import without_placeholders
from keyproof.declarations.source import parse
from keyproof.errors import DeclarationError
from keyproof.faults import did_you_mean, found, schema_faults, sentence
from keyproof.files import UnusableFileError, key_faults, read_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from keyproof.declarations.source import Lines
    from keyproof.documents import Json
    from keyproof.faults import Fault

LARGEST = 64 * 1024 * 1024
"""Bytes that a declaration may have at most."""

_SMALLEST = {
    "inventory": "`schema: keyproof/inventory/1` and `credentials: [{id: openai-production}]`",
    "access": "`schema: keyproof/access/1` and a list `classes`",
    "waivers": "`schema: keyproof/waivers/1` and `waivers: []`",
}
_NAMES = {f"{kind}.yaml": kind for kind in _SMALLEST}
_REQUIRED = "inventory.yaml"


def load_declarations(folder: Path) -> Declarations:
    """
    Read `inventory.yaml`, and `access.yaml` and `waivers.yaml` where they exist.

    Raises `DeclarationError` with all faults of all files, one line each.
    """
    try:
        names = sorted(entry.name for entry in folder.iterdir())
    except FileNotFoundError as error:
        text = f"is missing: make this folder and write {_REQUIRED} in it"
        raise DeclarationError((f"{folder}: {text}",)) from error
    except NotADirectoryError as error:
        text = f"is a file: name the folder that holds {_REQUIRED}"
        raise DeclarationError((f"{folder}: {text}",)) from error
    except OSError as error:
        text = f"cannot be listed: {error.strerror}: let yourself read it"
        raise DeclarationError((f"{folder}: {text}",)) from error
    faults = _name_faults(names, folder)
    files: dict[str, bytes] = {}
    for name in _NAMES:
        try:
            files[name] = read_file(folder / name, LARGEST)
        except FileNotFoundError:
            continue
        except UnusableFileError as error:
            faults.append(f"{folder / name}: {error}")
    return _declarations(files, folder, faults)


def read_declarations(files: Mapping[str, bytes]) -> Declarations:
    """
    Read declarations from the bytes of their files, by name.

    Raises `DeclarationError` with all faults of all files, one line each.
    """
    folder = Path("declarations")
    faults = _name_faults(sorted(files), folder)
    return _declarations({name: files[name] for name in _NAMES if name in files}, folder, faults)


def _declarations(files: Mapping[str, bytes], folder: Path, faults: list[str]) -> Declarations:
    """Build the records of every file, or raise with the faults known already and all others."""
    documents: dict[str, Json] = {}
    for name, content in files.items():
        document, more = _examine(content, folder / name, _NAMES[name])
        documents[_NAMES[name]] = document
        faults.extend(more)
    if faults:
        raise DeclarationError(tuple(faults))
    return Declarations(
        inventory=build.inventory(documents["inventory"]),
        access=build.access(documents["access"]) if "access" in documents else None,
        waivers=build.waivers(documents["waivers"]) if "waivers" in documents else (),
        missing=tuple(name for name in _NAMES if name not in files),
        files=dict(files),
    )


def _name_faults(names: Sequence[str], folder: Path) -> list[str]:
    """An inventory that is not there, and files that look like declarations and are none."""
    unknown = [
        f"{folder}: {found(name)} is no declaration: {did_you_mean(name, _NAMES)}"
        for name in names
        if name.endswith((".yaml", ".yml")) and not name.startswith(".") and name not in _NAMES
    ]
    if _REQUIRED in names:
        return unknown
    smallest = _SMALLEST[_NAMES[_REQUIRED]]
    return [f"{folder / _REQUIRED}: is missing: write it with at least {smallest}", *unknown]


def _examine(content: bytes, path: Path, kind: str) -> tuple[Json, list[str]]:
    """What one file says, and its faults in the order of their lines."""
    source = parse(content)
    faults = [*key_faults(content), *source.faults]
    document = without_placeholders(source.value)
    if document is not None:
        schema = schema_faults(document, kind)
        beyond = content_faults(kind, document, schema) if isinstance(document, dict) else []
        faults.extend(
            (source.lines.of(fault.path), _text(fault, source.lines)) for fault in schema + beyond
        )
    elif not faults:
        faults.append((1, f"is empty: write at least {_SMALLEST[kind]}"))
    return (
        document if isinstance(document, dict) else {},
        [f"{path}:{line}: {text}" for line, text in sorted(faults)],
    )


def _text(fault: Fault, lines: Lines) -> str:
    other = "" if fault.other is None else f" (line {lines.of(fault.other)})"
    return f"{sentence(fault)}{other}"
