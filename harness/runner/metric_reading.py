"""What was kept of a run → the curves of metrics that do not stand in its log, or why one was not read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from harness.backends.base import MetricAnswer
from harness.errors import HarnessError
from harness.model.job import Job
from harness.model.metric import LOG, Metric, Take
from harness.model.observation import MetricPoint
from harness.model.plan import Run
from harness.model.wording import counted
from harness.runner.metric_source import MetricEvidence, MetricSource, UnreadMetric, Values
from harness.runner.metric_sources import METRIC_SOURCES

POINTS_MAX = 100_000


@dataclass
class MetricsRead:
    """Metrics of one run by name: those that were read, those that were not, and those of which only a part was."""

    curves: dict[str, tuple[MetricPoint, ...]] = field(default_factory=dict)
    """The value that is judged stands last."""
    unread: dict[str, str] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)


def read_metrics(job: Job, of: MetricEvidence, answers: Mapping[str, MetricAnswer]) -> MetricsRead:
    """Read every metric of a run that its side does not read from the log."""
    read = MetricsRead()
    for metric in job.reported_metrics:
        name = metric.source_on(of.side)
        if name == LOG:
            continue
        source, answer = METRIC_SOURCES.get(name), answers.get(name, MetricAnswer(name, None))
        try:
            if (source.asked or source.ask) and answer.data is None:
                _refuse(source, answer)
            curve = source.read(metric, replace(of, answer=answer.data))
            points = points_of(metric, curve.values)
        except UnreadMetric as error:
            read.unread[metric.name] = str(error)
            continue
        read.curves[metric.name] = points
        if curve.unknown and points:  # the rest is no curve: only the value that counts is kept
            read.curves[metric.name] = (replace(points[-1], step=0),)
            read.unknown[metric.name] = curve.unknown
    return read


def answers_of(job: Job, run: Run) -> tuple[MetricAnswer, ...]:
    """Ask the services that are no platform's for the metrics of a run that has ended; one that refuses says why."""
    names = sorted({metric.source_on(run.side) for metric in job.reported_metrics} - {LOG})
    return tuple(_asked(source, job, run) for source in map(METRIC_SOURCES.get, names) if source.ask)


def _asked(source: MetricSource, job: Job, run: Run) -> MetricAnswer:
    assert source.ask is not None  # noqa: S101 # nosec B101 # by the caller
    try:
        return MetricAnswer(source.name, source.ask(job, run))
    except HarnessError as error:
        return MetricAnswer(source.name, None, str(error))


def _refuse(source: MetricSource, answer: MetricAnswer) -> None:
    message = f"{source.name}: {answer.trouble or 'nothing was asked when the run was fetched'}"
    raise UnreadMetric(message)


def points_of(metric: Metric, values: Values) -> tuple[MetricPoint, ...]:
    """Put the value that counts last.

    Raises:
        UnreadMetric: it is not there, or another value has the same step.
    """
    if not values:
        return ()
    if len(values) > POINTS_MAX:
        message = f"more than {POINTS_MAX} values"
        raise UnreadMetric(message)
    points = [MetricPoint(value, number, step) for number, (step, value) in enumerate(values)]
    at = _chosen(metric, values)
    return tuple(points) if at == len(points) - 1 else (*points, MetricPoint(values[at][1], len(points), values[at][0]))


def _chosen(metric: Metric, values: Values) -> int:
    numbers = [value for _, value in values]
    if metric.take is Take.STEP:
        at = [n for n, (step, _) in enumerate(values) if step == metric.step]
        if len(at) != 1:
            message = f"{len(at) or 'no'} values at step {metric.step}, where one is expected"
            raise UnreadMetric(message)
        return at[0]
    if metric.take is Take.LAST or None in numbers:
        at_last = len(values) - 1
    else:
        low = metric.take is Take.MIN or (metric.take is Take.BEST and metric.better.value == "lower")
        at_last = (min if low else max)(range(len(values)), key=lambda n: numbers[n] or 0.0)
    _refuse_doubled(values, values[at_last][0])
    return at_last


def _refuse_doubled(values: Values, step: int | None) -> None:
    """Refuse a value whose step has another one as well: a run that began anew wrote into the same curve."""
    if step is None:
        return
    found = {value for named, value in values if named == step}
    if len(found) > 1:
        message = f"{counted(len(found), 'different value')} at step {step}, the one that counts"
        raise UnreadMetric(message)
