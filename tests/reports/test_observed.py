from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.observed import observations
from tests.reports import access_estates, estates
from tests.reports.estates import AS_OF_NS, DAY_NS

if TYPE_CHECKING:
    from keyproof.documents import Json
    from reports.observed import Observation
    from reports.phrases import Phrase

_json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=30,
)


def _said(phrase: Phrase) -> str:
    return "".join(word if isinstance(word, str) else word.text for word in phrase)


def _lines(observation: Observation, depth: int = 0) -> list[str]:
    line = f"{'  ' * depth}{observation.label}: {_said(observation.phrase)}"
    return [line, *(low for part in observation.parts for low in _lines(part, depth + 1))]


def _told(observed: Json) -> list[str]:
    return [line for item in observations(observed, AS_OF_NS) for line in _lines(item)]


@pytest.mark.parametrize(
    ("member", "value", "line"),
    [
        (
            "rotated_at_ns",
            AS_OF_NS - 45 * DAY_NS,
            "rotated: 2026-09-18 09:30 UTC, 45 days before the snapshot",
        ),
        (
            "expires_ns",
            AS_OF_NS + DAY_NS,
            "expires: 2026-11-03 09:30 UTC, 1 day after the snapshot",
        ),
        ("rotated_at_ns", None, "rotated: not known"),
        ("interval_ns", 30 * DAY_NS, "interval: 30 days"),
        ("interval_ns", None, "interval: not known"),
        ("ceiling_days", 90, "ceiling: 90 days"),
        ("threshold_usd_cents", 50_000, "threshold: $500"),
        ("pending_deletion", True, "pending deletion: yes"),
        ("replica", False, "replica: no"),
        ("owner", None, "owner: none"),
        ("secret_arn", "arn:aws:…", "secret ARN: arn:aws:…"),
        ("missing", ["owner", "rotation"], "missing: owner, rotation"),
        ("missing", [], "missing: none"),
        ("name", "", "name: empty"),
        ("share", 0.25, "share: 0.25"),
    ],
)
def test_a_member_is_said_in_its_unit(member: str, value: object, line: str) -> None:
    assert _told({member: value}) == [line]


def test_members_stand_in_the_order_of_their_names() -> None:
    assert _told({"b": 1, "a": {"d": 1, "c": 2}}) == ["a: ", "  c: 2", "  d: 1", "b: 1"]


def test_an_alert_is_told_as_in_the_inventory() -> None:
    estate = estates.example()
    (violation,) = estate.results["criteria"]["spend_alerts_deliverable"]["violations"]

    assert _told(violation["observed"]) == [
        "provider: anthropic",
        "spend alert: ",
        "  : $500 a day",
        "  : alarm ai-spend-anthropic-production fires at $500 a day at the latest",
        (
            "  : email to on-call@example.com through ai-spend, nothing arrives: "
            "the subscription was never confirmed"
        ),
    ]


def test_both_kinds_of_rotation_are_told_apart() -> None:
    entry = estates.flawless().facts["credentials"][0]

    assert _told({"rotation": entry["rotation"]}) == ["rotation: every 90 days"]
    assert _told({"rotation": entry["secret"]["rotation"]})[1].startswith(
        "  : rotates automatically every 90 days, by function rotate-ai-key"
    )


def test_a_reader_of_a_secret_is_told_in_one_line_and_its_particulars() -> None:
    estate = access_estates.crowded()
    violations = estate.results["criteria"]["access_restricted"]["violations"]
    (alice,) = [
        violation["observed"]
        for violation in violations
        if violation["observed"]["principal"].endswith("user/alice")
    ]

    assert _told(alice) == [
        ": alice may read it, which depends on aws:MultiFactorAuthPresent",
        "principal: arn:aws:iam::111122223333:user/alice",
        "class: developer (not approved for it)",
        f"secret: {estate.facts['credentials'][0]['secret']['arn']}",
    ]


def test_a_reader_of_another_shape_is_told_member_by_member() -> None:
    assert _told({"principal": "x", "way": None}) == ["principal: x", "way: none"]


def test_a_member_of_another_shape_is_told_member_by_member() -> None:
    assert _told({"spend_alert": {"alerts": [{"name": "x"}]}}) == [
        "spend alert: ",
        "  alerts: ",
        "    : ",
        "      name: x",
    ]


def test_long_and_deep_values_have_an_end() -> None:
    deep: object = 1
    for _ in range(50):
        deep = {"in": deep}

    lines = _told({"deep": deep, "many": list(range(25)), "parts": [{"n": n} for n in range(25)]})

    assert "many: " + ", ".join(map(str, range(20))) + " and 5 more in results.json" in lines
    assert "  : and 5 more in results.json" in lines
    assert any('{"in":{"in":' in line for line in lines)


@given(st.dictionaries(st.text(), _json, max_size=5))
def test_any_json_can_be_told(observed: Json) -> None:
    assert len(observations(observed, AS_OF_NS)) == len(observed)


def test_what_is_no_json_is_refused() -> None:
    with pytest.raises(TypeError, match="set is no JSON value"):
        observations({"names": {"a"}}, AS_OF_NS)
