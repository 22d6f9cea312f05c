"""How far runs of one side with one identity differ (A/A), and what class of noise that is. Pure."""

from __future__ import annotations

import math

import numpy as np

from harness.model.finding import NoiseClass
from harness.statistics.results import SAMPLE_MIN, Floats


def bit_identical(values: Floats) -> bool:
    """Tell whether a side was run more than once and gave the same bits each time."""
    return len(values) >= SAMPLE_MIN and len(set(map(float, values))) == 1


def noise_of(repeats: Floats) -> float:
    """Give the standard deviation of a difference between two runs of one side; 0 where it was not repeated."""
    found = np.asarray(repeats, dtype=np.float64)
    return float(found.std(ddof=1)) * math.sqrt(2) if found.size >= SAMPLE_MIN else 0.0


def noise_class(legacy_repeats: Floats, candidate_repeats: Floats, allowed: float) -> NoiseClass | None:
    """Name the noise of a metric by its noisier side; None where a side was not repeated, so that nobody knows."""
    if min(len(legacy_repeats), len(candidate_repeats)) < SAMPLE_MIN:
        return None
    if bit_identical(legacy_repeats) and bit_identical(candidate_repeats):
        return NoiseClass.DETERMINISTIC
    quiet = max(noise_of(legacy_repeats), noise_of(candidate_repeats)) <= allowed
    return NoiseClass.JITTER if quiet else NoiseClass.UNSTABLE
