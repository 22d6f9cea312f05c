"""A backend whose runs do what a script says, without any platform: for tests of the fold alone."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.backends.base import Batch, Fetched, Handle
from harness.backends.log_marks import START
from harness.errors import BackendError, Conflict
from harness.model.clock import ClockName, Time
from harness.model.event import Event, Kind, Role, Witness
from harness.model.gap import Gap
from harness.model.job import Job, Side
from harness.model.order import Order

WHOLE = (Kind.SUBMITTED, Kind.RUNNING, Kind.EXITED, Kind.SUCCEEDED)


def event(run: str, kind: Kind, at: float = 0.0) -> Event:
    """What a platform might say of a run."""
    role, witness = (Role.MAIN, Witness.CONTAINER) if kind is Kind.EXITED else (None, Witness.JOB)
    order = list(Kind).index(kind)
    return Event(f"{run}:{kind}", kind, witness, Time(at or order, ClockName.NODE), 1.0, role=role)


@dataclass
class Scripted:
    """Both sides of one campaign in memory; it writes down every call in the order in which they came."""

    side: Side = Side.LEGACY
    platform: str = "kubernetes"
    ends: Callable[[str], tuple[Kind, ...]] = lambda run: WHOLE  # noqa: ARG005 - every run is alike unless scripted
    prints: Callable[[str], str | None] = lambda run: "epoch 1\n"  # noqa: ARG005 - no metric unless scripted
    """What a run has printed so far; empty: there is no log yet; None: nobody can read it."""
    told: list[str] = field(default_factory=list)
    objects: dict[str, str] = field(default_factory=dict)
    """Name → run: what is on the platform."""
    refuse: frozenset[str] = frozenset()
    twice: bool = False
    """Say everything two times."""
    deaf: bool = False
    """Hear no stop."""
    _stream: queue.SimpleQueue[Batch] = field(default_factory=queue.SimpleQueue)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def describe(self) -> Mapping[str, str]:
        """Say that nobody is there."""
        return {"synthetic": "yes"}

    def submit(self, order: Order) -> Handle:
        """Take a run, adopt it when it is there, or refuse it."""
        run = order.run
        with self._lock:
            self.told.append(f"submit {run.id}")
            adopted = run.name in self.objects
            if run.id in self.refuse:
                message = f"{run.name} exists and is another one"
                raise Conflict(message)
            self.objects[run.name] = run.id
        self.say(run.id, *self.ends(run.id))
        return Handle(run, {"name": run.name}, adopted)

    def say(self, run: str, *kinds: Kind) -> None:
        """Let the stream tell something of a run, each in a batch of its own."""
        for kind in kinds * (2 if self.twice else 1):
            told = f"{run} {kind.value}"
            self._stream.put(Batch(((run, event(run, kind)),), lambda told=told: self.told.append(f"ack {told}")))

    def hush(self, *gaps: Gap) -> None:
        """Let streams fall silent, or be heard again."""
        self._stream.put(Batch((), gaps=gaps))

    def watch(self, stop: threading.Event) -> Iterator[Batch]:
        """Hand over what was said."""
        while not stop.is_set():
            try:
                yield self._stream.get(timeout=0.02)
            except queue.Empty:
                continue

    def expect(self, handle: Handle) -> None:
        """Nothing is expected of a script."""

    def fetch(self, handle: Handle, job: Job, into: Path) -> Fetched:
        """Bring home nothing but the fact."""
        del job, into
        self.told.append(f"fetch {handle.run.id}")
        return Fetched(None, False, None, (), ())

    def peek(self, handle: Handle, job: Job) -> Fetched:
        """Read what a run is scripted to have printed so far, after the shim's own first line."""
        del job
        self.told.append(f"peek {handle.run.id}")
        said = self.prints(handle.run.id)
        if said is None:
            message = "log: nobody answers"
            raise BackendError(message)
        if not said:
            return Fetched(None, True, None, (), ("log: no pod is left",))
        return Fetched(f"{START}\n{said}".encode(), False, None, (), ())

    def stop(self, handle: Handle) -> None:
        """End a run by request."""
        self.told.append(f"stop {handle.run.id}")
        if not self.deaf:
            self.say(handle.run.id, Kind.EXITED, Kind.STOPPED)

    def remove(self, handle: Handle) -> tuple[Event, ...]:
        """Forget an object."""
        self.told.append(f"remove {handle.run.id}")
        self.objects.pop(handle.run.name, None)
        return ()

    def close(self) -> None:
        """Nothing was given."""
