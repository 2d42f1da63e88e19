"""
What no schema can say of a declaration.

Names that repeat, parts that contradict each other, schedules that cannot be read,
criteria that do not exist. Only what fits its schema is looked at; the rest has its fault already.
"""

from __future__ import annotations

from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

import orjson

from keyproof import clock
from keyproof.declarations.arns import parse_arn
from keyproof.documents import SCHEMAS
from keyproof.facts.schedules import is_schedule
from keyproof.faults import Fault, did_you_mean, found, no_instant, repeated

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from keyproof.documents import Json
    from keyproof.faults import Path


def content_faults(kind: str, document: Json, faulty: list[Fault]) -> list[Fault]:
    """The faults of one kind of declaration beyond `faulty`, those that its schema found."""
    collection, identity, check = _COLLECTIONS[kind]
    entries = document.get(collection)
    if not isinstance(entries, list):
        return []
    spoilt = {fault.path[:length] for fault in faulty for length in range(len(fault.path) + 1)}
    faults = list(repeated(entries, (collection,), identity))
    for index, entry in enumerate(entries):
        if isinstance(entry, dict):
            path = (collection, index)
            sound = {name: part for name, part in entry.items() if (*path, name) not in spoilt}
            faults.extend(check(sound, path))
    return faults


def _credential_faults(entry: Json, path: Path) -> Iterator[Fault]:
    storage = entry.get("storage") or {}
    yield from _contradictions(storage, "secret", (*path, "storage"))
    alerts = (entry.get("spend_alert") or {}).get("alerts") or []
    yield from chain.from_iterable(
        _contradictions(alert, "alarm", (*path, "spend_alert", "alerts", index))
        for index, alert in enumerate(alerts)
    )
    schedule = (entry.get("rotation") or {}).get("schedule")
    if schedule is not None and not is_schedule(schedule):
        yield Fault(
            path=(*path, "rotation", "schedule"),
            text="expected rate(N days), rate(N hours), from 4 hours to 1000 days, or cron(…) "
            f"with six fields as AWS has them, found {found(schedule)}",
        )


def _contradictions(entry: Json, name: str, path: Path) -> Iterator[Fault]:
    """Where account or region beside an ARN are others than the ARN's own."""
    arn = parse_arn(entry.get(name) or "")
    if arn is None:
        return
    for part, own in (("account", arn.account), ("region", arn.region)):
        stated = entry.get(part)
        if stated not in (None, own):
            text = f"{found(stated)} contradicts the ARN of {name}, which says {found(own)}"
            yield Fault(path=(*path, part), text=text, other=(*path, name))


def _waiver_faults(entry: Json, path: Path) -> Iterator[Fault]:
    criterion = entry.get("criterion")
    if criterion is not None and criterion not in criteria():
        text = f"no criterion {found(criterion)}: {did_you_mean(criterion, criteria())}"
        yield Fault(path=(*path, "criterion"), text=text)
    expires = entry.get("expires")
    if expires is not None and not _is_instant(expires):
        yield Fault(path=(*path, "expires"), text=no_instant(expires))


def _is_instant(text: str) -> bool:
    try:
        clock.parse(text)
    except (OverflowError, ValueError):
        return False
    return True


def _no_faults(_entry: Json, _path: Path) -> Iterator[Fault]:
    return iter(())


@cache
def criteria() -> frozenset[str]:
    """The criteria that results hold; the schema of the results names them all."""
    schema = orjson.loads((SCHEMAS / "results.schema.json").read_bytes())
    return frozenset(schema["properties"]["criteria"]["required"])


_COLLECTIONS: dict[str, tuple[str, str, Callable[[Json, Path], Iterator[Fault]]]] = {
    "inventory": ("credentials", "id", _credential_faults),
    "access": ("classes", "name", _no_faults),
    "waivers": ("waivers", "id", _waiver_faults),
}
