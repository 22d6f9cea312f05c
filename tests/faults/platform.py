"""Both platforms of a campaign as one file, which outlives the harness: scripted endpoints for processes that die.

A line `VERB NAME RUN SIDE SECONDS` is what happened there: create, stop or remove, and when. A watch tells of every
object that is there all that it did, from the beginning, as a list does; a run takes RUN_SECONDS, and a stop ends it
before that.
"""

from __future__ import annotations

import fcntl
import json
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.backends.base import Batch, Fetched, FetchedOutput, Handle
from harness.campaign.selfcheck.world import BASE, Draft, observed
from harness.model.clock import ClockName, Time
from harness.model.event import Event, Kind, Witness
from harness.model.job import Job, Side
from harness.model.order import Order
from harness.model.plan import Run
from harness.runner.shim_record import RECORD_SCHEMA

DRAFT = Draft(10.0)
RUN_SECONDS = 0.1
_LOOK_SECONDS = 0.01


@dataclass
class Scripted:
    """Both sides; every process has one of its own over the same file."""

    file: Path
    step: Callable[[str], None] = lambda name: None  # noqa: ARG005 - nothing strikes unless told
    side: Side = Side.LEGACY
    _told: set[str] = field(default_factory=set)

    def describe(self) -> Mapping[str, str]:
        """Say that nobody is there."""
        return {"synthetic": "yes"}

    def submit(self, order: Order) -> Handle:
        """Create a run's object, or adopt it."""
        name = order.run.name
        self.step("submit, before")
        adopted = not self._append("create", order.run, unless=lambda there: name in there)
        self.step("submit, after")
        return Handle(order.run, {"name": name, "uid": name, "kind": order.job.kind}, adopted)

    def watch(self, stop: threading.Event) -> Iterator[Batch]:
        """Tell what objects did that are there, each event in a batch of its own."""
        while not stop.wait(_LOOK_SECONDS):
            for life in present(self.file).values():
                for event in events_of(life):
                    if f"{life.run} {event.key}" not in self._told:
                        self._told.add(f"{life.run} {event.key}")
                        yield Batch(((life.run, event),), lambda: self.step("acknowledge"))

    def expect(self, handle: Handle) -> None:
        """Silence is not noticed here."""

    def fetch(self, handle: Handle, job: Job, into: Path) -> Fetched:
        """Bring home log, record and output of a run that did its work."""
        del job
        self.step("fetch, before")
        rows = into / "rows"
        rows.mkdir(parents=True, exist_ok=True)
        for name in DRAFT.partitions:
            (rows / name).write_text(BASE, encoding="utf-8")
        record = json.dumps(record_of(handle.run)).encode()
        self.step("fetch, after")
        return Fetched(b"rmse=10.0\n", False, record, (FetchedOutput("rows", True, rows, "script"),), ())

    def stop(self, handle: Handle) -> None:
        """End a run by request."""
        self.step("stop, before")
        name = handle.run.name
        self._append("stop", handle.run, unless=lambda there: name not in there)
        self.step("stop, after")

    def remove(self, handle: Handle) -> tuple[Event, ...]:
        """Remove an object."""
        self.step("remove, before")
        name = handle.run.name
        self._append("remove", handle.run, unless=lambda there: name not in there)
        self.step("remove, after")
        return ()

    def close(self) -> None:
        """Nothing was given."""

    def _append(self, verb: str, run: Run, unless: Callable[[Mapping[str, Life]], bool]) -> bool:
        """Do one thing on the platform, unless it is done; whole or not at all."""
        with self.file.open("ab") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            if unless(present(self.file)):
                return False
            os.write(file.fileno(), f"{verb} {run.name} {run.id} {run.side.value} {time.monotonic()}\n".encode())
        return True


@dataclass(frozen=True, slots=True)
class Life:
    """One object that is there: seconds of the machine's own clock, which no process of ours moves."""

    run: str
    side: Side
    began: float
    stopped: float | None = None

    @property
    def is_cut(self) -> bool:
        """Whether a stop came before its end."""
        return self.stopped is not None and self.stopped < self.began + RUN_SECONDS


def events_of(life: Life) -> tuple[Event, ...]:
    """Give what the platform tells of a run by now; one that was cut never came to its end."""
    run = Run(life.run, life.run, "wine", "train", life.side, 1)
    told = tuple(event for event in observed(run, DRAFT, "").events if event.witness is not Witness.SHIM)
    if life.is_cut:
        at = Time(told[-1].at.seconds, ClockName.HARNESS)
        return (*told[:2], Event("stopped", Kind.STOPPED, told[0].witness, at, at.seconds, label="Stopped"))
    return told if time.monotonic() > life.began + RUN_SECONDS else told[:2]


def present(file: Path) -> dict[str, Life]:
    """Give the objects that are there."""
    there: dict[str, Life] = {}
    for verb, name, run, side, at in map(str.split, file.read_text(encoding="utf-8").splitlines()):
        if verb == "remove":
            del there[name]
        else:
            there[name] = (
                Life(run, Side(side), float(at)) if verb == "create" else replace(there[name], stopped=float(at))
            )
    return there


def created(file: Path) -> Counter[str]:
    """Count how often each object was created."""
    lines = map(str.split, file.read_text(encoding="utf-8").splitlines())
    return Counter(name for verb, name, *_ in lines if verb == "create")


def record_of(run: Run) -> dict[str, object]:
    """Write the record that the shim of a sound run leaves."""
    record = observed(run, DRAFT, "").record
    assert record is not None
    return {
        "schema": RECORD_SCHEMA,
        "run": run.id,
        "exit_code": 0,
        "first_instruction_seconds": record.first_instruction_seconds,
        "started_seconds": record.started_seconds,
        "finished_seconds": record.finished_seconds,
        "parameters": {"depth": {"type": "int", "value": 3}},
        "environment": {"PATH": "/usr/bin"},
        "libraries": dict(record.libraries),
        "inputs": {name: {"sha256": digest} for name, digest in record.inputs.items()},
        "outputs": {},
        "image_config_digest": record.image_config_digest,
        "process": dict(record.process),
    }
