"""What SageMaker wrote to CloudWatch of a training job's metrics: number, minimum and maximum of each minute.

CloudWatch keeps no order within a minute. So the last value is known where the last minute has one value only, and the
best where every report has arrived.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, repeat

from harness.model.job import Json
from harness.model.metric import Metric, Take
from harness.model.wording import counted
from harness.runner.described_metrics import (
    Final,
    document_of,
    final_of,
    number,
    refuse_stale,
    reported,
)
from harness.runner.log_lines import LogLines
from harness.runner.metric_source import MetricCurve, MetricEvidence, MetricSource, UnreadMetric
from harness.runner.metrics import POINTS_MAX, Reading
from harness.runner.single_precision import refuse_too_fine

NAME = "cloudwatch"
COMPLETE = "Complete"
_COUNT, _LOW, _HIGH = "SampleCount", "Minimum", "Maximum"


@dataclass(frozen=True, slots=True)
class Minute:
    """What CloudWatch holds of one metric and one minute."""

    at: str
    """ISO time of its begin."""
    count: int
    low: float
    high: float


def read_series(metric: Metric, of: MetricEvidence) -> MetricCurve:
    """Read the value that counts from the minutes of a metric.

    Raises:
        UnreadMetric: an answer is not whole, a value is late or doubled, or several values share the last minute.
    """
    document = document_of(of.answer, NAME)
    described = document["described"]
    assert isinstance(described, Mapping)  # noqa: S101 # nosec B101 # `document_of` looked
    minutes = _minutes(document, metric.name)
    final, log = final_of(described, metric.name), reported(described, metric, of.log)
    refuse_stale(final, log)
    if not minutes and final is None:
        return MetricCurve(())
    _refuse_late(minutes, final)
    _refuse_other_number(sum(minute.count for minute in minutes), of.log, log)
    for value in (minutes[-1].low, minutes[-1].high):
        refuse_too_fine(metric, value)
    unclear = [minute for minute in minutes if minute.low != minute.high]
    if not unclear:
        points = chain.from_iterable(repeat((None, minute.low), minute.count) for minute in minutes)
        return MetricCurve(tuple(points))
    last = minutes[-1]
    if metric.take is Take.LAST and last in unclear:
        values = f"{last.count} values from {last.low!r} to {last.high!r}"
        message = f"the minute of {last.at} has {values}, and CloudWatch keeps no order: take final_metrics"
        raise UnreadMetric(message)
    why = f"CloudWatch keeps no order within a minute, and {counted(len(unclear), 'minute')} hold different values"
    ends = [(None, value) for minute in minutes for value in (minute.low, minute.high)]
    return MetricCurve(tuple(ends), why)


def _refuse_late(minutes: Sequence[Minute], final: Final | None) -> None:
    """Refuse minutes that lack the last value that Describe names."""
    last = minutes[-1] if minutes else None
    if final is not None and final.value is not None and (last is None or not last.low <= final.value <= last.high):
        held = f"it ends at {last.at} between {last.low!r} and {last.high!r}" if last else "it has no value"
        message = f"CloudWatch has not all of it: {held}, and FinalMetricDataList has {final.value!r}"
        raise UnreadMetric(message)
    if last is None:
        message = "CloudWatch has no value of it, and FinalMetricDataList has one"
        raise UnreadMetric(message)


def _refuse_other_number(count: int, log: LogLines | None, read: Reading | None) -> None:
    """Refuse a series with another number of values than its log: some are late, or of an attempt before this one."""
    if count > POINTS_MAX:
        message = f"CloudWatch has more than {POINTS_MAX} values of it"
        raise UnreadMetric(message)
    if log is None or read is None or log.gap or log.start_lost:
        return
    if count != read.reports:
        why = "not all have arrived" if count < read.reports else "some are of an earlier attempt, or doubled"
        message = f"CloudWatch has {counted(count, 'value')} of it, and its log reports {read.reports}: {why}"
        raise UnreadMetric(message)


def _minutes(document: Mapping[str, Json], name: str) -> tuple[Minute, ...]:
    """Put the three statistics of a metric together, minute by minute."""
    series = {statistic: _one(document, name, statistic) for statistic in (_COUNT, _LOW, _HIGH)}
    if not series[_COUNT].keys() == series[_LOW].keys() == series[_HIGH].keys():
        message = "CloudWatch names minutes of one statistic that another one lacks"
        raise UnreadMetric(message)
    found = []
    for at in sorted(series[_COUNT]):
        count, low, high = (series[statistic][at] for statistic in (_COUNT, _LOW, _HIGH))
        if count is None or low is None or high is None or count < 1 or not count.is_integer() or low > high:
            message = f"CloudWatch has no whole numbers for {at}"
            raise UnreadMetric(message)
        found.append(Minute(at, int(count), low, high))
    return tuple(found)


def _one(document: Mapping[str, Json], name: str, statistic: str) -> dict[str, float | None]:
    """Give the values of one statistic by minute.

    Raises:
        UnreadMetric: pages are missing, a part of them is not complete, or a minute has two values.
    """
    pages = document.get("pages")
    if isinstance(pages, list) and pages and isinstance(pages[-1], Mapping) and pages[-1].get("NextToken"):
        message = f"CloudWatch's answer goes on after {len(pages)} pages"
        raise UnreadMetric(message)
    results = list(_results(document, name, statistic))
    status = results[-1].get("StatusCode") if results else "not there"
    if status != COMPLETE:
        message = f"CloudWatch's answer is {status}, not {COMPLETE}"
        raise UnreadMetric(message)
    found: dict[str, float | None] = {}
    for result in results:
        times, values = result.get("Timestamps", []), result.get("Values", [])
        if not isinstance(times, list) or not isinstance(values, list) or len(times) != len(values):
            message = "CloudWatch's answer is cut: times and values are not of one number"
            raise UnreadMetric(message)
        for at, value in zip(times, values, strict=True):
            read = number(value)
            if found.setdefault(str(at), read) != read:
                message = f"CloudWatch has two values of {statistic} for {at}"
                raise UnreadMetric(message)
    return found


def _results(document: Mapping[str, Json], name: str, statistic: str) -> Iterator[Mapping[str, Json]]:
    queries, pages = document.get("queries"), document.get("pages")
    asked = (
        [key for key, query in queries.items() if query == [name, statistic]] if isinstance(queries, Mapping) else []
    )
    for page in pages if isinstance(pages, list) else []:
        results = page.get("MetricDataResults") if isinstance(page, Mapping) else None
        for result in results if isinstance(results, list) else []:
            if isinstance(result, Mapping) and result.get("Id") in asked:
                yield result


SOURCE = MetricSource(NAME, read_series, asked=True)
