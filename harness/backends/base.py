"""The seam: what a platform must do for a run, and the values that cross it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from harness.errors import BackendError
from harness.model.event import Event
from harness.model.gap import Gap
from harness.model.job import Job
from harness.model.observation import PlaceSeen
from harness.model.order import Order
from harness.model.plan import Run

CHANGED_SHOWN = 5
"""Differences that are named of an object which is not the one that was sent."""
OUTSIDE_BYTES_MAX = 4 * 1024 * 1024
"""Of the log of what a blocked run tried to do outside."""
RECORD_BYTES_MAX = 8 * 1024 * 1024
"""Of a shim's record."""


@dataclass(frozen=True, slots=True)
class Handle:
    """A submitted run, by the platform's own identifiers."""

    run: Run
    native: Mapping[str, str]
    adopted: bool = False
    """The object was there already and is exactly the planned one."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Events that arrived together. `acknowledge` is called once they are durable, never before."""

    events: tuple[tuple[str, Event], ...]
    """(run id, event)."""
    acknowledge: Callable[[], None] = field(default=lambda: None)
    gaps: tuple[Gap, ...] = ()
    """Streams that fell silent, or were heard again, before these events came."""


@dataclass(frozen=True, slots=True)
class FetchedOutput:
    """One output as it was brought home."""

    name: str
    declared: bool
    path: Path | None
    """A tar.gz archive or a folder of objects; None: nothing was there."""
    source: str
    inside: str = ""
    """Only members below this folder of the archive belong to the output."""
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class MetricAnswer:
    """What a source of metrics was answered of a run."""

    source: str
    data: bytes | None
    """JSON, as it came; None: there was no answer."""
    trouble: str = ""
    """Why there was none."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """All that was brought home of one run."""

    log: bytes | None
    """As it came: it is scrubbed before anything of it is written."""
    log_cut: bool
    record: bytes | None
    outputs: tuple[FetchedOutput, ...]
    notes: tuple[str, ...]
    log_left_out: int = 0
    """Bytes in the middle of a very long log that were not kept."""
    log_gap_at: int = 0
    """Where in `log` what follows them begins."""
    answers: tuple[MetricAnswer, ...] = ()
    """One of each source that the side of a metric names and that has to be asked."""
    places: tuple[PlaceSeen, ...] = ()
    """What changed at the places of the job's effects."""
    outside: bytes | None = None
    """What whoever stood between a blocked run and the world wrote down; None: nobody did."""


class Health(StrEnum):
    """How a question of `parity doctor` was answered."""

    GOOD = "good"
    BAD = "bad"
    UNKNOWN = "unknown"
    """Nobody allowed us to look; no reason to stop."""


@dataclass(frozen=True, slots=True)
class Symptom:
    """One answer of `parity doctor`, with the way to mend it."""

    subject: str
    health: Health
    text: str
    fix: str = ""


class Source(Protocol):
    """What can be watched and fetched; a witness that launches nothing, such as an orchestrator, is no more."""

    @property
    def platform(self) -> str:
        """Its name: the platform's, or the witness's own."""
        ...

    def describe(self) -> Mapping[str, str]:
        """Say who answers: account or cluster id, endpoint, and of a stand-in `synthetic` and its `time_scale`."""
        ...

    def watch(self, stop: threading.Event) -> Iterator[Batch]:
        """Stream everything seen of the campaign's runs until `stop` is set."""
        ...

    def fetch(self, handle: Handle, job: Job, into: Path) -> Fetched:
        """Bring home logs, the shim's record and outputs."""
        ...

    def close(self) -> None:
        """Give back what the campaign as a whole was given (queue, rule).

        Raises:
            BackendError: names what could not be given back.
        """
        ...


class Launcher(Source, Protocol):
    """A source that also starts and ends runs. `stop` and `remove` are safe to call twice."""

    def submit(self, order: Order) -> Handle:
        """Start one run; submitting again adopts the same object or raises Conflict."""
        ...

    def expect(self, handle: Handle) -> None:
        """Tell the watch that a run exists, so that silence about it is noticed."""
        ...

    def peek(self, handle: Handle, job: Job) -> Fetched:
        """Read the log so far of a run that may go on, and nothing else.

        No log and `log_cut` false: nothing was printed yet. No log and `log_cut` true: there is none yet, or none is
        left.

        Raises:
            BackendError: the log can't be read.
        """
        ...

    def stop(self, handle: Handle) -> None:
        """Ask the platform to end the run; one that is over or gone is fine.

        Raises:
            BackendError: it was not asked, or refused.
        """
        ...

    def remove(self, handle: Handle) -> tuple[Event, ...]:
        """Remove what we made for the run, except records the platform keeps; say what was removed.

        Raises:
            BackendError: some of it may still be there.
        """
        ...


Backend = Launcher
"""One platform, for all runs of a campaign that go there."""


def check_alive(threads: Iterable[threading.Thread], stop: threading.Event) -> None:
    """See that every thread of a watch still runs, until it is to stop: one that died would look like silence.

    Raises:
        BackendError: names those that died.
    """
    dead = [thread.name for thread in threads if not thread.is_alive()]
    if dead and not stop.is_set():
        message = f"threads of the watch died: {', '.join(dead)}"
        raise BackendError(message)
