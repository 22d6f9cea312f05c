"""The metrics of both sides are equivalent over all pairs, and few runs of the candidate are off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from harness.campaign.check import JobCheck, JobEvidence
from harness.compare import examples, metrics
from harness.judge import bad_runs, classify
from harness.judge.examples import ExampleInterval, example_interval, scored
from harness.model.finding import Dimension, Finding, Measure, Outcome
from harness.model.job import Side
from harness.model.sample import PairedSample, Repeat


def _judge(of: JobEvidence) -> tuple[Finding, ...]:
    job, policy = of.job, of.repository.policy
    samples, intervals = _samples(of)
    judged = [(metric, samples[metric.name]) for metric in job.metrics]
    found = classify.metric_findings(job.name, judged, policy, classify.JudgingContext(of.past.series, intervals))
    runs = bad_runs.joined(of.past.runs, _runs(of, samples))
    found = tuple(_with_hosts(finding, job.name, runs[0].values) for finding in found)
    if not any(metric.critical for metric in job.metrics):
        return found
    margins = {
        metric.name: _allowed(each.measure, each.outcome)
        for metric, each in zip(job.metrics, found, strict=True)
        if metric.critical and each.measure
    }
    return (*found, bad_runs.finding(job.name, bad_runs.count(runs, margins), policy))


def _with_hosts(finding: Finding, job: str, values: Mapping[Side, Mapping[str, tuple[Repeat, ...]]]) -> Finding:
    """Say on how many hosts the runs of a metric ran that are comparable with those of this campaign."""
    if finding.measure is None:
        return finding
    name = finding.subject.removeprefix(f"{job}/")
    hosts = bad_runs.hosts_of(run for side in values.values() for run in side.get(name, ()))
    return replace(finding, measure=replace(finding.measure, hosts=len(hosts)))


def _allowed(measure: Measure, outcome: Outcome) -> bad_runs.AllowedRange:
    """Take a difference that is proven out: it is a finding of its own, which its owner may accept."""
    shift = measure.difference if outcome is Outcome.MISMATCH else None
    return bad_runs.AllowedRange(measure.margin or 0.0, shift or 0.0)


def _samples(of: JobEvidence) -> tuple[dict[str, PairedSample], dict[str, ExampleInterval]]:
    """Read every metric's numbers, and what test examples say of those that are computed from them."""
    job, couples = of.job, of.couples
    samples = metrics.metric_samples(job, couples, of.repeats[Side.LEGACY], of.repeats[Side.CANDIDATE])
    intervals: dict[str, ExampleInterval] = {}
    for metric in job.metrics:
        if metric.examples is None:
            continue
        read = examples.example_sample(job, metric.examples, couples, of.repeats, open_payload=of.open_payload)
        samples[metric.name] = metrics.with_times(scored(metric.name, metric.examples.score, read), couples)
        random = np.random.default_rng([of.plan.seed, *f"{job.name}/{metric.name}".encode()])
        found = example_interval(metric.examples.score, read, of.repository.policy.alpha, random)
        if found is not None:
            intervals[metric.name] = found
    return samples, intervals


def _runs(of: JobEvidence, samples: Mapping[str, PairedSample]) -> dict[Side, dict[str, tuple[Repeat, ...]]]:
    """Give every run's value: as it was logged, or as it was computed from the run's examples."""
    found = {}
    for side in Side:
        runs = of.repeats[side]
        found[side] = {metric.name: metrics.repeats_by_stratum(metric, runs) for metric in of.job.metrics}
        for metric in of.job.metrics:
            if metric.examples is not None:
                sample = samples[metric.name]
                row = sample.legacy_repeats if side is Side.LEGACY else sample.candidate_repeats
                found[side][metric.name] = tuple(Repeat(value, {}) for value in row)
    return found


CHECK = JobCheck("metrics", Dimension.METRICS, metrics.required, _judge)
