"""
Who can read the secrets of production credentials, as the report tells it.

A drawing and tables for each secret and each copy of it. An estate of any size must stay a
report that opens: the overview lists `MOST_ROWS` secrets, `MOST_SECRETS` of them are told in
full, and of those as many readers as `MOST_READERS` (in a band) and `MOST_STEPS` leave room
for. What nobody approved comes first everywhere.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from keyproof.errors import DocumentError
from reports import credential_phrases
from reports.access_drawing import drawing
from reports.access_entries import BANDS, ENVIRONMENT, approval, entries, numbers
from reports.access_rows import reader_row
from reports.capped import Capped, capped
from reports.phrases import Name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from keyproof.documents import Json
    from reports.access_drawing import Drawing
    from reports.access_entries import Approval, Band, Entry
    from reports.access_rows import ReaderRow
    from reports.phrases import Phrase

MOST_SECRETS = 100
MOST_READERS = 50
MOST_STEPS = 4_000
"""Steps of paths in the whole report, shared evenly among the secrets told in full."""

_FEWEST_STEPS = 20
_MOST_GAPS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretAccess:
    """
    One secret in one region: who reads it, drawn, and as a table for each band.

    `waived` are the credentials (ids) whose readers without approval are waived, and the
    waivers. A secret without `bands` is told in numbers alone.
    """

    number: int
    name: str
    arn: str
    account: str
    region: str
    credentials: Sequence[str]
    counts: Mapping[Band, int]
    gaps: Capped[str]
    waived: Sequence[tuple[str, str]]
    drawing: Drawing | None
    bands: Mapping[Band, Capped[ReaderRow]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Untold:
    """A credential of which it is not known, or not whole, who can read it."""

    credential: str
    reason: Phrase


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The whole section; `secrets` are those told in full, `overview` has the others too."""

    overview: Capped[SecretAccess]
    secrets: Sequence[SecretAccess]
    untold: Capped[Untold]
    classes_declared: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    arn: str
    secret: Json
    credentials: Sequence[str]
    waived: Sequence[tuple[str, str]]
    counts: Mapping[Band, int]

    @property
    def place(self) -> tuple[object, ...]:
        """Those that somebody reads without approval first, then those in doubt."""
        settled = not (self.counts["unknown"] or self.secret["gaps"])
        return (
            not self.counts["fail"],
            settled,
            self.secret["name"],
            self.secret["region"],
            self.arn,
        )


def access_view(facts: Json, criteria: Json) -> Access:
    """
    Tell who can read each production secret, from the facts and the criteria's results.

    Raises `DocumentError` when the facts name something that they do not have.
    """
    effective = facts["effective_access"]
    _require_whole(effective)
    waivers = {each["resource"]: each["waiver"] for each in criteria["access_restricted"]["waived"]}
    approved = approval(facts, criteria)
    found = [
        _found(arn, effective["secrets"][arn], credentials, waivers, approved)
        for arn, credentials in _production(facts).items()
    ]
    found.sort(key=lambda each: each.place)
    told = found[:MOST_SECRETS]
    room = max(_FEWEST_STEPS, MOST_STEPS // len(told)) if told else 0
    secrets = [
        _secret(number, each, effective, approved, room if number <= MOST_SECRETS else 0)
        for number, each in enumerate(capped(found, "").rows, start=1)
    ]
    return Access(
        overview=Capped(rows=secrets, total=len(found), document="facts.json"),
        secrets=secrets[:MOST_SECRETS],
        untold=capped(_untold(facts), "facts.json"),
        classes_declared=facts["coverage"].get("access") == {"gaps": []},
    )


def _require_whole(effective: Json) -> None:
    """Raise `DocumentError` when a reader, a class or a step is named and not there."""
    principals, classes = effective["principals"], effective["classes"]
    readers = [each for secret in effective["secrets"].values() for each in secret["readers"]]
    unknown = {
        f"principal {name!a}"
        for name in {each["principal"] for each in readers}.difference(principals)
    }
    unknown |= {
        f"class {name!a}"
        for principal in principals.values()
        for name in principal["classes"]
        if name not in classes
    }
    last = max(
        (place for each in readers for way in each["ways"] for place in way["path"]), default=-1
    )
    if last >= len(effective["steps"]):
        unknown.add(f"step {last}")
    if unknown:
        raise DocumentError(
            f"facts: effective_access: there is no {min(unknown)}: run `keyproof evaluate` again"
        )


def _production(facts: Json) -> dict[str, list[str]]:
    """The credentials of each secret (ARN) whose readers are known."""
    derived = facts["effective_access"]["secrets"]
    by_secret: dict[str, list[str]] = {}
    for credential in facts["credentials"]:
        if credential["environment"] == ENVIRONMENT and credential["secret"] is not None:
            for arn in credential["secret"]["copies"]:
                if arn in derived:
                    by_secret.setdefault(arn, []).append(credential["id"])
    return by_secret


def _untold(facts: Json) -> list[Untold]:
    derived = facts["effective_access"]["secrets"]
    found = []
    for credential in facts["credentials"]:
        reasons: list[Phrase] = []
        secret = credential["secret"]
        if credential["environment"] is None:
            reasons.append(("no environment is stated, so that it may be one of production",))
        elif credential["environment"] != ENVIRONMENT:
            continue
        elif secret is None:
            (why,) = credential_phrases.binding(credential["binding"])
            reasons.append(("no secret is bound to it: ", *why))
        else:
            if not secret["copies"]:
                reasons.append(("it is not known where its secret is kept",))
            reasons += [
                ("who can read ", Name(arn), " was not derived")
                for arn in secret["copies"]
                if arn not in derived
            ]
            reasons += [
                ("its copy ", Name(arn), " is in a place that was not collected")
                for arn in secret["uncollected_copies"]
            ]
        found += [Untold(credential=credential["id"], reason=reason) for reason in reasons]
    return found


def _found(
    arn: str,
    secret: Json,
    credentials: Sequence[str],
    waivers: Mapping[str, str],
    approved: Approval,
) -> _Found:
    counts = numbers(arn, secret, approved)
    waived = [(each, waivers[each]) for each in credentials if each in waivers]
    return _Found(
        arn=arn,
        secret=secret,
        credentials=credentials,
        waived=waived if counts["fail"] else [],
        counts={band: counts[band] for band in BANDS},
    )


def _secret(
    number: int, found: _Found, effective: Json, approved: Approval, room: int
) -> SecretAccess:
    """Tell a secret in as many steps as there is room for; with no room, in numbers alone."""
    secret = found.secret
    readers = entries(found.arn, secret, approved) if room else []
    name, region, account = secret["name"], secret["region"], secret["account"]
    return SecretAccess(
        number=number,
        name=name,
        arn=found.arn,
        account=account,
        region=region,
        credentials=found.credentials,
        counts=found.counts,
        gaps=capped(secret["gaps"], "facts.json", _MOST_GAPS),
        waived=found.waived,
        drawing=drawing(name, region, account, readers),
        bands=_bands(found, _fitting(readers, room), effective) if room else {},
    )


def _bands(found: _Found, shown: Sequence[Entry], effective: Json) -> dict[Band, Capped[ReaderRow]]:
    return {
        band: Capped(
            rows=[reader_row(entry, found.arn, effective) for entry in shown if entry.band == band],
            total=found.counts[band],
            document="facts.json",
        )
        for band in BANDS
    }


def _fitting(readers: Iterable[Entry], room: int) -> list[Entry]:
    """The first readers whose paths there is room for, and always one."""
    shown: list[Entry] = []
    in_band: Counter[Band] = Counter()
    for entry in readers:
        in_band[entry.band] += 1
        if in_band[entry.band] > MOST_READERS:
            continue
        room -= sum(max(1, len(way["path"])) for way in entry.ways)
        if shown and room < 0:
            break
        shown.append(entry)
    return shown
