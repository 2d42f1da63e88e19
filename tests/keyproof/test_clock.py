from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keyproof import clock

if TYPE_CHECKING:
    from collections.abc import Callable

INSTANTS = st.datetimes(
    min_value=datetime(2, 1, 1),  # noqa: DTZ001 - the zone is added by hypothesis
    max_value=datetime(9998, 12, 31),  # noqa: DTZ001
    timezones=st.timezones(),
)


@given(instant=INSTANTS)
def test_an_instant_survives_its_text(instant: datetime) -> None:
    text = clock.text(instant)

    assert text.endswith("Z")
    assert clock.parse(text) == instant.astimezone(UTC)
    assert clock.parse(text).tzinfo is UTC


@given(one=INSTANTS, other=INSTANTS)
def test_nanoseconds_are_in_the_order_of_the_instants(one: datetime, other: datetime) -> None:
    earlier = one.astimezone(UTC) < other.astimezone(UTC)
    assert (clock.nanoseconds(one) < clock.nanoseconds(other)) == earlier


@given(instant=INSTANTS, microseconds=st.integers(0, 10**12))
def test_nanoseconds_are_exact(instant: datetime, microseconds: int) -> None:
    later = instant.astimezone(UTC) + timedelta(microseconds=microseconds)

    assert clock.nanoseconds(later) - clock.nanoseconds(instant) == microseconds * 1000


@pytest.mark.parametrize(
    ("instant", "text", "nanoseconds"),
    [
        (datetime(1970, 1, 1, tzinfo=UTC), "1970-01-01T00:00:00Z", 0),
        (datetime(2026, 11, 2, 9, tzinfo=UTC), "2026-11-02T09:00:00Z", 1793610000 * 10**9),
        (
            datetime(2026, 11, 2, 9, 0, 0, 1, tzinfo=timezone(timedelta(hours=2))),
            "2026-11-02T07:00:00.000001Z",
            1793602800 * 10**9 + 1000,
        ),
        (datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC), "1969-12-31T23:59:59Z", -(10**9)),
    ],
)
def test_instants_are_written_in_utc(instant: datetime, text: str, nanoseconds: int) -> None:
    assert clock.text(instant) == text
    assert clock.nanoseconds(instant) == nanoseconds


@pytest.mark.parametrize("function", [clock.text, clock.nanoseconds])
def test_an_instant_without_a_time_zone_is_refused(
    function: Callable[[datetime], object],
) -> None:
    with pytest.raises(ValueError, match="without a time zone names no moment"):
        function(datetime(2026, 11, 2))  # noqa: DTZ001 - the fault


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026-11-02",
        "2026-11-02T09:00:00",
        "2026-13-02T09:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
    ],
)
def test_what_names_no_instant_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        clock.parse(text)


def test_the_machines_clock_is_in_utc() -> None:
    before = datetime.now(UTC)

    now = clock.system_clock()

    assert now.tzinfo is UTC
    assert before <= now <= datetime.now(UTC)
