"""What a stream did to what it carried: lost it, sent it twice, late, out of order, by a wrong clock. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from harness.model.event import Witness


class AnomalyKind(StrEnum):
    """What can be wrong with a stream; the words of pages and of `parity explain`."""

    ILLEGAL = "illegal"
    """It told a change of state that no lifecycle allows."""
    LOST = "lost"
    """It never told something that another witness, or a later word of its own, shows to have happened."""
    DUPLICATE = "duplicate"
    LATE = "late"
    """It told something after the end of what it speaks of, or more than a minute after it happened."""
    OUT_OF_ORDER = "out of order"
    """It told something older after something newer."""
    FOREIGN = "foreign"
    """It told of another run: another object of the same name, another account."""
    SKEW = "skew"
    """Its clock is off."""


class Stream(StrEnum):
    """Where an observation came from."""

    JOBS = "Job watch"
    PODS = "Pod watch"
    EVENTS = "Event watch"
    BUS = "event bus"
    DESCRIPTIONS = "descriptions"
    SHIM = "shim"
    WATCHER = "watcher"
    """Our own reading: its clock, and when it heard things."""


STREAM_OF = {
    Witness.JOB: Stream.JOBS,
    Witness.POD: Stream.PODS,
    Witness.CONTAINER: Stream.PODS,
    Witness.KUBELET: Stream.PODS,
    Witness.CLUSTER_EVENTS: Stream.EVENTS,
    Witness.EVENT_BUS: Stream.BUS,
    Witness.CONTROL_PLANE: Stream.DESCRIPTIONS,
    Witness.SHIM: Stream.SHIM,
    Witness.ARTIFACTS: Stream.WATCHER,
    Witness.HARNESS: Stream.WATCHER,
}
STREAM_OF_KIND = {"Job": Stream.JOBS, "Pod": Stream.PODS, "Event": Stream.EVENTS}
ANOMALY = "anomaly"
"""Native field of a NOTICED that reports one; beside it stand `stream`, `count`, `unit` and `detail`."""


SLOW_SECONDS = 60.0
"""What was heard so long after it happened is late; watches and buses deliver within seconds."""


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One kind of trouble of one stream of one run."""

    kind: AnomalyKind
    stream: Stream
    count: int
    unit: str
    """What is counted, as one of it is called: `message`, `version of a Pod`."""
    detail: str = ""
    seconds: float | None = None
    """How far a clock is ahead (behind: negative), or how late the latest came."""

    @property
    def text(self) -> str:
        """Say it in one line."""
        units = self.unit if self.count == 1 else plural(self.unit)
        more = f": {self.detail}" if self.detail else ""
        return f"{self.stream.value}: {self.kind.value}, {self.count} {units}{more}"


def plural(unit: str) -> str:
    """Write a unit for more than one: the first word is the one that is counted."""
    first, space, rest = unit.partition(" ")
    return f"{first}{'es' if first.endswith('s') else 's'}{space}{rest}"
