"""Days as clusters of submissions."""

from __future__ import annotations

import pytest

from harness.judge.days import days_of

HOUR = 3600.0


@pytest.mark.parametrize(
    ("hours", "days"),
    [
        ((), ()),
        ((0,), (0,)),
        ((22, 23, 25, 26), (0, 0, 0, 0)),  # past midnight, and still one day
        ((0, 1, 24, 25, 48), (0, 0, 1, 1, 2)),
        ((48, 0, 24), (2, 0, 1)),  # in whatever order
        ((0, 12), (0, 1)),
        ((0, 11.9), (0, 0)),
        (tuple(range(0, 60, 6)), (0,) * 10),  # without half a day between them
        ((5, 5, 5), (0, 0, 0)),
    ],
)
def test_a_day_begins_after_half_a_day_without_a_submission(hours: tuple[float, ...], days: tuple[int, ...]) -> None:
    """By the harness's clock, whatever midnight says."""
    assert days_of([hour * HOUR for hour in hours]) == days
