"""How many pairs a campaign needs: the joint rule's power by simulation from pilot data. Pure and seeded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtri

from harness.judge.batch import OUTCOMES, decide_metrics
from harness.judge.results import SAMPLE_MIN, Equivalence, Floats, check_level, paired
from harness.judge.spread import WIDER_ALPHA
from harness.model.finding import Finding

TRIALS = 1000
PAIRS_MAX = 60
SPREAD_CONFIDENCE = 0.8
"""A pilot's spread is itself a guess; planning uses its upper 80 % limit (chi-square)."""
_EQUIVALENT = OUTCOMES.index(Equivalence.EQUIVALENT)


@dataclass(frozen=True, slots=True)
class Pilot:
    """One critical metric of a pilot."""

    legacy: Floats
    """Shape (n,), n >= 2; by pair."""
    candidate: Floats
    margin: float


def pilots_of(job: str, findings: Sequence[Finding]) -> tuple[Pilot, ...]:
    """Take the critical metrics of a job that vary from the findings of a campaign."""
    measures = [
        each.measure
        for each in findings
        if each.check == "metrics.equivalence" and each.required and each.subject.startswith(f"{job}/")
    ]
    return tuple(
        Pilot(each.series_legacy, each.series_candidate, each.margin)
        for each in measures
        if each and each.margin is not None and len({*each.series_legacy, *each.series_candidate}) > SAMPLE_MIN
    )


def pairs_for(power: float, pilots: Sequence[Pilot], alpha: float, seed: int) -> int | None:
    """Give the smallest number of pairs at which sides that are truly equal pass with this probability.

    Both locks of every metric must pass at once. Noise is drawn as normal with the pilot's covariance, metrics
    independent of each other. None: more than PAIRS_MAX would be needed.

    Raises:
        ValueError: no pilot, one that can't be tested, or a bad margin or level.
    """
    if not pilots:
        message = "no pilot data: no metric has values by pair"
        raise ValueError(message)
    noise = [_noise(each, alpha, [seed, number]) for number, each in enumerate(pilots)]
    margins = [each.margin for each in pilots]
    return next((n for n in range(2, PAIRS_MAX + 1) if _power(noise, margins, n, alpha) >= power), None)


def _noise(pilot: Pilot, alpha: float, seed: Sequence[int]) -> NDArray[np.float64]:
    """Draw campaigns with the pilot's covariance, widened to the upper limit of its spread: trial, pair, side."""
    check_level(pilot.margin, alpha)
    one, other = paired(pilot.legacy, pilot.candidate)
    freedom = one.size - 1
    widened = freedom / float(chdtri(freedom, SPREAD_CONFIDENCE))
    values, vectors = np.linalg.eigh(np.cov(one, other) * widened)
    factor = vectors * np.sqrt(np.clip(values, 0.0, None))
    drawn = np.random.default_rng(list(seed)).normal(0, 1, (TRIALS, PAIRS_MAX, 2)) @ factor.T
    return np.asarray(drawn, dtype=np.float64)


def _power(noise: Sequence[NDArray[np.float64]], margins: Sequence[float], pairs: int, alpha: float) -> float:
    """Give the share of trials in which every metric is equivalent."""
    passed = np.ones(TRIALS, dtype=bool)
    for drawn, margin in zip(noise, margins, strict=True):
        legacy, candidate = drawn[:, :pairs, 0], drawn[:, :pairs, 1]
        found = decide_metrics(
            legacy,
            candidate,
            np.full(TRIALS, margin),
            alpha,
            legacy,
            candidate,
            wider_alpha=WIDER_ALPHA / len(margins),
        )
        passed &= found.outcome == _EQUIVALENT
    return float(passed.mean())
