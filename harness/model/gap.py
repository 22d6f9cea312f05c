"""A time in which one stream of a platform heard nothing: kept once, told in the history of every run in it."""

from __future__ import annotations

from dataclasses import dataclass

from harness.model.clock import ClockName, Time
from harness.model.event import Event, Kind, Witness


@dataclass(frozen=True, slots=True)
class Gap:
    """One silence of one stream. Times are epoch seconds by the harness's clock."""

    stream: str
    """What was not heard: a resource kind, the event bus, the calls that describe jobs."""
    since_seconds: float
    """When it was heard last."""
    reason: str
    until_seconds: float | None = None
    """When it was heard again; None: it goes on."""
    vital: bool = False
    """Nothing can be started or seen to end meanwhile: the platform does not answer at all, or not us."""

    def touches(self, begin_seconds: float, end_seconds: float) -> bool:
        """Tell whether it overlaps a time."""
        until = end_seconds if self.until_seconds is None else self.until_seconds
        return self.since_seconds <= end_seconds and until >= begin_seconds

    def event(self, run: str, now: float) -> Event:
        """Say it in the history of one run; one that goes on reaches up to now."""
        until = now if self.until_seconds is None else self.until_seconds
        native = {
            "kind": self.stream,
            "from": str(self.since_seconds),
            "to": str(until),
            "reason": self.reason,
            **({"open": "yes"} if self.until_seconds is None else {}),
        }
        at, key = Time(until, ClockName.HARNESS), f"{run}:gap:{self.stream}:{self.since_seconds}"
        return Event(key, Kind.GAP, Witness.HARNESS, at, until, label=self.reason, native=native)
