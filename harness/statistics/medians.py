"""Equivalence of medians, whatever the distribution: two one-sided sign tests. Pure; numpy and scipy.special only."""

from __future__ import annotations

import math

import numpy as np
from scipy.special import bdtrc

from harness.statistics.results import Floats, Tost, check_level, judge, paired


def sign_critical(n: int, alpha: float) -> int:
    """Say how many of n differences must lie on the right side of a bound; n + 1 when even all prove nothing."""
    for count in range(n + 1):
        if float(bdtrc(count - 1, n, 0.5)) <= alpha:
            return count
    return n + 1


def sign_tost(legacy: Floats, candidate: Floats, margin: float, alpha: float) -> Tost:
    """Test that the median of candidate - legacy lies within `margin`, whatever the distribution (Dixon and Mood 1946).

    At alpha 0.05 it cannot pass below 5 pairs, at 0.05/3 not below 6. The interval is that of the order statistics;
    infinite where n proves nothing. Shapes, units and errors as `tost_paired`.
    """
    check_level(margin, alpha)
    one, other = paired(legacy, candidate)
    found = np.sort(other - one)
    n = found.size
    above, below = int((found > -margin).sum()), int((found < margin).sum())
    p_lower, p_upper = float(bdtrc(above - 1, n, 0.5)), float(bdtrc(below - 1, n, 0.5))
    outside = max(int((found > margin).sum()), int((found < -margin).sum()))
    p_different = float(bdtrc(outside - 1, n, 0.5))
    critical = sign_critical(n, alpha)
    low, high = (-math.inf, math.inf) if critical > n else (float(found[n - critical]), float(found[critical - 1]))
    outcome = judge(p_lower, p_upper, p_different, alpha)
    return Tost(float(np.median(found)), low, high, p_lower, p_upper, p_different, margin, alpha, n, outcome)
