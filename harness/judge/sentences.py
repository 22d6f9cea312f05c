"""What a judged metric says to its owner, in one breath: value, interval, margin, pairs, noise. Pure."""

from __future__ import annotations

from harness.judge.metric import BY_PAIR, MetricDecision
from harness.model.finding import Measure, Outcome
from harness.model.metric import Better, Metric
from harness.model.target import NEVER
from harness.model.wording import counted

ALIKE_ALPHA = 0.05
"""Level of the claim that days resemble the day before."""


def margin_text(metric: Metric) -> str:
    """Say the owner's margin as written."""
    parts = []
    if metric.margin_absolute is not None:
        parts.append(f"{metric.margin_absolute:g}")
    if metric.margin_relative is not None:
        parts.append(
            f"{metric.margin_relative:.3g} of legacy"
            if metric.margin_relative >= 1
            else f"{metric.margin_relative:.3%} of legacy"
        )
    return " or ".join(parts)


def metric_sentence(metric: Metric, measure: Measure, outcome: Outcome, decided: MetricDecision) -> str:
    """Say how far a metric moved, what is allowed, on how many pairs, and whether noise could explain it.

    Where the owner's margin is relative only, all numbers are in per cent of legacy.
    """
    scale = _Scale(metric, measure)
    allowed = f"at most {scale.text(measure.margin or 0.0)} is allowed"
    parts = [f"{_moved(metric, measure, decided, scale)}; {allowed}.", _over(decided)]
    parts += [_noise(measure, outcome, decided, scale), _alike_days(decided)]
    if outcome is not Outcome.MATCH and decided.reason:
        parts += [f"{decided.reason[0].upper()}{decided.reason[1:].rstrip('.')}."]
    return " ".join(part for part in parts if part)


class _Scale:
    """Writes numbers in the unit that the owner's margin is written in."""

    def __init__(self, metric: Metric, measure: Measure) -> None:
        relative = metric.margin_absolute is None and bool(measure.legacy)
        self._factor = 100 / abs(measure.legacy) if relative and measure.legacy else 1.0
        self._unit = " %" if relative else f" {measure.unit}".rstrip()

    def text(self, value: float) -> str:
        """Write one number with its unit."""
        return f"{self.bare(value)}{self._unit}"

    def bare(self, value: float) -> str:
        """Write one number without."""
        return f"{value * self._factor:.3g}"


def is_better(metric: Metric, difference: float) -> bool | None:
    """Tell whether candidate minus legacy is the way its owner wants the metric to go; None: neither way is."""
    return {Better.HIGHER: difference > 0, Better.LOWER: difference < 0}.get(metric.better)


def _never(metric: Metric, measure: Measure) -> str:
    """Name the runs that ended before they reached the target; empty: all reached it."""
    sides = (("candidate", measure.series_candidate), ("legacy", measure.series_legacy))
    told = [(sum(value >= NEVER for value in row), len(row), side) for side, row in sides]
    parts = [f"in {never} of {counted(runs, f'{side} run')}" for never, runs, side in told if never]
    return f"{metric.name}: the target {metric.target} was never reached {' and '.join(parts)}" if parts else ""


def _moved(metric: Metric, measure: Measure, decided: MetricDecision, scale: _Scale) -> str:
    if never := _never(metric, measure):
        return never
    if decided.estimate == decided.low == decided.high == 0:
        return f"{metric.name} is the same on both sides"
    if decided.low <= 0 <= decided.high:
        average = f"the pairs differ by {scale.text(decided.estimate)} on average"
        return f"{metric.name}: no shift is shown; {average}{_interval(measure, decided, scale)}"
    way = "rose" if decided.estimate > 0 else "fell"
    better = is_better(metric, decided.estimate)
    kind = "" if better is None else (", which is better" if better else ", which is worse")
    return f"{metric.name} {way} by {scale.text(abs(decided.estimate))}{_interval(measure, decided, scale)}{kind}"


def _interval(measure: Measure, decided: MetricDecision, scale: _Scale) -> str:
    """Say in brackets which shifts remain possible; what never varies has no other."""
    if decided.low == decided.high:
        return ""
    if measure.interval is None:
        return " (any shift is still possible)"
    return f" (possible is {scale.bare(decided.low)} to {scale.text(decided.high)})"


def _over(decided: MetricDecision) -> str:
    return f"{counted(decided.pairs, 'pair')} on {counted(decided.days, 'day')}."


def _alike_days(decided: MetricDecision) -> str:
    correlation, chance = decided.resemblance
    if chance > ALIKE_ALPHA:
        return ""
    return (
        f"Days resemble the day before (correlation {correlation:.2f}, by chance in {chance:.1%}), so they say "
        "less than as many days should: let a week lie between the days that count."
    )


def more_units(decided: MetricDecision) -> str:
    """Say how many further pairs or days are needed."""
    number = decided.units_needed or 0
    return f"{number} more {'pair' if decided.rule == BY_PAIR else 'day'}{'s' * (number != 1)}"


def _noise(measure: Measure, outcome: Outcome, decided: MetricDecision, scale: _Scale) -> str:
    """Hold the difference against what runs of one side differ by (A/A)."""
    if measure.noise_legacy is None or measure.noise_candidate is None:
        return "No run was repeated on one side, so noise is not known."
    noise = max(measure.noise_legacy, measure.noise_candidate)
    if outcome is Outcome.MISMATCH and noise < abs(decided.estimate):
        return f"Not noise: A/A on both sides stays within {scale.text(noise)}."
    return f"Runs of one side differ by up to {scale.text(noise)}."


def examples_sentence(examples: int, interval: tuple[float, float], measure: Measure) -> str:
    """Keep the variance of the test examples apart from that of the runs."""
    runs = "always the same" if measure.interval is None or measure.interval[0] == measure.interval[1] else ""
    between = runs or f"{measure.interval[0]:.3g} to {measure.interval[1]:.3g}"  # type: ignore[index]
    of = f"{interval[0]:.3g} to {interval[1]:.3g}"
    return f"The difference from the examples ({examples:,}): {of}; from run to run: {between}."
