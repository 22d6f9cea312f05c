"""Non-inferiority of durations and costs, where only worse matters. Pure; numpy only."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from harness.judge.means import tost_paired
from harness.judge.medians import sign_tost
from harness.judge.results import Equivalence, Floats, Tost, judge, paired


def noninferiority_log_ratio(
    legacy: Floats, candidate: Floats, ratio_max: float, floor_seconds: float, alpha: float
) -> Tost:
    """Test that a duration is no longer than `ratio_max` times legacy, or no more than `floor_seconds` longer.

    One-sided, mean and median both, on log ratios; where that does not pass, on differences against the floor (usual
    ratio: 1.25, bioequivalence, FDA 2001). The result speaks in seconds or, when the ratio decided, in log ratio.

    Args:
        legacy: shape (n,), n >= 2; seconds, all positive; by pair.
        candidate: the same shape, seconds.
        ratio_max: above 1.
        floor_seconds: at least 0.
        alpha: level of each one-sided test.

    Raises:
        ValueError: durations that are not positive, a ratio not above 1, and what `tost_paired` refuses.
    """
    one, other = paired(legacy, candidate)
    if (one <= 0).any() or (other <= 0).any():
        message = "durations must be positive"
        raise ValueError(message)
    if ratio_max <= 1:
        message = f"ratio_max must be above 1, got {ratio_max}"
        raise ValueError(message)
    by_ratio = _no_worse(np.log(one), np.log(other), math.log(ratio_max), alpha)
    by_floor = _no_worse(one, other, floor_seconds, alpha)
    if by_ratio.outcome is Equivalence.EQUIVALENT:
        return by_ratio
    if by_floor.outcome is Equivalence.DIFFERENT and by_ratio.outcome is not Equivalence.DIFFERENT:
        return by_ratio
    return by_floor


def _no_worse(one: NDArray[np.float64], other: NDArray[np.float64], margin: float, alpha: float) -> Tost:
    mean, median = tost_paired(one, other, margin, alpha), sign_tost(one, other, margin, alpha)
    p_upper = max(mean.p_upper, median.p_upper)
    p_different = mean.p_different if mean.estimate > 0 else 1.0
    outcome = judge(0.0, p_upper, p_different, alpha)
    return Tost(
        mean.estimate, -math.inf, mean.high, 0.0, p_upper, p_different, margin, alpha, mean.n, outcome
    )  # fmt: skip
