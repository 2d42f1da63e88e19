"""`keyproof who-can-read` for people: who, at a glance; then by which statement of which policy."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from rich.text import Text

from keyproof.cli.page import MARKS, STYLES, gap_text, heading, page, said, table
from reports import access_phrases as say
from reports.access_entries import PROVIDERS, is_judged
from reports.phrases import counted
from reports.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.console import Console

    from keyproof.documents import Json

_GROUPS: Mapping[str, tuple[str, str]] = {
    "fail": ("can read it and is not approved", "can read it and are not approved"),
    "unknown": ("may be able to read it without approval",) * 2,
    "pass": ("can read it and is approved", "can read it and are approved"),
    "let_in": (
        "is an identity provider that lets others in",
        "are identity providers that let others in",
    ),
    "round": ("could make it possible for itself", "could make it possible for themselves"),
}
"""The groups of readers, the most urgent first, said of one principal and of several."""

_APPROVAL = {True: "pass", False: "fail", None: "unknown"}


def show_readers(document: Json) -> None:
    """Everybody who can obtain the value, the most urgent first, and what could hide more."""
    with page() as console:
        heading(console, document)
        show_secret(console, document)
        _readers(console, document["readers"], document["secret"])
        for copy in document["copies"]:
            console.print()
            console.print(Text("A copy of it:", "bold"))
            show_secret(console, copy)
            _readers(console, copy["readers"], copy["secret"])
        show_gaps(console, document)


def show_secret(console: Console, place: Json) -> None:
    """Which secret it is, and what it holds."""
    console.print(
        f"{visible(place['name'])} in {visible(place['region'])}, account {place['account']}"
        f" ({visible(place['secret'])})",
        soft_wrap=True,
    )
    if "credentials" in place:
        held = ", ".join(map(visible, place["credentials"]))
        console.print(f"holds {held or 'no declared credential'}", soft_wrap=True)
    if place.get("pending_deletion"):
        told = "It is pending deletion: its value can be read again once it is restored."
        console.print(Text(told, "yellow"))


def group_of(reader: Json) -> str:
    """
    The group of a reader: by approval where it reads, by its way where it does not.

    Whom only something unseen could let read it, nobody knows to read without approval.
    """
    reading = [way for way in reader["ways"] if is_judged(way)]
    if reading:
        approval = _APPROVAL[reader["approved"]]
        known = any(way["grants_seen"] for way in reading)
        return "unknown" if approval == "fail" and not known else approval
    return "let_in" if any(way["kind"] in PROVIDERS for way in reader["ways"]) else "round"


def _readers(console: Console, readers: Iterable[Json], secret: str) -> None:
    grouped: dict[str, list[Json]] = {group: [] for group in _GROUPS}
    for reader in readers:
        grouped[group_of(reader)].append(reader)
    grouped = {group: members for group, members in grouped.items() if members}
    console.print()
    if not grouped:
        told = "Nobody was found who can read it, not even its account's root user."
        console.print(Text(told, "yellow"))
        return
    _overview(console, grouped)
    for group, members in grouped.items():
        one, several = _GROUPS[group]
        told = f"{counted(len(members), 'principal')} {one if len(members) == 1 else several}"
        console.print()
        console.print(Text(f"{MARKS.get(group, '-')} {told}", STYLES.get(group, "bold")))
        for reader in members:
            _reader(console, reader, secret)


def _overview(console: Console, grouped: Mapping[str, Sequence[Json]]) -> None:
    shown = table("", "principal", "class", "way", "depends on", gap=2)
    for group, members in grouped.items():
        for reader in members:
            way = reader["ways"][0]
            shown.add_row(
                Text(MARKS.get(group, "-"), STYLES.get(group, "")),
                visible(say.reader_name(reader["principal"], reader["type"])),
                visible(reader["class"] or "none"),
                say.SHORT_WAYS.get(way["kind"], way["kind"]),
                _doubts(way),
            )
    console.print(shown)


def _doubts(way: Json) -> str:
    if way["decision"] == "allow":
        return "nothing"
    unseen = ["what could not be read"] if way["unseen"] else []
    return ", ".join([*map(visible, way["conditions"]), *unseen]) or "what nobody could decide"


def _reader(console: Console, reader: Json, secret: str) -> None:
    kind = say.reader_type(reader["principal"], reader["type"])
    described = f"{kind}, class {visible(reader['class'])}" if reader["class"] else kind
    name = visible(reader["principal"])
    console.print()
    console.print(Text.assemble("  ", (name, "bold"), f" ({described})"), soft_wrap=True)
    if reader["assigned"]:
        people = ", ".join(f"{each['kind']} {visible(each['name'])}" for each in reader["assigned"])
        console.print(f"    assigned in Identity Center to {people}", soft_wrap=True)
    for way in reader["ways"]:
        show_way(console, way, secret)


def show_way(console: Console, way: Json, secret: str) -> None:
    """A way step by step, with the statements that allow each and their places."""
    decided = said(say.decision(way["decision"], way["conditions"], way["unseen"]))
    style = "" if way["decision"] == "allow" else "yellow"
    console.print(Text(f"    {say.way(way['kind'])}, {decided}", style), soft_wrap=True)
    for (action, to), steps in groupby(way["path"], lambda step: (step["action"], step["to"])):
        target = "" if to in {None, secret} else f" on {visible(to)}"
        console.print(f"      {visible(action)}{target}", soft_wrap=True)
        for step in steps:
            console.print(f"        {said(say.step(step))}", soft_wrap=True)
            if step["at"] is not None:
                console.print(Text(f"          {visible(step['at'])}", "dim"), soft_wrap=True)
    for reason in way["unseen"]:
        console.print(Text(f"      not seen: {visible(reason)}", "yellow"), soft_wrap=True)


def show_gaps(console: Console, document: Json) -> None:
    """What could not be seen: first what may hide a reader, then what leaves some in doubt."""
    hiding = [gap for gap in document["gaps"] if gap["may_hide_readers"]]
    others = [gap for gap in document["gaps"] if not gap["may_hide_readers"]]
    notes: Sequence[Json] = document.get("notes", ())
    for title, gaps, style in (
        ("What could not be seen, and may hide a reader:", hiding, "yellow"),
        ("What could not be seen, and leaves something in doubt:", others, "yellow"),
        ("What could not be seen of ways round, and of the people behind a role:", notes, "dim"),
    ):
        if gaps:
            console.print()
            console.print(Text(title, style))
        for gap in gaps:
            console.print(Text(f"  {gap_text(gap)}", style), soft_wrap=True)
