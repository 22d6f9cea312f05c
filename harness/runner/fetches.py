"""Fetching in threads of its own: what ended is observed and saved, and only then removed from its platform."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from functools import partial
from typing import TypeVar

from harness.backends.base import Backend, Fetched, Handle
from harness.errors import LATER, EvidenceDamaged, HarnessError, StoreError
from harness.model.clock import Deadline
from harness.model.event import Event
from harness.model.job import Job
from harness.model.observation import Observation
from harness.model.plan import Run
from harness.model.wording import first_of
from harness.runner import collect
from harness.runner.context import Collected, RunnerContext, Tracked, unremoved
from harness.runner.metric_reading import answers_of
from harness.store.files import is_of_the_disk

FETCH_ATTEMPTS = 3
FETCH_AGAIN_SECONDS = 0.5
"""After the first failure; twice as long after the second."""
LEFT_AGAIN_SECONDS = 10.0
"""At a campaign's end, after a failed removal."""
REMOVE_SECONDS = 60.0
"""For what is kept and was not removed; what takes longer, `parity clean` ends."""
_NAMED = 5
T = TypeVar("T")


def _not_removed(campaign: str, names: Sequence[str]) -> str:
    """Say what is left on the platforms, and what to type."""
    return f"not removed: {first_of(names, _NAMED)}; parity clean {campaign} removes what is left"


class Fetches:
    """The pool that fetches. Its threads send what became of a run; everything else is called by the fold."""

    def __init__(
        self,
        context: RunnerContext,
        jobs: Mapping[tuple[str, str], Job],
        history: Callable[[Tracked], tuple[Event, ...]],
        send: Callable[[Collected | StoreError], None],
    ) -> None:
        """Make the pool, and read what an earlier process left on the platforms."""
        self._pool = ThreadPoolExecutor(4, "fetch")
        self._context, self._jobs, self._history, self._send = context, jobs, history, send
        self._earlier = dict(unremoved(context.journal.recovered))
        self._unremoved: dict[str, Handle] = {}
        """By run: what is saved and was not removed."""

    def begin(self, tracked: Tracked) -> None:
        """Fetch a submitted run."""
        self._pool.submit(self._fetch, tracked)

    def unfetched(self, tracked: Tracked, why: str) -> Observation:
        """Give what is known of a submitted run of which nothing can be fetched."""
        return self._observation(tracked, Fetched(None, False, None, (), (f"not fetched: {why}",)))

    def recall(self, run: Run) -> None:
        """Take up a run that an earlier process had saved: it may have been cut before it removed it."""
        if (native := self._earlier.pop(run.id, None)) is not None:
            kind = self._jobs[run.repository, run.job].kind
            self._unremoved[run.id] = Handle(run, {"kind": kind, **native})

    def remove_kept(self, take_all: Callable[[], None]) -> None:
        """Remove what is saved and was not removed, and let the fold journal that."""
        if kept := self.unremoved():
            wait([self._pool.submit(self._remove, handle) for handle in kept], timeout=REMOVE_SECONDS)
            take_all()

    def remove_left(self, take_all: Callable[[], None]) -> str:
        """Remove the same at a campaign's end, where a platform may have to be waited for; say what is still left."""
        context, ends = self._context, Deadline.after(self._context.clock, REMOVE_SECONDS)
        self.remove_kept(take_all)
        while self._unremoved and ends.left(context.clock) > 0 and not context.halt.is_set():
            context.clock.wait(context.halt, LEFT_AGAIN_SECONDS)
            self.remove_kept(take_all)
        names = [handle.run.name for handle in self.unremoved()]
        return _not_removed(context.plan.campaign, names) if names else ""

    def unremoved(self) -> tuple[Handle, ...]:
        """Give what is saved and was not removed."""
        return tuple(self._unremoved.values())

    def close(self) -> None:
        """Begin nothing more, and wait for nothing."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _fetch(self, tracked: Tracked) -> None:
        """Fetch and save, then remove: what is removed has been saved before."""
        run = tracked.run
        try:
            handle = self.tried(partial(self._keep, tracked))
        except EvidenceDamaged as error:
            self._send(Collected(run, str(error)))
        except StoreError as error:
            self._send(error)
        except HarnessError as error:
            self._send(Collected(run, str(error), silent=isinstance(error, LATER)))
        except Exception as error:  # noqa: BLE001 - it costs this run and is told
            self._send(Collected(run, f"harness fault: {type(error).__name__}: {error}"))
        else:
            self._remove(handle)

    def tried(self, act: Callable[[], T]) -> T:
        """Do something up to three times; a disk that refuses costs the campaign its process, and no run.

        Raises:
            StoreError: the disk refused.
        """
        for attempt in range(FETCH_ATTEMPTS - 1):
            try:
                return act()
            except (HarnessError, OSError) as error:
                if isinstance(error, OSError) and not is_of_the_disk(error):
                    raise
            self._context.clock.wait(self._context.halt, FETCH_AGAIN_SECONDS * 2**attempt)
        try:
            return act()
        except OSError as error:
            if not is_of_the_disk(error):
                raise
            message = f"{error.filename or self._context.archive.place()}: can't be written: {error.strerror}"
            raise StoreError(message) from error

    def _keep(self, tracked: Tracked) -> Handle:
        handle = tracked.handle
        assert handle is not None  # noqa: S101 # nosec B101 # only submitted runs are fetched
        self._context.archive.save_observation(self._observe(tracked, handle))
        return handle

    def _observe(self, tracked: Tracked, handle: Handle) -> Observation:
        run = tracked.run
        packages = self._context.archive.run_folder(run.id) / collect.PACKAGES
        job = self._jobs[run.repository, run.job]
        fetched = self._backend(run).fetch(handle, job, packages)
        fetched = replace(fetched, answers=(*fetched.answers, *answers_of(job, run)))
        observation = self._observation(tracked, fetched)
        collect.drop_packages(packages)
        return observation

    def _observation(self, tracked: Tracked, fetched: Fetched) -> Observation:
        context, run, handle = self._context, tracked.run, tracked.handle
        assert handle is not None  # noqa: S101 # nosec B101 # only submitted runs are observed
        job, folder = self._jobs[run.repository, run.job], context.archive.run_folder(run.id)
        return collect.observe(handle, job, self._history(tracked), fetched, folder=folder, scrub=context.scrub)

    def _remove(self, handle: Handle) -> None:
        """Remove what is saved; what can't be is tried again later, and is no fault of the run."""
        run, trouble, removed = handle.run, "", tuple[Event, ...]()
        try:
            removed = self.tried(partial(self._backend(run).remove, handle))
            self._unremoved.pop(run.id, None)
        except Exception as error:  # noqa: BLE001 - it is told, and tried again
            trouble = f"not removed: {type(error).__name__}: {error}"
            self._unremoved[run.id] = handle
        self._send(Collected(run, trouble, removed, kept=True))

    def _backend(self, run: Run) -> Backend:
        return self._context.backends[run.repository, run.side]
