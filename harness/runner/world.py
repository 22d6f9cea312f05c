"""What driving a campaign is made of: what is known of a run, what is sent to the folding thread, what it is handed."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from harness.backends.base import Backend, Batch, Handle, Order
from harness.errors import StoreError
from harness.model.clock import Clock
from harness.model.event import Event, Kind, Role, Witness
from harness.model.job import Side
from harness.model.lifecycle import State
from harness.model.observation import Observation
from harness.model.plan import Pair, Plan, Run
from harness.runner.collect import Readers
from harness.store import codec
from harness.store.archive import Archive
from harness.store.journal import Journal


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of one run, for whoever shows progress."""

    run: Run
    state: str
    text: str = ""


class Listener(Protocol):
    """Shows progress."""

    def __call__(self, step: Progress) -> None:
        """Take one step."""
        ...


@dataclass
class Tracked:
    """What is known of one run while it is driven."""

    run: Run
    handle: Handle | None = None
    events: dict[str, Event] = field(default_factory=dict)
    state: State = State.NEW
    submitted_monotonic: float | None = None
    ended_monotonic: float | None = None
    stop_monotonic: float | None = None
    fetching: bool = False
    done: bool = False


@dataclass(frozen=True, slots=True)
class Submitted:
    """A platform took a run, or refused it."""

    run: Run
    handle: Handle | None
    error: str


@dataclass(frozen=True, slots=True)
class Collected:
    """A run was brought home, or could not be."""

    run: Run
    observation: Observation | None
    error: str
    removed: tuple[Event, ...]


Message = Batch | Submitted | Collected | StoreError


@dataclass(frozen=True, slots=True)
class World:
    """What driving needs from outside."""

    plan: Plan
    backends: Mapping[tuple[str, Side], Backend]
    archive: Archive
    journal: Journal
    clock: Clock
    readers: Readers
    guard: Callable[[Order], None]
    """Raises Refused where a price or cap forbids one more submit."""
    listener: Listener
    halt: threading.Event
    """Set: start nothing more, stop own runs, return."""


def startable(waiting: Sequence[Pair], active: Sequence[Pair], caps: Mapping[str, int]) -> tuple[Pair, ...]:
    """Choose what may start now: in plan order, as many of each repository as its cap of pairs in flight lets in."""
    flying = Counter(each.repository for each in active)
    chosen = []
    for pair in waiting:
        if flying[pair.repository] < caps[pair.repository]:
            flying[pair.repository] += 1
            chosen.append(pair)
    return tuple(chosen)


def settled(tracked: Tracked) -> bool:
    """Tell whether the witnesses of an ending have spoken: on Kubernetes the main container, or its pod is gone."""
    if tracked.run.side is Side.CANDIDATE:
        return True
    return any(
        (event.kind is Kind.EXITED and event.role is Role.MAIN and event.witness is Witness.CONTAINER)
        or event.kind in {Kind.DELETED, Kind.VANISHED}
        for event in tracked.events.values()
    )


def recovered(records: Iterable[Mapping[str, object]]) -> Mapping[str, list[Event]]:
    """Read events back from an earlier writer's journal; what has no observation is submitted again and adopted."""
    events: dict[str, list[Event]] = {}
    for record in records:
        if record.get("record") == "event":
            event = codec.decode(codec.encode(record["event"]), Event, "journal.log")
            events.setdefault(str(record["run"]), []).append(event)
    return events
