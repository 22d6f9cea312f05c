"""Submitting in threads of its own, in the drawn order; what a platform did not answer to is submitted again later."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait

from harness.backends.base import Handle
from harness.errors import LATER, HarnessError
from harness.model.plan import Run
from harness.runner.context import RunnerContext, Submitted

AGAIN_SECONDS = 10.0
"""After a call that a platform did not answer."""


class Submits:
    """The pool that submits. Its threads send what became of a run; everything else is called by the fold."""

    def __init__(
        self, context: RunnerContext, send: Callable[[Submitted], None], submit: Callable[[Run], Handle]
    ) -> None:
        """Make the pool."""
        self.pool = ThreadPoolExecutor(4, "submit")
        self._context, self._send, self._submit = context, send, submit
        self._going_on: dict[Future[None], tuple[Run, ...]] = {}
        self._later: list[tuple[float, tuple[Run, ...]]] = []
        """When to submit again, and what: the rest of a pair, in its order."""

    def begin(self, members: Sequence[Run]) -> None:
        """Submit a pair's runs one after the other in one thread: the order holds and the skew stays small."""
        self._going_on = {future: runs for future, runs in self._going_on.items() if not future.done()}
        self._going_on[self.pool.submit(self._all, members)] = tuple(members)

    def put_off(self, members: tuple[Run, ...]) -> None:
        """Keep runs for later."""
        self._later.append((self._context.clock.monotonic() + AGAIN_SECONDS, members))

    def again(self, suspended: Callable[[str], bool]) -> None:
        """Submit what was put off, where the repository is not suspended; its names find what was made before."""
        now = self._context.clock.monotonic()
        due = [entry for entry in self._later if entry[0] <= now and not suspended(entry[1][0].repository)]
        for entry in due:
            self._later.remove(entry)
            self.begin(entry[1])

    def wait(self, seconds: float) -> None:
        """Wait for what is under way, at most so long."""
        wait(self._going_on, timeout=seconds)

    def unanswered(self) -> frozenset[str]:
        """Name the runs that may be on their platform, though no answer came: under way, or cut off by silence."""
        going_on = (run.id for future, runs in self._going_on.items() if not future.done() for run in runs)
        return frozenset((*going_on, *(members[0].id for _, members in self._later)))

    def _all(self, members: Sequence[Run]) -> None:
        for place, run in enumerate(members):
            if self._context.halt.is_set():
                return
            try:
                self._send(Submitted(run, self._submit(run), ""))
            except LATER as error:
                self._send(Submitted(run, None, f"{type(error).__name__}: {error}", tuple(members[place:])))
                return  # the others follow it
            except HarnessError as error:
                self._send(Submitted(run, None, f"{type(error).__name__}: {error}"))
            except Exception as error:  # noqa: BLE001 - whatever it is, it costs this run and is told
                self._send(Submitted(run, None, f"harness fault: {type(error).__name__}: {error}"))
