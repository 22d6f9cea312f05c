"""Non-inferiority of durations and costs, where only worse matters. Pure; numpy and scipy.special only."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtrc

from harness.statistics.means import tost_paired
from harness.statistics.medians import sign_tost
from harness.statistics.results import Equivalence, Floats, Tost, check_level, judge, paired


def noninferiority_log_ratio(
    legacy: Floats, candidate: Floats, ratio_max: float, floor_seconds: float, *, alpha: float
) -> Tost:
    """Test that a duration is no longer than `ratio_max` times legacy, or no more than `floor_seconds` longer.

    One-sided, mean and median both, on log ratios; where that does not pass, on differences against the floor (usual
    ratio: 1.25, bioequivalence, FDA 2001). The result speaks in seconds or, when the ratio decided, in log ratio.

    Args:
        legacy: shape (n,), n >= 2; seconds, all positive; by pair; infinite: the run never started (censored).
        candidate: the same shape, seconds.
        ratio_max: above 1.
        floor_seconds: at least 0.
        alpha: level of each one-sided test.

    Raises:
        ValueError: durations that are not positive, a ratio not above 1, and what `tost_paired` refuses.
    """
    one, other = _durations(legacy, candidate)
    if ratio_max <= 1:
        message = f"ratio_max must be above 1, got {ratio_max}"
        raise ValueError(message)
    check_level(floor_seconds, alpha)
    censored = bool(np.isinf(one).any() or np.isinf(other).any())
    test = _censored if censored else _no_worse
    by_ratio = test(np.log(one), np.log(other), math.log(ratio_max), alpha)
    by_floor = test(one, other, floor_seconds, alpha)
    if by_ratio.outcome is Equivalence.EQUIVALENT:
        return by_ratio
    if by_floor.outcome is Equivalence.DIFFERENT and by_ratio.outcome is not Equivalence.DIFFERENT:
        return by_ratio
    return by_floor


def _durations(legacy: Floats, candidate: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Read positive durations by pair; infinite ones stand for runs that never started."""
    one, other = (np.asarray(sequence, dtype=np.float64) for sequence in (legacy, candidate))
    paired(np.where(np.isposinf(one), 0.0, one), np.where(np.isposinf(other), 0.0, other))
    if (one <= 0).any() or (other <= 0).any():
        message = "durations must be positive"
        raise ValueError(message)
    return one, other


def _censored(one: NDArray[np.float64], other: NDArray[np.float64], margin: float, alpha: float) -> Tost:
    """Judge by signs alone: a run that never started is later than any, and a mean of it there is not.

    Without a mean nothing can be proven equal; a pair of which neither run started counts on no side.
    """
    started = ~(np.isinf(one) & np.isinf(other))
    moved = np.full(one.size, np.nan)
    moved[started] = other[started] - one[started]
    p_different = float(bdtrc(int((moved > margin).sum()) - 1, one.size, 0.5))
    middle = float(np.median(moved[started])) if started.any() else math.nan
    outcome = Equivalence.DIFFERENT if p_different <= alpha else Equivalence.INCONCLUSIVE
    return Tost(middle, -math.inf, math.inf, 0.0, 1.0, p_different, margin, alpha, one.size, outcome)


def _no_worse(one: NDArray[np.float64], other: NDArray[np.float64], margin: float, alpha: float) -> Tost:
    mean, median = tost_paired(one, other, margin, alpha), sign_tost(one, other, margin, alpha)
    p_upper = max(mean.p_upper, median.p_upper)
    p_different = mean.p_different if mean.estimate > 0 else 1.0
    outcome = judge(0.0, p_upper, p_different, alpha)
    return Tost(
        mean.estimate, -math.inf, mean.high, 0.0, p_upper, p_different, margin, alpha, mean.n, outcome
    )  # fmt: skip
