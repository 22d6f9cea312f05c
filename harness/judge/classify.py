"""Paired samples → findings: metrics by bets on their pairs, startup latency by one-sided ones. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from math import isfinite

from harness.judge.carry import claim_of
from harness.judge.examples import ExampleInterval, with_examples
from harness.judge.margin import Margin
from harness.judge.metric import MetricDecision, decide_metric
from harness.judge.noise import noise_class
from harness.judge.sentences import examples_sentence, is_better, margin_text, metric_sentence, more_units
from harness.model.finding import Dimension, Finding, Measure, Outcome
from harness.model.metric import Metric
from harness.model.policy import Policy
from harness.model.sample import Earlier, PairedSample
from harness.statistics.results import Equivalence


@dataclass(frozen=True, slots=True)
class JudgingContext:
    """What a job's metrics are judged with besides this campaign's pairs."""

    earlier: Mapping[str, tuple[Earlier, ...]] = field(default_factory=dict)
    """Metric → pairs of earlier campaigns that count."""
    examples: Mapping[str, ExampleInterval] = field(default_factory=dict)
    """Metric → what its test examples say."""


NOTHING = JudgingContext()
CHECK = "metrics.equivalence"


def metric_findings(
    job: str, metrics: Sequence[tuple[Metric, PairedSample]], policy: Policy, besides: JudgingContext = NOTHING
) -> tuple[Finding, ...]:
    """Judge all metrics of a job: all critical ones must be equivalent; a difference is claimed with Bonferroni."""
    critical = max(1, sum(metric.critical for metric, _ in metrics))
    found = [
        _finding(job, metric, sample, _decide(metric, sample, policy, critical, besides=besides))
        for metric, sample in metrics
    ]
    return tuple(
        _with_examples(finding, besides.examples.get(finding.subject.removeprefix(f"{job}/"))) for finding in found
    )


def _with_examples(finding: Finding, found: ExampleInterval | None) -> Finding:
    """Tell both variances apart, in one sentence and as numbers."""
    measure = finding.measure
    if found is None or measure is None:
        return finding
    interval = (found.low, found.high)
    told = examples_sentence(found.examples, interval, measure)
    return replace(
        finding,
        summary=f"{finding.summary} {told}",
        measure=replace(measure, examples=found.examples, examples_interval=interval),
    )


def _decide(
    metric: Metric, sample: PairedSample, policy: Policy, metrics: int, *, besides: JudgingContext
) -> MetricDecision | str:
    if sample.problems:
        return "; ".join(sample.problems[:3])
    if not sample.pairs:
        return "no pair has a value"
    margin = Margin(absolute=metric.margin_absolute, relative=metric.margin_relative)
    earlier = besides.earlier.get(metric.name, ())
    try:
        decided = decide_metric(sample, margin, policy, claim=claim_of(metric), earlier=earlier, metrics=metrics)
    except ValueError as error:
        return str(error)
    if metric.examples is None:
        return decided
    known = besides.examples.get(metric.name)
    return with_examples(decided, known) if known else "the examples were not resampled"


_OUTCOMES = {Equivalence.EQUIVALENT: Outcome.MATCH, Equivalence.DIFFERENT: Outcome.MISMATCH}


def _finding(job: str, metric: Metric, sample: PairedSample, decided: MetricDecision | str) -> Finding:
    told = Finding(
        check=CHECK,
        dimension=Dimension.METRICS,
        subject=f"{job}/{metric.name}",
        pair=None,
        outcome=Outcome.INCONCLUSIVE,
        summary=f"{metric.name} could not be judged: {decided}",
        required=metric.critical,
        remedy=f"make every run {'report the metric' if metric.examples is None else 'leave its examples'}",
        evidence=sample.evidence,
    )
    if isinstance(decided, str):
        return told
    outcome = _OUTCOMES.get(decided.outcome, Outcome.INCONCLUSIVE)
    measure = _measure(metric, sample, decided)
    return replace(
        told,
        outcome=outcome,
        summary=metric_sentence(metric, measure, outcome, decided),
        measure=measure,
        remedy=_remedy(metric, outcome, measure, decided),
        rule=decided.rule,
    )


def _measure(metric: Metric, sample: PairedSample, decided: MetricDecision) -> Measure:
    return Measure(
        unit=sample.unit,
        legacy=_mean(sample.legacy),
        candidate=_mean(sample.candidate),
        difference=decided.estimate,
        margin=decided.margin,
        margin_text=margin_text(metric),
        interval=(decided.low, decided.high) if isfinite(decided.low) and isfinite(decided.high) else None,
        pairs=len(sample.pairs),
        pairs_all=decided.pairs,
        days=decided.days,
        noise_legacy=spread_of(sample.legacy_repeats),
        noise_candidate=spread_of(sample.candidate_repeats),
        noise_class=noise_class(sample.legacy_repeats, sample.candidate_repeats, decided.margin),
        smallest_margin=decided.largest if isfinite(decided.largest) else None,
        pairs_needed=decided.units_needed,
        series_legacy=sample.legacy,
        series_candidate=sample.candidate,
        submitted=sample.submitted,
        scale=decided.margin,
    )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def spread_of(values: Sequence[float]) -> float | None:
    """Give the distance from the smallest to the largest of several values."""
    return max(values) - min(values) if len(values) > 1 else None


def _remedy(metric: Metric, outcome: Outcome, measure: Measure, decided: MetricDecision) -> str:
    if outcome is Outcome.MATCH:
        return ""
    if outcome is Outcome.MISMATCH and is_better(metric, measure.difference or 0.0):
        return f"find what makes {metric.name} better on the candidate; where that is wanted, its owner rules on it"
    if outcome is Outcome.MISMATCH:
        return f"find what moves {metric.name} on the candidate"
    if decided.units_needed:
        return f"{more_units(decided)} would decide {metric.name} for 4 of 5 repositories whose sides are equal"
    return f"find out why {metric.name} differs so much from run to run: no number of pairs is in sight that decides it"
