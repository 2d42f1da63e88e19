from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from collectors.aws.eventbridge import collect
from collectors.aws.faults import MALFORMED
from tests.collectors.script import Refusal, Script

if TYPE_CHECKING:
    from collectors.aws.calls import Workers

RULE = "arn:aws:events:us-east-1:111122223333:rule/failed"
BUSES, RULES, TARGETS = (
    f"events:{name}" for name in ("ListEventBuses", "ListRules", "ListTargetsByRule")
)


def _script(**changes: object) -> Script:
    answers = {
        BUSES: {"EventBuses": [{"Name": "default"}, {"Name": "partners"}]},
        RULES: lambda parameters: {
            "Rules": [{"Name": "failed", "Arn": RULE}]
            if parameters["EventBusName"] == "default"
            else []
        },
        TARGETS: {"Targets": [{"Id": "1", "Arn": "arn"}]},
    }
    return Script({**answers, **{f"events:{name}": to for name, to in changes.items()}})


def test_the_rules_of_every_bus_have_their_targets(workers: Workers) -> None:
    script = _script()
    calls = script.calls(workers)

    assert collect(calls) == {
        "buses": [
            {
                "bus": {"Name": "default"},
                "rules": [
                    {
                        "rule": {"Name": "failed", "Arn": RULE},
                        "targets": [{"Id": "1", "Arn": "arn"}],
                    }
                ],
            },
            {"bus": {"Name": "partners"}, "rules": []},
        ]
    }
    assert calls.gaps == ()
    assert [
        (each["EventBusName"], each["Rule"]) for name, each in script.requests if name == TARGETS
    ] == [("default", "failed")]


@pytest.mark.parametrize(
    ("operation", "resources"),
    [
        ("ListEventBuses", [None]),
        ("ListRules", ["default", "partners"]),
        ("ListTargetsByRule", [RULE]),
    ],
)
def test_what_could_not_be_read_is_a_gap(
    workers: Workers, operation: str, resources: list[str | None]
) -> None:
    calls = _script(**{operation: Refusal("AccessDeniedException")}).calls(workers)

    collect(calls)

    assert sorted((gap.operation, gap.resource) for gap in calls.gaps) == [
        (f"events:{operation}", resource) for resource in resources
    ]


def test_a_bus_or_rule_without_a_name_is_malformed(workers: Workers) -> None:
    calls = _script(
        ListEventBuses={"EventBuses": [{}, {"Name": "default"}]}, ListRules={"Rules": [{}]}
    ).calls(workers)

    nameless, default = collect(calls)["buses"]

    assert nameless == {"bus": {}, "rules": None}
    assert default["rules"] == [{"rule": {}, "targets": None}]
    assert [(gap.operation, gap.code) for gap in calls.gaps] == [
        (BUSES, MALFORMED),
        (RULES, MALFORMED),
    ]
