"""Stop the runs in flight of a campaign, so that it can be taken up again and come to the same verdict.

A pair is stopped only where neither of its runs has ended or reported a metric: it is set aside, and another one runs
when the campaign is resumed. Any other run goes on to its own end: stopping it would leave a pair that nobody may
replace, for whoever stops may have seen a number that looks bad (docs/adr/0091).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from harness.backends.base import Handle
from harness.errors import HarnessError
from harness.model.clock import ClockName, Time, iso
from harness.model.event import INTERRUPTED, STOPPED, Event, Kind, Witness
from harness.model.job import Job
from harness.model.lifecycle import TERMINAL, State
from harness.model.plan import Pair, Run
from harness.model.schedule import RunAtStop, Stop
from harness.runner import collect
from harness.runner.context import Collected, NotStopped, RunnerContext, Tracked
from harness.runner.slots import Noted
from harness.store.schedules import record_of

LOOK_SECONDS = 8.0
"""To read the logs so far."""
STOP_SECONDS = 12.0
"""To ask the platforms to stop. With the submits that are waited for, the whole end takes less than 30 s."""
_WAITING = frozenset({State.NEW, State.SUBMITTED, State.QUEUED, State.PROVISIONING, State.PULLING, State.STARTING})
"""States before the job's own process runs: no log is no surprise."""


@dataclass(frozen=True, slots=True)
class Fold:
    """What stopping asks of the folding thread, which alone writes the journal."""

    note: Callable[[Sequence[Noted]], None]
    """Journal what the harness itself did."""
    take_all: Callable[[], None]
    """Take what has arrived."""
    send: Callable[[Collected | NotStopped], None]
    """Hand over what was kept of a run, or why it may go on; from any thread."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """A run whose stop was asked for by request."""

    run: Run
    error: str = ""
    """Why it may go on, or why its objects may be there still; empty: neither is so."""


class Stopping:
    """Looks at runs in flight, and ends those that may be ended."""

    def __init__(
        self, context: RunnerContext, jobs: Mapping[tuple[str, str], Job], tracked: Mapping[str, Tracked], fold: Fold
    ) -> None:
        """Take what driving knows."""
        self._context = context
        self._jobs = jobs
        self._tracked = tracked
        self._fold = fold
        self._told: dict[str, collect.LogReading] = {}
        self._failed: dict[str, str] = {}
        """By run: why it may go on."""
        self._pool = ThreadPoolExecutor(8, "stop")

    def interrupted(self, active: Iterable[Pair], unsure: frozenset[str]) -> None:
        """End the pairs in flight that told nothing; `unsure`: runs that may be there, though no answer came."""
        blind = [stop for stop in self._looked_at(active, unsure, INTERRUPTED) if stop.blind]
        self._context.journal.append(record_of(stop) for stop in blind)  # before any platform is asked
        self._end_runs([self._tracked[run.run] for stop in blind for run in stop.runs], INTERRUPTED)

    def requested(self, pairs: Iterable[Pair], runs: Mapping[str, Run]) -> tuple[Stopped, ...]:
        """End everything that earlier processes left in flight; say of each run whether it was."""
        unsure = self._handle_again(runs)
        stops = [stop for stop in self._looked_at(pairs, unsure, STOPPED) if stop.cuts]
        self._context.journal.append(record_of(stop) for stop in stops)  # before any platform is asked
        ending = [self._tracked[run.run] for stop in stops for run in stop.runs if not run.ended]
        self._end_runs(ending, STOPPED)
        asked = [tracked.run for tracked in ending if tracked.handle is not None]
        return tuple(Stopped(run, self._failed.get(run.id, "")) for run in asked)

    def finished(self, pairs: Iterable[Pair], runs: Mapping[str, Run]) -> None:
        """End what an earlier process set aside and did not come to keep; none of it is submitted or waited for."""
        left = [tracked for pair in pairs for run in pair.runs if not (tracked := self._tracked[run]).done]
        if left:
            self._handle_again({tracked.run.id: runs[tracked.run.id] for tracked in left})
            self._end_runs(left, INTERRUPTED)

    def _handle_again(self, runs: Mapping[str, Run]) -> frozenset[str]:
        """Take up what may be on the platforms, as the journal names it; give those of which no answer came."""
        unsure = set()
        for run, (handle, answered) in handles(self._context.journal.recovered, runs, self._jobs).items():
            if (tracked := self._tracked.get(run)) is not None and not tracked.done:
                tracked.handle = handle
                unsure |= set() if answered else {run}
        return frozenset(unsure)

    def _end_runs(self, ending: Sequence[Tracked], why: str) -> None:
        """Note that we ask, ask, and take what was kept."""
        now = self._context.clock.now()
        asked = [tracked.run for tracked in ending if tracked.handle is not None]
        self._fold.note([(run, stop_asked(run, now, why)) for run in asked])
        self._end_all(ending)
        self._fold.take_all()

    def close(self) -> None:
        """Wait for nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _looked_at(self, pairs: Iterable[Pair], unsure: frozenset[str], reason: str) -> tuple[Stop, ...]:
        """Say of each pair in flight what its runs had told by now; one of which nothing was submitted is none."""
        tracked = self._tracked
        flying = [
            pair
            for pair in pairs
            if not all(tracked[run].done for run in pair.runs)
            and any(tracked[run].handle is not None or run in unsure for run in pair.runs)
        ]
        looks = {run: self._pool.submit(self._look, tracked[run]) for pair in flying for run in pair.runs}
        wait(looks.values(), timeout=LOOK_SECONDS)
        at = iso(self._context.clock.now())
        return tuple(
            Stop(
                pair.id,
                tuple(_at_stop(tracked[run], looks[run], unsure=run in unsure) for run in pair.runs),
                self._context.who,
                at,
                reason,
            )
            for pair in flying
        )

    def _look(self, tracked: Tracked) -> bool | None:
        """Tell whether a run has reported a metric; None: nobody can tell."""
        run, handle = tracked.run, tracked.handle
        if handle is None or tracked.done:
            return False
        job = self._jobs[run.repository, run.job]
        if any(event.attempt > 0 for event in tracked.events.values()):
            return None  # the log of an earlier attempt is not read
        folder = self._context.archive.run_folder(run.id)
        try:
            peeked = self._context.backends[run.repository, run.side].peek(handle, job)
        except HarnessError:
            return None
        running = tracked.state not in _WAITING
        told = collect.told_so_far(peeked, job, run, folder, scrub=self._context.scrub, running=running)
        self._told[run.id] = told
        return told.reported

    def _end_all(self, runs: Sequence[Tracked]) -> None:
        """Ask the platforms to stop these runs, keep what is known of each, and remove our objects."""
        asked = {self._pool.submit(self._end, tracked): tracked.run for tracked in runs if not tracked.done}
        for future in wait(asked, timeout=STOP_SECONDS).not_done:
            self._fails(asked[future], f"no answer within {STOP_SECONDS:g} s")

    def _end(self, tracked: Tracked) -> None:
        """Keep before removing; what fails here is told, and done when the campaign is resumed or cleaned."""
        run, handle, context = tracked.run, tracked.handle, self._context
        if handle is None:
            observation = collect.not_submitted(run, "its pair was stopped before this run was submitted")
            context.archive.save_observation(observation)
            self._fold.send(Collected(run, "", kept=True))
            return
        backend = context.backends[run.repository, run.side]
        try:
            backend.stop(handle)
            told = self._told.get(run.id, collect.LogReading({}, None, {}, None))
            observation = collect.stopped(run, handle.native, tuple(tracked.events.values()), told)
            context.archive.save_observation(observation)
            removed = backend.remove(handle)
        except HarnessError as error:
            self._fails(run, str(error))
        else:
            self._fold.send(Collected(run, "", removed, kept=True))

    def _fails(self, run: Run, why: str) -> None:
        self._failed[run.id] = why
        self._fold.send(NotStopped(run, why))


def _at_stop(tracked: Tracked, look: Future[bool | None], *, unsure: bool) -> RunAtStop:
    """Sum up one run; a look that failed or was not answered in time tells nothing."""
    done = look.done() and not look.cancelled() and look.exception() is None
    reported = look.result() if done else None
    return RunAtStop(
        tracked.run.id,
        submitted=tracked.handle is not None or unsure,
        ended=tracked.done or tracked.state in TERMINAL,
        reported=None if unsure else reported,
    )


def stop_asked(run: Run, now: float, why: str, message: str = "") -> Event:
    """Note in a run's history that we asked for its end."""
    at, native = Time(now, ClockName.HARNESS), {"message": message} if message else {}
    return Event(f"{run.id}:stop:{now}", Kind.STOP_ASKED, Witness.HARNESS, at, now, label=why, native=native)


def handles(
    records: Iterable[Mapping[str, object]], runs: Mapping[str, Run], jobs: Mapping[tuple[str, str], Job]
) -> dict[str, tuple[Handle, bool]]:
    """Name what may be on the platforms, and say of each whether its submit was answered."""
    found: dict[str, tuple[Handle, bool]] = {}
    for record in records:
        run = runs.get(str(record.get("run")))
        if run is None:
            continue
        if record.get("record") == "intent":
            name = str(record["name"])
            kind = jobs[run.repository, run.job].kind
            found.setdefault(run.id, (Handle(run, {"name": name, "uid": name, "kind": kind}), False))
        elif record.get("record") == "submitted" and isinstance(facts := record.get("handle"), dict):
            found[run.id] = Handle(run, {str(name): str(value) for name, value in facts.items()}), True
    return found
