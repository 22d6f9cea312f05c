"""One metric decided: exactly where both sides repeat bit by bit, else by two locks on mean and median. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from harness.judge.means import tost_paired, tost_welch
from harness.judge.medians import sign_tost
from harness.judge.noise import bit_identical, noise_of
from harness.judge.results import SAMPLE_MIN, Equivalence, Floats, Margin, Tost, paired
from harness.judge.skew import skewed_alone
from harness.judge.spread import WIDER_ALPHA, Spread, compare_spread

WILDER = "the mean agrees, but candidate runs lie further apart than legacy runs"
SKEWED = (
    "runs of one side only are spread to one side, so the interval covers the mean less often than it says; "
    "the other side does not share that noise"
)
NOISY = "noise is larger than the margin, so these runs can't resolve it"
PAIRS_NEEDED_MAX = 10_000
POWER = 0.8


@dataclass(frozen=True, slots=True)
class MetricDecision:
    """Both locks of one metric: the mean by TOST and the median by sign-TOST."""

    outcome: Equivalence
    estimate: float
    """Candidate minus legacy."""
    low: float
    high: float
    margin: float
    p_different: float
    smallest_margin: float
    """The smallest margin that would have passed both locks."""
    pairs_needed: int | None
    """Further pairs for 80 % power at the observed spread; None: no number helps, or none is needed."""
    rule: str
    """exact, paired or welch."""
    reason: str
    spread: Spread | None
    """None where too few runs of a side are there to have one."""


def decide_metric(
    legacy: Floats,
    candidate: Floats,
    margin: Margin,
    alpha: float,
    *,
    legacy_repeats: Floats,
    candidate_repeats: Floats,
    wider_alpha: float = WIDER_ALPHA,
) -> MetricDecision:
    """Decide one metric: exactly where both sides repeat bit by bit, else by two locks on mean and median.

    Args:
        legacy: shape (n,), by pair.
        candidate: the same shape, by pair.
        margin: the owner's.
        alpha: level of this look.
        legacy_repeats: all legacy runs of the identity (A/A).
        candidate_repeats: all candidate runs of the identity.
        wider_alpha: level of the claim that the candidate is wider; split over the metrics judged together.

    Raises:
        ValueError: values that can't be tested, or no usable margin.
    """
    one, other = paired(legacy, candidate)
    allowed = margin.resolve(float(one.mean()))
    if _constant(legacy_repeats, one) and _constant(candidate_repeats, other):
        return _exact(float(one[0]), float(other[0]), margin)
    noise = max(noise_of(legacy_repeats), noise_of(candidate_repeats))
    rule = "paired" if _correlation(one, other) > 0 else "welch"
    mean = (tost_paired if rule == "paired" else tost_welch)(one, other, allowed, alpha)
    median = sign_tost(one, other, allowed, alpha)
    spread = _spread(legacy_repeats, candidate_repeats)
    outcome, reason = _two_locks(mean, median, noise, allowed)
    unlike = _unlike(spread, legacy_repeats, candidate_repeats, allowed, wider_alpha) if spread else ""
    if outcome is Equivalence.EQUIVALENT and unlike:
        outcome, reason = Equivalence.INCONCLUSIVE, unlike
    resolvable = noise <= allowed and reason != unlike  # more pairs change no noise
    undecided = outcome is Equivalence.INCONCLUSIVE and resolvable
    needed = _pairs_needed(one, other, mean, rule) if undecided else None
    smallest = max(mean.smallest_margin, median.smallest_margin)
    return MetricDecision(
        outcome, mean.estimate, mean.low, mean.high, allowed, mean.p_different, smallest, needed, rule, reason, spread
    )


def _constant(repeats: Floats, values: NDArray[np.float64]) -> bool:
    """Tell whether a side gave one value each time, in the pairs as well: a replaced pair is none of the repeats."""
    return bit_identical(repeats) and set(map(float, values)) == set(map(float, repeats))


def _exact(legacy: float, candidate: float, margin: Margin) -> MetricDecision:
    """Compare two values that never vary, as decimals as they were written: 0.93 and 0.91 differ by 0.02, not more."""
    allowed, difference = margin.exactly(legacy), Decimal(repr(candidate)) - Decimal(repr(legacy))
    inside, moved = abs(difference) <= allowed, float(difference)
    if moved == 0:
        reason = "every run of both sides gave the same value"
    else:
        reason = "every run of one side gave the same value, and the sides differ"
    return MetricDecision(
        Equivalence.EQUIVALENT if inside else Equivalence.DIFFERENT,
        moved,
        moved,
        moved,
        float(allowed),
        1.0 if inside else 0.0,
        abs(moved),
        None,
        "exact",
        reason,
        None,
    )


def _spread(legacy_repeats: Floats, candidate_repeats: Floats) -> Spread | None:
    enough = min(len(legacy_repeats), len(candidate_repeats)) >= SAMPLE_MIN
    return compare_spread(legacy_repeats, candidate_repeats) if enough else None


def _unlike(spread: Spread, legacy_repeats: Floats, candidate_repeats: Floats, allowed: float, alpha: float) -> str:
    """Say how the noise of the sides differs so that a mean which passes proves nothing; empty: it does not.

    Either the candidate is proven wider, and so wide that two of its own runs differ by more than allowed, or the wider
    side is skewed.
    """
    if spread.p_wider <= alpha and float(np.ptp(np.asarray(candidate_repeats))) > allowed:
        return f"{WILDER}: the variance is {spread.variance_ratio:.3g} times legacy's"
    one, other = (np.asarray(each, dtype=np.float64)[None, :] for each in (legacy_repeats, candidate_repeats))
    return SKEWED if skewed_alone(one, other, np.array([spread.p_wider]))[0] else ""


def _correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    if one.std() == 0 or other.std() == 0:
        return 0.0
    return float(np.corrcoef(one, other)[0, 1])


def _two_locks(mean: Tost, median: Tost, noise: float, allowed: float) -> tuple[Equivalence, str]:
    if mean.outcome is Equivalence.DIFFERENT:
        return Equivalence.DIFFERENT, "the interval lies outside the margin"
    if noise > allowed:
        return (
            Equivalence.INCONCLUSIVE,
            f"{NOISY}: the standard deviation of a difference between two of them is {noise:.3g}",
        )
    if mean.outcome is not Equivalence.EQUIVALENT:
        return Equivalence.INCONCLUSIVE, "the interval crosses the margin"
    if median.outcome is not Equivalence.EQUIVALENT:
        return Equivalence.INCONCLUSIVE, "the mean passes, the median does not: too few pairs lie inside the margin"
    return Equivalence.EQUIVALENT, ""


def _pairs_needed(one: NDArray[np.float64], other: NDArray[np.float64], mean: Tost, rule: str) -> int | None:
    """Plan by the normal approximation of TOST's power (Julious 2004), and never below what the sign test needs."""
    rest = mean.margin - abs(mean.estimate)
    if rest <= 0:
        return None
    spread = float((other - one).std(ddof=1)) if rule == "paired" else math.sqrt(one.var(ddof=1) + other.var(ddof=1))
    wanted = (float(ndtri(1 - mean.alpha)) + float(ndtri((1 + POWER) / 2))) ** 2 * (spread / rest) ** 2
    by_sign = math.ceil(math.log(mean.alpha) / math.log(0.5))
    total = max(math.ceil(wanted) + 1, by_sign, mean.n + 1)
    return total - mean.n if total <= PAIRS_NEEDED_MAX else None
