"""Drive pairs on both sides: submit in drawn order, journal before acknowledging, fetch what ended.

One thread folds; threads that submit, watch and fetch only send it messages. No thread waits for one run.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from harness.backends.base import Backend, Batch, Handle, Order
from harness.errors import HarnessError, StoreError
from harness.model.clock import Clock, ClockName, Time
from harness.model.event import INTERRUPTED, OVERDUE, Event, Kind, Role, Witness
from harness.model.job import Side
from harness.model.lifecycle import MOVING, TERMINAL, State, replay
from harness.model.observation import Observation
from harness.model.plan import Pair, Plan, Run
from harness.runner import collect
from harness.store import codec
from harness.store.archive import Archive
from harness.store.journal import Journal

SETTLE_SECONDS = 3.0
"""After a Job's end the pod's last words may still be on their way: two streams have no common order (K51)."""
START_ALLOWANCE_SECONDS = 1800.0
"""Queue, provisioning and pull may take so long on top of the job's own time limit."""
STOP_ALLOWANCE_SECONDS = 150.0
"""SageMaker's 120 s of grace, and the upload after it."""
FETCH_ATTEMPTS = 3
_TICK_SECONDS = 0.2


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
class _Tracked:
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
class _Submitted:
    run: Run
    handle: Handle | None
    error: str


@dataclass(frozen=True, slots=True)
class _Fetched:
    run: Run
    observation: Observation | None
    error: str
    removed: tuple[Event, ...]


_Message = Batch | _Submitted | _Fetched | StoreError


@dataclass(frozen=True, slots=True)
class World:
    """What driving needs from outside."""

    plan: Plan
    backends: Mapping[tuple[str, Side], Backend]
    archive: Archive
    journal: Journal
    clock: Clock
    readers: collect.Readers
    guard: Callable[[Order], None]
    """Raises Refused where a price or cap forbids one more submit."""
    listener: Listener
    halt: threading.Event
    """Set: start nothing more, stop own runs, return."""


class Drive:
    """The fold over everything that arrives. `open` it, `run` pairs, as often as needed."""

    def __init__(self, world: World) -> None:
        """Take up what the journal already knows."""
        self._world = world
        self._inbox: queue.SimpleQueue[_Message] = queue.SimpleQueue()
        self._tracked: dict[str, _Tracked] = {}
        self._jobs = {(each.name, job.name): job for each in world.plan.repositories for job in each.jobs}
        self._submitters = ThreadPoolExecutor(4, "submit")
        self._fetchers = ThreadPoolExecutor(4, "fetch")
        self._recovered = _recovered(world.journal.recovered)

    @contextmanager
    def open(self) -> Iterator[None]:
        """Watch both sides while the context lasts; one thread a stream."""
        stop = threading.Event()
        backends = {id(each): each for each in self._world.backends.values()}.values()
        threads = [
            threading.Thread(target=self._forward, args=(each, stop), name="stream", daemon=True) for each in backends
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            self._submitters.shutdown(wait=False, cancel_futures=True)
            self._fetchers.shutdown(wait=False, cancel_futures=True)
            for thread in threads:
                thread.join(timeout=5.0)

    def _forward(self, backend: Backend, stop: threading.Event) -> None:
        try:
            for batch in backend.watch(stop):
                self._inbox.put(batch)
        except Exception as error:  # noqa: BLE001 - a watcher that dies silently would look like silence of the platform
            self._inbox.put(StoreError(f"the watch of {backend.side} died: {type(error).__name__}: {error}"))

    # -- the fold -----------------------------------------------------------------------------------------------------

    def run(self, pairs: Iterable[Pair], runs: Mapping[str, Run], in_flight: int) -> None:
        """Drive pairs until each of their runs has an observation, or until halted.

        Raises:
            StoreError: evidence could not be kept, or a watch died.
        """
        waiting = deque(pair for pair in pairs if not self._all_done(pair, runs))
        active: list[Pair] = []
        while (waiting or active) and not self._world.halt.is_set():
            active = [pair for pair in active if not self._all_done(pair, runs)]
            while waiting and len(active) < in_flight:
                pair = waiting.popleft()
                active.append(pair)
                self._start([runs[each] for each in pair.runs])
            self._take_all()
            self._look_after()
        if self._world.halt.is_set():
            self._stop_own()

    def _all_done(self, pair: Pair, runs: Mapping[str, Run]) -> bool:
        return all(self._track(runs[each]).done for each in pair.runs)

    def _track(self, run: Run) -> _Tracked:
        known = self._tracked.get(run.id)
        if known is None:
            known = self._tracked[run.id] = _Tracked(run)
            known.done = self._world.archive.load_observation(run.id) is not None
            for event in self._recovered.get(run.id, ()):
                known.events[event.key] = event
            known.state = replay(known.events.values()).end
        return known

    def _start(self, members: list[Run]) -> None:
        """Submit a pair's runs one after the other in one thread: the drawn order holds and the skew stays small."""
        todo = [each for each in members if not self._track(each).done]
        self._world.journal.append({"record": "intent", "run": each.id, "name": each.name} for each in todo)
        for each in todo:
            self._tell(each, "submitting")
        self._submitters.submit(self._submit_all, todo)

    def _submit_all(self, members: list[Run]) -> None:
        for run in members:
            try:
                self._inbox.put(_Submitted(run, self._submit(run), ""))
            except HarnessError as error:
                self._inbox.put(_Submitted(run, None, f"{type(error).__name__}: {error}"))
            except Exception as error:  # noqa: BLE001 - whatever it is, it costs this run and is told
                self._inbox.put(_Submitted(run, None, f"harness fault: {type(error).__name__}: {error}"))

    def _submit(self, run: Run) -> Handle:
        plan = self._world.plan
        order = Order(
            plan.campaign, run, self._jobs[run.repository, run.job], plan.identities[f"{run.repository}/{run.job}"]
        )
        self._world.guard(order)
        return self._backend(run).submit(order)

    def _backend(self, run: Run) -> Backend:
        return self._world.backends[run.repository, run.side]

    def _take_all(self) -> None:
        """Take what has arrived, at most a tick's wait: journal all of it in one fsync, then acknowledge, then act."""
        batches: list[Batch] = []
        try:
            message = self._inbox.get(timeout=_TICK_SECONDS)
            while True:
                if isinstance(message, Batch):
                    batches.append(message)
                else:
                    self._take(message)
                message = self._inbox.get_nowait()
        except queue.Empty:
            pass
        self._take_batches(batches)

    def _take_batches(self, batches: list[Batch]) -> None:
        fresh = []
        for run_id, event in (each for batch in batches for each in batch.events):
            tracked = self._tracked.get(run_id)
            if tracked is None or event.key in tracked.events:
                continue
            tracked.events[event.key] = event
            fresh.append((tracked, event))
        self._world.journal.append(
            {"record": "event", "run": tracked.run.id, "event": event} for tracked, event in fresh
        )
        for batch in batches:
            self._acknowledge(batch)
        for tracked in {id(each): each for each, event in fresh if event.kind in MOVING}.values():
            self._moved(tracked)

    def _acknowledge(self, batch: Batch) -> None:
        try:
            batch.acknowledge()
        except HarnessError as error:
            # Not acknowledged means delivered again, and a key seen before is dropped.
            self._world.journal.append([{"record": "note", "text": f"acknowledge: {error}"}])

    def _moved(self, tracked: _Tracked) -> None:
        state = replay(tracked.events.values()).end
        if state is not tracked.state:
            tracked.state = state
            self._tell(tracked.run, state.value)

    def _take(self, message: _Submitted | _Fetched | StoreError) -> None:
        match message:
            case StoreError():
                raise message
            case _Submitted(run, handle, error):
                self._take_submitted(self._track(run), handle, error)
            case _Fetched(run, observation, error, removed):
                self._take_fetched(self._track(run), observation, error, removed)

    def _take_submitted(self, tracked: _Tracked, handle: Handle | None, error: str) -> None:
        run = tracked.run
        if handle is None:
            self._world.journal.append([{"record": "not-submitted", "run": run.id, "why": error}])
            self._world.archive.save_observation(collect.not_submitted(run, error))
            tracked.done = True
            self._tell(run, "refused", error)
            return
        self._world.journal.append(
            [{"record": "submitted", "run": run.id, "handle": handle.native, "adopted": handle.adopted}]
        )
        tracked.handle = handle
        tracked.submitted_monotonic = self._world.clock.monotonic()
        if handle.adopted:
            self._tell(run, "adopted")

    def _take_fetched(
        self, tracked: _Tracked, observation: Observation | None, error: str, removed: tuple[Event, ...]
    ) -> None:
        run = tracked.run
        if observation is None:
            self._world.archive.save_observation(collect.not_submitted(run, f"fetch failed: {error}"))
        records: list[Mapping[str, object]] = [{"record": "event", "run": run.id, "event": event} for event in removed]
        self._world.journal.append([*records, {"record": "done", "run": run.id, "error": error}])
        tracked.done = True
        self._tell(run, "fetched", error)

    # -- looking after running ones -----------------------------------------------------------------------------------

    def _look_after(self) -> None:
        now = self._world.clock.monotonic()
        for tracked in list(self._tracked.values()):
            if tracked.handle is None or tracked.done or tracked.fetching:
                continue
            if tracked.state in TERMINAL:
                tracked.ended_monotonic = tracked.ended_monotonic or now
                if _settled(tracked) or now - tracked.ended_monotonic > SETTLE_SECONDS:
                    self._fetch(tracked)
            else:
                self._check_time(tracked, now)

    def _check_time(self, tracked: _Tracked, now: float) -> None:
        """Stop a run that outlived every allowance, and give up on one that doesn't even stop."""
        assert tracked.submitted_monotonic is not None and tracked.handle is not None  # noqa: S101, PT018 - by the caller
        limit = self._jobs[tracked.run.repository, tracked.run.job].time_limit_seconds + START_ALLOWANCE_SECONDS
        if tracked.stop_monotonic is None and now - tracked.submitted_monotonic > limit:
            tracked.stop_monotonic = now
            self._stop(tracked, OVERDUE)
        elif tracked.stop_monotonic is not None and now - tracked.stop_monotonic > STOP_ALLOWANCE_SECONDS:
            self._fetch(tracked)

    def _fetch(self, tracked: _Tracked) -> None:
        tracked.fetching = True
        self._fetchers.submit(self._fetch_one, tracked)

    def _fetch_one(self, tracked: _Tracked) -> None:
        """Fetch, save, then remove: what is removed has been saved before."""
        handle = tracked.handle
        assert handle is not None  # noqa: S101 - only submitted runs are fetched
        world, run, trouble = self._world, tracked.run, ""
        for attempt in range(FETCH_ATTEMPTS):
            try:
                observation = self._observe(tracked, handle)
                world.archive.save_observation(observation)
                self._inbox.put(_Fetched(run, observation, "", self._backend(run).remove(handle)))
            except HarnessError as error:
                trouble = str(error)
                world.clock.wait(world.halt, 0.5 * 2**attempt)
            except Exception as error:  # noqa: BLE001 - it costs this run and is told
                trouble = f"harness fault: {type(error).__name__}: {error}"
                break
            else:
                return
        self._inbox.put(_Fetched(run, world.archive.load_observation(run.id), trouble, ()))

    def _observe(self, tracked: _Tracked, handle: Handle) -> Observation:
        world, run = self._world, tracked.run
        job, folder = self._jobs[run.repository, run.job], world.archive.run_folder(run.id)
        packages = folder / collect.PACKAGES
        fetched = self._backend(run).fetch(handle, job, packages)
        events = tuple(tracked.events.values())
        observation = collect.observe(handle, job, events, fetched, folder, world.readers)
        collect.drop_packages(packages)
        return observation

    # -- stopping -----------------------------------------------------------------------------------------------------

    def _stop(self, tracked: _Tracked, why: str) -> None:
        run, now = tracked.run, self._world.clock.now()
        at = Time(now, ClockName.HARNESS)
        event = Event(f"{run.id}:stop:{now}", Kind.STOP_ASKED, Witness.HARNESS, at, now, label=why)
        tracked.events[event.key] = event
        self._world.journal.append([{"record": "event", "run": run.id, "event": event}])
        assert tracked.handle is not None  # noqa: S101 - only submitted runs are stopped
        handle, backend = tracked.handle, self._backend(run)
        self._submitters.submit(backend.stop, handle)

    def _stop_own(self) -> None:
        """Ask both platforms to stop what we started; the journal says so, and `parity clean` does the rest."""
        for tracked in self._tracked.values():
            if tracked.handle is not None and not tracked.done and tracked.state not in TERMINAL:
                self._stop(tracked, INTERRUPTED)

    def left(self) -> tuple[str, ...]:
        """Name the platform objects that may still be there."""
        return tuple(each.run.name for each in self._tracked.values() if each.handle is not None and not each.done)

    def _tell(self, run: Run, state: str, text: str = "") -> None:
        self._world.listener(Progress(run, state, text))


def _settled(tracked: _Tracked) -> bool:
    """Tell whether the witnesses of an ending have spoken: on Kubernetes the main container, or its pod is gone."""
    if tracked.run.side is Side.CANDIDATE:
        return True
    return any(
        (event.kind is Kind.EXITED and event.role is Role.MAIN and event.witness is Witness.CONTAINER)
        or event.kind in {Kind.DELETED, Kind.VANISHED}
        for event in tracked.events.values()
    )


def _recovered(records: Iterable[Mapping[str, object]]) -> Mapping[str, list[Event]]:
    """Read events back from an earlier writer's journal; what has no observation is submitted again and adopted."""
    events: dict[str, list[Event]] = {}
    for record in records:
        if record.get("record") == "event":
            event = codec.decode(codec.encode(record["event"]), Event, "journal.log")
            events.setdefault(str(record["run"]), []).append(event)
    return events
