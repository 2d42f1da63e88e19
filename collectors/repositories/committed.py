"""The keys in what was committed: in files, in the names of files, and in messages."""

from __future__ import annotations

import os
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from collectors.repositories.objects import entries, signed_at
from collectors.repositories.places import Place, file_places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from collectors.repositories.database import Database
    from collectors.repositories.git import Ref, Repository
    from collectors.repositories.looks import Look, Looker, Sighting


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One key at one place."""

    sighting: Sighting
    place: Place


def committed(
    repository: Repository, refs: Sequence[Ref], database: Database, looker: Callable[[], Looker]
) -> Iterator[Finding]:
    """Every key in every object of the database, at each place where the object stands."""
    found = {each: look for each, look in database.looks.items() if look.sightings}
    by_type: dict[str, list[str]] = defaultdict(list)
    for each in found:
        by_type[database.types[each]].append(each)
    named = _named(repository, by_type["tree"], looker)
    places = file_places(repository, refs, {*by_type["blob"], *named})
    for each in by_type["blob"]:
        for sighting in found[each].sightings:
            yield from (Finding(sighting=sighting, place=place) for place in places[each])
    for each, entries_found in named.items():
        for entry_name, sightings in entries_found:
            for place in places[each]:
                if place.path is not None and PurePosixPath(place.path).name == entry_name:
                    yield from (_in_filename(sighting, place) for sighting in sightings)
    yield from _in_messages(repository, [*by_type["commit"], *by_type["tag"]], found)


def _named(
    repository: Repository, trees: Sequence[str], looker: Callable[[], Looker]
) -> Mapping[str, list[tuple[str, Sequence[Sighting]]]]:
    """The files and folders whose own names hold a key, by the ids of their objects."""
    by_entry: dict[str, list[tuple[str, Sequence[Sighting]]]] = defaultdict(list)
    if trees:
        made = looker()
        with repository.reading(trees) as read:
            for described, content in read:
                for name, entry in entries(content, digits=len(described.id)):
                    sightings = made.in_name(os.fsdecode(name))
                    named = os.fsdecode(name), sightings
                    if sightings and named not in by_entry[entry]:
                        by_entry[entry].append(named)
    return by_entry


def _in_filename(sighting: Sighting, place: Place) -> Finding:
    name = f"[redacted {sighting.key.provider} key {sighting.key.fingerprint[:19]}]"
    path = str(PurePosixPath(place.path or "").with_name(name))
    return Finding(sighting=sighting, place=replace(place, where="filename", path=path))


def _in_messages(
    repository: Repository, ids: Sequence[str], found: Mapping[str, Look]
) -> Iterator[Finding]:
    if not ids:
        return
    with repository.reading(ids) as read:
        for described, content in read:
            written, committed_at = signed_at(content)
            place = Place(
                where="message" if described.type == "commit" else "tag",
                commit=described.id,
                written=written,
                committed=committed_at,
                path=None,
            )
            for sighting in found[described.id].sightings:
                yield Finding(sighting=sighting, place=place)
