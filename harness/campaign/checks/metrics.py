"""The metrics of both sides are equivalent over all pairs."""

from __future__ import annotations

import numpy as np

from harness.campaign.check import JobCheck, JobEvidence
from harness.compare import examples, metrics
from harness.judge import classify
from harness.judge.examples import ExampleInterval, example_interval, scored
from harness.model.finding import Dimension, Finding
from harness.model.job import Side


def _judge(of: JobEvidence) -> tuple[Finding, ...]:
    job, policy, couples = of.job, of.repository.policy, of.couples
    samples = metrics.metric_samples(job, couples, of.repeats[Side.LEGACY], of.repeats[Side.CANDIDATE])
    intervals: dict[str, ExampleInterval] = {}
    for metric in job.metrics:
        if metric.examples is None:
            continue
        read = examples.example_sample(job, metric.examples, couples, of.repeats, of.open_payload)
        samples[metric.name] = scored(metric.name, metric.examples.score, read)
        subject = f"{job.name}/{metric.name}"
        random = np.random.default_rng([of.plan.seed, *subject.encode()])
        found = example_interval(metric.examples.score, read, of.allowance.alpha(policy, subject), random)
        if found is not None:
            intervals[metric.name] = found
    judged = [(metric, samples[metric.name]) for metric in job.metrics]
    return classify.metric_findings(job.name, judged, policy, of.allowance, intervals)


CHECK = JobCheck("metrics", Dimension.METRICS, metrics.required, _judge)
