"""A run's log → the curve of one metric, or why it was not read."""

from __future__ import annotations

import math
from collections.abc import Sequence

from harness.bounded.pattern import first_groups
from harness.model.job import Metric
from harness.model.observation import MetricPoint

POINTS_MAX = 100_000


def curve_of(lines: Sequence[str], metric: Metric) -> tuple[MetricPoint, ...]:
    """Read one metric's values in log order; group 1 is the number (SageMaker MetricDefinitions).

    Of more than `POINTS_MAX` the first are kept and the last, which is the one that is judged.

    Raises:
        NotSearched: a line is too long, or the expression needs more CPU time than it may have.
    """
    reported = [group for group in first_groups(metric.regex, lines) if group is not None]
    points = [MetricPoint(_number(text), step) for step, text in enumerate(reported[:POINTS_MAX])]
    if len(reported) > POINTS_MAX:
        points[-1] = MetricPoint(_number(reported[-1]), len(reported) - 1)
    return tuple(points)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
