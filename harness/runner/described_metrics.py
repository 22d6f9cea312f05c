"""What Describe said of a training job's metrics, and what its log says of the same numbers. Pure.

The service keeps the last number that an expression found: a NaN that came after it, or a number that the expression
cuts, leaves no trace there. So the log of the same run, where it is whole, has to agree.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from harness.bounded.pattern import NotSearched, PatternRefused
from harness.model import strict_json
from harness.model.job import Json
from harness.model.metric import Metric, NumberForm, Take
from harness.runner.log_lines import LogLines
from harness.runner.metric_source import UnreadMetric
from harness.runner.metrics import Reading, reading_of
from harness.runner.single_precision import as_written, single

ENDED = frozenset({"Completed", "Failed", "Stopped"})
CLOCKS_APART = timedelta(minutes=5)
"""The container's clock and the service's; a value that lies further outside of the job's time is not of this job."""


@dataclass(frozen=True, slots=True)
class Final:
    """One entry of FinalMetricDataList."""

    value: float | None
    """None: no finite number."""
    at: datetime


def document_of(answer: bytes | None, source: str) -> Mapping[str, Json]:
    """Read what was kept of an answer.

    Raises:
        UnreadMetric: it is no such document.
    """
    try:
        document = strict_json.read(answer or b"", constants=True)
    except strict_json.StrictError as error:
        message = f"{source}: {error}"
        raise UnreadMetric(message) from error
    if not isinstance(document, Mapping) or not isinstance(document.get("described"), Mapping):
        message = f"{source}: what was kept of it is no answer of Describe"
        raise UnreadMetric(message)
    return document


def final_of(described: Mapping[str, Json], name: str) -> Final | None:
    """Find the last value that Describe names of a metric; None: it names none.

    Raises:
        UnreadMetric: the job had not ended, the metric stands there twice, or its time is not within the job's.
    """
    status = described.get("TrainingJobStatus")
    if status not in ENDED:
        message = f"the job was {status} when it was described, so its last value may not be its last"
        raise UnreadMetric(message)
    listed = described.get("FinalMetricDataList", [])
    entries = [
        entry
        for entry in (listed if isinstance(listed, list) else [])
        if isinstance(entry, Mapping) and entry.get("MetricName") == name
    ]
    if len(entries) > 1:
        message = f"FinalMetricDataList has {len(entries)} values of it"
        raise UnreadMetric(message)
    if not entries:
        return None
    final = Final(number(entries[0].get("Value")), _time(entries[0].get("Timestamp")))
    _refuse_outside(described, final)
    return final


def _refuse_outside(described: Mapping[str, Json], final: Final) -> None:
    bounds = (("TrainingStartTime", -1, "before its start"), ("TrainingEndTime", 1, "after its end"))
    for key, sign, words in bounds:
        if key in described:
            beyond = sign * (final.at - _time(described[key]))
            if beyond > CLOCKS_APART:
                message = f"its value is of {final.at.isoformat()}, {beyond.total_seconds():.0f} s {words}"
                raise UnreadMetric(message)


def _time(value: Json) -> datetime:
    try:
        found = datetime.fromisoformat(value if isinstance(value, str) else "")
    except ValueError as error:
        message = f"{value!r} is no time"
        raise UnreadMetric(message) from error
    if found.tzinfo is None:
        message = f"{value!r} is a time without its zone"
        raise UnreadMetric(message)
    return found


def number(value: Json) -> float | None:
    """Take a number of the service as the job wrote it; None for what is no finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return as_written(float(value))


def reported(described: Mapping[str, Json], metric: Metric, log: LogLines | None) -> Reading | None:
    """Read what the log reports by the expression that the service looked with; None: the log can't tell.

    Raises:
        UnreadMetric: the log has a later report, or a longer number, than that expression takes.
    """
    regex = _regex(described, metric.name)
    if log is None or not regex:
        return None
    lines = log.lines[log.gap.before :] if log.gap else log.lines
    plain = replace(metric, regex=regex, number=NumberForm.POINT, take=Take.LAST, step=None, target="", rank=None)
    try:
        found = reading_of(LogLines(lines), plain)
    except PatternRefused:
        return None
    except NotSearched as error:
        message = f"its log speaks against it: {error}"
        raise UnreadMetric(message) from error
    return found if found.points else None


def _regex(described: Mapping[str, Json], name: str) -> str:
    listed = described.get("MetricDefinitions", [])
    found = (
        definition.get("Regex")
        for definition in (listed if isinstance(listed, list) else [])
        if isinstance(definition, Mapping) and definition.get("Name") == name
    )
    regex = next(found, None)
    return regex if isinstance(regex, str) else ""


def refuse_stale(final: Final | None, log: Reading | None) -> None:
    """Refuse a last value that is not the last one of the log.

    Raises:
        UnreadMetric: the log's last report is another number, or none.
    """
    if log is None:
        return
    last = log.points[-1].value
    of_log = as_written(single(last)) if last is not None else None
    if final is None:
        message = f"FinalMetricDataList has no value of it, and its log reports one in line {log.line}: {log.text}"
        raise UnreadMetric(message)
    if of_log != final.value:
        later = f"its log's last report is another, line {log.line}: {log.text}"
        message = f"FinalMetricDataList has {final.value!r}, and {later}"
        raise UnreadMetric(message)
