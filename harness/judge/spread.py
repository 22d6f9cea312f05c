"""Spread: the same mean, but wilder? Pure; numpy and scipy.special only.

Both tests look for more spread on the candidate and can only lower a verdict: with few runs, no test proves that two
spreads are equal.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, stdtr

from harness.judge.results import Floats, finite

WIDER_ALPHA = 0.05
"""Level of the claim that the candidate is wider. It can only lower a verdict, so planned looks need not share it."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How much wider the candidate's runs lie than those of legacy."""

    variance_ratio: float
    """Candidate over legacy; infinite where legacy never varies and the candidate does, 1 where neither does."""
    p_wider: float
    """One-sided, that the candidate's deviations from its median are larger (Brown and Forsythe 1974)."""
    tail_share: float
    """Share of candidate runs outside the range of the legacy runs."""
    p_tail: float
    """Chance of a share this large or larger, if all runs were alike (exceedances; exact for continuous values)."""
    n_legacy: int
    n_candidate: int


def compare_spread(legacy: Floats, candidate: Floats) -> Spread:
    """Compare how far the runs of each side lie apart.

    Args:
        legacy: shape (n,), n >= 2; all runs of one identity.
        candidate: shape (m,), m >= 2; the same unit.

    Raises:
        ValueError: fewer than two values a side, or one that is not finite.
    """
    one, other = finite(legacy, "legacy"), finite(candidate, "candidate")
    below, above = float(one.var(ddof=1)), float(other.var(ddof=1))
    ratio = above / below if below > 0 else (1.0 if above == 0 else float("inf"))
    outside = int(((other < one.min()) | (other > one.max())).sum())
    return Spread(
        ratio,
        _p_wider(one, other),
        outside / other.size,
        _p_tail(outside, one.size, other.size),
        one.size,
        other.size,
    )


def _p_wider(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Run a one-sided t test on the absolute deviations from each side's median."""
    low, high = np.abs(one - np.median(one)), np.abs(other - np.median(other))
    freedom = low.size + high.size - 2
    within = float(((low - low.mean()) ** 2).sum() + ((high - high.mean()) ** 2).sum()) / freedom
    moved = float(high.mean() - low.mean())
    if within == 0:
        return 0.0 if moved > 0 else 1.0
    return float(stdtr(freedom, -moved / np.sqrt(within * (1 / low.size + 1 / high.size))))


def _p_tail(outside: int, n: int, m: int) -> float:
    """Sum the chances of `outside` or more of m values beyond the range of n exchangeable ones.

    Exactly k of them: k + 1 ways to share them between the ends, and C(n + m - k - 2, n - 2) orders of the rest.
    """
    counts = np.arange(outside, m + 1)
    rest = _log_choose(n + m - counts - 2, n - 2) - _log_choose(np.array(n + m), n)
    return min(1.0, float(np.sum((counts + 1) * np.exp(rest))))


def _log_choose(n: NDArray[np.int64], k: int) -> NDArray[np.float64]:
    return np.asarray(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1), dtype=np.float64)
