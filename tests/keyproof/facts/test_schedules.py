from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise, takewhile

import pytest
from cronsim import CronSim
from hypothesis import given, settings
from hypothesis import strategies as st

from keyproof.clock import DAY_NS
from keyproof.facts.schedules import is_schedule, longest_interval_ns

HOUR_NS = DAY_NS // 24


@settings(deadline=None)
@given(days=st.integers(min_value=1, max_value=1000), unit=st.sampled_from(["day", "days"]))
def test_a_rate_in_days_is_its_number_of_days(days: int, unit: str) -> None:
    assert longest_interval_ns(f"rate({days} {unit})") == days * DAY_NS


@settings(deadline=None)
@given(hours=st.integers(min_value=4, max_value=24_000))
def test_a_rate_in_hours_is_its_number_of_hours(hours: int) -> None:
    assert longest_interval_ns(f"rate({hours} hours)") == hours * HOUR_NS


@pytest.mark.parametrize(
    ("expression", "days"),
    [
        ("cron(0 8 1 * ? *)", 31),
        ("cron(0 8 ? * 1 *)", 7),
        ("cron(0 8 ? * SUN *)", 7),
        ("cron(0 8 ? * L *)", 7),
        ("cron(0 8 ? * MON-FRI *)", 3),
        ("cron(0 8 ? * 2-6 *)", 3),
        ("cron(0 8 ? * 2/2 *)", 3),
        ("cron(0 8 * * ? *)", 1),
        ("cron(0 8 */10 * ? *)", 10),
        ("cron(0 8 1/7 * ? *)", 7),
        ("cron(0 8 1,15 * ? *)", 17),
        ("cron(0 8 1 JAN,APR,JUL,OCT ? *)", 92),
        ("cron(0 8 1 1/3 ? *)", 92),
        ("cron(0 8 1 1 ? *)", 366),
        ("cron(0 8 L * ? *)", 31),
        ("cron(0 8 31 * ? *)", 61),
        ("cron(0 8 30 * ? *)", 60),
        ("cron(0 8 LW * ? *)", 33),
        ("cron(0 8 15W * ? *)", 32),
        ("cron(0 8 1W * ? *)", 33),
        ("cron(0 8 ? * 6L *)", 35),
        ("cron(0 8 ? * FRIL *)", 35),
        ("cron(0 8 ? * 2#1 *)", 35),
        ("cron(0 8 ? * MON#1 *)", 35),
        ("cron(0 8 ? * 2#5 *)", 119),
        ("cron(0 0 29 2 ? *)", 4 * 365 + 1),
        ("cron(0 0 ? 2 6#5 *)", 28 * 365 + 7),
        ("cron(0 4/12 * * ? *)", 0.5),
        ("cron(0 0,6,18 * * ? *)", 0.5),
        ("cron(30 8 1 * ? *)", 31),
        (" cron(0  8 1 * ? *) ", 31),
        ("cron(0 8 1 jan,jul ? *)", 184),
    ],
)
def test_the_longest_time_between_two_runs(expression: str, days: float) -> None:
    assert longest_interval_ns(expression) == days * DAY_NS


def test_the_night_counts_from_the_last_run_of_a_day_to_the_first_of_the_next() -> None:
    assert longest_interval_ns("cron(0 8,20 1 * ? *)") == 31 * DAY_NS - 12 * HOUR_NS


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "90 days",
        "rate(0 days)",
        "rate(-1 days)",
        "rate(1.5 days)",
        "rate(3 hours)",
        "rate(90 minutes)",
        "rate(1001 days)",
        "rate(99999999999999999999 days)",
        "rate(٩٠ days)",
        "rate(90days)",
        "RATE(90 days)",
        "rate(None days)",
        "cron()",
        "cron(0 8 1 * ?)",
        "cron(0 8 1 * ? * *)",
        "cron(0 8 1 * ? 1969)",
        "cron(0 8 1 * ? ?)",
        "cron(0 8 1 * * *)",
        "cron(0 8 1 * MON *)",
        "cron(0 8 ? * ? *)",
        "cron(60 8 1 * ? *)",
        "cron(0 24 1 * ? *)",
        "cron(0 8 0 * ? *)",
        "cron(0 8 32 * ? *)",
        "cron(0 8 1 13 ? *)",
        "cron(0 8 ? * 0 *)",
        "cron(0 8 ? * 8 *)",
        "cron(0 8 ? * FRI-MON *)",
        "cron(0 8 ? * MON#6 *)",
        "cron(0 8 ? * MON#0 *)",
        "cron(0 8 ? * MON-TUE#1 *)",
        "cron(0 8 1-5W * ? *)",
        "cron(0 8 L-3 * ? *)",
        "cron(0 8 1/0 * ? *)",
        "cron(0 8 5-1 * ? *)",
        "cron(0 8 1,,2 * ? *)",
        "cron(0 8 ٣ * ? *)",
        "cron(0 8 1 MAI ? *)",
        "at(2027-01-01T00:00:00)",
    ],
)
def test_what_cannot_be_read_is_no_schedule(expression: str) -> None:
    assert not is_schedule(expression)
    assert longest_interval_ns(expression) is None


@pytest.mark.parametrize(
    "expression",
    [
        "cron(0 8 1 * ? 2027)",
        "cron(0 8 1 * ? 2027-2199)",
        "cron(0 8 31 2 ? *)",
        "cron(0 8 30W 2 ? *)",
        "cron(0 8 31 4,6,9,11 ? *)",
    ],
)
def test_a_schedule_that_ends_or_never_runs_has_no_interval(expression: str) -> None:
    assert is_schedule(expression)
    assert longest_interval_ns(expression) is None


@settings(deadline=None)
@given(st.text(max_size=60) | st.from_regex(r"cron\([-0-9A-Z*?,/#L W]{0,40}\)", fullmatch=True))
def test_any_text_gives_an_interval_or_none(expression: str) -> None:
    interval = longest_interval_ns(expression)

    assert interval is None or (is_schedule(expression) and 0 < interval < 2**63)


@st.composite
def _monthly(draw: st.DrawFn) -> tuple[str, str]:
    """A schedule of a few runs a month in AWS's dialect, and in cronsim's."""
    hours = ",".join(map(str, sorted(draw(st.sets(st.integers(0, 23), min_size=1, max_size=2)))))
    months = ",".join(map(str, sorted(draw(st.sets(st.integers(1, 12), min_size=1, max_size=4)))))
    if draw(st.booleans()):
        dates = draw(st.sets(st.integers(1, 28), min_size=1, max_size=2))
        terms = [*map(str, sorted(dates)), *draw(st.sampled_from([(), ("L",), ("LW",)]))]
        field = ",".join(terms)
        return f"cron(0 {hours} {field} {months} ? *)", f"0 {hours} {field} {months} *"
    weekday, suffix = draw(st.integers(0, 6)), draw(st.sampled_from(["#1", "#4", "L"]))
    return (
        f"cron(0 {hours} ? {months} {weekday + 1}{suffix} *)",
        f"0 {hours} * {months} {weekday}{suffix}",
    )


@settings(max_examples=40, deadline=None)
@given(_monthly())
def test_an_independent_simulation_finds_the_same_interval(schedule: tuple[str, str]) -> None:
    aws, plain = schedule
    start, end = datetime(2031, 1, 1, tzinfo=UTC), datetime(2060, 2, 1, tzinfo=UTC)
    runs = takewhile(lambda run: run < end, CronSim(plain, start))
    longest = max(after - before for before, after in pairwise(runs))

    assert longest_interval_ns(aws) == longest.total_seconds() * 1_000_000_000
