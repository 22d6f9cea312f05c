"""A job's way through its statuses: what moves it on, and what cuts it short."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from harness.sandbox.aws import states
from harness.sandbox.aws.describe import DEFAULT_RUNTIME_SECONDS
from harness.sandbox.aws.jobs import Job
from harness.sandbox.aws.outcome import Stopped
from harness.sandbox.aws.rules import integer, part
from harness.sandbox.aws.states import State

_WAITED = "MaxWaitTimeExceeded"


class Course:
    """One job's; its budget of time holds over all attempts together."""

    def __init__(self, job: Job, clock: Callable[[], float]) -> None:
        """Begin with nothing spent."""
        self._job, self._clock = job, clock
        self._limits = part(job.request, "StoppingCondition")
        self._spent_seconds = 0.0
        self._since: float | None = None

    def enter(self, secondary: str, also: Callable[[State, float], State] = lambda state, _: state) -> None:
        """Go on to the next status.

        Raises:
            Stopped: the job is being stopped and goes on no more.
        """
        at = self._clock()

        def step(state: State) -> State:
            return state if state.status == "Stopping" else also(states.entered(state, secondary, at), at)

        if self._job.move(step).status == "Stopping":
            raise Stopped

    def tell(self, message: str) -> None:
        """Rewrite the current status's message."""

        def step(state: State) -> State:
            return state if state.status == "Stopping" else states.told(state, message, self._clock())

        self._job.move(step)

    def pause(self, seconds: float) -> None:
        """Let a synthetic delay pass.

        Raises:
            Stopped: somebody stopped the job meanwhile, or its MaxWaitTime ran out.
        """
        if self._job.stop.wait(max(0.0, min(seconds, self._wait_left_seconds()))):
            raise Stopped
        if self._wait_left_seconds() <= 0:
            self._stop()
            raise Stopped(_WAITED)

    @contextmanager
    def spending(self) -> Iterator[None]:
        """Count the time that passes inside towards MaxRuntime."""
        self._since = time.monotonic()
        try:
            yield
        finally:
            self._spent_seconds += time.monotonic() - self._since
            self._since = None

    def cut(self) -> str:
        """Say what cuts a running job short now: nothing, or the secondary status that it will end in."""
        if self._job.stop.is_set():
            return "Stopped"
        if self._wait_left_seconds() <= 0:
            self._stop()
            return _WAITED
        running = time.monotonic() - self._since if self._since is not None else 0.0
        if self._spent_seconds + running < integer(self._limits.get("MaxRuntimeInSeconds"), DEFAULT_RUNTIME_SECONDS):
            return ""
        self._stop()
        return "MaxRuntimeExceeded"

    def _wait_left_seconds(self) -> float:
        """Say how much of MaxWait is left: waiting and running together, from creation on; for ever without one."""
        wait = self._limits.get("MaxWaitTimeInSeconds")
        return self._job.created + wait - self._clock() if isinstance(wait, int) else math.inf

    def _stop(self) -> None:
        """Note that a limit stops the job, unless a caller does already."""

        def step(state: State) -> State:
            return states.stopping(state, self._clock()) if state.status == "InProgress" else state

        self._job.move(step)
