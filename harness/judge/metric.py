"""One metric decided: exactly where both sides repeat bit by bit, else by bets on its pairs. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from harness.judge.advice import further_units
from harness.judge.bets import OUTCOMES, decide, interval
from harness.judge.margin import Margin
from harness.judge.noise import bit_identical
from harness.judge.units import Units, kept, units_of
from harness.model.policy import Policy
from harness.model.sample import Earlier, PairedSample, Series
from harness.model.target import NEVER
from harness.model.wording import counted
from harness.statistics.results import Equivalence, Floats
from harness.statistics.serial import resemblance

BY_PAIR, BY_DAY, EXACT = "pairs", "days", "exact"


@dataclass(frozen=True, slots=True)
class MetricDecision:
    """What pairs say of one metric, in its unit."""

    outcome: Equivalence
    estimate: float
    """Candidate minus legacy: the mean of this campaign's pairs."""
    low: float
    """Smallest shift that all pairs together leave possible."""
    high: float
    margin: float
    units_needed: int | None
    """Further pairs, or days, within which 80 % of sound repositories are decided; None: none, or too many to say."""
    rule: str
    """exact, pairs or days."""
    reason: str
    pairs: int
    """Of all campaigns that count together."""
    days: int
    resemblance: tuple[float, float] = (0.0, 1.0)
    """Correlation of each day with the one before, and the chance of that; of pairs it is not asked."""

    @property
    def largest(self) -> float:
        """The largest shift either way that the evidence leaves possible."""
        return max(-self.low, self.high)


def series_of(sample: PairedSample, claim: str, margin: Margin, earlier: Sequence[Earlier]) -> Series:
    """Keep a sample's pairs with the margin that was resolved before the first of them counted.

    An earlier campaign of the same image froze it. Else it follows from legacy runs that are in no pair, which no pair
    depends on; where there is none, from legacy's runs of this campaign.

    Raises:
        ValueError: there is no usable margin.
    """
    alone = [*(Counter(sample.legacy_repeats) - Counter(sample.legacy)).elements()]
    known = alone or [*sample.legacy]
    return kept(sample, claim, earlier, lambda: margin.resolve(float(np.mean(known))))


def decide_metric(
    sample: PairedSample,
    margin: Margin,
    policy: Policy,
    *,
    claim: str = "",
    earlier: Sequence[Earlier] = (),
    metrics: int = 1,
) -> MetricDecision:
    """Decide one metric: exactly where both sides repeat bit by bit, else by bets on all pairs that count.

    Args:
        sample: this campaign's pairs, at least one, and all its runs.
        margin: the owner's.
        policy: its level and its unit.
        claim: as `carry.claim_of`; earlier pairs of another claim do not count.
        earlier: what earlier campaigns left of the metric, the oldest first.
        metrics: critical metrics that are judged together.

    Raises:
        ValueError: values that are not finite, or no usable margin.
    """
    _check(sample)
    known = tuple(prior for prior in earlier if prior.series.claim == claim)
    series = series_of(sample, claim, margin, known)
    units = units_of(series, known, by_day=policy.days > 1)
    if _constant(sample.legacy_repeats, sample.legacy) and _constant(sample.candidate_repeats, sample.candidate):
        return _exact(sample.legacy[0], sample.candidate[0], margin, units, days=policy.days)
    return _by_bets(series, units, policy, metrics)


def _check(sample: PairedSample) -> None:
    if not sample.pairs or len(sample.legacy) != len(sample.candidate):
        message = f"pairs need both values: {len(sample.legacy)} legacy, {len(sample.candidate)} candidate"
        raise ValueError(message)
    rows = (sample.legacy, sample.candidate, sample.legacy_repeats, sample.candidate_repeats)
    if not all(np.isfinite(row).all() for row in rows):
        message = "not every value is a finite number"
        raise ValueError(message)
    neither = sum(min(pair) >= NEVER for pair in zip(sample.legacy, sample.candidate, strict=True))
    if neither:
        message = f"the target was reached on neither side in {counted(neither, 'pair')}"
        raise ValueError(message)


def _constant(repeats: Floats, values: Floats) -> bool:
    """Tell whether a side gave one value each time, in the pairs as well: a replaced pair is none of the repeats."""
    return bit_identical(repeats) and set(map(float, values)) == set(map(float, repeats))


def _exact(legacy: float, candidate: float, margin: Margin, units: Units, *, days: int) -> MetricDecision:
    """Compare two values that never vary, as decimals as they were written: 0.95 - 0.93 is 0.02.

    That they are equal is said of as many days as any other metric's; how many runs it takes, bad runs say.
    """
    allowed = margin.exactly(legacy)
    moved = Decimal(repr(candidate)) - Decimal(repr(legacy))
    same = "every run of both sides gave the same value"
    reason = same if moved == 0 else "every run of one side gave the same value, and the sides differ"
    outcome, needed = Equivalence.EQUIVALENT if abs(moved) <= allowed else Equivalence.DIFFERENT, None
    if outcome is Equivalence.EQUIVALENT and units.days < days:
        outcome, reason, needed = Equivalence.INCONCLUSIVE, _lacking(units, days), days - units.days
    shift = float(moved)
    return MetricDecision(
        outcome, shift, shift, shift, float(allowed), needed, EXACT, reason, units.pairs, units.days
    )  # fmt: skip


def _lacking(units: Units, days: int) -> str:
    return f"{units.days} of {days} days are there"


def _by_bets(series: Series, units: Units, policy: Policy, metrics: int) -> MetricDecision:
    rows = units.values[None, :]
    outcome = OUTCOMES[decide(rows, units.own[None, :], units.starts, metrics, alpha=policy.alpha)[0]]
    low, high = (float(end[0]) * series.margin for end in interval(rows, policy.alpha))
    rule = BY_DAY if policy.days > 1 else BY_PAIR
    reason = ""
    if outcome is Equivalence.EQUIVALENT and units.days < policy.days:
        outcome, reason = Equivalence.INCONCLUSIVE, _lacking(units, policy.days)
    elif outcome is Equivalence.INCONCLUSIVE:
        reason = _undecided(low, high, series.margin)
    needed = further_units(units, policy) if outcome is Equivalence.INCONCLUSIVE else None
    estimate = float(np.mean([pair.candidate - pair.legacy for pair in series.pairs]))
    days = resemblance(units.values) if rule == BY_DAY else (0.0, 1.0)
    return MetricDecision(
        outcome, estimate, low, high, series.margin, needed, rule, reason, units.pairs, units.days, days
    )  # fmt: skip


def _undecided(low: float, high: float, margin: float) -> str:
    if not np.isfinite([low, high]).all():
        return "too few pairs to exclude any shift"
    if -margin < low and high < margin:
        return "earlier images pass, and the newest image has too few pairs of its own"
    return "what is possible crosses the margin"
