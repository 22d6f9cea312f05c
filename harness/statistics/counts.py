"""Counts: exact bounds of rates, balance of counts, many claims at once (Holm). Pure; numpy and scipy only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import bdtr, betaincinv, betaln, gammaln, xlog1py, xlogy

PRIOR = (0.5, 5.0)
"""Beta distribution of the rates that are bet on: losses are rare, and may be anything."""


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


def excess_evidence(one: tuple[int, int], other: tuple[int, int], margin: float) -> float:
    """Give the evidence that the second rate exceeds the first by more than a margin; it holds at every time.

    Bets on all pairs of rates against the likeliest pair within the margin (universal inference: Wasserman, Ramdas,
    Balakrishnan 2020). Where the excess is no larger, it ever reaches 1/alpha with a chance of at most alpha.

    Args:
        one: events and runs.
        other: as `one`.
        margin: between 0 and 1, 1 excluded.
    """
    counts = (one, other)
    bet = sum(betaln(k + PRIOR[0], n - k + PRIOR[1]) - betaln(*PRIOR) for k, n in counts)

    def unlikely(rates: tuple[float, float]) -> float:
        return -float(sum(xlogy(k, p) + xlog1py(n - k, -p) for (k, n), p in zip(counts, rates, strict=True)))

    seen = [k / n if n else 0.0 for k, n in counts]
    if seen[1] <= seen[0] + margin:
        least = unlikely((seen[0], seen[1]))
    else:
        least = float(
            minimize_scalar(lambda p: unlikely((p, p + margin)), bounds=(0.0, 1 - margin), method="bounded").fun
        )
    return float(np.exp(min(700.0, bet + least)))


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
