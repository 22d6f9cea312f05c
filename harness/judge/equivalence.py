"""Equivalence tests. Pure; numpy and scipy.special only.

Two one-sided tests (Schuirmann 1987; Lakens, Improving Your Statistical Inferences, ch. 9): two sides are EQUIVALENT
when the (1 - 2 alpha) interval of the effect lies inside the margin, DIFFERENT when it lies wholly outside, else
INCONCLUSIVE.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, bdtrc, betaincinv, ndtr, ndtri, stdtr, stdtrit

Floats = Sequence[float] | NDArray[np.float64]
SAMPLE_MIN = 2
"""Below it there is no spread."""


class Equivalence(StrEnum):
    """What a test says of a margin."""

    EQUIVALENT = "EQUIVALENT"
    DIFFERENT = "DIFFERENT"
    INCONCLUSIVE = "INCONCLUSIVE"


@dataclass(frozen=True, slots=True)
class Margin:
    """The largest difference an owner accepts: absolute, relative to the legacy mean, or the larger of both."""

    absolute: float | None = None
    relative: float | None = None

    def resolve(self, legacy_mean: float) -> float:
        """Give the margin in the metric's unit.

        Raises:
            ValueError: there is no margin, or it is negative or not finite.
        """
        parts = [
            each
            for each in (self.absolute, None if self.relative is None else self.relative * abs(legacy_mean))
            if each is not None
        ]
        if not parts or not all(math.isfinite(each) and each >= 0 for each in parts):
            message = f"no usable margin: absolute {self.absolute}, relative {self.relative}"
            raise ValueError(message)
        return max(parts)


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
    outcome: Equivalence


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


# -- input ------------------------------------------------------------------------------------------------------------


def _array(values: Floats, name: str) -> NDArray[np.float64]:
    found = np.asarray(values, dtype=np.float64)
    if found.ndim != 1 or found.size < SAMPLE_MIN:
        message = f"{name}: at least {SAMPLE_MIN} numbers in one row are needed, got shape {found.shape}"
        raise ValueError(message)
    if not np.isfinite(found).all():
        message = f"{name}: not every value is a finite number"
        raise ValueError(message)
    return found


def _pair(legacy: Floats, candidate: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    one, other = _array(legacy, "legacy"), _array(candidate, "candidate")
    if one.size != other.size:
        message = f"pairs need both values: {one.size} legacy, {other.size} candidate"
        raise ValueError(message)
    return one, other


def _check(margin: float, alpha: float) -> None:
    if not (math.isfinite(margin) and margin >= 0):
        message = f"margin must be a finite number of at least 0, got {margin}"
        raise ValueError(message)
    if not 0 < alpha < 0.5:  # noqa: PLR2004 - above it an interval of 1 - 2 alpha is none
        message = f"alpha must lie between 0 and 0.5, got {alpha}"
        raise ValueError(message)


# -- tests on means ---------------------------------------------------------------------------------------------------


def _judge(p_lower: float, p_upper: float, p_different: float, alpha: float) -> Equivalence:
    if max(p_lower, p_upper) <= alpha:
        return Equivalence.EQUIVALENT
    return Equivalence.DIFFERENT if p_different <= alpha else Equivalence.INCONCLUSIVE


def _tost(estimate: float, error: float, freedom: float, margin: float, alpha: float, n: int) -> Tost:
    """Run both one-sided t tests; with no spread at all the estimate is the effect (freedom inf: normal)."""
    if error == 0:
        inside_low, inside_high = float(estimate <= -margin), float(estimate >= margin)
        outside = float(abs(estimate) <= margin)
        return Tost(
            estimate, estimate, estimate, inside_low, inside_high, outside, margin, alpha, n,
            _judge(inside_low, inside_high, outside, alpha),
        )  # fmt: skip
    tail = ndtr if math.isinf(freedom) else (lambda value: stdtr(freedom, value))
    width = error * float(ndtri(1 - alpha) if math.isinf(freedom) else stdtrit(freedom, 1 - alpha))
    p_lower = float(tail(-(estimate + margin) / error))
    p_upper = float(tail((estimate - margin) / error))
    p_different = float(tail(-(abs(estimate) - margin) / error))
    return Tost(
        estimate, estimate - width, estimate + width, p_lower, p_upper, p_different, margin, alpha, n,
        _judge(p_lower, p_upper, p_different, alpha),
    )  # fmt: skip


def tost_one_sample(values: Floats, reference: float, margin: float, alpha: float) -> Tost:
    """Test that a mean lies within `margin` of a reference (Lakens 2017, SPPS 8(4)).

    Args:
        values: shape (n,), n >= 2, any unit.
        reference: in the same unit.
        margin: half-width of the allowed band, same unit.
        alpha: level of each one-sided test.

    Raises:
        ValueError: fewer than two values, a value that is not finite, a bad margin or level.
    """
    _check(margin, alpha)
    found = _array(values, "values")
    return _tost(
        float(found.mean() - reference),
        float(found.std(ddof=1)) / math.sqrt(found.size),
        found.size - 1,
        margin,
        alpha,
        found.size,
    )


def tost_paired(legacy: Floats, candidate: Floats, margin: float, alpha: float) -> Tost:
    """Test that the mean of candidate - legacy lies within `margin` (Schuirmann 1987, on paired differences).

    Args:
        legacy: shape (n,), n >= 2; by pair.
        candidate: the same shape, same order, same unit.
        margin: half-width of the allowed band, same unit.
        alpha: level of each one-sided test.

    Raises:
        ValueError: unequal lengths, fewer than two pairs, a value that is not finite, a bad margin or level.
    """
    one, other = _pair(legacy, candidate)
    return tost_one_sample(other - one, 0.0, margin, alpha)


def tost_welch(legacy: Floats, candidate: Floats, margin: float, alpha: float) -> Tost:
    """Test that two means differ by less than `margin`, without pairs and without equal variances (Welch 1947).

    Shapes (n,) and (m,), both at least 2, one unit; the rest as `tost_paired`.
    """
    _check(margin, alpha)
    one, other = _array(legacy, "legacy"), _array(candidate, "candidate")
    a, b = float(one.var(ddof=1)) / one.size, float(other.var(ddof=1)) / other.size
    freedom = math.inf if a + b == 0 else (a + b) ** 2 / (a**2 / (one.size - 1) + b**2 / (other.size - 1))
    return _tost(float(other.mean() - one.mean()), math.sqrt(a + b), freedom, margin, alpha, min(one.size, other.size))


def tost_proportions(
    legacy_count: int, legacy_n: int, candidate_count: int, candidate_n: int, margin: float, alpha: float
) -> Tost:
    """Test that two rates differ by less than `margin` (Agresti and Caffo 2000: a success and a failure added a side).

    Raises:
        ValueError: no runs, a count outside 0..n, a bad margin or level.
    """
    _check(margin, alpha)
    for count, n in ((legacy_count, legacy_n), (candidate_count, candidate_n)):
        if not (n > 0 and 0 <= count <= n):
            message = f"{count} of {n} is no rate"
            raise ValueError(message)
    one, other = (legacy_count + 1) / (legacy_n + 2), (candidate_count + 1) / (candidate_n + 2)
    error = math.sqrt(one * (1 - one) / (legacy_n + 2) + other * (1 - other) / (candidate_n + 2))
    return _tost(other - one, error, math.inf, margin, alpha, min(legacy_n, candidate_n))


# -- test on the median -----------------------------------------------------------------------------------------------


def sign_critical(n: int, alpha: float) -> int:
    """Say how many of n differences must lie on the right side of a bound; n + 1 when even all prove nothing."""
    for count in range(n + 1):
        if float(bdtrc(count - 1, n, 0.5)) <= alpha:
            return count
    return n + 1


def sign_tost(legacy: Floats, candidate: Floats, margin: float, alpha: float) -> Tost:
    """Test that the median of candidate - legacy lies within `margin`, whatever the distribution (Dixon and Mood 1946).

    At alpha 0.05 it cannot pass below 5 pairs, at 0.05/3 not below 6. The interval is that of the order statistics;
    infinite where n proves nothing. Shapes, units and errors as `tost_paired`.
    """
    _check(margin, alpha)
    one, other = _pair(legacy, candidate)
    found = np.sort(other - one)
    n = found.size
    above, below = int((found > -margin).sum()), int((found < margin).sum())
    p_lower, p_upper = float(bdtrc(above - 1, n, 0.5)), float(bdtrc(below - 1, n, 0.5))
    outside = max(int((found > margin).sum()), int((found < -margin).sum()))
    p_different = float(bdtrc(outside - 1, n, 0.5))
    critical = sign_critical(n, alpha)
    low, high = (-math.inf, math.inf) if critical > n else (float(found[n - critical]), float(found[critical - 1]))
    outcome = _judge(p_lower, p_upper, p_different, alpha)
    return Tost(float(np.median(found)), low, high, p_lower, p_upper, p_different, margin, alpha, n, outcome)


# -- latency ----------------------------------------------------------------------------------------------------------


def noninferiority_log_ratio(
    legacy: Floats, candidate: Floats, ratio_max: float, floor_seconds: float, alpha: float
) -> Tost:
    """Test that a duration is no longer than `ratio_max` times legacy, or no more than `floor_seconds` longer.

    One-sided, mean and median both, on log ratios; where that does not pass, on differences against the floor (usual
    ratio: 1.25, bioequivalence, FDA 2001). The result speaks in seconds or, when the ratio decided, in log ratio.

    Args:
        legacy: shape (n,), n >= 2; seconds, all positive; by pair.
        candidate: the same shape, seconds.
        ratio_max: above 1.
        floor_seconds: at least 0.
        alpha: level of each one-sided test.

    Raises:
        ValueError: durations that are not positive, a ratio not above 1, and what `tost_paired` refuses.
    """
    one, other = _pair(legacy, candidate)
    if (one <= 0).any() or (other <= 0).any():
        message = "durations must be positive"
        raise ValueError(message)
    if ratio_max <= 1:
        message = f"ratio_max must be above 1, got {ratio_max}"
        raise ValueError(message)
    by_ratio = _no_worse(np.log(one), np.log(other), math.log(ratio_max), alpha)
    by_floor = _no_worse(one, other, floor_seconds, alpha)
    if by_ratio.outcome is Equivalence.EQUIVALENT:
        return by_ratio
    if by_floor.outcome is Equivalence.DIFFERENT and by_ratio.outcome is not Equivalence.DIFFERENT:
        return by_ratio
    return by_floor


def _no_worse(one: NDArray[np.float64], other: NDArray[np.float64], margin: float, alpha: float) -> Tost:
    mean, median = tost_paired(one, other, margin, alpha), sign_tost(one, other, margin, alpha)
    p_upper = max(mean.p_upper, median.p_upper)
    p_different = mean.p_different if mean.estimate > 0 else 1.0
    outcome = _judge(0.0, p_upper, p_different, alpha)
    return Tost(
        mean.estimate, -math.inf, mean.high, 0.0, p_upper, p_different, margin, alpha, mean.n, outcome
    )  # fmt: skip


# -- counts -----------------------------------------------------------------------------------------------------------


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


def holm(p_values: Sequence[float], alpha: float) -> tuple[bool, ...]:
    """Tell which claims hold together at level alpha (Holm 1979), in the order given."""
    order = sorted(range(len(p_values)), key=lambda each: p_values[each])
    held = [False] * len(p_values)
    for rank, each in enumerate(order):
        if p_values[each] > alpha / (len(p_values) - rank):
            break
        held[each] = True
    return tuple(held)


# -- one metric -------------------------------------------------------------------------------------------------------


def decide_metric(
    legacy: Floats,
    candidate: Floats,
    margin: Margin,
    alpha: float,
    *,
    legacy_repeats: Floats,
    candidate_repeats: Floats,
) -> MetricDecision:
    """Decide one metric: exactly where both sides repeat bit by bit, else by two locks on mean and median.

    Args:
        legacy: shape (n,), by pair.
        candidate: the same shape, by pair.
        margin: the owner's.
        alpha: level of this look.
        legacy_repeats: all legacy runs of the identity (A/A).
        candidate_repeats: all candidate runs of the identity.

    Raises:
        ValueError: values that can't be tested, or no usable margin.
    """
    one, other = _pair(legacy, candidate)
    allowed = margin.resolve(float(one.mean()))
    if _bit_identical(legacy_repeats) and _bit_identical(candidate_repeats):
        return _exact(float(one[0]), float(other[0]), allowed)
    noise = max(_noise(legacy_repeats), _noise(candidate_repeats))
    rule = "paired" if _correlation(one, other) > 0 else "welch"
    mean = (tost_paired if rule == "paired" else tost_welch)(one, other, allowed, alpha)
    median = sign_tost(one, other, allowed, alpha)
    outcome, reason = _two_locks(mean, median, noise, allowed)
    needed = None if outcome is not Equivalence.INCONCLUSIVE else _pairs_needed(one, other, mean, rule)
    smallest = max(abs(mean.low), abs(mean.high), -median.low, median.high)
    return MetricDecision(
        outcome, mean.estimate, mean.low, mean.high, allowed, mean.p_different, smallest, needed, rule, reason
    )


def _bit_identical(values: Floats) -> bool:
    return len(values) >= SAMPLE_MIN and len(set(map(float, values))) == 1


def _exact(legacy: float, candidate: float, allowed: float) -> MetricDecision:
    """Compare two values that never vary: no test is needed to know their difference."""
    moved = candidate - legacy
    inside = abs(moved) <= allowed
    if moved == 0:
        reason = "every run of both sides gave the same value"
    else:
        reason = "every run of one side gave the same value, and the sides differ"
    return MetricDecision(
        Equivalence.EQUIVALENT if inside else Equivalence.DIFFERENT,
        moved,
        moved,
        moved,
        allowed,
        1.0 if inside else 0.0,
        abs(moved),
        None,
        "exact",
        reason,
    )


def _noise(repeats: Floats) -> float:
    """Give the standard deviation of a difference between two runs of one side."""
    found = np.asarray(repeats, dtype=np.float64)
    return float(found.std(ddof=1)) * math.sqrt(2) if found.size >= SAMPLE_MIN else 0.0


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
            f"runs of one side differ by {noise:.3g} (standard deviation), more than the margin",
        )
    if mean.outcome is not Equivalence.EQUIVALENT:
        return Equivalence.INCONCLUSIVE, "the interval crosses the margin"
    if median.outcome is not Equivalence.EQUIVALENT:
        return Equivalence.INCONCLUSIVE, "the mean passes, the median does not: too few pairs lie inside the margin"
    return Equivalence.EQUIVALENT, ""


PAIRS_NEEDED_MAX = 10_000
POWER = 0.8


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
