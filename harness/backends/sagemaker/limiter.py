"""Token buckets for the describe and list calls of an account (reference: sagemaker 5.4).

No rate table is published. ListTrainingJobs allows 2 a second and account (reported, not adjustable); Describe was
throttled in bursts (reported), the 5 here are a careful choice, not a limit of the service (unverified).
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from harness.model.clock import Clock


@dataclass
class Limiter:
    """At most `per_second` calls on average, bursts up to `burst`; threads wait their turn."""

    clock: Clock
    per_second: float = 5.0
    burst: float = 10.0
    calls: int = 0
    """How many were let through, for the budget shown in reports."""
    _tokens: float = field(default=0.0, init=False)
    _last: float = field(default=0.0, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def __post_init__(self) -> None:
        """Start with a full bucket."""
        self._tokens, self._last = self.burst, self.clock.monotonic()

    def wait(self, stop: threading.Event) -> bool:
        """Wait for a token; False when stopped first."""
        with self._lock:
            now = self.clock.monotonic()
            self._tokens = min(self.burst, self._tokens + (now - self._last) * self.per_second) - 1
            self._last = now
            self.calls += 1
            pause = max(0.0, -self._tokens / self.per_second)
        return not (self.clock.wait(stop, pause) if pause else stop.is_set())


def lists(clock: Clock) -> Limiter:
    """Make the bucket of List calls: two a second and account."""
    return Limiter(clock, per_second=2.0, burst=2.0)
