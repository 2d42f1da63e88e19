"""`keyproof who-can-read --explain` for people: layer by layer, then every way."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from rich.text import Text

from keyproof.cli.page import MARKS, STYLES, heading, page, said
from keyproof.cli.readers_page import group_of, show_gaps, show_secret, show_way
from reports import access_phrases as say
from reports.access_entries import is_judged
from reports.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.console import Console

    from keyproof.documents import Json

_LAYERS: Mapping[str, str] = {
    "service_control_policies": "service control policies",
    "resource_control_policies": "resource control policies",
    "boundary": "permissions boundary",
    "session_policies": "session policy",
    "identity_policies": "identity policies",
    "resource_policies": "policies of the secret",
    "key_policies": "policies of the key",
    "aws_managed_key": "key managed by AWS",
    "grants": "grants on the key",
    "trust_policy": "trust policy",
}
_CONTROLS = frozenset({"service_control_policies", "resource_control_policies"})
_FAILED: Mapping[str, str] = {
    "principal": "its Principal is somebody else",
    "not_principal": "its NotPrincipal leaves it out",
    "resource": "its Resource is something else",
    "not_resource": "its NotResource leaves it out",
    "condition": "a condition fails",
}
_DECIDED: Mapping[str, str] = {"allow": "pass", "conditional": "unknown", "deny": "fail"}
_WORDS: Mapping[str, str] = {
    "allow": "allowed",
    "conditional": "allowed on a condition",
    "deny": "denied",
}
_APPROVED: Mapping[bool | None, str] = {
    True: "It is approved.",
    False: "Nobody approved that.",
    None: "Whether that is approved cannot be told.",
}
_MOST_VALUES = 8


def show_explanation(document: Json) -> None:
    """Why the principal can or cannot read the secret."""
    with page() as console:
        heading(console, document)
        show_secret(console, document)
        console.print()
        kind = say.reader_type(document["principal"], document["type"])
        klass = f", class {visible(document['class'])}" if document["class"] else ", no class"
        name = visible(document["principal"])
        console.print(Text.assemble((name, "bold"), f" ({kind}{klass})"), soft_wrap=True)
        console.print(_verdict(document))
        _actions(console, document)
        _roles(console, document)
        _ways(console, document)
        for copy in document["copies"]:
            console.print()
            console.print(Text("A copy of it:", "bold"))
            show_secret(console, copy)
            console.print(_verdict(copy))
            _ways(console, copy)
        show_gaps(console, document)


def _verdict(outcome: Json) -> Text:
    """Whether it can obtain the value of one secret, in a sentence or two."""
    if not outcome["ways"]:
        if any(copy["ways"] for copy in outcome.get("copies", ())):
            return Text("It cannot obtain the value here, but from a copy (see below).", "yellow")
        return Text("It cannot obtain the value.")
    ways = {way["kind"]: way for way in outcome["ways"]}
    first = ways.get("direct", outcome["ways"][0])
    condition = "" if first["decision"] == "allow" else ", on a condition"
    if not first["grants_seen"]:
        condition = ", if what could not be read allows it"
    told = f"It cannot read the value itself, but {say.way(first['kind'])}{condition}."
    if outcome["direct"]:
        told = f"It can read the value itself{condition}."
    if any(map(is_judged, outcome["ways"])):
        told = f"{told} {_APPROVED[outcome['approved']]}"
    return Text(told, STYLES.get(group_of(outcome), ""))


def _actions(console: Console, document: Json) -> None:
    for action, layers in groupby(document["layers"], lambda layer: layer["action"]):
        decided = document["actions"][action]
        verdict = _DECIDED[decided]
        console.print()
        console.print(
            Text.assemble(
                (f"{action}: ", "bold"), (f"{MARKS[verdict]} {_WORDS[decided]}", STYLES[verdict])
            )
        )
        _layers(console, layers, None, "  ")


def _layers(console: Console, layers: Iterable[Json], to: str | None, indent: str) -> None:
    """Layer by layer; levels of the organisation of which there is nothing to tell in one line."""
    for (*_, telling), alike in groupby(layers, _gist):
        members = list(alike)
        for told in [[each] for each in members] if telling else [members]:
            _layer(console, told, to, indent)


def _gist(layer: Json) -> tuple[str, str, str, bool]:
    telling = bool(_telling(layer) or layer["unseen"])
    return layer["layer"], layer["allows"], layer["denies"], telling


def _telling(layer: Json) -> list[Json]:
    """The statements to tell of: of control policies that allow, as most do, what else they say."""
    allowing = layer["layer"] in _CONTROLS and layer["allows"] == "yes"
    return [each for each in layer["statements"] if not (allowing and each["effect"] == "Allow")]


def _layer(console: Console, alike: Sequence[Json], to: str | None, indent: str) -> None:
    layer = alike[0]
    names = ", ".join(visible(each["of"]) for each in alike if each["of"])
    of = f" of {names}" if names else ""
    told = f"{_LAYERS[layer['layer']]}{of}: allow {layer['allows']}, deny {layer['denies']}"
    console.print(f"{indent}{told}", soft_wrap=True)
    if layer["note"]:
        console.print(Text(f"{indent}  {layer['note']}", "dim"), soft_wrap=True)
    for statement in _telling(layer):
        _statement(console, {"to": to, **statement}, f"{indent}  ")
    for reason in layer["unseen"]:
        console.print(Text(f"{indent}  not seen: {visible(reason)}", "yellow"), soft_wrap=True)


def _statement(console: Console, statement: Json, indent: str) -> None:
    applies = statement["applies"]
    style = {"yes": "", "maybe": "yellow", "no": "dim"}[applies]
    failed = statement["fails_by"]
    told = f"{statement['effect']} by {said(say.step(statement))}: {_applies(statement)}"
    console.print(Text(f"{indent}{told}", style), soft_wrap=True)
    if failed == "resource":
        element = "NotResource" if statement["not_resource"] else "Resource"
        told = f"{element} {_listed(statement['resources'])}"
        console.print(Text(f"{indent}  {told}", style), soft_wrap=True)
    for condition in statement.get("conditions", ()):
        if failed == "condition" or condition["holds"] == "maybe":
            console.print(Text(f"{indent}  {_condition(condition)}", style), soft_wrap=True)
    if statement["at"]:
        console.print(Text(f"{indent}  {visible(statement['at'])}", "dim"), soft_wrap=True)


def _applies(statement: Json) -> str:
    """Whether it applies, and if not, or perhaps not, by which of its elements."""
    if statement["applies"] == "yes":
        return "applies"
    failed = statement["fails_by"]
    if failed:
        negated = statement.get(f"not_{failed}")
        return f"does not apply, as {_FAILED[f'not_{failed}' if negated else failed]}"
    doubts = [
        f"its {element.capitalize()}"
        for element in ("principal", "resource")
        if statement.get(element) == "maybe"
    ]
    if any(each["holds"] == "maybe" for each in statement.get("conditions", ())):
        doubts.append("a condition")
    decide = "decide" if len(doubts) > 1 else "decides"
    return f"may apply, which {' and '.join(doubts)} {decide}" if doubts else "may apply"


def _condition(condition: Json) -> str:
    wanted = _listed(condition["values"])
    request = condition["request"]
    if request is None:
        undecided = condition["holds"] == "maybe"
        has = "not known of the request" if undecided else "whatever the request has"
    elif request:
        has = f"the request has {_listed(request)}"
    else:
        has = "absent from the request"
    answer = {"yes": "holds", "maybe": "undecided", "no": "fails"}[condition["holds"]]
    test = f"{visible(condition['operator'])} {visible(condition['key'])} {wanted}"
    return f"{test}: {answer}, {has}"


def _listed(texts: list[str]) -> str:
    more = len(texts) - _MOST_VALUES
    shown = ", ".join(map(visible, texts[:_MOST_VALUES]))
    return f"{shown} and {more:,} more" if more > 0 else shown


def _roles(console: Console, document: Json) -> None:
    roles = document["roles"]
    if not roles:
        return
    console.print()
    console.print(Text("Roles that lead to the value, and what is said of assuming them", "bold"))
    for role in roles:
        verdict = _DECIDED[role["assume"]]
        console.print(
            Text.assemble(
                f"  {visible(role['role'])}: ",
                (f"{MARKS[verdict]} assuming it is {_WORDS[role['assume']]}", STYLES[verdict]),
            ),
            soft_wrap=True,
        )
        _layers(console, role["layers"], role["role"], "    ")


def _ways(console: Console, document: Json) -> None:
    if document["ways"]:
        console.print()
        console.print(Text("Every way to the value", "bold"))
    for way in document["ways"]:
        show_way(console, way, document["secret"])
