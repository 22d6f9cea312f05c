"""How many more pairs or days would decide: the rule itself, simulated on noise of unknown size. Pure, seeded."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from harness.judge.bets import CLIP
from harness.judge.units import Units
from harness.model.betting import FRACTIONS, OWN_SHARE, fewest_units
from harness.model.policy import Policy

TRIALS = 400
UNITS_MAX = 120
"""Further units; where that is not enough, no number is named."""
POWER = 0.8
_SEED = 14


def further_units(units: Units, policy: Policy, power: float = POWER) -> int | None:
    """Give the fewest further units after which this share of sound repositories with such noise is decided.

    Each trial draws a spread as likely as the units seen allow (chi-square), then units without any shift, so that
    noise is t distributed (the predictive distribution of a normal sample). None: more than UNITS_MAX.

    A day counts as many own pairs as days had on average.
    """
    seen = units.values[np.isfinite(units.values)]
    if seen.size < 2:  # noqa: PLR2004 - one unit has no spread
        return max(1, fewest_units(1 / policy.alpha) - int(seen.size)) if seen.size == units.values.size else None
    random = np.random.default_rng([_SEED, seen.size])
    freedom = seen.size - 1
    spread = float(seen.std(ddof=1)) * np.sqrt(freedom / random.chisquare(freedom, (TRIALS, 1)))
    future = spread * random.normal(size=(TRIALS, UNITS_MAX))
    each = max(1, round(units.pairs / max(1, units.values.size)))
    own = np.repeat(spread * math.sqrt(each) * random.normal(size=(TRIALS, UNITS_MAX)), each, axis=1)
    done = _first(units.values, future, 1 / policy.alpha)
    done = np.maximum(done, np.ceil(_first(units.own, own, 1 / (OWN_SHARE * policy.alpha)) / each))
    needed = float(np.quantile(done, power, method="higher"))
    return max(1, int(needed)) if np.isfinite(needed) else None


def _first(past: NDArray[np.float64], future: NDArray[np.float64], wanted: float) -> NDArray[np.float64]:
    """Say after how many further units both sides have reached what is wanted; infinite where they do not."""
    latest = np.zeros(len(future))
    for side in (1.0, -1.0):
        before, after = (np.clip(1 - side * units, -CLIP, CLIP) for units in (past, future))
        begin = [np.concatenate([[1.0], np.multiply.accumulate(1 + share * before)]) for share in FRACTIONS]
        if np.mean(begin, axis=0).max() >= wanted:
            continue
        paths = sum(start[-1] * np.multiply.accumulate(1 + share * after, axis=1)
                    for start, share in zip(begin, FRACTIONS, strict=True)) / len(FRACTIONS)  # fmt: skip
        reached = paths >= wanted
        latest = np.maximum(latest, np.where(reached.any(axis=1), reached.argmax(axis=1) + 1.0, np.inf))
    return latest
