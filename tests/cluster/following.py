"""Follows a backend's stream in a thread of its own, as a campaign does."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable

import pytest

from harness.backends.kubernetes.backend import KubernetesBackend
from harness.compare import truth
from harness.model.event import Event
from harness.model.gap import Gap
from harness.model.truth import Truth

WAIT_SECONDS = 120.0

History = tuple[Event, ...]


class Follower:
    """Collects histories."""

    def __init__(self, backend: KubernetesBackend) -> None:
        """Begin to watch."""
        self.seen: defaultdict[str, list[Event]] = defaultdict(list)
        self.gaps: list[Gap] = []
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self._read, args=(backend,))
        self.thread.start()

    def _read(self, backend: KubernetesBackend) -> None:
        for batch in backend.watch(self.stopped):
            self.gaps += batch.gaps
            for run, event in batch.events:
                self.seen[run].append(event)
            batch.acknowledge()

    def of(self, run: str) -> History:
        """Give one run's history, with the gaps that were told; one that ended stands where it began."""
        gaps = {event.key: event for gap in tuple(self.gaps) for event in [gap.event(run, time.time())]}
        return (*self.seen[run], *gaps.values())

    def until(self, run: str, good: Callable[[History], bool], seconds: float = WAIT_SECONDS) -> History:
        """Wait for a history that is good."""
        ends = time.monotonic() + seconds
        while not good(self.of(run)):
            if time.monotonic() > ends:
                pytest.fail(f"{run}: not within {seconds} s: {[event.label for event in self.of(run)]}")
            time.sleep(0.1)
        return self.of(run)

    def close(self) -> None:
        """End the watch."""
        self.stopped.set()
        self.thread.join(10)


def judged(history: History) -> bool:
    """Tell whether the Job has its verdict."""
    return decided(history).platform != "none"


def decided(history: History) -> Truth:
    """Decide as a campaign does, without shim and outputs."""
    return truth.decide(history, None, (), None, job=None, platform="kubernetes")


def word(history: History) -> str:
    """Say work, platform and class."""
    found = decided(history)
    return f"{found.work} {found.platform} {found.klass or '-'}"
