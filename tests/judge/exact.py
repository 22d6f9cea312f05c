"""Chances of ever crossing a threshold, by recursion over counts: exact, with no simulation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Evidence = Callable[[int, NDArray[np.float64]], NDArray[np.float64]]
"""Number of units, how many of them fell one way (an array) → evidence at each."""


def ever(evidence: Evidence, chance: float, threshold: float, units: int) -> float:
    """Give the chance that the evidence ever reaches the threshold, where each unit falls that way with `chance`."""
    alive, crossed = np.array([1.0]), 0.0
    for n in range(1, units + 1):
        step = np.zeros(n + 1)
        step[:-1] += alive * (1 - chance)
        step[1:] += alive * chance
        over = evidence(n, np.arange(n + 1, dtype=np.float64)) >= threshold * (1 - 1e-12)
        crossed += float(step[over].sum())
        alive = np.where(over, 0.0, step)
    return crossed
