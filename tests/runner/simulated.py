"""A day in a second: a clock that moves only while every run either waits for its own end or is home."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from report.campaign_sample import job, plan, repository
from runner.scripted import Scripted
from runner.test_drive import SCRUB

from harness.backends.base import Handle
from harness.model.event import OUTLASTED, SLOT, Event, Kind
from harness.model.job import Side
from harness.model.observation import Observation
from harness.model.order import Order
from harness.model.plan import Plan
from harness.model.schedule import Schedule
from harness.runner.context import Notice, Progress, RunnerContext
from harness.runner.drive import Drive
from harness.store.archive import Archive
from harness.store.journal import Journal

STEP_SECONDS = 5.0
BEGAN = 1_780_300_000.0
LENGTH = 300.0


@dataclass
class SimulatedClock:
    """Goes on by a step whenever it is asked for the time and nothing is under way."""

    seconds: float = BEGAN
    timers: list[tuple[float, Callable[[], None]]] = field(default_factory=list)
    under_way: int = 0
    """Runs that are being submitted, or whose end is on its way."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def now(self) -> float:
        """Give the time; let what is due happen."""
        with self.lock:
            if not self.under_way:
                self.seconds += STEP_SECONDS
            due = [timer for timer in self.timers if timer[0] <= self.seconds]
            self.timers = [timer for timer in self.timers if timer not in due]
            self.under_way += len(due)
        for _, act in due:
            act()
        return self.seconds

    def monotonic(self) -> float:
        """Give the same time."""
        return self.seconds

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Wait in real time."""
        return event.wait(seconds)


@dataclass
class Timed(Scripted):
    """A platform on which every run takes a time of its own."""

    clock: SimulatedClock = field(default_factory=SimulatedClock)
    lengths: Mapping[str, float] = field(default_factory=dict)
    """Run → seconds from submit to end; any other takes LENGTH."""

    def submit(self, order: Order) -> Handle:
        """Take a run and end it in time."""
        run, length = order.run.id, self.lengths.get(order.run.id, LENGTH)
        adopted = order.run.name in self.objects
        self.told.append(f"submit {run}")
        self.objects[order.run.name] = run
        self.say(run, Kind.SUBMITTED, Kind.RUNNING)
        with self.clock.lock:
            self.clock.under_way -= 1
            ends = self.clock.seconds + (0.0 if adopted else length)
            self.clock.timers.append((ends, lambda: self.say(run, Kind.EXITED, Kind.SUCCEEDED)))
        return Handle(order.run, {"name": order.run.name}, adopted)


def every_quarter(pairs: int, *, cadence_seconds: int = 900) -> Plan:
    """Plan a job that retrains every fifteen minutes."""
    retrain = replace(job("train", "rmse", 0.1), cadence_seconds=cadence_seconds)
    return plan([repository("wine", "owner", "demo", (retrain,))], pairs_each=pairs, repeats=False)


@dataclass
class Simulation:
    """One archive and one platform on a simulated clock; as many drives as it takes."""

    root: Path
    plan: Plan
    lengths: Mapping[str, float] = field(default_factory=dict)
    clock: SimulatedClock = field(default_factory=SimulatedClock)
    halt: threading.Event = field(default_factory=threading.Event)
    halts_at: str = ""
    """A step of progress that interrupts the campaign."""

    def __post_init__(self) -> None:
        """Make the platform, which outlives a drive."""
        self.backend = Timed(clock=self.clock, lengths=self.lengths, deaf=True)

    def drive(self) -> None:
        """Drive every pair, until the end or the interrupt."""
        backends = {(repository.name, side): self.backend for repository in self.plan.repositories for side in Side}
        archive = Archive(self.root)
        with Journal(archive.journal) as journal:
            context = RunnerContext(
                self.plan, backends, archive, journal, self.clock, SCRUB, lambda _: None, self._hear, self.halt
            )
            drive = Drive(context)
            with drive.open():
                drive.run(Schedule.whole(self.plan))

    def _hear(self, step: Progress | Notice) -> None:
        if isinstance(step, Notice):
            return
        moved = {"submitting": 1, "fetched": -1}.get(step.state, 0)
        with self.clock.lock:
            self.clock.under_way += moved
        if f"{step.run.id} {step.state}" == self.halts_at:
            self.halt.set()

    def seen(self) -> dict[str, Observation]:
        """Give every run's observation."""
        found = ((run.id, Archive(self.root).load_observation(run.id)) for run in self.plan.runs)
        return {name: each for name, each in found if each is not None}

    def slots(self) -> dict[str, tuple[int, float, list[int]]]:
        """Give by run its slot, when it was started in seconds of the campaign, and the slots left out beside it."""
        found = {}
        for name, each in self.seen().items():
            (mine,) = [event for event in each.events if event.label == SLOT]
            found[name] = (slot_of(mine), mine.at.seconds, [slot_of(e) for e in each.events if e.label == OUTLASTED])
        first = min(at for _, at, _ in found.values())
        return {name: (slot, at - first, left_out) for name, (slot, at, left_out) in found.items()}


def slot_of(event: Event) -> int:
    """Give the number that stands in a note."""
    return int(event.native["slot"])
