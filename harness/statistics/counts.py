"""Counts: exact bounds of rates, balance of counts, many claims at once (Holm). Pure; numpy and scipy.special only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, betaincinv, gammaln


@dataclass(frozen=True, slots=True)
class Bound:
    """A rate with its exact upper bound."""

    estimate: float
    upper: float
    confidence: float
    n: int


def agreement_upper_bound(disagreements: int, n: int, confidence: float = 0.95) -> Bound:
    """Bound the rate of disagreeing pairs from above (Clopper and Pearson 1934; 0 of 59 gives 5 %, 0 of 29 gives 10 %).

    Raises:
        ValueError: no pairs, a count outside 0..n, or a confidence outside 0..1.
    """
    if not (n > 0 and 0 <= disagreements <= n and 0 < confidence < 1):
        message = f"{disagreements} of {n} at confidence {confidence} is no rate"
        raise ValueError(message)
    upper = 1.0 if disagreements == n else float(betaincinv(disagreements + 1, n - disagreements, confidence))
    return Bound(disagreements / n, upper, confidence, n)


def binomial_two_sided(count: int, n: int) -> float:
    """Give the exact two-sided p value of `count` heads in n fair throws; 1.0 without throws."""
    if n == 0:
        return 1.0
    return min(1.0, 2 * float(bdtr(min(count, n - count), n, 0.5)))


def holm(p_values: Sequence[float], alpha: float) -> tuple[bool, ...]:
    """Tell which claims hold together at level alpha (Holm 1979), in the order given."""
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    held = [False] * len(p_values)
    for rank, each in enumerate(order):
        if p_values[each] > alpha / (len(p_values) - rank):
            break
        held[each] = True
    return tuple(held)


def more_than_share(count: int, n: int, failures: int, total: int) -> float:
    """Give the chance that `count` or more of all failures fall on n of `total`, if they fall on any alike (Fisher)."""
    hits = np.arange(count, min(n, failures) + 1)
    whole = _log_choose(total, np.array([failures]))
    return min(1.0, float(np.exp(_log_choose(n, hits) + _log_choose(total - n, failures - hits) - whole).sum()))


def _log_choose(n: int, k: NDArray[np.int64]) -> NDArray[np.float64]:
    kept = np.clip(k, 0, n)
    found = gammaln(n + 1) - gammaln(kept + 1) - gammaln(n - kept + 1)
    return np.asarray(np.where(kept == k, found, -np.inf), dtype=np.float64)
