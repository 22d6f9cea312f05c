"""Skew on one side only: the mean's interval covers less than it says, and no lock sees it. Pure; numpy, scipy.special.

Noise that both sides share makes differences symmetric, whatever its shape. Where one side's noise is far larger and
skewed, differences are skewed too. That is looked for in A/A and can only lower a verdict.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

SKEW_MIN = 8
"""Runs of a side; below it the test's approximation does not hold (D'Agostino 1970)."""
SKEW_ALPHA = 0.05
"""Level of each claim, two-sided: that a side is the wider one, and that it is skewed."""


def p_skewed(runs: NDArray[np.float64]) -> NDArray[np.float64]:
    """Test each row for skewness, two-sided (D'Agostino, Belanger and D'Agostino 1990, The American Statistician 44).

    Args:
        runs: shape (k, n), n >= 8; a row that never varies has p 1.
    """
    n = float(runs.shape[1])
    centred = runs - runs.mean(axis=1, keepdims=True)
    variance = (centred**2).mean(axis=1)
    varies = variance > 0
    skewness = np.where(varies, (centred**3).mean(axis=1) / np.where(varies, variance, 1.0) ** 1.5, 0.0)
    scaled = skewness * np.sqrt((n + 1) * (n + 3) / (6 * (n - 2)))
    kurtosis = 3 * (n**2 + 27 * n - 70) * (n + 1) * (n + 3) / ((n - 2) * (n + 5) * (n + 7) * (n + 9))
    squared = -1 + np.sqrt(2 * (kurtosis - 1))
    ratio = scaled / np.sqrt(2 / (squared - 1))
    z = np.log(ratio + np.sqrt(ratio**2 + 1)) / np.sqrt(0.5 * np.log(squared))
    return np.asarray(np.where(varies, 2 * ndtr(-np.abs(z)), 1.0), dtype=np.float64)


def skewed_alone(
    legacy: NDArray[np.float64], candidate: NDArray[np.float64], p_wider: NDArray[np.float64]
) -> NDArray[np.bool_]:
    """Tell row by row whether one side is proven wider than the other and skewed.

    Args:
        legacy: shape (k, n), all runs of one identity a row.
        candidate: shape (k, m).
        p_wider: shape (k,), one-sided, that the candidate is wider (Brown and Forsythe 1974).
    """
    found = np.zeros(legacy.shape[0], dtype=bool)
    for runs, p_side in ((candidate, p_wider), (legacy, 1 - p_wider)):
        if runs.shape[1] >= SKEW_MIN:
            found |= (p_side <= SKEW_ALPHA / 2) & (p_skewed(runs) <= SKEW_ALPHA)
    return found
