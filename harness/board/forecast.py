"""When a fleet will be done, from its pace of the last 28 days: a range, not a date. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.model.policy import DAY

WINDOW = 28 * DAY
COVERAGE = 0.8
"""Of the range: one fleet in ten is faster at the same pace, and one in ten slower."""
_STEPS = 60
"""Of the bisection: enough for all digits of a rate."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """When the rest of a fleet reaches a milestone."""

    reached: int
    total: int
    recent: int
    """In the last 28 days."""
    early: float | None
    """None: everything is there already, or nothing moved in the last 28 days."""
    late: float | None
    """None: the slow end of the range is no pace at all."""


def forecast(times: Sequence[float], total: int, now: float) -> Forecast:
    """Forecast from the times at which repositories reached a milestone: their count in 28 days taken as Poisson.

    The rate's interval is Garwood's (1936), exact; the range is that of the rest at its two ends.
    """
    reached = sum(at <= now for at in times)
    recent = sum(now - WINDOW < at <= now for at in times)
    left = total - reached
    if left <= 0 or not recent:
        return Forecast(reached, total, recent, None, None)
    slow, fast = rate_interval(recent)
    return Forecast(reached, total, recent, _when(now, left, fast), _when(now, left, slow))


def _when(now: float, left: int, recent: float) -> float | None:
    return now + left * WINDOW / recent if recent > 0 else None


def rate_interval(count: int, coverage: float = COVERAGE) -> tuple[float, float]:
    """Give the exact interval of a Poisson mean of which `count` was seen."""
    tail = (1 - coverage) / 2
    low = _solve(lambda mean: 1 - _at_most(count - 1, mean), tail, count) if count else 0.0
    return low, _solve(lambda mean: 1 - _at_most(count, mean), 1 - tail, count)


def _solve(rising: Callable[[float], float], wanted: float, count: int) -> float:
    """Find where a rising function of the mean is `wanted`."""
    low, high = 0.0, count + 10 * math.sqrt(count + 1) + 10
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if rising(middle) < wanted else (low, middle)
    return (low + high) / 2


def _at_most(count: int, mean: float) -> float:
    """Give the chance of at most `count` where `mean` is expected."""
    if count < 0:
        return 0.0
    if mean <= 0:
        return 1.0
    logs = (number * math.log(mean) - mean - math.lgamma(number + 1) for number in range(count + 1))
    return min(1.0, math.fsum(math.exp(value) for value in logs))
