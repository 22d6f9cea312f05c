"""How often the interval holds the true shift, in so many intervals that two points of coverage are a fair limit.

A whole campaign costs 50 ms, so a row's few hundred are too few: three standard errors of 300 are three points. Here
the same draws go to the vectorised judge, which a test holds against the judge of the campaigns, comparison by
comparison; three standard errors of 20,000 are 0.4 points.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from harness.campaign.selfcheck.defects import ALONE, AT_MARGIN, LEGACY_CALM, LOOKS, NOISE, SHARED, Draw
from harness.campaign.selfcheck.trials import nominal_coverage
from harness.campaign.selfcheck.world import POLICY
from harness.judge import looks
from harness.judge.batch import OUTCOMES, decide_metrics
from harness.judge.results import Equivalence

INTERVALS = 20_000
SLACK = 0.02
"""Two points."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """One kind of noise at one number of pairs, with the candidate exactly at the margin."""

    noise: str
    alone: bool
    """The candidate's noise is its own; else both sides share it."""
    pairs: int
    intervals: int
    covered: int
    passed: int
    """Called equivalent."""
    broken: str


def measure(seed: int, scale: float) -> tuple[Coverage, ...]:
    """Measure every kind of noise at every planned number of pairs."""
    count = max(1, round(INTERVALS * scale))
    kinds = [(name, draw, False) for name, draw in NOISE.items()] + [(name, draw, True) for name, draw in ALONE.items()]
    return tuple(_measured(name, draw, alone, pairs, count, seed) for name, draw, alone in kinds for pairs in LOOKS)


def _measured(name: str, draw: Draw, alone: bool, pairs: int, count: int, seed: int) -> Coverage:  # noqa: FBT001
    key = int.from_bytes(hashlib.sha256(f"{name}/{alone}".encode()).digest()[:4], "big")
    random = np.random.default_rng([seed, key, pairs])
    runs = pairs + POLICY.repeats - POLICY.pairs_identical
    own, calm = (each(random, count * runs).reshape(count, runs) for each in (draw, NOISE["normal"] if alone else draw))
    legacy = SHARED * (LEGACY_CALM if alone else 1.0) * calm
    candidate = 1 + SHARED * own
    level = looks.alpha_at_look(POLICY)
    found = decide_metrics(legacy[:, :pairs], candidate[:, :pairs], np.ones(count), level, legacy, candidate)
    covered = int(((found.low <= 1) & (found.high >= 1)).sum())
    passed = int((found.outcome == OUTCOMES.index(Equivalence.EQUIVALENT)).sum())
    return Coverage(name, alone, pairs, count, covered, passed, _broken(alone, covered / count, passed / count))


def _broken(alone: bool, covered: float, passed: float) -> str:  # noqa: FBT001
    """Skew on one side costs coverage; what counts there is how often it lets a candidate at the margin pass."""
    if alone:
        return f"{passed:.1%} are called equivalent" if passed > AT_MARGIN else ""
    nominal = nominal_coverage()
    return f"covers {covered:.1%}, nominal is {nominal:.1%}" if abs(covered - nominal) > SLACK else ""
