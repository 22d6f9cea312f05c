"""What each metric's picture shows: pairs by day, what is still possible, how close that is to an answer. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from harness.campaign import history
from harness.judge import bad_runs, bets
from harness.judge.carry import claim_of
from harness.judge.classify import CHECK as METRIC_CHECK
from harness.judge.days import days_of
from harness.judge.metric import EXACT
from harness.judge.units import Units, units_of
from harness.model.betting import OWN_SHARE
from harness.model.carry import JobSummary
from harness.model.clock import iso
from harness.model.finding import Finding, Measure, Sample
from harness.model.job import Job
from harness.model.plan import Plan
from harness.model.policy import Policy
from harness.model.repository import Repository
from harness.model.sample import Earlier, PairValue, Series
from harness.report.values import Dot, MetricPicture


def pictures_of(
    plan: Plan, repository: Repository, findings: Sequence[Finding], own: Sequence[JobSummary]
) -> tuple[MetricPicture, ...]:
    """Give a picture of each metric that was judged by its pairs; `own`: what earlier campaigns left."""
    return tuple(picture for job in repository.jobs for picture in _pictures(plan, repository, job, findings, own=own))


def _pictures(
    plan: Plan, repository: Repository, job: Job, findings: Sequence[Finding], *, own: Sequence[JobSummary]
) -> Iterator[MetricPicture]:
    by_subject = {finding.subject: finding for finding in findings if finding.check == METRIC_CHECK}
    bad_runs_finding = (bad_runs.CHECK, f"{job.name}/{bad_runs.SUBJECT}")
    runs = next((found for found in findings if (found.check, found.subject) == bad_runs_finding), None)
    past = history.past_of(plan, repository, job, own)
    for metric in job.metrics:
        finding = by_subject.get(f"{job.name}/{metric.name}")
        if finding is None or finding.measure is None or not finding.measure.scale or finding.rule == EXACT:
            continue
        claim = claim_of(metric)
        now = _series(finding.measure, claim)
        earlier = tuple(prior for prior in past.series.get(metric.name, ()) if prior.series.claim == claim)
        bad = [sample for sample in runs.samples if sample.where == metric.name] if runs else []
        yield _picture(finding, repository.policy, (*earlier, Earlier(now, same=True)), bad)


def _series(measure: Measure, claim: str) -> Series:
    values = zip(measure.series_legacy, measure.series_candidate, measure.submitted, strict=True)
    return Series(claim, measure.scale or 0.0, tuple(PairValue(*row) for row in values))


def _picture(finding: Finding, policy: Policy, campaigns: Sequence[Earlier], bad: Sequence[Sample]) -> MetricPicture:
    measure = finding.measure
    scale = (measure.scale if measure else None) or 1.0
    found = sorted(
        ((pair.submitted, pair, of.series.margin, of.same) for of in campaigns for pair in of.series.pairs),
        key=lambda row: row[0],
    )
    days = days_of([moment for moment, *_ in found])
    labels = [iso(found[days.index(day)][0])[:10] for day in range(max(days, default=-1) + 1)]
    left = list(bad)
    dots = []
    for day, (_, pair, margin, same) in zip(days, found, strict=True):
        hit = next((sample for sample in left if _is_of(sample, pair, labels[day])), None)
        if hit is not None:
            left.remove(hit)
        dots.append(Dot(day, _in_margins(pair.candidate - pair.legacy, margin), newest=same, bad=hit is not None))
    middle = (measure.legacy if measure else None) or 0.0
    dots += [_alone(sample, labels, middle, scale) for sample in left if sample.note in labels]
    interval = measure.interval if measure else None
    units = units_of(campaigns[-1].series, campaigns[:-1], by_day=policy.days > 1)
    return MetricPicture(
        subject=finding.subject,
        outcome=finding.outcome.value,
        days=tuple(labels),
        dots=tuple(dots),
        possible=(interval[0] / scale, interval[1] / scale) if interval else None,
        progress=tuple(_progress(units, policy)),
    )


def _alone(sample: Sample, days: Sequence[str], middle: float, scale: float) -> Dot:
    """Place a bad run that is in no pair by its distance from the mean of legacy's runs."""
    off = _in_margins(float(sample.candidate) - middle, scale)
    return Dot(days.index(sample.note), off, newest=True, bad=True, alone=True)


def _is_of(sample: Sample, pair: PairValue, day: str) -> bool:
    """Tell whether a bad run is the candidate's of this pair: by its value as it is told, and its day."""
    return (sample.candidate, sample.note) == (f"{pair.candidate:.6g}", day)


def _in_margins(value: float, margin: float) -> float:
    return value / margin if margin else 0.0


def _progress(units: Units, policy: Policy) -> Iterator[tuple[str, float]]:
    """Say how much of the evidence that is asked for is there; each part is 1 once it was ever reached."""
    for words, side in (("no shift upwards", 1), ("no shift downwards", -1)):
        yield words, _share(side * units.values, 1 / policy.alpha)
    own = min(_share(side * units.own, 1 / (OWN_SHARE * policy.alpha)) for side in (1, -1))
    yield "by the newest image's own pairs", own
    yield "days", min(1.0, units.days / policy.days)


def _share(values: np.ndarray[tuple[int], np.dtype[np.float64]], wanted: float) -> float:
    reached = float(bets.highest(values[None, :], 1.0, 1)[0])
    return min(1.0, math.log(reached) / math.log(wanted))
