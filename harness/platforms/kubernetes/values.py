"""Read single values of API objects: times, texts, numbers. Whatever has another type is no value. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from harness.model.clock import ClockName, Time, parse_iso
from harness.model.job import Json
from harness.scrub.scrubber import Scrubber

CLOCK_ERROR_SECONDS = 1.0
"""Assumed offset between synchronised hosts; whole-second stamps are cut by as much anyway."""
MESSAGE_MAX = 1024
NEVER = frozenset({"", "0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z"})


def read_time(value: Json, clock: ClockName) -> Time | None:
    """Give a time of the control plane or a node; what is no time says nothing of when."""
    text = value if isinstance(value, str) else ""
    if text in NEVER:
        return None
    resolution = 0.0 if "." in text else 1.0
    try:
        return Time(parse_iso(text), clock, resolution, CLOCK_ERROR_SECONDS)
    except ValueError:
        return None  # what is no time says nothing of when


def read_message(value: Mapping[str, Json]) -> str:
    """Give a message without secrets, and only then cut it: half of a token is none that anybody would find."""
    return Scrubber().text(read_text(value, "message"))[:MESSAGE_MAX]


def read_text(value: Mapping[str, Json], name: str) -> str:
    """Give a text; whatever else stands there is none."""
    found = value.get(name)
    return found if isinstance(found, str) else ""


def read_word(value: Json) -> str:
    """Give any value as text."""
    return "" if value is None else str(value)


def read_number(value: Mapping[str, Json], name: str) -> str:
    """Give a whole number as text; whatever else stands there is 0."""
    found = value.get(name)
    return str(found) if isinstance(found, int) and not isinstance(found, bool) else "0"


def read_joined(value: Json) -> str:
    """Give the items of a list in one text."""
    return ",".join(str(item) for item in value) if isinstance(value, list) else ""
