"""The forecast: a range from the pace of 28 days, held against SciPy."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2

from harness.board.forecast import COVERAGE, WINDOW, Forecast, forecast, rate_interval

DAY = 86_400.0
NOW = 1_796_000_000.0


@given(st.integers(0, 120))
def test_the_interval_of_a_count_is_garwoods(count: int) -> None:
    """Chi-square quantiles at half of the count."""
    tail = (1 - COVERAGE) / 2
    low, high = rate_interval(count)
    assert low == pytest.approx(chi2.ppf(tail, 2 * count) / 2 if count else 0.0, rel=1e-6)
    assert high == pytest.approx(chi2.ppf(1 - tail, 2 * count + 2) / 2, rel=1e-6)


def test_the_rest_follows_at_the_pace_of_the_last_28_days() -> None:
    """Seven of a hundred in 28 days: the rest takes a year, and the range says how well that is known."""
    found = forecast([NOW - 3 * DAY * place for place in range(7)], 100, NOW)
    assert (found.reached, found.recent) == (7, 7)
    assert found.early is not None
    assert found.late is not None
    weeks = [(at - NOW) / (7 * DAY) for at in (found.early, found.late)]
    assert weeks == pytest.approx([93 * 4 / 11.771, 93 * 4 / 3.895], rel=1e-3)


@pytest.mark.parametrize(
    ("times", "total", "found"),
    [
        ([], 3, Forecast(0, 3, 0, None, None)),
        ([NOW - WINDOW - 1], 3, Forecast(1, 3, 0, None, None)),
        ([NOW - DAY, NOW - DAY], 2, Forecast(2, 2, 2, None, None)),
    ],
)
def test_without_a_pace_or_a_rest_there_is_no_forecast(times: list[float], total: int, found: Forecast) -> None:
    """Nothing in 28 days is no pace, and nothing left needs none."""
    assert forecast(times, total, NOW) == found


@given(st.integers(1, 60), st.integers(1, 200))
def test_more_left_takes_longer_and_the_early_end_comes_first(recent: int, left: int) -> None:
    """In that order, always ahead of now."""
    times = [NOW - DAY] * recent
    one, other = forecast(times, recent + left, NOW), forecast(times, recent + left + 1, NOW)
    assert one.early is not None
    assert other.early is not None
    assert one.late is not None
    assert NOW < one.early < one.late
    assert one.early < other.early
