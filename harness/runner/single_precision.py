"""Numbers that a service or file keeps in single precision, as the job wrote them. Pure."""

from __future__ import annotations

import math
import struct

from harness.model.metric import Metric
from harness.runner.metric_source import UnreadMetric

_DIGITS = 9
"""So many digits tell every two numbers of single precision apart (IEEE 754)."""


def single(value: float) -> float:
    """Round to single precision; what is too large for it is infinite."""
    try:
        rounded: float = struct.unpack("f", struct.pack("f", value))[0]
    except OverflowError:
        return math.copysign(math.inf, value)
    return rounded


def as_written(value: float) -> float:
    """Give the shortest decimal that rounds to a number of single precision: 0.8899999856948853 is 0.89.

    A number that is none of single precision is given back as it is.
    """
    if not math.isfinite(value) or single(value) != value:
        return value
    texts = (f"{value:.{digits}g}" for digits in range(1, _DIGITS + 1))
    return next((float(text) for text in texts if single(float(text)) == value), value)


def refuse_too_fine(metric: Metric, value: float | None) -> None:
    """Refuse a number of which single precision leaves more open than its margin.

    Raises:
        UnreadMetric: the rounding of two such numbers is above the margin.
    """
    if value is None:
        return
    margin = max(metric.margin_absolute or 0.0, (metric.margin_relative or 0.0) * abs(value))
    if abs(value) * 2**-23 > margin:
        message = f"it is kept in single precision, which leaves more of {value!r} open than its margin {margin!r}"
        raise UnreadMetric(message)
