"""Equivalence of means and of rates: two one-sided t tests (Schuirmann 1987). Pure; numpy and scipy.special only."""

from __future__ import annotations

import math

from scipy.special import ndtr, ndtri, stdtr, stdtrit

from harness.statistics.results import Floats, Tost, check_level, finite, judge, paired


def _tost(estimate: float, error: float, freedom: float, margin: float, *, alpha: float, n: int) -> Tost:
    """Run both one-sided t tests; with no spread at all the estimate is the effect (freedom inf: normal)."""
    if error == 0:
        inside_low, inside_high = float(estimate <= -margin), float(estimate >= margin)
        outside = float(abs(estimate) <= margin)
        return Tost(
            estimate, estimate, estimate, inside_low, inside_high, outside, margin, alpha, n,
            judge(inside_low, inside_high, outside, alpha),
        )  # fmt: skip
    tail = ndtr if math.isinf(freedom) else (lambda value: stdtr(freedom, value))
    width = error * float(ndtri(1 - alpha) if math.isinf(freedom) else stdtrit(freedom, 1 - alpha))
    p_lower = float(tail(-(estimate + margin) / error))
    p_upper = float(tail((estimate - margin) / error))
    p_different = float(tail(-(abs(estimate) - margin) / error))
    return Tost(
        estimate, estimate - width, estimate + width, p_lower, p_upper, p_different, margin, alpha, n,
        judge(p_lower, p_upper, p_different, alpha),
    )  # fmt: skip


def tost_one_sample(values: Floats, reference: float, margin: float, alpha: float) -> Tost:
    """Test that a mean lies within `margin` of a reference (Lakens 2017, SPPS 8(4)).

    Args:
        values: shape (n,), n >= 2, any unit.
        reference: in the same unit.
        margin: half-width of the allowed band, same unit.
        alpha: level of each one-sided test.

    Raises:
        ValueError: fewer than two values, a value that is not finite, a bad margin or level.
    """
    check_level(margin, alpha)
    found = finite(values, "values")
    return _tost(
        float(found.mean() - reference),
        float(found.std(ddof=1)) / math.sqrt(found.size),
        found.size - 1,
        margin,
        alpha=alpha,
        n=found.size,
    )


def tost_paired(legacy: Floats, candidate: Floats, margin: float, alpha: float) -> Tost:
    """Test that the mean of candidate - legacy lies within `margin` (Schuirmann 1987, on paired differences).

    Args:
        legacy: shape (n,), n >= 2; by pair.
        candidate: the same shape, same order, same unit.
        margin: half-width of the allowed band, same unit.
        alpha: level of each one-sided test.

    Raises:
        ValueError: unequal lengths, fewer than two pairs, a value that is not finite, a bad margin or level.
    """
    one, other = paired(legacy, candidate)
    return tost_one_sample(other - one, 0.0, margin, alpha)


def tost_welch(legacy: Floats, candidate: Floats, margin: float, alpha: float) -> Tost:
    """Test that two means differ by less than `margin`, without pairs and without equal variances (Welch 1947).

    Shapes (n,) and (m,), both at least 2, one unit; the rest as `tost_paired`.
    """
    check_level(margin, alpha)
    one, other = finite(legacy, "legacy"), finite(candidate, "candidate")
    a, b = float(one.var(ddof=1)) / one.size, float(other.var(ddof=1)) / other.size
    freedom = math.inf if a + b == 0 else (a + b) ** 2 / (a**2 / (one.size - 1) + b**2 / (other.size - 1))
    return _tost(
        float(other.mean() - one.mean()), math.sqrt(a + b), freedom, margin, alpha=alpha, n=min(one.size, other.size)
    )


def tost_proportions(
    legacy_count: int, legacy_n: int, candidate_count: int, candidate_n: int, *, margin: float, alpha: float
) -> Tost:
    """Test that two rates differ by less than `margin` (Agresti and Caffo 2000: a success and a failure added a side).

    Raises:
        ValueError: no runs, a count outside 0..n, a bad margin or level.
    """
    check_level(margin, alpha)
    for count, n in ((legacy_count, legacy_n), (candidate_count, candidate_n)):
        if not (n > 0 and 0 <= count <= n):
            message = f"{count} of {n} is no rate"
            raise ValueError(message)
    one, other = (legacy_count + 1) / (legacy_n + 2), (candidate_count + 1) / (candidate_n + 2)
    error = math.sqrt(one * (1 - one) / (legacy_n + 2) + other * (1 - other) / (candidate_n + 2))
    return _tost(other - one, error, math.inf, margin, alpha=alpha, n=min(legacy_n, candidate_n))
