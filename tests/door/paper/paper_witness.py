"""A clerk who launches nothing, and says of each run whether its ticket was closed."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

from harness.backends.base import Batch, Fetched, Handle
from harness.backends.witnesses import WitnessOpening, WitnessSource
from harness.model.clock import ClockName, Time
from harness.model.event import Event, Kind, Witness
from harness.model.job import Job


class Clerk:
    """A source."""

    platform = "tickets"

    def __init__(self, opening: WitnessOpening) -> None:
        """Know the runs of the campaign."""
        self._runs, self._now = opening.plan.runs, opening.clock.now()

    def describe(self) -> Mapping[str, str]:
        """Say who answers."""
        return {"endpoint": "the clerk"}

    def watch(self, stop: threading.Event) -> Iterator[Batch]:
        """Say of each run what became of its ticket, and be silent."""
        at = Time(self._now, ClockName.SERVICE)
        for run in self._runs:
            label = "open" if os.environ.get("CLERK") == "asleep" else "closed"
            yield Batch(((run.id, Event(run.id, Kind.STATUS, Witness.OUTSIDE, at, self._now, label=label)),))
        stop.wait()

    def fetch(self, handle: Handle, job: Job, into: Path) -> Fetched:
        """Tickets hold no files."""
        del handle, job, into
        return Fetched(None, False, None, (), ())

    def close(self) -> None:
        """Nothing was given."""


SOURCE = WitnessSource("tickets", lambda repository: bool(repository.jobs), Clerk)
