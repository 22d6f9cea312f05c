"""What SageMaker itself reads of metrics from a training job's log, and of which jobs. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from harness.model.job import Job, Side
from harness.model.metric import LOG, Metric
from harness.platforms.fault import Fault
from harness.platforms.sagemaker.kind import SageMakerKind

METRIC_SOURCES = frozenset({"final_metrics", "cloudwatch"})
"""FinalMetricDataList of DescribeTrainingJob, and what the service writes to CloudWatch."""
_JOB = "TrainingJob"
"""The only kind of job whose API has metric definitions."""


def defined_metrics(job: Job, side: Side) -> tuple[Metric, ...]:
    """List the metrics that the service is told to look for in the log of a side."""
    return tuple(metric for metric in job.reported_metrics if metric.source_on(side) in {LOG, *METRIC_SOURCES})


def asked_sources(job: Job, side: Side) -> frozenset[str]:
    """Name the service's own sources that a side reads metrics from."""
    return METRIC_SOURCES & {metric.source_on(side) for metric in job.reported_metrics}


def metric_faults(job: Job, side: Side, kind: SageMakerKind) -> Iterator[Fault]:
    """Refuse metrics of the service where it keeps none."""
    if kind.job == _JOB:
        return
    for metric in job.reported_metrics:
        if (source := metric.source_on(side)) in METRIC_SOURCES:
            hint = "let the job print it or write it into an output"
            expected = f"log or file: SageMaker keeps metrics of training jobs only, and this is a {job.kind} job"
            yield Fault(("metrics", metric.name, "source", side.value), source, expected, hint)
