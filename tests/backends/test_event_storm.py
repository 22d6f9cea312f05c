"""An event storm with exact shares, through the backend's own queue reader, hints, reducer and reconciler."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

from backends.simulated_account import POISON, STEP_SECONDS, SimulatedAccount, SimulatedClock, Storm, path_of

from harness.backends.base import Batch, Handle
from harness.backends.sagemaker.backend import SageMakerBackend
from harness.backends.sagemaker.bus_places import RECEIVES_MAX, VISIBILITY_SECONDS
from harness.backends.sagemaker.reducer import Reducer
from harness.model.event import Event, Kind, Witness
from harness.model.job import Side
from harness.model.plan import Run
from harness.platforms.sagemaker import translate

PREFIX = "p12345678-"
JOBS, WAVE = 2_000, 100
SETTLE_SECONDS = 40.0
"""More than the silence after which a run is asked about, and after which dead letters are counted."""
ENDINGS = {Kind.SUCCEEDED, Kind.FAILED, Kind.STOPPED}


@dataclass
class Watcher:
    """The backend's two loops, taking turns in one thread and in simulated time."""

    reconciling: bool = True
    clock: SimulatedClock = field(default_factory=SimulatedClock)
    histories: dict[str, list[Event]] = field(default_factory=dict)
    most_open: int = 0

    def __post_init__(self) -> None:
        """Start with an empty queue."""
        self.account = SimulatedAccount(self.clock, PREFIX)
        self.backend = SageMakerBackend("campaign", PREFIX, self.account, "", clock=self.clock)
        self.backend.prepare()
        self.arrived: queue.SimpleQueue[Batch] = queue.SimpleQueue()

    @property
    def reducer(self) -> Reducer:
        """Give the backend's own."""
        return self.backend._shared.reducer

    def submit(self, number: int) -> None:
        """Let the backend expect a job."""
        run = Run(f"run-{number}", f"{PREFIX}{number}", "wine", "train", Side.CANDIDATE, 1)
        self.backend.expect(Handle(run, {"name": run.name, "kind": "training"}))

    def listen(self) -> None:
        """Read the queue until nothing in it is visible."""
        self.account.silent.clear()
        self.backend._listen(self.arrived, self.account.silent)
        self.journal()

    def reconcile(self, seconds: float) -> None:
        """Let the time pass, and the reconciler ask whom it will."""
        self.clock.until = self.clock.seconds + seconds
        if self.reconciling:
            self.backend._reconcile(self.arrived, threading.Event())
        self.clock.seconds = self.clock.until
        self.journal()

    def journal(self) -> None:
        """Keep what has arrived, and acknowledge it."""
        while not self.arrived.empty():
            batch = self.arrived.get_nowait()
            for run, event in batch.events:
                self.histories.setdefault(run, []).append(event)
            batch.acknowledge()
        self.most_open = max(self.most_open, len(self.reducer.open))

    def weather(self, storm: Storm, jobs: int) -> None:
        """Let the storm pass over so many jobs, a wave of them at a time."""
        sent = 0
        for first in range(0, jobs, WAVE):
            wave = range(first, min(first + WAVE, jobs))
            for number in wave:
                self.submit(number)
            for step in range(max(len(path_of(number)) for number in wave)):
                going = [number for number in wave if step < len(path_of(number))]
                for number in going:
                    self.account.reached[f"{PREFIX}{number}"] = (number, step + 1)
                for change in [delivery for number in going for delivery in storm.deliveries(number, step)]:
                    self.account.send(self.account.event(change))
                self.listen()
                self.reconcile(STEP_SECONDS)
            for _ in range(storm.poison * (first + WAVE) // jobs - sent):
                self.account.send(POISON)
                sent += 1
            self.listen()
            self.reconcile(SETTLE_SECONDS)
        for _ in range(RECEIVES_MAX):
            self.clock.seconds += VISIBILITY_SECONDS
            self.listen()
            self.reconcile(SETTLE_SECONDS)


def told(events: Iterable[Event]) -> dict[str, tuple[Kind, float, str]]:
    """Give what the service said, by the key of each fact: what, when, and the cause of an ending."""
    return {
        event.key: (event.kind, event.at.seconds, event.native.get("Cause", ""))
        for event in events
        if event.witness is Witness.CONTROL_PLANE
    }


def truth(account: SimulatedAccount, number: int) -> dict[str, tuple[Kind, float, str]]:
    """Give what Describe says in the end."""
    return told(translate.events_from_describe(account.facts(number, len(path_of(number))), 0.0))


def endings_lost(storm: Storm) -> set[str]:
    """Name the jobs whose ending no event announces."""
    return {f"{PREFIX}{number}" for number, step in storm.lost if step == len(path_of(number)) - 1}


def test_a_storm_of_exact_shares_ends_in_the_truth_with_every_fault_counted() -> None:
    """20 % twice, 20 % out of order, 5 % lost, 1 % unreadable: every history is Describe's own, none stays open."""
    storm, watcher = Storm.drawn(JOBS, seed=5), Watcher()
    watcher.weather(storm, JOBS)
    changes = sum(len(path_of(number)) for number in range(JOBS))
    assert (changes, len(storm.doubled), len(storm.delayed), len(storm.lost), storm.poison) == (
        11_000, 2_200, 2_200, 550, 110,
    )  # fmt: skip
    wrong = [n for n in range(JOBS) if told(watcher.histories[f"run-{n}"]) != truth(watcher.account, n)]
    assert wrong == []
    total = watcher.reducer.total
    assert (total.events, total.duplicates, total.late) == (changes - 550 + 2_200, 2_200, 2_200)
    assert (total.lost, total.recovered, total.unknown) == (550, len(endings_lost(storm)), 0)
    books = watcher.backend._shared
    assert (len(books.poison), books.dead, len(watcher.account.dead)) == (110, 110, 110)
    assert (watcher.most_open, watcher.reducer.open, books.open) == (WAVE, {}, {})


def test_without_the_reconciler_the_same_storm_ends_nothing_and_leaves_every_job_open() -> None:
    """The control: lost endings are missed, no history has an ending, and memory grows with the jobs."""
    jobs = 400
    storm, watcher = Storm.drawn(jobs, seed=5), Watcher(reconciling=False)
    watcher.weather(storm, jobs)
    states = {name: job.word for name, job in watcher.reducer.open.items()}
    true = {f"{PREFIX}{number}": path_of(number)[-1] for number in range(jobs)}
    assert {name for name in true if states[name] != true[name]} == endings_lost(storm) != set()
    assert not {event.kind for events in watcher.histories.values() for event in events} & ENDINGS
    assert watcher.most_open == jobs
    assert (watcher.reducer.total.lost, watcher.reducer.total.recovered) == (0, 0)
