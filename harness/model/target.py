"""The value of a curve that a run has to reach: how soon it does is a metric of its own (MLPerf's steps to target)."""

from __future__ import annotations

import re

NEVER = 1e9
"""Steps of a run that ended before it reached its target: further than any margin from all that did."""
PATTERN = r"^(>=|<=)\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$"


def is_target(text: str) -> bool:
    """Tell whether a text is one, such as `>= 0.93` or `<= 0.25`."""
    return re.fullmatch(PATTERN, text) is not None


def reached(target: str, value: float) -> bool:
    """Tell whether a value reaches a target."""
    bound = float(target[2:])
    return value >= bound if target.startswith(">=") else value <= bound
