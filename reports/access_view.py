"""
Who can read the secrets of production credentials, as the report tells it.

A drawing and tables for each secret and each copy of it. An estate of any size must stay a
report that opens: the overview lists `MOST_ROWS` secrets, `MOST_SECRETS` of them are told in
full, and of those as many readers as `MOST_READERS` and `MOST_STEPS` leave room for. What
nobody approved comes first everywhere.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports import access_phrases as say
from reports.access_drawing import drawing
from reports.access_entries import BANDS, JUDGED, approval, entries
from reports.capped import Capped, capped
from reports.phrases import Name

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from keyproof.documents import Json
    from reports.access_drawing import Drawing
    from reports.access_entries import Approval, Band, Entry
    from reports.phrases import Phrase

ENVIRONMENT = "production"
MOST_SECRETS = 100
MOST_READERS = 50
MOST_STEPS = 4_000
"""Steps of paths in the whole report, shared evenly among the secrets told in full."""

_FEWEST_STEPS = 20
_MOST_ASSIGNED = 12
_MOST_GAPS = 50

_STATES: Mapping[Band, tuple[str, str]] = {
    "fail": ("fail", "not approved"),
    "unknown": ("unknown", "cannot be told"),
    "pass": ("pass", "approved"),
    "let_in": ("not_applicable", "not judged"),
    "round": ("not_applicable", "not judged"),
}

Group = str
_GROUPS: Mapping[Group, frozenset[Band]] = {
    "reads": JUDGED,
    "let_in": frozenset({"let_in"}),
    "round": frozenset({"round"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldStep:
    """One step of a path: what is done on what (`to`), who allows it, and where that stands."""

    action: str
    to: str | None
    phrase: Phrase
    at: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldWay:
    """One way, on what it depends, step by step."""

    name: str
    decision: Phrase
    sure: bool
    unseen: Sequence[str]
    steps: Sequence[ToldStep]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderRow:
    """
    One reader in one table.

    `status` is a verdict and its words; `classes` say which classes it has and whether they
    let it read. `assigned` are the groups and users behind a role of Identity Center. The
    paths of an `urgent` one are shown unasked.
    """

    name: str
    arn: str
    kind: str
    account: str | None
    status: tuple[str, str]
    urgent: bool
    classes: Phrase
    assigned: Capped[Json]
    ways: Sequence[ToldWay]


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretAccess:
    """One secret in one region: who reads it, drawn and as tables by group."""

    number: int
    name: str
    arn: str
    account: str
    region: str
    credentials: Sequence[str]
    counts: Mapping[Band, int]
    gaps: Capped[str]
    drawing: Drawing | None
    groups: Mapping[Group, Capped[ReaderRow]]


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
    entries: Sequence[Entry]
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
    """Tell who can read each production secret, from the facts and the criteria's results."""
    effective = facts["effective_access"]
    approved = approval(facts, criteria, ENVIRONMENT)
    found = [
        _found(arn, effective["secrets"][arn], credentials, approved)
        for arn, credentials in _production(facts).items()
    ]
    found.sort(key=lambda each: each.place)
    told = found[:MOST_SECRETS]
    room = max(_FEWEST_STEPS, MOST_STEPS // len(told)) if told else 0
    secrets = [
        _secret(number, each, effective, room if number <= MOST_SECRETS else 0)
        for number, each in enumerate(capped(found, "").rows, start=1)
    ]
    return Access(
        overview=Capped(rows=secrets, total=len(found), document="facts.json"),
        secrets=secrets[:MOST_SECRETS],
        untold=capped(_untold(facts), "facts.json"),
        classes_declared=facts["coverage"].get("access") == {"gaps": []},
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
            reasons.append(("no secret is bound to it",))
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


def _found(arn: str, secret: Json, credentials: Sequence[str], approved: Approval) -> _Found:
    readers = entries(arn, secret, approved)
    numbers = Counter(entry.band for entry in readers)
    return _Found(
        arn=arn,
        secret=secret,
        credentials=credentials,
        entries=readers,
        counts={band: numbers[band] for band in BANDS},
    )


def _secret(number: int, found: _Found, effective: Json, room: int) -> SecretAccess:
    """Tell a secret in as many steps as there is room for; with no room, in numbers alone."""
    secret = found.secret
    return SecretAccess(
        number=number,
        name=secret["name"],
        arn=found.arn,
        account=secret["account"],
        region=secret["region"],
        credentials=found.credentials,
        counts=found.counts,
        gaps=capped(secret["gaps"], "facts.json", _MOST_GAPS),
        drawing=drawing(secret["name"], secret["region"], found.entries) if room else None,
        groups=_groups(found, effective, room) if room else {},
    )


def _groups(found: _Found, effective: Json, room: int) -> dict[Group, Capped[ReaderRow]]:
    shown = _fitting(found.entries, room)
    return {
        group: Capped(
            rows=[_row(entry, found.arn, effective) for entry in shown if entry.band in bands],
            total=sum(found.counts[band] for band in bands),
            document="facts.json",
        )
        for group, bands in _GROUPS.items()
    }


def _fitting(readers: Iterable[Entry], room: int) -> list[Entry]:
    """The first readers whose paths there is room for, and always one."""
    shown: list[Entry] = []
    for entry in readers:
        room -= sum(max(1, len(way["path"])) for way in entry.ways)
        if shown and (room < 0 or len(shown) == MOST_READERS):
            break
        shown.append(entry)
    return shown


def _row(entry: Entry, secret: str, effective: Json) -> ReaderRow:
    principal = effective["principals"][entry.principal]
    return ReaderRow(
        name=entry.name,
        arn=entry.principal,
        kind=say.reader_type(entry.principal, principal["type"]),
        account=principal["account"],
        status=_STATES[entry.band],
        urgent=entry.band in {"fail", "unknown"},
        classes=_classes(entry),
        assigned=capped(principal["assigned"], "facts.json", _MOST_ASSIGNED),
        ways=[_way(way, secret, effective["steps"]) for way in entry.ways],
    )


def _classes(entry: Entry) -> Phrase:
    if entry.approving:
        return ("class ", *say.named(entry.approving))
    if entry.classes:
        return ("class ", *say.named(entry.classes), f", which is not approved for {ENVIRONMENT}")
    return ("no class",)


def _way(way: Json, secret: str, steps: Sequence[Json]) -> ToldWay:
    return ToldWay(
        name=say.way(way["kind"]),
        decision=say.decision(way["decision"], way["conditions"], way["unseen"]),
        sure=way["decision"] == "allow",
        unseen=way["unseen"],
        steps=[
            ToldStep(
                action=step["action"],
                to=None if step["to"] == secret else step["to"],
                phrase=say.step(step),
                at=step["at"],
            )
            for step in (steps[place] for place in way["path"])
        ],
    )
