"""Look after submitted runs: fetch what ended, stop what outlived its time or can't start, give up what nobody sees."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from harness.backends.base import Handle
from harness.errors import HarnessError
from harness.model.event import OVERDUE, STUCK
from harness.model.gap import Gap
from harness.model.lifecycle import TERMINAL
from harness.runner.context import Notice, NotStopped, Tracked, settled
from harness.runner.fetches import Fetches
from harness.runner.standstill import Standstills, stuck
from harness.runner.stopping import stop_asked
from harness.runner.tracking import Tracking

SETTLE_SECONDS = 3.0
"""After a Job's end the pod's last words may still be on their way: two streams have no common order (K51)."""
START_ALLOWANCE_SECONDS = 1800.0
"""Queue, provisioning and pull may take so long on top of the job's own time limit."""
STOP_ALLOWANCE_SECONDS = 150.0
"""SageMaker's 120 s of grace, and the upload after it."""


class Supervision:
    """Looks at every run in turn; called by the folding thread."""

    def __init__(
        self, tracking: Tracking, fetches: Fetches, pool: ThreadPoolExecutor, send: Callable[[NotStopped], None]
    ) -> None:
        """Take the pool that asks platforms to stop, and what is told of a refusal."""
        self._tracking, self._fetches, self._pool, self._send = tracking, fetches, pool, send
        self._context = tracking.context
        self._standstills = Standstills()
        self._looked_monotonic = tracking.context.clock.monotonic()

    def look(self) -> None:
        """Do what is to be done for every run that was submitted and is not fetched yet."""
        now = self._context.clock.monotonic()
        passed, self._looked_monotonic = now - self._looked_monotonic, now
        for tracked in list(self._tracking.by_id.values()):
            if tracked.handle is None or tracked.done or tracked.fetching or now < tracked.fetch_monotonic:
                continue
            self._look_at(tracked, now, passed)

    def _look_at(self, tracked: Tracked, now: float, passed: float) -> None:
        tracking = self._tracking
        outage = tracking.outages.out(tracking.place(tracked.run), tracking.now)
        if outage and tracking.out_of_time(tracked.run.repository):
            self._give_up(tracked, outage)
        elif tracked.state in TERMINAL:
            tracked.ended_monotonic = tracked.ended_monotonic or now
            if settled(tracked) or now - tracked.ended_monotonic > SETTLE_SECONDS:
                self._fetch(tracked)
        elif outage:  # nobody can see it end: its allowances stand still
            tracked.submitted_monotonic = (tracked.submitted_monotonic or now) + passed
            tracked.stop_monotonic = tracked.stop_monotonic and tracked.stop_monotonic + passed
        else:
            if why := self._standstills.of(tracked, tracking.now):
                self._context.listener(Notice(why))
            self._check_time(tracked, now)

    def _give_up(self, tracked: Tracked, outage: Gap) -> None:
        """Keep what is known of a run when the campaign's time is up while its platform does not answer."""
        run = tracked.run
        why = f"limits.campaign_time_max is used up while {self._tracking.place(run)} does not answer: {outage.reason}"
        self._context.archive.save_observation(self._fetches.unfetched(tracked, why))
        self._context.journal.append([{"record": "done", "run": run.id, "error": why}])
        tracked.done = tracked.lost = True
        self._tracking.tell(run, "given up", why)

    def _check_time(self, tracked: Tracked, now: float) -> None:
        """Stop a run that outlived every allowance, and give up on one that doesn't even stop."""
        assert tracked.submitted_monotonic is not None  # noqa: S101 # nosec B101 # it has a handle
        limit = self._tracking.job(tracked.run).time_limit_seconds + START_ALLOWANCE_SECONDS
        over = now - tracked.submitted_monotonic > limit or self._tracking.out_of_time(tracked.run.repository)
        if tracked.stop_monotonic is None and over:
            tracked.stop_monotonic = now
            self._stop(tracked, OVERDUE)
        elif tracked.stop_monotonic is None and (why := stuck(tracked, self._tracking.now)):
            tracked.stop_monotonic = now
            self._context.listener(Notice(f"{tracked.run.id} is stopped, for it can't start: {why}"))
            self._stop(tracked, STUCK, why)
        elif tracked.stop_monotonic is not None and now - tracked.stop_monotonic > STOP_ALLOWANCE_SECONDS:
            self._fetch(tracked)

    def _fetch(self, tracked: Tracked) -> None:
        tracked.fetching = True
        self._fetches.begin(tracked)

    def _stop(self, tracked: Tracked, why: str, message: str = "") -> None:
        run, now = tracked.run, self._context.clock.now()
        self._tracking.note([(run, stop_asked(run, now, why, message))])
        assert tracked.handle is not None  # noqa: S101 # nosec B101 # only submitted runs are stopped
        self._pool.submit(self._ask_to_stop, tracked.handle)

    def _ask_to_stop(self, handle: Handle) -> None:
        """Ask up to three times; what still fails then is told, and the run fetched when its allowance is over."""
        try:
            self._fetches.tried(partial(self._tracking.backend(handle.run).stop, handle))
        except HarnessError as error:
            self._send(NotStopped(handle.run, str(error)))
