"""Two values of one field of two runs → the class of their noise. Pure."""

from __future__ import annotations

import re
from datetime import datetime

from harness.model.finding import NoiseClass

ID_MIN = 8
"""Characters; a shorter name is no random id."""
EPOCH_SECONDS = (1.2e9, 2.2e9)
"""2008 to 2039; a number in it, or a thousand times it, that differs from run to run is a time."""


def kind_of(one: str, other: str) -> NoiseClass:
    """Name the noise of two values of one field, as text."""
    if _is_time(one) and _is_time(other):
        return NoiseClass.TIME
    if _is_float(one) and _is_float(other):
        return NoiseClass.JITTER
    alike = _shape(one) == _shape(other) and len(one) >= ID_MIN and not one.isalpha() and " " not in one
    return NoiseClass.RANDOM_ID if alike and re.search("[0-9]", one + other) else NoiseClass.UNSTABLE


def _is_float(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _is_time(text: str) -> bool:
    if _is_float(text):
        return any(EPOCH_SECONDS[0] <= float(text) / unit <= EPOCH_SECONDS[1] for unit in (1, 1000))
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _shape(text: str) -> str:
    return re.sub("[0-9A-Za-z]", "x", text)
