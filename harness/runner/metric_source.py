"""What a source of metrics is, and what of a run it reads them from. Values only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.model.job import Job, Side
from harness.model.metric import Metric
from harness.model.observation import OutputSeen
from harness.model.plan import Run
from harness.runner.log_lines import LogLines

Values = tuple[tuple[int | None, float | None], ...]
"""Training step where one is named, and value; None: reported, and no finite number."""


class UnreadMetric(Exception):  # noqa: N818 - a fact of the run, told with its metric
    """Why a metric has no value: what is missing, doubled or cut, and where."""


@dataclass(frozen=True, slots=True)
class MetricEvidence:
    """What was kept of one run, for one source of metrics."""

    side: Side
    outputs: Mapping[str, OutputSeen]
    campaign: Path
    """The folder that names of stored files are below."""
    answer: bytes | None = None
    """What the source was answered when the run was fetched, as it is stored; None: nothing was asked."""
    log: LogLines | None = None
    """The log to its last line; None: none is there, or its end is missing."""


@dataclass(frozen=True, slots=True)
class MetricCurve:
    """What a source holds of one metric of one run."""

    values: Values
    """In the order of the reports; empty: it was never reported."""
    unknown: str = ""
    """Why these values are not all that was reported, though the one that counts is among them."""


@dataclass(frozen=True, slots=True)
class MetricSource:
    """One place that metrics are read from; `source: NAME` of a metric in `repos.yaml`."""

    name: str
    read: Callable[[Metric, MetricEvidence], MetricCurve]
    """Read one metric from what was kept; pure, raises `UnreadMetric` where no one value can be told."""
    asked: bool = False
    """The backend of a platform asks for it when it fetches a run, and what it was answered is kept as JSON."""
    ask: Callable[[Job, Run], bytes] | None = None
    """Ask a service that is no platform's, when a run is fetched, for all metrics that its side reads from there; gives
    JSON, raises `BackendError` where there is no answer."""
