"""Times with their clock and error, and the clocks and deadlines that effects are handed.

A time is (value, clock, resolution, offset error). Times of different clocks are never subtracted without the error bar
(design section 3, "Time").
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Protocol


class ClockName(StrEnum):
    """Whose clock a time was read from."""

    HARNESS = "harness"
    API_SERVER = "api-server"
    CONTROLLER = "controller"
    NODE = "node"
    SERVICE = "service"
    CONTAINER = "container"


@dataclass(frozen=True, slots=True)
class Time:
    """One reading of one clock."""

    seconds: float
    """Since the Unix epoch, UTC, as that clock said."""
    clock: ClockName
    resolution_seconds: float = 0.0
    """The true instant lies in [seconds, seconds + resolution_seconds) of that clock: whole-second stamps are cut."""
    error_seconds: float = 0.0
    """How far that clock may be off the harness's, either way."""

    def iso(self) -> str:
        """Write the time as RFC 3339 with milliseconds, in UTC."""
        return iso(self.seconds)


@dataclass(frozen=True, slots=True)
class Span:
    """A duration between two readings, with the error that both clocks bring."""

    seconds: float
    error_seconds: float


def between(start: Time, end: Time) -> Span:
    """Subtract two times; the error bar covers both resolutions and, across clocks, both offsets."""
    middle = (end.seconds + end.resolution_seconds / 2) - (start.seconds + start.resolution_seconds / 2)
    error = (start.resolution_seconds + end.resolution_seconds) / 2
    if start.clock is not end.clock:
        error += start.error_seconds + end.error_seconds
    return Span(middle, error)


def surely_before(first: Time, second: Time) -> bool:
    """Tell whether the first time lies before the second beyond every error bar."""
    span = between(first, second)
    return span.seconds > span.error_seconds


def iso(seconds: float) -> str:
    """Write epoch seconds as RFC 3339 with milliseconds, in UTC."""
    whole = round(seconds * 1000) / 1000
    return datetime.fromtimestamp(whole, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_iso(text: str) -> float:
    """Read an RFC 3339 time as epoch seconds.

    Raises:
        ValueError: the text is no time, says no offset, or lies outside of what can be written in UTC.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        message = f"time without an offset: {text}"
        raise ValueError(message)
    try:
        return moment.astimezone(UTC).timestamp()
    except OverflowError as error:
        message = f"time beyond the calendar: {text}"
        raise ValueError(message) from error


def is_time(text: str) -> bool:
    """Tell whether a text is an RFC 3339 time that can be read."""
    try:
        parse_iso(text)
    except ValueError:
        return False
    return True


class Clock(Protocol):
    """What effects may ask of time."""

    def now(self) -> float:
        """Epoch seconds of the harness's wall clock."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back."""
        ...

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait for the event, at most so long; say whether it came."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        """Epoch seconds of the machine."""
        return time.time()

    def monotonic(self) -> float:
        """Monotonic seconds of the machine."""
        return time.monotonic()

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait in real time."""
        return event.wait(seconds)


@dataclass(frozen=True, slots=True)
class Deadline:
    """A point on the monotonic clock after which a wait ends."""

    at_monotonic: float

    @classmethod
    def after(cls, clock: Clock, seconds: float) -> Deadline:
        """Set a deadline so many seconds from now."""
        return cls(clock.monotonic() + seconds)

    def left(self, clock: Clock) -> float:
        """Seconds that are left; never below zero."""
        return max(0.0, self.at_monotonic - clock.monotonic())
