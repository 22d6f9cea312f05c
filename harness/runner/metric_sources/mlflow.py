"""A metric of a run in an MLflow tracking server: the history of the one run that has this run's tag."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator, Mapping

from harness.backends.mlflow import histories
from harness.model import strict_json
from harness.model.job import Job, Json
from harness.model.metric import MLFLOW, Metric
from harness.model.order import MLFLOW_TAG
from harness.model.plan import Run
from harness.model.wording import counted
from harness.runner.metric_source import MetricCurve, MetricEvidence, MetricSource, UnreadMetric

ENDED = frozenset({"FINISHED", "FAILED", "KILLED"})
_INFINITE = 1.7976931348623157e308
"""What MLflow's database stores for an infinity (mlflow/store/tracking/sqlalchemy_store.py)."""

Point = tuple[int, int, float | None]
"""Step, time in milliseconds, value."""


def ask(job: Job, run: Run) -> bytes:
    """Ask the tracking servers for the metrics that a run's side reads from there."""
    asked = {metric.name: metric for metric in job.reported_metrics if metric.source_on(run.side) == MLFLOW}
    return histories(asked, (MLFLOW_TAG, run.name), os.environ)


def read_history(metric: Metric, of: MetricEvidence) -> MetricCurve:
    """Read the history of a metric, by step and time.

    Raises:
        UnreadMetric: no run or several have the tag, it had not ended, or the history is cut or goes on after its end.
    """
    answers = _answers(of.answer, metric.name)
    run = _one_run(answers)
    info = _part(run, "info")
    status, end = info.get("status"), _whole(info.get("end_time"))
    if status not in ENDED or end is None:
        message = f"its MLflow run is {status}, so its last value may not be its last"
        raise UnreadMetric(message)
    key = metric.mlflow.key if metric.mlflow and metric.mlflow.key else metric.name
    points = sorted(_points(answers), key=lambda point: point[:2])
    _refuse_cut(points, _newest(run, key))
    late = [at for _, at, _ in points if at > end]
    if late:
        message = f"{counted(len(late), 'value')} of it were logged after its MLflow run had ended"
        raise UnreadMetric(message)
    return MetricCurve(tuple((step, value) for step, _, value in points))


def _answers(answer: bytes | None, name: str) -> Mapping[str, Json]:
    try:
        document = strict_json.read(answer or b"", constants=True)
    except strict_json.StrictError as error:
        message = f"mlflow: {error}"
        raise UnreadMetric(message) from error
    found = _part(_part(document, "metrics"), name)
    if not found:
        message = "mlflow: what was kept of it has no answer for this metric"
        raise UnreadMetric(message)
    return found


def _part(value: Json | Mapping[str, Json], key: str) -> Mapping[str, Json]:
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _listed(value: Json | Mapping[str, Json], key: str) -> list[Json]:
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, list) else []


def _one_run(answers: Mapping[str, Json]) -> Json:
    pages = _listed(answers, "search")
    runs = [run for page in pages for run in _listed(page, "runs")]
    if len(runs) != 1:
        ids = ", ".join(str(_part(run, "info").get("run_id")) for run in runs)
        count = f"{counted(len(runs), 'MLflow run')} ({ids}) have" if runs else "no MLflow run has"
        message = f"{count} the tag of this run, where one is expected: it began anew, or was not tagged"
        raise UnreadMetric(message)
    return runs[0]


def _points(answers: Mapping[str, Json]) -> Iterator[Point]:
    pages = _listed(answers, "history")
    if not pages or _token(pages[-1]):
        message = f"its history in MLflow goes on after {counted(len(pages), 'page')}"
        raise UnreadMetric(message)
    for entry in (entry for page in pages for entry in _listed(page, "metrics")):
        yield _point(entry)


def _token(page: Json) -> Json:
    return page.get("next_page_token") if isinstance(page, Mapping) else None


def _point(entry: Json) -> Point:
    said = entry if isinstance(entry, Mapping) else {}
    step, at = _whole(said.get("step", 0)), _whole(said.get("timestamp"))
    if step is None or at is None or "value" not in said:
        message = "its history in MLflow has an entry without value, step or time"
        raise UnreadMetric(message)
    return step, at, _number(said["value"])


def _whole(value: Json) -> int | None:
    """Read a 64-bit integer, which JSON of Protocol Buffers writes as a number or as text."""
    if isinstance(value, str) and value.removeprefix("-").isdecimal() and value.isascii() and len(value) <= 20:  # noqa: PLR2004 - digits of 64 bits
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _number(value: Json) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None  # NaN and infinities come as text
    return None if abs(value) >= _INFINITE else float(value)


def _newest(run: Json, key: str) -> Point | None:
    """Find the newest value that the run itself names."""
    named = [entry for entry in _listed(_part(run, "data"), "metrics") if isinstance(entry, Mapping)]
    found = [_point(entry) for entry in named if entry.get("key") == key]
    if len(found) > 1:
        message = f"its MLflow run names {len(found)} newest values of it"
        raise UnreadMetric(message)
    return found[0] if found else None


def _refuse_cut(points: list[Point], newest: Point | None) -> None:
    """Refuse a history that lacks what its own run names as the newest."""
    if (newest is None and points) or (newest is not None and newest not in points):
        message = "its history in MLflow lacks the newest value that its run names: it is cut, or was still growing"
        raise UnreadMetric(message)
    if newest is not None and newest[:2] != points[-1][:2]:
        message = "its history in MLflow goes on after the newest value that its run names"
        raise UnreadMetric(message)


SOURCE = MetricSource(MLFLOW, read_history, ask=ask)
