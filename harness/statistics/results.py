"""What an equivalence test is given and gives back; the checks of its input. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Floats = Sequence[float] | NDArray[np.float64]
SAMPLE_MIN = 2
"""Below it there is no spread."""


class Equivalence(StrEnum):
    """What a test says of a margin."""

    EQUIVALENT = "EQUIVALENT"
    DIFFERENT = "DIFFERENT"
    INCONCLUSIVE = "INCONCLUSIVE"


@dataclass(frozen=True, slots=True)
class Tost:
    """One equivalence test's result, in the unit of its input."""

    estimate: float
    low: float
    """Lower end of the (1 - 2 alpha) interval."""
    high: float
    p_lower: float
    """Of the one-sided test against effect <= -margin."""
    p_upper: float
    """Of the one-sided test against effect >= margin."""
    p_different: float
    """Of the claim that the effect lies outside the margin, on the nearer side."""
    margin: float
    alpha: float
    n: int
    """Pairs, or the smaller side's count where there are no pairs."""
    outcome: Equivalence

    @property
    def smallest_margin(self) -> float:
        """The margin above which this test would have passed; one-sided where the lower end is open."""
        one_sided = math.isinf(self.low) and math.isfinite(self.high)
        return max(0.0, self.high) if one_sided else max(-self.low, self.high)


def finite(values: Floats, name: str) -> NDArray[np.float64]:
    """Read a row of at least two finite numbers; anything else is a ValueError."""
    found = np.asarray(values, dtype=np.float64)
    if found.ndim != 1 or found.size < SAMPLE_MIN:
        message = f"{name}: at least {SAMPLE_MIN} numbers in one row are needed, got shape {found.shape}"
        raise ValueError(message)
    if not np.isfinite(found).all():
        message = f"{name}: not every value is a finite number"
        raise ValueError(message)
    return found


def paired(legacy: Floats, candidate: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Read two rows of one length, by pair."""
    one, other = finite(legacy, "legacy"), finite(candidate, "candidate")
    if one.size != other.size:
        message = f"pairs need both values: {one.size} legacy, {other.size} candidate"
        raise ValueError(message)
    return one, other


def check_level(margin: float, alpha: float) -> None:
    """Refuse a margin that is negative or not finite, and a level outside 0 to 0.5."""
    if not (math.isfinite(margin) and margin >= 0):
        message = f"margin must be a finite number of at least 0, got {margin}"
        raise ValueError(message)
    if not 0 < alpha < 0.5:  # noqa: PLR2004 - above it an interval of 1 - 2 alpha is none
        message = f"alpha must lie between 0 and 0.5, got {alpha}"
        raise ValueError(message)


def judge(p_lower: float, p_upper: float, p_different: float, alpha: float) -> Equivalence:
    """Tell the outcome from both one-sided tests and the claim of a difference."""
    if max(p_lower, p_upper) <= alpha:
        return Equivalence.EQUIVALENT
    return Equivalence.DIFFERENT if p_different <= alpha else Equivalence.INCONCLUSIVE
