"""Weeks and months of times, in UTC. Pure. Weeks are counted from Monday, 5 January 1970."""

from __future__ import annotations

from datetime import UTC, datetime

from harness.model.policy import DAY

WEEK = 7 * DAY
_MONDAY = 4 * DAY
"""1970 began on a Thursday."""


def week_of(at: float) -> int:
    """Number the week of a time."""
    return int((at - _MONDAY) // WEEK)


def start_of(week: int) -> float:
    """Give the first second of a week."""
    return float(week * WEEK + _MONDAY)


def month_of(at: float) -> str:
    """Name the month of a time, as 2026-11."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m}"


def day_of(at: float) -> str:
    """Name the day of a time, as 2026-11-30."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d}"


def minute_of(at: float) -> str:
    """Name the minute of a time, as 2026-11-30 09:40 UTC."""
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M} UTC"
