"""Amazon EventBridge: the rules of every event bus, and what they set off."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collectors.aws.calls import Calls
    from keyproof.documents import Json

MEMBERS = ("buses",)


def collect(calls: Calls) -> Json:
    """Describe the event buses of a region; None stands where a call failed."""
    listed = calls.pages("events:ListEventBuses")
    buses = calls.each(partial(_bus, calls), listed["EventBuses"] if listed else [])
    rules = [(bus["bus"]["Name"], rule) for bus in buses for rule in bus["rules"] or ()]
    calls.each(partial(_complete, calls), rules)
    return {"buses": buses}


def _bus(calls: Calls, bus: Json) -> Json:
    name = calls.text(bus, "Name", "events:ListEventBuses")
    if name is None:
        return {"bus": bus, "rules": None}
    listed = calls.pages("events:ListRules", {"EventBusName": name}, resource=name)
    if listed is None:
        return {"bus": bus, "rules": None}
    return {"bus": bus, "rules": [{"rule": rule, "targets": None} for rule in listed["Rules"]]}


def _complete(calls: Calls, rule_of_bus: tuple[str, Json]) -> None:
    bus, rule = rule_of_bus
    name = calls.text(rule["rule"], "Name", "events:ListRules", resource=bus)
    if name is None:
        return
    listed = calls.pages(
        "events:ListTargetsByRule",
        {"EventBusName": bus, "Rule": name},
        resource=rule["rule"].get("Arn", name),
    )
    rule["targets"] = None if listed is None else listed["Targets"]
