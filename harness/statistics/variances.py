"""How far groups lie apart beside how far members of one group do: an exact interval of the ratio. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import fdtri

from harness.statistics.results import Floats, finite

_HALVINGS = 60


@dataclass(frozen=True, slots=True)
class VarianceRatio:
    """One-way random effects: how far groups lie apart, beside how far members of one group do."""

    ratio: float
    """Variance between groups over variance within, by analysis of variance; never below 0."""
    low: float
    high: float
    within: float
    """Variance of members of one group."""
    between: float
    """Variance of the groups' own means, their members' noise taken out; never below 0."""
    n: int
    groups: int


def variance_ratio(groups: Sequence[Floats], confidence: float = 0.95) -> VarianceRatio:
    """Compare the variance between groups with that within them, with an exact interval (Wald 1940).

    Args:
        groups: at least two, of any sizes, in one unit; at least one of them with two values.
        confidence: of the two-sided interval, for normal noise.

    Raises:
        ValueError: fewer than two groups, none with two values, or a value that is not finite.
    """
    values = finite([number for group in groups for number in group], "groups")
    sizes = np.array([len(group) for group in groups])
    count, total = len(groups), int(sizes.sum())
    if count < 2 or total == count or not sizes.all():  # noqa: PLR2004 - one group lies apart from nothing
        message = f"{total} values in {count} groups tell nothing between and within groups"
        raise ValueError(message)
    means = np.array([np.mean(group) for group in groups])
    inside = float(sum(((np.asarray(each) - mean) ** 2).sum() for each, mean in zip(groups, means, strict=True)))
    within = inside / (total - count)
    between_square = float((sizes * (means - values.mean()) ** 2).sum()) / (count - 1)
    if within == 0:
        ratio = float("inf") if between_square else 0.0
        return VarianceRatio(ratio, ratio, ratio, 0.0, float(means.var(ddof=1)), total, count)
    typical = (total - float((sizes**2).sum()) / total) / (count - 1)
    between = max(0.0, (between_square - within) / typical)

    def statistic(ratio: float) -> float:
        """Be F distributed where `ratio` is the true one; it falls as the ratio grows."""
        weights = sizes / (1 + sizes * ratio)
        centre = (weights * means).sum() / weights.sum()
        return float((weights * (means - centre) ** 2).sum()) / (count - 1) / within

    tail = (1 - confidence) / 2
    low, high = (_solve(statistic, float(fdtri(count - 1, total - count, p))) for p in (1 - tail, tail))
    return VarianceRatio(between / within, low, high, within, between, total, count)


def _solve(falling: Callable[[float], float], wanted: float) -> float:
    """Find where a falling function takes a value, at 0 or above."""
    if falling(0.0) <= wanted:
        return 0.0
    low, high = 0.0, 1.0
    while falling(high) > wanted:
        low, high = high, high * 2
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if falling(middle) > wanted else (low, middle)
    return high
