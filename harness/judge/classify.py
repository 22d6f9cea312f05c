"""Paired samples → findings: metrics by equivalence, startup latency by non-inferiority. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import exp, isclose, isfinite, log

from harness.judge.carry import FIRST_INSTRUCTION
from harness.judge.equivalence import (
    Equivalence,
    Margin,
    MetricDecision,
    Tost,
    decide_metric,
    holm,
    noninferiority_log_ratio,
)
from harness.judge.examples import ExampleInterval, with_examples
from harness.judge.looks import SPENT_REMEDY, Allowance
from harness.judge.noise import noise_class
from harness.judge.sentences import examples_sentence, is_better, margin_text, metric_sentence
from harness.judge.spread import WIDER_ALPHA
from harness.model.finding import Dimension, Finding, Measure, Outcome
from harness.model.job import Metric
from harness.model.policy import Policy
from harness.model.sample import PairedSample

CONFIRMED = "confirmation"
"""Rule of what an earlier campaign proved and the pairs of this one confirm."""
NO_EXAMPLES: Mapping[str, ExampleInterval] = {}
PAIRS_MIN = 2
"""Below it there is no spread to speak of."""


def metric_findings(
    job: str,
    metrics: Sequence[tuple[Metric, PairedSample]],
    policy: Policy,
    allowance: Allowance,
    examples: Mapping[str, ExampleInterval] = NO_EXAMPLES,
) -> tuple[Finding, ...]:
    """Judge all metrics of a job: all must be equivalent; DIFFERENT is claimed with Holm over them.

    `allowance`: what earlier campaigns spent and proved; what is bit-identical needs no level. `examples`: by metric,
    what the test examples say of it, at the level that the allowance gives.
    """
    wider_alpha = WIDER_ALPHA / max(1, len(metrics))
    decided = [
        (metric, sample, _allowed(f"{job}/{metric.name}", metric, sample, policy, allowance, wider_alpha, examples))
        for metric, sample in metrics
    ]
    claims = [(n, each.p_different) for n, (_, _, each) in enumerate(decided) if isinstance(each, MetricDecision)]
    held = holm([p for _, p in claims], policy.alpha) if claims else ()
    proven = {n for (n, _), keep in zip(claims, held, strict=True) if keep}
    found = (_finding(job, *each, policy, n in proven, allowance) for n, each in enumerate(decided))
    return tuple(_with_examples(each, examples.get(each.subject.removeprefix(f"{job}/"))) for each in found)


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


def _allowed(
    subject: str,
    metric: Metric,
    sample: PairedSample,
    policy: Policy,
    allowance: Allowance,
    wider_alpha: float,
    examples: Mapping[str, ExampleInterval],
) -> MetricDecision | str:
    """Decide at the level that the allowance gives, and claim no equality by a test where it gives none."""
    decided = _decide(metric, sample, allowance.alpha(policy, subject), wider_alpha)
    if metric.examples is not None and not isinstance(decided, str):
        known = examples.get(metric.name)
        decided = with_examples(decided, known) if known else "the examples were not resampled"
    if isinstance(decided, str) or decided.rule == "exact" or decided.outcome is Equivalence.DIFFERENT:
        return decided
    if too_few := allowance.too_few(policy, subject, len(sample.pairs)):
        return too_few
    if decided.outcome is not Equivalence.EQUIVALENT:
        return decided
    why = allowance.withheld(policy, subject)
    if why:
        return replace(decided, outcome=Equivalence.INCONCLUSIVE, reason=why)
    return replace(decided, rule=CONFIRMED) if subject in allowance.proven else decided


def _decide(metric: Metric, sample: PairedSample, alpha: float, wider_alpha: float) -> MetricDecision | str:
    if sample.problems:
        return "; ".join(sample.problems[:3])
    if len(sample.pairs) < PAIRS_MIN:
        return f"only {len(sample.pairs)} pairs have a value"
    margin = Margin(absolute=metric.margin_absolute, relative=metric.margin_relative)
    try:
        return decide_metric(
            sample.legacy,
            sample.candidate,
            margin,
            alpha,
            legacy_repeats=sample.legacy_repeats,
            candidate_repeats=sample.candidate_repeats,
            wider_alpha=wider_alpha,
        )
    except ValueError as error:
        return str(error)


def _finding(
    job: str,
    metric: Metric,
    sample: PairedSample,
    decided: MetricDecision | str,
    policy: Policy,
    proven: bool,  # noqa: FBT001
    allowance: Allowance,
) -> Finding:
    subject = f"{job}/{metric.name}"
    if isinstance(decided, str):
        return Finding(
            check="metrics.equivalence",
            dimension=Dimension.METRICS,
            subject=subject,
            pair=None,
            outcome=Outcome.INCONCLUSIVE,
            summary=f"{metric.name} could not be judged: {decided}",
            required=metric.critical,
            remedy="make every run report the metric"
            if metric.examples is None
            else "make every run leave its examples",
            evidence=sample.evidence,
        )
    outcome = _outcome(decided, proven)
    measure = _measure(metric, sample, decided, allowance.alpha(policy, subject))
    spent_remedy = SPENT_REMEDY if allowance.withheld(policy, subject) else ""
    return Finding(
        check="metrics.equivalence",
        dimension=Dimension.METRICS,
        subject=subject,
        pair=None,
        outcome=outcome,
        summary=metric_sentence(metric, measure, outcome, decided),
        required=metric.critical,
        measure=measure,
        remedy=(spent_remedy if outcome is Outcome.INCONCLUSIVE else "") or _remedy(metric, outcome, measure),
        rule=decided.rule,
        evidence=sample.evidence,
    )


def _outcome(decided: MetricDecision, proven: bool) -> Outcome:  # noqa: FBT001
    if decided.outcome is Equivalence.EQUIVALENT:
        return Outcome.MATCH
    return Outcome.MISMATCH if decided.outcome is Equivalence.DIFFERENT and proven else Outcome.INCONCLUSIVE


def _measure(metric: Metric, sample: PairedSample, decided: MetricDecision, alpha: float) -> Measure:
    return Measure(
        unit=sample.unit,
        legacy=_mean(sample.legacy),
        candidate=_mean(sample.candidate),
        difference=decided.estimate,
        margin=decided.margin,
        margin_text=margin_text(metric),
        interval=(decided.low, decided.high) if isfinite(decided.low) and isfinite(decided.high) else None,
        level=1 - 2 * alpha,
        pairs=len(sample.pairs),
        noise_legacy=_range(sample.legacy_repeats),
        noise_candidate=_range(sample.candidate_repeats),
        noise_class=noise_class(sample.legacy_repeats, sample.candidate_repeats, decided.margin),
        smallest_margin=decided.smallest_margin if isfinite(decided.smallest_margin) else None,
        pairs_needed=decided.pairs_needed,
        series_legacy=sample.legacy,
        series_candidate=sample.candidate,
    )


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _range(values: Sequence[float]) -> float | None:
    return max(values) - min(values) if len(values) > 1 else None


def _remedy(metric: Metric, outcome: Outcome, measure: Measure) -> str:
    if outcome is Outcome.MATCH:
        return ""
    if outcome is Outcome.MISMATCH and is_better(metric, measure.difference or 0.0):
        return f"find what makes {metric.name} better on the candidate; where that is wanted, its owner rules on it"
    if outcome is Outcome.MISMATCH:
        return (
            f"find what moves {metric.name} on the candidate; a margin of {measure.smallest_margin:.4g} would pass"
            if measure.smallest_margin
            else f"find what moves {metric.name} on the candidate"
        )
    if measure.pairs_needed:
        more = "1 more pair" if measure.pairs_needed == 1 else f"{measure.pairs_needed} more pairs"
        return f"about {more} would decide {metric.name}"
    return f"less noise in {metric.name}, or a wider margin agreed by its owner before new data"


def _bound(found: Tost, policy: Policy) -> str:
    """Say up to where the test can't exclude that the candidate is slower; in the unit that decided."""
    if not isfinite(found.high):
        return ""
    by_ratio = isclose(found.margin, log(policy.startup_ratio_max))
    most = f"{exp(found.high):.3g} times legacy" if by_ratio else f"{found.high:.3g} s more"
    return f" On average it is at most {most} (one-sided bound at {100 * (1 - found.alpha):.3g} %)."


def startup_finding(
    job: str, sample: PairedSample, policy: Policy, allowance: Allowance, *, synthetic: bool
) -> Finding:
    """Judge the time to the first instruction: no slower than the policy's ratio and floor allow.

    `allowance`: what earlier campaigns of the repository spent and proved.
    """
    subject = f"{job}/{FIRST_INSTRUCTION}"
    needed = policy.startup_required and not synthetic
    too_few = allowance.too_few(policy, subject, len(sample.pairs))
    if sample.problems or too_few or len(sample.pairs) < PAIRS_MIN:
        why = "; ".join(sample.problems[:3]) or too_few or f"only {len(sample.pairs)} pairs have a value"
        return Finding(
            check="startup.noninferiority",
            dimension=Dimension.STARTUP,
            subject=subject,
            pair=None,
            required=needed,
            outcome=Outcome.INCONCLUSIVE,
            summary=f"time to first instruction could not be judged: {why}",
            remedy="run with the shim so that the first instruction is seen, in enough pairs that start cold",
            evidence=sample.evidence,
        )
    found = noninferiority_log_ratio(
        sample.legacy,
        sample.candidate,
        policy.startup_ratio_max,
        policy.startup_floor_seconds,
        allowance.alpha(policy, subject),
    )
    outcome = {
        Equivalence.EQUIVALENT: Outcome.MATCH,
        Equivalence.DIFFERENT: Outcome.MISMATCH,
    }.get(found.outcome, Outcome.INCONCLUSIVE)
    withheld = allowance.withheld(policy, subject) if outcome is Outcome.MATCH else ""
    if withheld:
        outcome = Outcome.INCONCLUSIVE
    why = f" Not proven: {withheld}." if withheld else ""
    legacy, candidate = (
        sorted(sample.legacy)[len(sample.legacy) // 2],
        sorted(sample.candidate)[len(sample.candidate) // 2],
    )
    made = " Startup times of the sandbox are synthetic, so they inform and do not decide." if synthetic else ""
    return Finding(
        check="startup.noninferiority",
        dimension=Dimension.STARTUP,
        subject=subject,
        pair=None,
        required=needed,
        outcome=outcome,
        rule=CONFIRMED if subject in allowance.proven and outcome is Outcome.MATCH else "",
        summary=(
            f"First instruction after {candidate:.1f} s on the candidate against {legacy:.1f} s "
            f"(medians of {len(sample.pairs)} pairs); allowed is {policy.startup_ratio_max:g} times legacy "
            f"or {policy.startup_floor_seconds:g} s more.{_bound(found, policy)}{made}{why}"
        ),
        measure=Measure(
            unit="s",
            legacy=legacy,
            candidate=candidate,
            difference=candidate - legacy,
            pairs=len(sample.pairs),
            margin_text=f"{policy.startup_ratio_max:g} x or {policy.startup_floor_seconds:g} s",
            error=sample.error_seconds,
            noise_legacy=_range(sample.legacy_repeats),
            noise_candidate=_range(sample.candidate_repeats),
            series_legacy=sample.legacy,
            series_candidate=sample.candidate,
        ),
        remedy="" if outcome is Outcome.MATCH else "a warm pool, a smaller image, or an owner who accepts the wait",
        evidence=sample.evidence,
    )
