"""`keyproof who-can-read --explain` for people: layer by layer, then every way."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from rich.text import Text

from keyproof.cli.page import MARKS, STYLES, heading, page
from keyproof.cli.readers_page import show_gaps, show_secret, show_way
from reports import access_phrases as say
from reports.phrases import counted
from reports.visible import visible

if TYPE_CHECKING:
    from collections.abc import Mapping

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
}
_FAILED: Mapping[str, str] = {
    "principal": "its Principal is somebody else",
    "resource": "its Resource is something else",
    "condition": "a condition fails",
}
_APPLIES: Mapping[str, str] = {
    "yes": "applies",
    "maybe": "may apply, which a condition decides",
    "no": "does not apply",
}
_DECIDED: Mapping[str, str] = {"allow": "pass", "conditional": "unknown", "deny": "fail"}
_WORDS: Mapping[str, str] = {
    "allow": "allowed",
    "conditional": "allowed on a condition",
    "deny": "denied",
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
        console.print(Text(_verdict(document), STYLES[_DECIDED[document["decision"]]]))
        _layers(console, document)
        _roles(console, document)
        _ways(console, document)
        show_gaps(console, document)


def _verdict(document: Json) -> str:
    direct, decision = document["direct"], document["decision"]
    approval = {
        True: "It is approved.",
        False: "Nobody approved that.",
        None: "Whether that is approved cannot be told.",
    }[document["approved"]]
    if direct != "deny":
        condition = "" if direct == "allow" else ", on a condition"
        return f"It can read the value itself{condition}. {approval}"
    if decision == "deny":
        return "It cannot obtain the value."
    condition = "" if decision == "allow" else ", on a condition"
    kind = document["ways"][0]["kind"]
    told = f"It cannot read the value itself, but {say.way(kind)}{condition}."
    return f"{told} {approval}" if kind == "role_chain" else told


def _layers(console: Console, document: Json) -> None:
    for action, layers in groupby(document["layers"], lambda layer: layer["action"]):
        decided = document["actions"][action]
        verdict = _DECIDED[decided]
        console.print()
        console.print(
            Text.assemble(
                (f"{action}: ", "bold"), (f"{MARKS[verdict]} {_WORDS[decided]}", STYLES[verdict])
            )
        )
        for layer in layers:
            _layer(console, layer)


def _layer(console: Console, layer: Json) -> None:
    of = f" of {visible(layer['of'])}" if layer["of"] else ""
    said = f"  {_LAYERS[layer['layer']]}{of}: allow {layer['allows']}, deny {layer['denies']}"
    console.print(said, soft_wrap=True)
    if layer["note"]:
        console.print(Text(f"    {layer['note']}", "dim"), soft_wrap=True)
    for statement in layer["statements"]:
        _statement(console, statement)
    for reason in layer["unseen"]:
        console.print(Text(f"    not seen: {visible(reason)}", "yellow"), soft_wrap=True)


def _statement(console: Console, statement: Json) -> None:
    applies = statement["applies"]
    style = {"yes": "", "maybe": "yellow", "no": "dim"}[applies]
    failed = statement["fails_by"]
    why = f": {_FAILED[failed]}" if failed else ""
    name = f"{visible(statement['policy'] or '')}, {visible(statement['statement'] or '')}"
    console.print(
        Text(f"    {statement['effect']} {name.strip(', ')}: {_APPLIES[applies]}{why}", style),
        soft_wrap=True,
    )
    if failed == "resource":
        element = "NotResource" if statement["not_resource"] else "Resource"
        console.print(Text(f"      {element} {_listed(statement['resources'])}", style))
    for condition in statement.get("conditions", ()):
        if failed == "condition" or condition["holds"] == "maybe":
            console.print(Text(f"      {_condition(condition)}", style), soft_wrap=True)
    if statement["at"]:
        console.print(Text(f"      {visible(statement['at'])}", "dim"), soft_wrap=True)


def _condition(condition: Json) -> str:
    wanted = _listed(condition["values"])
    request = condition["request"]
    if request is None:
        has = "not known of the request"
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
    console.print(Text(f"{counted(len(roles), 'role')} that lead to it", "bold"))
    for role in roles:
        verdict = _DECIDED[role["assume"]]
        console.print(
            Text.assemble(
                f"  {visible(role['role'])}: ",
                (f"{MARKS[verdict]} assuming it is {_WORDS[role['assume']]}", STYLES[verdict]),
            ),
            soft_wrap=True,
        )
        for statement in role["statements"]:
            _statement(console, statement)
        for reason in role["unseen"]:
            console.print(Text(f"    not seen: {visible(reason)}", "yellow"), soft_wrap=True)


def _ways(console: Console, document: Json) -> None:
    if document["ways"]:
        console.print()
        console.print(Text("Every way to the value", "bold"))
    for way in document["ways"]:
        show_way(console, way, document["secret"])
