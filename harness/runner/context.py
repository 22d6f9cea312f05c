"""What driving a campaign is made of: what is known of a run, what is sent to the folding thread, what it is handed."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from harness.backends.base import Backend, Batch, Handle, Source
from harness.errors import StoreError
from harness.model.clock import Clock
from harness.model.event import Event
from harness.model.gap import Gap
from harness.model.job import Job, Side
from harness.model.lifecycle import State
from harness.model.order import Listing, Order
from harness.model.plan import Pair, Plan, Run
from harness.platforms import platform_of
from harness.scrub.scrubber import Scrubber
from harness.store import codec
from harness.store.archive import Archive
from harness.store.journal import Journal


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of one run, for whoever shows progress."""

    run: Run
    state: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """Something about the campaign as a whole, for whoever shows progress."""

    text: str
    repository: str = ""
    """Whose verdict it tells; empty: it tells of something else."""
    verdict: str = ""
    """In the words of a title."""


class Listener(Protocol):
    """Shows progress."""

    def __call__(self, step: Progress | Notice) -> None:
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
    begun_seconds: float | None = None
    """When it was begun, by the harness's wall clock."""
    fetching: bool = False
    fetch_monotonic: float = 0.0
    """Not to be fetched before: the platform did not answer."""
    done: bool = False
    lost: bool = False
    """Given up while its platform did not answer: what was made there may still be there."""


@dataclass(frozen=True, slots=True)
class Submitted:
    """A platform took a run, or refused it."""

    run: Run
    handle: Handle | None
    error: str
    later: tuple[Run, ...] = ()
    """The platform did not answer, or could not serve us: this run and those that were to follow it in its pair."""


@dataclass(frozen=True, slots=True)
class Collected:
    """A run was brought home, or could not be."""

    run: Run
    error: str
    removed: tuple[Event, ...] = ()
    kept: bool = False
    """Its observation is saved; an error is one of its removal."""
    silent: bool = False
    """The platform did not answer, or could not serve us."""


@dataclass(frozen=True, slots=True)
class NotStopped:
    """A run's stop could not be asked for, or its platform refused: it may go on, and cost money."""

    run: Run
    error: str


@dataclass(frozen=True, slots=True)
class Silence:
    """Streams of a platform fell silent, or were heard again."""

    place: str
    gaps: tuple[Gap, ...]


Message = Batch | Submitted | Collected | NotStopped | Silence | StoreError


@dataclass(frozen=True, slots=True)
class RunnerContext:
    """What driving needs from outside."""

    plan: Plan
    backends: Mapping[tuple[str, Side], Backend]
    archive: Archive
    journal: Journal
    clock: Clock
    scrub: Scrubber
    guard: Callable[[Order], None]
    """Raises Refused where a price or cap forbids one more submit."""
    listener: Listener
    halt: threading.Event
    """Set: start nothing more, stop own runs, return."""
    who: str = ""
    """Who runs the campaign, as `user@host`: stands beside every pair that is stopped."""
    witnesses: tuple[Source, ...] = ()
    """Sources that launch nothing: what they say of a run goes into its history beside what its platform says."""
    listings: Callable[[str, Job, str], Mapping[str, Listing]] = lambda *_: {}
    """Gives, of a repository, job and pair, what lay at the places of its inputs when the pair was staged."""


def places(plan: Plan, backends: Mapping[tuple[str, Side], Backend]) -> dict[int, str]:
    """Name every backend, by its identity: its side, and where the plan says that it answers."""
    found: dict[int, str] = {}
    for (repository, side), backend in backends.items():
        facts = plan.endpoints.get(f"{repository}/{side.value}", {})
        where = " ".join(facts[name] for name in ("endpoint", "namespace", "account") if facts.get(name))
        name = f"{side.value} ({where})" if where else side.value
        if id(backend) not in found:
            taken = sum(known.startswith(name) for known in found.values())
            found[id(backend)] = f"{name} {taken + 1}" if taken else name
    return found


def startable(waiting: Sequence[Pair], active: Sequence[Pair], caps: Mapping[str, int]) -> tuple[Pair, ...]:
    """Choose what may start now: in plan order, as many of each repository as its cap of pairs in flight lets in."""
    flying = Counter(pair.repository for pair in active)
    chosen = []
    for pair in waiting:
        if flying[pair.repository] < caps[pair.repository]:
            flying[pair.repository] += 1
            chosen.append(pair)
    return tuple(chosen)


def settled(tracked: Tracked) -> bool:
    """Tell whether the witnesses of an ending have spoken."""
    return platform_of(tracked.run.platform).ending_is_known(tracked.events.values())


def recovered(records: Iterable[Mapping[str, object]]) -> Mapping[str, list[Event]]:
    """Read events back from an earlier writer's journal; what has no observation is submitted again and adopted."""
    events: dict[str, list[Event]] = {}
    for record in records:
        if record.get("record") == "event":
            event = codec.decode(codec.encode(record["event"]), Event, "journal.log")
            events.setdefault(str(record["run"]), []).append(event)
    return events


def unremoved(records: Iterable[Mapping[str, object]]) -> Mapping[str, Mapping[str, str]]:
    """Read what an earlier writer submitted, or meant to, and had not removed: by run, its platform's names for it."""
    found: dict[str, Mapping[str, str]] = {}
    for record in records:
        run, native = str(record.get("run")), record.get("handle")
        match record.get("record"):
            case "intent":
                found.setdefault(run, {"name": str(record["name"]), "uid": str(record["name"])})
            case "submitted" if isinstance(native, Mapping):
                found[run] = {str(name): str(value) for name, value in native.items()}
            case "not-submitted":
                found.pop(run, None)
            case "done" if not record.get("error"):
                found.pop(run, None)
    return found
