"""Drive pairs on both sides: submit in drawn order, journal before acknowledging, fetch what ended.

One thread folds; threads that submit, watch and fetch only send it messages. No thread waits for one run.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial

from harness.backends.base import Handle, Source
from harness.errors import Refused, StoreError
from harness.model.order import Order, tagged
from harness.model.plan import Pair, Run
from harness.model.schedule import Schedule
from harness.runner.context import Notice, RunnerContext, Silence, startable
from harness.runner.fetches import Fetches
from harness.runner.inbox import Inbox
from harness.runner.stopping import Fold, Stopped, Stopping
from harness.runner.submits import Submits
from harness.runner.supervision import Supervision
from harness.runner.testimony import marked
from harness.runner.tracking import Tracking

SUBMIT_SECONDS = 5.0
"""After an interrupt: for submits that were under way, whose runs have to be known to be stopped."""


def _nothing(repository: str) -> None:
    """Let no more run of a repository."""
    del repository


class Drive:
    """The fold over everything that arrives. `open` it, `run` a schedule, as often as needed."""

    def __init__(self, context: RunnerContext) -> None:
        """Take up what the journal already knows."""
        self._context = context
        self._tracking = tracking = Tracking(context)
        self._inbox = inbox = Inbox(tracking)
        self._submits = Submits(context, inbox.put, self._submit)
        self._take_all = partial(inbox.take_all, self._submits.put_off)
        self._fetches = Fetches(context, tracking.jobs, tracking.history, inbox.put)
        self._supervision = Supervision(tracking, self._fetches, self._submits.pool, inbox.put)
        self._stopping = Stopping(
            context, tracking.jobs, tracking.by_id, Fold(tracking.note, self._take_all, inbox.put)
        )
        self._active: list[Pair] = []
        self._pair_of: dict[str, str] = {}
        """By run, which pair it was started for."""
        self._halted = False
        self._caps = {repository.name: repository.limits.pairs_in_flight for repository in context.plan.repositories}

    @contextmanager
    def open(self) -> Iterator[None]:
        """Watch both sides while this context manager is open; one thread a stream."""
        stop = threading.Event()
        backends = {id(backend): backend for backend in self._context.backends.values()}.values()
        threads = [
            threading.Thread(target=self._forward, args=(source, stop), name="stream", daemon=True)
            for source in (*backends, *self._context.witnesses)
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
            outside = any(source is witness for witness in self._context.witnesses)
            for came in source.watch(stop):
                batch = marked(source, came) if outside else came
                if batch.gaps:
                    self._inbox.put(Silence(self._tracking.place_of(source), batch.gaps))
                self._inbox.put(batch)
        except Exception as error:  # noqa: BLE001 - a watcher that dies silently would look like silence of the platform
            self._inbox.put(StoreError(f"the watch of {source.platform} died: {type(error).__name__}: {error}"))

    def run(self, schedule: Schedule, further: Callable[[str], Schedule | None] = _nothing) -> None:
        """Drive the pairs of a schedule until each of their runs has an observation, or until halted.

        Pairs that an earlier process set aside are ended, and never submitted. `further`: asked for a repository all of
        whose runs are over; gives its schedule with what runs next, or None when nothing does.

        Raises:
            StoreError: evidence could not be kept, or a watch died.
        """
        runs, active = dict[str, Run](), list[Pair]()
        waiting = self._taken_up(schedule, runs)
        self._fetches.remove_kept(self._take_all)
        going = list(dict.fromkeys(pair.repository for pair in schedule.pairs))
        while (waiting or active or going) and not self._context.halt.is_set():
            active = [pair for pair in active if not self._tracking.all_done(pair, runs)]
            busy = {pair.repository for pair in (*waiting, *active)}
            for name in [name for name in going if name not in busy]:
                if (more := further(name)) is None:
                    going.remove(name)
                else:
                    waiting += self._taken_up(more, runs)
            self._tick(waiting, active, runs)
        self._active = active
        if self._context.halt.is_set() and not self._halted:
            self._halted = True
            self._stop_own()

    def _tick(self, waiting: list[Pair], active: list[Pair], runs: Mapping[str, Run]) -> None:
        """Start what may start, take what has arrived, and look after every run."""
        tracking = self._tracking
        tracking.now = self._context.clock.now()
        self._start_pairs(waiting, active, runs)
        self._submits.again(tracking.suspended)
        self._take_all()
        self._supervision.look()
        for text in tracking.news_of_outages():
            self._context.listener(Notice(text))

    def _taken_up(self, schedule: Schedule, runs: dict[str, Run]) -> list[Pair]:
        """Take up a schedule's runs into `runs`, end those set aside, and give the pairs that are still to run."""
        runs.update({run.id: run for run in schedule.runs})
        pairs, aside = schedule.pairs, schedule.set_aside
        self._take_up(pairs, runs)
        self._stopping.finished([pair for pair in pairs if pair.id in aside], runs)
        return [pair for pair in pairs if pair.id not in aside and not self._tracking.all_done(pair, runs)]

    def _take_up(self, pairs: Iterable[Pair], runs: Mapping[str, Run]) -> None:
        """Track the runs of pairs; what an earlier process saved, it may not have removed."""
        for run in (runs[run_id] for pair in pairs for run_id in pair.runs):
            fresh = run.id not in self._tracking.by_id
            if self._tracking.of(run).done and fresh:
                self._fetches.recall(run)

    def _start_pairs(self, waiting: list[Pair], active: list[Pair], runs: Mapping[str, Run]) -> None:
        """Move the pairs whose time has come from those that wait to those that are active."""
        tracking = self._tracking
        ready, left_out = tracking.slots.ready(waiting, tracking.going_on(active, runs), tracking.now)
        tracking.note(left_out)
        open_for = [pair for pair in ready if not tracking.suspended(pair.repository)]
        for pair in startable(open_for, active, self._caps):
            waiting.remove(pair)
            active.append(pair)
            members = [runs[run] for run in pair.runs]
            self._pair_of |= dict.fromkeys(pair.runs, pair.id)
            tracking.note(tracking.slots.start(pair, members, tracking.now))
            self._start(members)

    def _start(self, members: list[Run]) -> None:
        """Submit a pair's runs one after the other in one thread: the drawn order holds and the skew stays small."""
        tracking = self._tracking
        todo = [member for member in members if not tracking.of(member).done]
        self._context.journal.append({"record": "intent", "run": run.id, "name": run.name} for run in todo)
        for run in todo:
            tracked = tracking.of(run)
            if tracked.begun_seconds is None:
                tracked.begun_seconds = tracking.now
            tracking.tell(run, "submitting")
        self._submits.begin(todo)

    def _submit(self, run: Run) -> Handle:
        plan, tracking = self._context.plan, self._tracking
        identity, job = plan.identities[f"{run.repository}/{run.job}"], tagged(tracking.job(run), run)
        listings = self._context.listings(run.repository, job, self._pair_of[run.id]) if run.shim else {}
        order = Order(plan.campaign, run, job, identity, plan.mutations_of(run), listings)
        self._context.guard(order)
        if tracking.out_of_time(run.repository):
            message = f"{run.repository}: limits.campaign_time_max is used up"
            raise Refused(message)
        return tracking.backend(run).submit(order)

    def _stop_own(self) -> None:
        """End the pairs in flight that told nothing yet; every other run goes on, and is taken up by a resume."""
        self._submits.wait(SUBMIT_SECONDS)
        self._take_all()
        self._stopping.interrupted(self._active, self._submits.unanswered())

    def remove_left(self) -> None:
        """Remove what is saved and could not be removed when it was; tell of what is still left then."""
        if still_left := self._fetches.remove_left(self._take_all):
            self._context.listener(Notice(still_left))

    def stop_all(self, pairs: Sequence[Pair], runs: Mapping[str, Run]) -> tuple[Stopped, ...]:
        """Stop what earlier processes left in flight, whatever it has told; say of each run whether it was."""
        self._take_up(pairs, runs)
        try:
            return self._stopping.requested(pairs, runs)
        finally:
            self._stopping.close()

    def left(self) -> tuple[str, ...]:
        """Name the platform objects that may still be there."""
        known = self._tracking.by_id.values()
        going_on = (tracked.run for tracked in known if tracked.handle and (tracked.lost or not tracked.done))
        saved = (handle.run for handle in self._fetches.unremoved())
        return tuple(dict.fromkeys(run.name for run in (*going_on, *saved)))
