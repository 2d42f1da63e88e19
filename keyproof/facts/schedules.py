"""
How often an AWS schedule expression rotates a secret.

Source: "Schedule expressions in Secrets Manager rotation", AWS Secrets Manager User
Guide: `rate(value unit)` of at least four hours, and `cron(minutes hours day-of-month
month day-of-week year)`, both in UTC. Beyond it, minutes other than 0 and EventBridge's
`W` are read, since a schedule that people follow by hand may have them.
"""

from __future__ import annotations

import calendar
import re
from functools import lru_cache
from itertools import pairwise, product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_MINUTE_NS = 60_000_000_000
_HOUR = 60
_DAY = 24 * _HOUR
_SHORTEST_RATE = 4 * _HOUR
_LONGEST_RATE = 1000 * _DAY  # the most that RotationRules.AutomaticallyAfterDays takes

_RATE = re.compile(r"rate\( *([1-9][0-9]{0,4}) +(hours?|days?) *\)")
_CRON = re.compile(r"cron\(([0-9A-Za-z*?,/# -]{1,200})\)")
_TERM = re.compile(r"(?:\*|(?P<first>\w+)(?:-(?P<last>\w+))?)(?:/(?P<step>[0-9]{1,4}))?")
_FIELDS = 6

_MONTHS = {
    "JAN": 1,
    "FEB": 2,
    "MAR": 3,
    "APR": 4,
    "MAY": 5,
    "JUN": 6,
    "JUL": 7,
    "AUG": 8,
    "SEP": 9,
    "OCT": 10,
    "NOV": 11,
    "DEC": 12,
}
_WEEKDAYS = {"SUN": 1, "MON": 2, "TUE": 3, "WED": 4, "THU": 5, "FRI": 6, "SAT": 7}
_SATURDAY = 7
_WEEKS_OF_A_MONTH = range(1, 6)

# Dates, weekdays and leap days repeat every 28 years from 1901 to 2099.
_CYCLE = range(2001, 2029)
_CYCLE_DAYS = 28 * 365 + 7


def longest_interval_ns(expression: str) -> int | None:
    """
    Give the longest time between two consecutive runs of a schedule, in nanoseconds.

    None when the expression is no schedule, or one that does not repeat without end: it
    names years, or a date that never comes.
    """
    gap = _read(expression)
    return gap * _MINUTE_NS if isinstance(gap, int) else None


def is_schedule(expression: str) -> bool:
    """Whether an expression can be read as a schedule, even one that never runs."""
    return not isinstance(_read(expression), ValueError)


@lru_cache(maxsize=4096)
def _read(expression: str) -> int | ValueError | None:
    """Minutes between the two runs that lie furthest apart; the error of what is no schedule."""
    try:
        if rate := _RATE.fullmatch(expression.strip()):
            return _rate(int(rate[1]), rate[2])
        if cron := _CRON.fullmatch(expression.strip()):
            return _longest_gap(cron[1].upper().split())
    except ValueError as error:
        return error
    return ValueError("neither rate(…) nor cron(…)")


def _rate(value: int, unit: str) -> int:
    minutes = value * (_HOUR if unit.startswith("hour") else _DAY)
    if not _SHORTEST_RATE <= minutes <= _LONGEST_RATE:
        raise ValueError("a rate is at least four hours and at most 1000 days")
    return minutes


def _longest_gap(fields: list[str]) -> int | None:
    """
    Give the minutes between the two runs that lie furthest apart; None when they end.

    Raises `ValueError` for what is no schedule.
    """
    if len(fields) != _FIELDS:
        raise ValueError("a schedule has six fields")
    minute_field, hour_field, day_field, month_field, weekday_field, year_field = fields
    if (day_field == "?") == (weekday_field == "?"):
        raise ValueError("a schedule names dates or weekdays, not both")
    minutes = _numbers(minute_field, range(60))
    hours = _numbers(hour_field, range(24))
    months = _numbers(month_field, range(1, 13), _MONTHS)
    _numbers(year_field, range(1970, 2200))
    days = _run_days(months, day_field, weekday_field)
    if not days or year_field != "*":
        return None
    times = sorted(hour * _HOUR + minute for hour, minute in product(hours, minutes))
    overnight = _DAY + times[0] - times[-1]
    nights = max(after - before for before, after in pairwise([*days, days[0] + _CYCLE_DAYS]))
    within_a_day = max((after - before for before, after in pairwise(times)), default=0)
    return max((nights - 1) * _DAY + overnight, within_a_day)


def _run_days(months: set[int], day_field: str, weekday_field: str) -> list[int]:
    """Every day of one cycle on which the schedule runs, counted from the cycle's first."""
    terms = (weekday_field if day_field == "?" else day_field).split(",")
    in_month = _month_dates if weekday_field == "?" else _month_weekdays
    runs: list[int] = []
    first_day = 0
    for year, month in product(_CYCLE, range(1, 13)):
        starts_on, length = calendar.monthrange(year, month)
        if month in months:
            days = {day for term in terms for day in in_month(term, starts_on, length)}
            runs.extend(first_day + day for day in sorted(days))
        first_day += length
    return runs


def _month_dates(term: str, starts_on: int, length: int) -> set[int]:
    """The dates that a term of the day-of-month field means in one month."""
    if term == "L":
        return {length}
    if term == "LW":
        return {_nearest_weekday(length, starts_on, length)}
    if term.endswith("W"):
        (date,) = _numbers(term[:-1], range(1, 32))
        return {_nearest_weekday(date, starts_on, length)} if date <= length else set()
    return {date for date in _numbers(term, range(1, 32)) if date <= length}


def _nearest_weekday(date: int, starts_on: int, length: int) -> int:
    """The date from Monday to Friday that lies nearest, within the same month."""
    weekday = (starts_on + date - 1) % 7
    if weekday == calendar.SATURDAY:
        return date - 1 if date > 1 else date + 2
    if weekday == calendar.SUNDAY:
        return date + 1 if date < length else date - 2
    return date


def _month_weekdays(term: str, starts_on: int, length: int) -> set[int]:
    """The dates that a term of the day-of-week field means in one month."""
    if term == "L":
        return set(_dates_of(_SATURDAY, starts_on, length))
    if term.endswith("L"):
        (weekday,) = _numbers(term[:-1], range(1, 8), _WEEKDAYS)
        return {_dates_of(weekday, starts_on, length)[-1]}
    if "#" in term:
        name, _, ordinal = term.partition("#")
        (weekday,) = _numbers(name, range(1, 8), _WEEKDAYS)
        (week,) = _numbers(ordinal, _WEEKS_OF_A_MONTH)
        return set(_dates_of(weekday, starts_on, length)[week - 1 : week])
    weekdays = _numbers(term, range(1, 8), _WEEKDAYS)
    return {date for weekday in weekdays for date in _dates_of(weekday, starts_on, length)}


def _dates_of(weekday: int, starts_on: int, length: int) -> range:
    """The dates of one weekday, counted from Sunday as 1, in a month that starts on another."""
    first = (weekday - 2 - starts_on) % 7 + 1
    return range(first, length + 1, 7)


def _numbers(field: str, allowed: range, names: Mapping[str, int] | None = None) -> set[int]:
    """
    The numbers that a field's lists, ranges and steps name.

    Raises `ValueError` for anything else, ranges that run backwards included.
    """
    numbers: set[int] = set()
    for term in field.split(","):
        match = _TERM.fullmatch(term)
        if match is None:
            raise ValueError(f"{term!r} is no term of a schedule")
        first = _number(match["first"], names) if match["first"] else allowed[0]
        if match["last"]:
            last = _number(match["last"], names)
        else:
            last = first if match["first"] and not match["step"] else allowed[-1]
        if first > last or first not in allowed or last not in allowed:
            raise ValueError(f"{term!r} is out of range")
        numbers.update(range(first, last + 1, int(match["step"] or 1)))
    return numbers


def _number(text: str, names: Mapping[str, int] | None) -> int:
    return names[text] if names and text in names else int(text)
