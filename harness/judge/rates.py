"""How often runs go wrong: a bound that holds at every time, by bets on single runs. Pure; numpy only.

Against "the rate is q or more" one bets that no run is bad at all (weight 0.8), and that a quarter of q is (0.2). The
wealth F(q) is a martingale at q (likelihood ratio), so it ever reaches 20 with a chance of at most 5 % (Ville 1939).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from harness.model.betting import FEW_BAD, NONE_BAD, QUARTER, WANTED

Numbers = NDArray[np.float64] | float
_GRID = 8
_HALVINGS = 50


def log_evidence(runs: Numbers, bad: Numbers, rate: Numbers) -> NDArray[np.float64]:
    """Give log F: the evidence that fewer than `rate` of all runs are bad, after `bad` of `runs`.

    Args:
        runs: at least `bad`.
        bad: 0 or more.
        rate: between 0 and 1, both excluded.
    """
    n, k, q = (np.asarray(each, dtype=np.float64) for each in (runs, bad, rate))
    good = np.log1p(-q)
    none = np.where(k == 0, np.log(NONE_BAD) - n * good, -np.inf)
    few = np.log(FEW_BAD) + k * np.log(QUARTER) + (n - k) * (np.log1p(-QUARTER * q) - good)
    return np.asarray(np.logaddexp(none, few))


def below(runs: Numbers, bad: Numbers, rate: Numbers) -> NDArray[np.bool_]:
    """Tell whether fewer than `rate` of all runs are proven bad."""
    return np.asarray(log_evidence(runs, bad, rate) >= np.log(WANTED))


def upper_bound(runs: int, bad: int) -> float:
    """Give the smallest rate that is excluded: wrong at most once in 20, however often one looks; 1 without runs.

    Raises:
        ValueError: more bad runs than runs, or a count below 0.
    """
    if not 0 <= bad <= runs:
        message = f"{bad} bad of {runs} runs is no count"
        raise ValueError(message)
    low, high = bad / runs if runs else 1.0, 1.0
    if not runs or bad == runs:
        return 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if below(runs, bad, middle) else (middle, high)
    return high


def runs_needed(rate: float, bad: int = 0) -> int:
    """Give how many runs prove a rate, if `bad` of them are bad: 9, 23, 29 at 30 %; 30, 76, 95 at 10 %."""
    found = bad + 1
    while not below(found, bad, rate):
        found += 1
    return found


def above(units: Numbers, bad: Numbers, rate: float) -> NDArray[np.bool_]:
    """Tell whether more than `rate` is proven: bets on eight rates above it, each with an eighth of the stake."""
    n, k = np.asarray(units, dtype=np.float64), np.asarray(bad, dtype=np.float64)
    paths = []
    for step in range(1, _GRID + 1):
        p = min(rate + step * (1 - rate) / _GRID, 1 - 1e-9)
        paths.append(k * np.log(p / rate) + (n - k) * (np.log1p(-p) - np.log1p(-rate)))
    return np.asarray(np.logaddexp.reduce(paths, axis=0) - np.log(_GRID) >= np.log(WANTED))


def off(
    values: NDArray[np.float64], legacy: NDArray[np.float64], margin: NDArray[np.float64] | float
) -> NDArray[np.bool_]:
    """Tell which runs lie more than a margin outside the range of all legacy runs that are known.

    Args:
        values: shape (..., n), of candidate runs.
        legacy: shape (..., m), m >= 1.
        margin: of shape (...), in the same unit.
    """
    allowed = np.asarray(margin)[..., None]
    low, high = legacy.min(axis=-1, keepdims=True), legacy.max(axis=-1, keepdims=True)
    return np.asarray((values < low - allowed) | (values > high + allowed))
