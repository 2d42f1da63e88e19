"""
What earlier scans of a repository saw, so that a later one reads only new objects.

An object never changes, so what was found in it holds as long as the rules do: a cache of
other rules, another engine or another version of this module is no cache. It holds ids and
fingerprints, and never a key.
"""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import orjson

from collectors.repositories.findings import Key
from collectors.repositories.looks import Look, Sighting
from keyproof import documents
from keyproof.errors import OutputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from keyproof.documents import Json

_SCHEMA = "keyproof/scan-cache/2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """The objects that were scanned, and what was found in those that hold something."""

    types: Mapping[str, str]
    """The type of each object, by its id."""
    looks: Mapping[str, Look]
    """The objects in which a key stands, and where in them."""


NEVER = Seen(types={}, looks={})


def load(folder: Path, repository: Path, rules: str) -> Seen:
    """
    What is known of a repository by the rules of this digest; nothing where there is no cache.

    One that was damaged or cut off counts as none.
    """
    try:
        content = _file(folder, repository).read_bytes()
    except OSError:
        return NEVER
    head, _, rest = content.partition(b"\n")
    digest, _, ids = rest.partition(b"\n")
    try:
        header = orjson.loads(head)
    except ValueError:
        return NEVER
    if hashlib.sha256(head + ids).hexdigest().encode() != digest:
        return NEVER
    if (header["schema"], header["rules"]) != (_SCHEMA, rules):
        return NEVER
    lines = (line.split() for line in ids.decode("ascii").splitlines())
    return Seen(
        types={each: kind for kind, *listed in lines for each in listed},
        looks={each: _look(given) for each, given in header["looks"].items()},
    )


def save(folder: Path, repository: Path, rules: str, seen: Seen) -> str | None:
    """Keep what was seen; gives the reason where that cannot be written, which is no failure."""
    header = {
        "schema": _SCHEMA,
        "rules": rules,
        "looks": {
            each: [asdict(sighting) for sighting in look.sightings]
            for each, look in seen.looks.items()
        },
    }
    head = orjson.dumps(header, option=orjson.OPT_SORT_KEYS)
    by_type: dict[str, list[str]] = defaultdict(list)
    for each, kind in seen.types.items():
        by_type[kind].append(each)
    ids = "\n".join(" ".join((kind, *by_type[kind])) for kind in by_type).encode("ascii")
    digest = hashlib.sha256(head + ids).hexdigest().encode()
    try:
        documents.write_whole(
            _file(folder, repository), b"\n".join((head, digest, ids)), mode=0o600
        )
    except OutputError as error:
        return str(error)
    return None


def _file(folder: Path, repository: Path) -> Path:
    name = hashlib.sha256(os.fsencode(repository.resolve())).hexdigest()
    return folder / f"{name[:32]}.scan"


def _look(given: list[Json]) -> Look:
    return Look(sightings=tuple(Sighting(**{**each, "key": Key(**each["key"])}) for each in given))
