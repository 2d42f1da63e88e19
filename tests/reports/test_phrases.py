from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyproof.clock import DAY_NS
from reports import phrases
from tests.reports.estates import AS_OF_NS


@pytest.mark.parametrize(
    ("nanoseconds", "said"),
    [
        (0, "no time"),
        (1, "less than a second"),
        (10**9, "1 second"),
        (90 * 10**9, "1 minute 30 seconds"),
        (DAY_NS - 1, "23 hours 59 minutes"),
        (DAY_NS, "1 day"),
        (90 * DAY_NS, "90 days"),
        (90 * DAY_NS + DAY_NS // 2, "90 days 12 hours"),
        (DAY_NS + 10**9, "1 day"),
        (-DAY_NS, "minus 1 day"),
    ],
)
def test_duration(nanoseconds: int, said: str) -> None:
    assert phrases.duration(nanoseconds) == said


@pytest.mark.parametrize(
    ("cents", "said"),
    [(0, "$0"), (5_000, "$50"), (1_234_567, "$12,345.67"), (5, "$0.05"), (-150, "-$1.50")],
)
def test_dollars(cents: int, said: str) -> None:
    assert phrases.dollars(cents) == said


def test_instants_are_utc_and_name_seconds_only_where_there_are_any() -> None:
    assert phrases.instant(AS_OF_NS) == "2026-11-02 09:30 UTC"
    assert phrases.instant(AS_OF_NS + 10**9) == "2026-11-02 09:30:01 UTC"
    assert phrases.day("2026-11-02T10:30:00+01:00") == "2026-11-02 09:30 UTC"


@given(st.integers(min_value=-(2**70), max_value=2**70))
def test_every_integer_is_an_instant_of_some_kind(nanoseconds: int) -> None:
    assert phrases.instant(nanoseconds).endswith(("UTC", "beyond any calendar"))


def test_distance_from_the_snapshot() -> None:
    assert phrases.distance(AS_OF_NS - 45 * DAY_NS - 1, AS_OF_NS) == "45 days before the snapshot"
    assert phrases.distance(AS_OF_NS + 60 * 10**9, AS_OF_NS) == "1 minute after the snapshot"


@pytest.mark.parametrize(
    ("proven", "possible", "target", "sentence", "reached"),
    [
        (
            1,
            2,
            3,
            (
                "Level 1 is proven; level 2 is possible if every unknown turned out well; "
                "the target is level 3."
            ),
            "The target is not reached.",
        ),
        (
            2,
            2,
            3,
            "Level 2 is proven; no unknown could raise it; the target is level 3.",
            "The target is not reached.",
        ),
        (
            2,
            4,
            3,
            (
                "Level 2 is proven; level 4 is possible if every unknown turned out well; "
                "the target is level 3."
            ),
            "Whether the target is reached cannot be told from this evidence.",
        ),
        (
            3,
            3,
            3,
            "Level 3 is proven; no unknown could raise it; the target is level 3.",
            "The target is reached.",
        ),
    ],
)
def test_the_verdict_in_a_sentence(
    proven: int, possible: int, target: int, sentence: str, reached: str
) -> None:
    level = {"proven": proven, "possible": possible, "target": target}

    assert phrases.level_sentence(level) == sentence
    assert phrases.target_sentence(level) == reached


def test_counted() -> None:
    assert [phrases.counted(number, "gap") for number in (0, 1, 1_204)] == [
        "0 gaps",
        "1 gap",
        "1,204 gaps",
    ]
