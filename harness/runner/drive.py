"""Drive pairs on both sides: submit in drawn order, journal before acknowledging, fetch what ended.

One thread folds; threads that submit, watch and fetch only send it messages. No thread waits for one run.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from harness.backends.base import Backend, Batch, Handle, Source
from harness.errors import HarnessError, Refused, StoreError
from harness.model.clock import Deadline
from harness.model.event import OVERDUE, STUCK, Event
from harness.model.gap import Gap
from harness.model.job import Side
from harness.model.lifecycle import MOVING, TERMINAL, replay
from harness.model.order import Order
from harness.model.plan import Pair, Run
from harness.runner import collect
from harness.runner.context import (
    Collected,
    Message,
    Notice,
    NotStopped,
    Progress,
    RunnerContext,
    Silence,
    Submitted,
    Tracked,
    places,
    recovered,
    settled,
    startable,
)
from harness.runner.fetches import Fetches
from harness.runner.outage import Outages
from harness.runner.slots import Noted, Slots
from harness.runner.standstill import Standstills, stuck
from harness.runner.stopping import Fold, Stopped, Stopping, stop_asked
from harness.runner.submits import AGAIN_SECONDS, Submits
from harness.runner.testimony import marked

SETTLE_SECONDS = 3.0
"""After a Job's end the pod's last words may still be on their way: two streams have no common order (K51)."""
START_ALLOWANCE_SECONDS = 1800.0
"""Queue, provisioning and pull may take so long on top of the job's own time limit."""
SUBMIT_SECONDS = 5.0
"""After an interrupt: for submits that were under way, whose runs have to be known to be stopped."""
STOP_ALLOWANCE_SECONDS = 150.0
"""SageMaker's 120 s of grace, and the upload after it."""
_TICK_SECONDS = 0.2


class Drive:
    """The fold over everything that arrives. `open` it, `run` pairs, as often as needed."""

    def __init__(self, context: RunnerContext) -> None:
        """Take up what the journal already knows."""
        self._world = context
        self._scrub = context.scrub
        self._inbox: queue.SimpleQueue[Message] = queue.SimpleQueue()
        self._tracked: dict[str, Tracked] = {}
        self._jobs = {
            (repository.name, job.name): job for repository in context.plan.repositories for job in repository.jobs
        }
        self._submits = Submits(context, self._inbox.put, self._submit)
        self._fetches = Fetches(context, self._jobs, self._history, self._inbox.put)
        self._recovered = recovered(context.journal.recovered)
        self._slots = Slots.of(context.plan)
        self._places = places(context.plan, context.backends)
        self._outages, self._standstills = Outages(), Standstills()
        self._looked, self._now = context.clock.monotonic(), context.clock.now()
        """When the fold looked last: monotonic, and by the wall clock."""
        context.journal.append(self._outages.recall(context.journal.recovered, self._now))
        self._active: list[Pair] = []
        self._stopping = Stopping(context, self._jobs, self._tracked, Fold(self._note, self._take_all, self._inbox.put))
        self._halted = False
        self._caps = {repository.name: repository.limits.pairs_in_flight for repository in context.plan.repositories}
        self._deadlines = {
            repository.name: Deadline.after(context.clock, repository.limits.campaign_seconds_max)
            for repository in context.plan.repositories
        }

    @contextmanager
    def open(self) -> Iterator[None]:
        """Watch both sides while this context manager is open; one thread a stream."""
        stop = threading.Event()
        backends = {id(backend): backend for backend in self._world.backends.values()}.values()
        threads = [
            threading.Thread(target=self._forward, args=(source, stop), name="stream", daemon=True)
            for source in (*backends, *self._world.witnesses)
        ]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            self._submits.pool.shutdown(wait=False, cancel_futures=True)
            self._fetches.close()
            self._stopping.close()
            for thread in threads:
                thread.join(timeout=5.0)

    def _forward(self, source: Source, stop: threading.Event) -> None:
        try:
            outside = any(source is witness for witness in self._world.witnesses)
            for came in source.watch(stop):
                batch = marked(source, came) if outside else came
                if batch.gaps:
                    self._inbox.put(Silence(self._places.get(id(source), source.platform), batch.gaps))
                self._inbox.put(batch)
        except Exception as error:  # noqa: BLE001 - a watcher that dies silently would look like silence of the platform
            self._inbox.put(StoreError(f"the watch of {source.platform} died: {type(error).__name__}: {error}"))

    # -- the fold -----------------------------------------------------------------------------------------------------

    def run(self, pairs: Iterable[Pair], runs: Mapping[str, Run], *, set_aside: Collection[str] = frozenset()) -> None:
        """Drive pairs until each of their runs has an observation, or until halted.

        `set_aside`: pairs that an earlier process stopped; their runs are ended, and never submitted.

        Raises:
            StoreError: evidence could not be kept, or a watch died.
        """
        chosen = list(pairs)
        for run in (run for pair in chosen for run in pair.runs):
            self._track(runs[run])
        self._fetches.remove_kept(self._take_all)
        self._stopping.finished([pair for pair in chosen if pair.id in set_aside], runs)
        waiting = [pair for pair in chosen if pair.id not in set_aside and not self._all_done(pair, runs)]
        active: list[Pair] = []
        while (waiting or active) and not self._world.halt.is_set():
            active = [pair for pair in active if not self._all_done(pair, runs)]
            now = self._now = self._world.clock.now()
            ready, left_out = self._slots.ready(waiting, self._going_on(active, runs), now)
            self._note(left_out)
            open_for = [pair for pair in ready if not self._suspended(pair.repository)]
            for pair in startable(open_for, active, self._caps):
                waiting.remove(pair)
                active.append(pair)
                members = [runs[run] for run in pair.runs]
                self._note(self._slots.start(pair, members, now))
                self._start(members)
            self._submits.again(self._suspended)
            self._take_all()
            self._look_after()
            for text in self._outages.news(self._places.values(), now):
                self._world.listener(Notice(text))
        self._active = active
        if self._world.halt.is_set() and not self._halted:
            self._halted = True
            self._stop_own()

    def _all_done(self, pair: Pair, runs: Mapping[str, Run]) -> bool:
        return all(self._track(runs[run]).done for run in pair.runs)

    def _going_on(self, active: Iterable[Pair], runs: Mapping[str, Run]) -> Mapping[tuple[str, str], list[Run]]:
        """Give the runs by job that were started and have not ended; one that only waits to be fetched has."""
        found: dict[tuple[str, str], list[Run]] = {}
        for tracked in (self._track(runs[run]) for pair in active for run in pair.runs):
            if not tracked.done and tracked.state not in TERMINAL:
                found.setdefault((tracked.run.repository, tracked.run.job), []).append(tracked.run)
        return found

    def _note(self, noted: Sequence[Noted]) -> None:
        """Put what the harness itself did into histories."""
        for run, event in noted:
            self._track(run).events[event.key] = event
        if noted:
            self._world.journal.append({"record": "event", "run": run.id, "event": event} for run, event in noted)

    def _track(self, run: Run) -> Tracked:
        known = self._tracked.get(run.id)
        if known is None:
            known = self._tracked[run.id] = Tracked(run)
            known.done = self._world.archive.load_observation(run.id) is not None
            if known.done:
                self._fetches.recall(run)
            for event in self._recovered.get(run.id, ()):
                known.events[event.key] = event
            known.state = replay(known.events.values()).end
            known.begun_seconds = min((event.received_seconds for event in known.events.values()), default=None)
            self._slots.recall(run, known.events.values())
        return known

    def _start(self, members: list[Run]) -> None:
        """Submit a pair's runs one after the other in one thread: the drawn order holds and the skew stays small."""
        todo = [member for member in members if not self._track(member).done]
        self._world.journal.append({"record": "intent", "run": run.id, "name": run.name} for run in todo)
        for run in todo:
            tracked = self._track(run)
            if tracked.begun_seconds is None:
                tracked.begun_seconds = self._now
            self._tell(run, "submitting")
        self._submits.begin(todo)

    def _suspended(self, repository: str) -> bool:
        """Tell whether a platform of a repository does not answer, while the campaign has time to wait for it."""
        places = {self._places[id(self._world.backends[repository, side])] for side in Side}
        return any(self._outages.out(place, self._now) for place in places) and not self._out_of_time(repository)

    def _submit(self, run: Run) -> Handle:
        plan = self._world.plan
        job, identity = self._jobs[run.repository, run.job], plan.identities[f"{run.repository}/{run.job}"]
        order = Order(plan.campaign, run, job, identity, plan.mutations_of(run))
        self._world.guard(order)
        if self._out_of_time(run.repository):
            message = f"{run.repository}: limits.campaign_time_max is used up"
            raise Refused(message)
        return self._backend(run).submit(order)

    def _out_of_time(self, repository: str) -> bool:
        return self._deadlines[repository].left(self._world.clock) <= 0

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
        for run_id, came in (event for batch in batches for event in batch.events):
            tracked, event = self._tracked.get(run_id), self._scrub.frozen(came, named=False)
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
            self._world.journal.append([{"record": "note", "text": self._scrub.text(f"acknowledge: {error}")}])

    def _moved(self, tracked: Tracked) -> None:
        state = replay(tracked.events.values()).end
        if state is not tracked.state:
            tracked.state = state
            self._tell(tracked.run, state.value)

    def _take(self, message: Submitted | Collected | NotStopped | Silence | StoreError) -> None:
        match message:
            case StoreError():
                raise message
            case Silence(place, gaps):
                said = [replace(gap, reason=self._scrub.text(gap.reason)) for gap in gaps]
                self._world.journal.append([self._outages.take(place, gap) for gap in said])
            case NotStopped(run, error):
                text = self._scrub.text(error)
                self._world.journal.append([{"record": "not-stopped", "run": run.id, "why": text}])
                self._tell(run, "not stopped", text)
            case Submitted(run, handle, error, later):
                if later:
                    self._submits.put_off(later)
                    self._tell(run, "waiting", self._scrub.text(error))
                else:
                    self._take_submitted(self._track(run), handle, self._scrub.text(error))
            case Collected(run, error, silent=True) if not self._out_of_time(run.repository):
                tracked = self._track(run)
                tracked.fetching, tracked.fetch_monotonic = False, self._world.clock.monotonic() + AGAIN_SECONDS
                self._tell(run, "waiting", self._scrub.text(error))
            case Collected(run, error):
                self._take_collected(self._track(run), message, self._scrub.text(error))

    def _take_submitted(self, tracked: Tracked, handle: Handle | None, error: str) -> None:
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

    def _take_collected(self, tracked: Tracked, came: Collected, error: str) -> None:
        run = tracked.run
        if not came.kept:
            self._world.archive.save_observation(collect.not_submitted(run, f"fetch failed: {error}"))
        records: list[Mapping[str, object]] = [
            {"record": "event", "run": run.id, "event": event} for event in came.removed
        ]
        self._world.journal.append([*records, {"record": "done", "run": run.id, "error": error}])
        tracked.done = True
        self._tell(run, "fetched", error)

    # -- looking after running ones -----------------------------------------------------------------------------------

    def _look_after(self) -> None:
        now = self._world.clock.monotonic()
        passed, self._looked = now - self._looked, now
        for tracked in list(self._tracked.values()):
            if tracked.handle is None or tracked.done or tracked.fetching or now < tracked.fetch_monotonic:
                continue
            outage = self._outages.out(self._place(tracked.run), self._now)
            if outage and self._out_of_time(tracked.run.repository):
                self._give_up(tracked, outage)
            elif tracked.state in TERMINAL:
                tracked.ended_monotonic = tracked.ended_monotonic or now
                if settled(tracked) or now - tracked.ended_monotonic > SETTLE_SECONDS:
                    self._fetch(tracked)
            elif outage:  # nobody can see it end: its allowances stand still
                tracked.submitted_monotonic = (tracked.submitted_monotonic or now) + passed
                tracked.stop_monotonic = tracked.stop_monotonic and tracked.stop_monotonic + passed
            else:
                if said := self._standstills.of(tracked, self._now):
                    self._world.listener(Notice(said))
                self._check_time(tracked, now)

    def _give_up(self, tracked: Tracked, outage: Gap) -> None:
        """Keep what is known of a run when the campaign's time is up while its platform does not answer."""
        context, run = self._world, tracked.run
        why = f"limits.campaign_time_max is used up while {self._place(run)} does not answer: {outage.reason}"
        context.archive.save_observation(self._fetches.unfetched(tracked, why))
        context.journal.append([{"record": "done", "run": run.id, "error": why}])
        tracked.done = tracked.lost = True
        self._tell(run, "given up", why)

    def _history(self, tracked: Tracked) -> tuple[Event, ...]:
        """Give a run's events, and the gaps that it lived through; of one that was taken up, all gaps."""
        begun, now = tracked.begun_seconds or 0.0, self._world.clock.now()
        gaps = self._outages.events(self._place(tracked.run), tracked.run.id, begun, now)
        return (*tracked.events.values(), *gaps)

    def _place(self, run: Run) -> str:
        return self._places[id(self._backend(run))]

    def _check_time(self, tracked: Tracked, now: float) -> None:
        """Stop a run that outlived every allowance, and give up on one that doesn't even stop."""
        assert tracked.submitted_monotonic is not None and tracked.handle is not None  # noqa: S101, PT018 # nosec B101 # by the caller
        limit = self._jobs[tracked.run.repository, tracked.run.job].time_limit_seconds + START_ALLOWANCE_SECONDS
        over = now - tracked.submitted_monotonic > limit or self._out_of_time(tracked.run.repository)
        if tracked.stop_monotonic is None and over:
            tracked.stop_monotonic = now
            self._stop(tracked, OVERDUE)
        elif tracked.stop_monotonic is None and (why := stuck(tracked, self._now)):
            tracked.stop_monotonic = now
            self._world.listener(Notice(f"{tracked.run.id} is stopped, for it can't start: {why}"))
            self._stop(tracked, STUCK, why)
        elif tracked.stop_monotonic is not None and now - tracked.stop_monotonic > STOP_ALLOWANCE_SECONDS:
            self._fetch(tracked)

    def _fetch(self, tracked: Tracked) -> None:
        tracked.fetching = True
        self._fetches.begin(tracked)

    # -- stopping -----------------------------------------------------------------------------------------------------

    def _stop(self, tracked: Tracked, why: str, message: str = "") -> None:
        run, now = tracked.run, self._world.clock.now()
        self._note([(run, stop_asked(run, now, why, message))])
        assert tracked.handle is not None  # noqa: S101 # nosec B101 # only submitted runs are stopped
        self._submits.pool.submit(self._ask_to_stop, tracked.handle)

    def _ask_to_stop(self, handle: Handle) -> None:
        """Ask up to three times; what still fails then is told, and the run fetched when its allowance is over."""
        try:
            self._fetches.tried(partial(self._backend(handle.run).stop, handle))
        except HarnessError as error:
            self._inbox.put(NotStopped(handle.run, str(error)))

    def _stop_own(self) -> None:
        """End the pairs in flight that told nothing yet; every other run goes on, and is taken up by a resume."""
        self._submits.wait(SUBMIT_SECONDS)
        self._take_all()
        self._stopping.interrupted(self._active, self._submits.unanswered())

    def remove_left(self) -> None:
        """Remove what is saved and could not be removed when it was; tell of what is still left then."""
        if said := self._fetches.remove_left(self._take_all):
            self._world.listener(Notice(said))

    def stop_all(self, pairs: Sequence[Pair], runs: Mapping[str, Run]) -> tuple[Stopped, ...]:
        """Stop what earlier processes left in flight, whatever it has told; say of each run whether it was."""
        for pair in pairs:
            for run in pair.runs:
                self._track(runs[run])
        try:
            return self._stopping.requested(pairs, runs)
        finally:
            self._stopping.close()

    def left(self) -> tuple[str, ...]:
        """Name the platform objects that may still be there."""
        going_on = (
            tracked.run for tracked in self._tracked.values() if tracked.handle and (tracked.lost or not tracked.done)
        )
        saved = (handle.run for handle in self._fetches.unremoved())
        return tuple(dict.fromkeys(run.name for run in (*going_on, *saved)))

    def _tell(self, run: Run, state: str, text: str = "") -> None:
        self._world.listener(Progress(run, state, text))
