"""Fetching in threads of its own: what ended is observed and saved, and only then removed from its platform."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait

from harness.backends.base import Backend, Fetched, Handle
from harness.errors import HarnessError, Unreachable
from harness.model.event import Event
from harness.model.job import Job
from harness.model.observation import Observation
from harness.model.plan import Run
from harness.runner import collect
from harness.runner.world import Collected, Tracked, World, unremoved

FETCH_ATTEMPTS = 3
REMOVE_SECONDS = 60.0
"""For what an earlier process left to be removed; what takes longer, `parity clean` ends."""


class Fetches:
    """The pool that fetches. Its threads send what became of a run; everything else is called by the fold."""

    def __init__(
        self,
        world: World,
        jobs: Mapping[tuple[str, str], Job],
        history: Callable[[Tracked], tuple[Event, ...]],
        send: Callable[[Collected], None],
    ) -> None:
        """Make the pool, and take up what the journal says that an earlier process left to be removed."""
        self._pool = ThreadPoolExecutor(4, "fetch")
        self._world, self._jobs, self._history, self._send = world, jobs, history, send
        self._unremoved = dict(unremoved(world.journal.recovered))

    def begin(self, tracked: Tracked) -> None:
        """Fetch a submitted run."""
        self._pool.submit(self._fetch, tracked)

    def unfetched(self, tracked: Tracked, why: str) -> Observation:
        """Give what is known of a submitted run of which nothing can be fetched."""
        return self._observation(tracked, Fetched(None, False, None, (), (f"not fetched: {why}",)))

    def remove_kept(self, saved: Iterable[Run]) -> bool:
        """Remove what an earlier process had saved and was cut before it removed it; tell whether there was any."""
        kept = [Handle(run, self._unremoved.pop(run.id)) for run in saved if run.id in self._unremoved]
        if kept:
            wait([self._pool.submit(self._remove, handle) for handle in kept], timeout=REMOVE_SECONDS)
        return bool(kept)

    def close(self) -> None:
        """Begin nothing more, and wait for nothing."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _fetch(self, tracked: Tracked) -> None:
        """Fetch, save, then remove: what is removed has been saved before."""
        handle = tracked.handle
        assert handle is not None  # noqa: S101 # nosec B101 # only submitted runs are fetched
        world, run, trouble, silent = self._world, tracked.run, "", False
        for attempt in range(FETCH_ATTEMPTS):
            try:
                observation = self._observe(tracked, handle)
                world.archive.save_observation(observation)
                self._send(Collected(run, observation, "", self._backend(run).remove(handle)))
            except HarnessError as error:
                trouble, silent = str(error), isinstance(error, Unreachable)
                world.clock.wait(world.halt, 0.5 * 2**attempt)
            except Exception as error:  # noqa: BLE001 - it costs this run and is told
                trouble = f"harness fault: {type(error).__name__}: {error}"
                break
            else:
                return
        self._send(Collected(run, world.archive.load_observation(run.id), trouble, (), silent))

    def _observe(self, tracked: Tracked, handle: Handle) -> Observation:
        run = tracked.run
        packages = self._world.archive.run_folder(run.id) / collect.PACKAGES
        fetched = self._backend(run).fetch(handle, self._jobs[run.repository, run.job], packages)
        observation = self._observation(tracked, fetched)
        collect.drop_packages(packages)
        return observation

    def _observation(self, tracked: Tracked, fetched: Fetched) -> Observation:
        world, run, handle = self._world, tracked.run, tracked.handle
        assert handle is not None  # noqa: S101 # nosec B101 # only submitted runs are observed
        job, folder = self._jobs[run.repository, run.job], world.archive.run_folder(run.id)
        return collect.observe(handle, job, self._history(tracked), fetched, folder, world.scrub)

    def _remove(self, handle: Handle) -> None:
        removed, trouble = tuple[Event, ...](), ""
        try:
            removed = self._backend(handle.run).remove(handle)
        except HarnessError as error:
            trouble = str(error)
        self._send(Collected(handle.run, self._world.archive.load_observation(handle.run.id), trouble, removed))

    def _backend(self, run: Run) -> Backend:
        return self._world.backends[run.repository, run.side]
