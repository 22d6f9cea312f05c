"""`parity check-config --log`: what each metric of a configuration would read from a log, and where."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from harness.backends.log_capture import READ_BYTES_MAX, CapturedLog, LogCapture
from harness.bounded.pattern import NotSearched
from harness.cli import answer
from harness.config import load as loading
from harness.errors import ConfigError, Problem
from harness.model.metric import Metric
from harness.runner.log_lines import LogLines, lines_with_gap
from harness.runner.metrics import reading_of

_PIECE_BYTES = 1024 * 1024
INCONCLUSIVE = 3


def show(path: Path, log: Path) -> int:
    """Print for every metric that is read from a log its value, line and number of reports, or why it is not read.

    Ends with 0 where every metric has a value, else with 3.
    """
    read = _lines(log)
    metrics = [
        (f"{repository.name}.{job.name}.{metric.name}", metric)
        for repository in loading.load(path)
        for job in repository.jobs
        for metric in job.logged_metrics
    ]
    if not metrics:
        raise ConfigError((Problem(str(path), 0, 0, "metrics", "none that is read from a log", "at least one"),))
    told = [(name, *_told(read, metric)) for name, metric in metrics]
    answer.lines(_table(told))
    return 0 if all(good for _, good, _ in told) else INCONCLUSIVE


def _lines(log: Path) -> LogLines:
    """Read a log as a campaign does: beginning and end of a very long one."""
    capture = LogCapture()
    with log.open("rb") as file:
        while capture.total <= READ_BYTES_MAX and (piece := file.read(_PIECE_BYTES)):
            capture.add(piece)
    kept: CapturedLog = capture.captured()
    return lines_with_gap(kept.data, kept.left_out, kept.gap_at)


def _told(read: LogLines, metric: Metric) -> tuple[bool, str]:
    try:
        found = reading_of(read, metric)
    except NotSearched as error:
        return False, f"not read: {error}"
    if not found.points:
        return False, f"never reported (regex: {metric.regex})"
    value, line, count = found.points[-1].value, _numbered(read, found.line), found.reports
    reports = "the only report" if count == 1 else f"{metric.take} of {count} reports"
    number = "no finite number" if value is None else f"{value!r}"
    return value is not None, f"{number}, {reports}, line {line}: {found.text}"


def _numbered(read: LogLines, line: int) -> str:
    """Number a line; of those after a gap nobody knows the number, so they are counted from the end."""
    gap = read.gap
    return str(line) if gap is None or line <= gap.before else f"{len(read.lines) - line + 1} from the end"


def _table(told: list[tuple[str, bool, str]]) -> Iterator[str]:
    width = max(len(name) for name, _, _ in told)
    for name, _, text in told:
        yield f"{name:<{width}}  {text}"
