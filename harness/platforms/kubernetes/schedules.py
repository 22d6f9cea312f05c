"""A CronJob's schedule → the shortest time between two of its runs. Pure.

Fields, ranges, steps, names and macros are those of robfig/cron's standard parser, which Kubernetes uses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import pairwise

_MACROS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_MONTHS = {name: number for number, name in enumerate(
    ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
)}  # fmt: skip
_DAYS = {name: number for number, name in enumerate(("sun", "mon", "tue", "wed", "thu", "fri", "sat"))}
_NO_NAMES: Mapping[str, int] = {}
_FIELDS = ((0, 59, _NO_NAMES), (0, 23, _NO_NAMES), (1, 31, _NO_NAMES), (1, 12, _MONTHS), (0, 7, _DAYS))
_ZONE = re.compile(r"(CRON_)?TZ=\S+\s+")
_EVERY = re.compile(r"@every ([0-9]+)(s|m|h)")
_SECONDS = {"s": 1, "m": 60, "h": 3600}
_DAY_MINUTES = 24 * 60
_FIRST = date(2024, 1, 1)
"""A leap year and the three after it: every schedule that ever runs does within them."""
_DAYS_LOOKED_AT = 4 * 365 + 1
_SUNDAY = 7


def gap_seconds(schedule: str) -> int | None:
    """Give the shortest time between two runs, in seconds; None: no schedule, or one that runs less than twice."""
    text = _ZONE.sub("", schedule.strip())
    if every := _EVERY.fullmatch(text):
        return int(every[1]) * _SECONDS[every[2]] or None
    fields = _MACROS.get(text, text).split()
    if len(fields) != len(_FIELDS):
        return None
    try:
        minutes, hours, days, months, weekdays = (
            _values(field, *bounds) for field, bounds in zip(fields, _FIELDS, strict=True)
        )
    except ValueError:
        return None
    at = sorted(hour * 60 + minute for hour in hours for minute in minutes)
    either = not (fields[2].startswith(("*", "?")) or fields[4].startswith(("*", "?")))
    weekdays = {day % _SUNDAY for day in weekdays}
    whole = [day for day in _looked_at() if day.month in months and _runs(day, days, weekdays, either=either)]
    gaps = [second - first for first, second in pairwise(at)] if whole else []
    between = ((second - first).days * _DAY_MINUTES - at[-1] + at[0] for first, second in pairwise(whole))
    shortest = min([*gaps, *between], default=None)
    return None if shortest is None else shortest * 60


def _looked_at() -> Iterator[date]:
    return (_FIRST + timedelta(days=number) for number in range(_DAYS_LOOKED_AT))


def _runs(day: date, days: set[int], weekdays: set[int], *, either: bool) -> bool:
    """Match a day; where both day fields are restricted, one of them is enough."""
    found = (day.day in days, day.isoweekday() % _SUNDAY in weekdays)
    return any(found) if either else all(found)


def _values(text: str, low: int, high: int, names: Mapping[str, int]) -> set[int]:
    """Read one field.

    Raises:
        ValueError: it is none.
    """
    found: set[int] = set()
    for member in text.split(","):
        span, slash, step = member.partition("/")
        first, dash, last = span.partition("-")
        if span in {"*", "?"}:
            start, end = low, high
        else:
            start = _value(first, names)
            end = _value(last, names) if dash else high if slash else start
        width = int(step) if slash else 1
        if not low <= start <= end <= high or width < 1:
            raise ValueError(text)
        found.update(range(start, end + 1, width))
    return found


def _value(text: str, names: Mapping[str, int]) -> int:
    return names[text.lower()] if text.lower() in names else int(text)
