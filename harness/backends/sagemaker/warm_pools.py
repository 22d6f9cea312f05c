"""Warm pools: kept instances are proven by their status and never by speed. No calls, no clock; one thread.

A job that keeps its instances is asked about after its end, until the pool is reused or gone. Reuse is told by the job
that kept them (`ReusedByJob`), and goes into the history of the run that started on them. A pool that was never kept
is told too: a quota of zero goes cold without a word (documented). The one that submits too early starts cold
(reported), which is what a missing proof means.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.model.clock import ClockName, Time
from harness.model.event import WARM_START, Event, Kind, Witness
from harness.platforms.sagemaker.translate import name_of

ASK_SECONDS = 10.0
"""Shorter than a training job's launch even on warm instances (announced: below 20 s); one that ended within it is not
told before the pools that it may have used were asked."""
_LIVE = frozenset({"InUse", "Available"})

Facts = Mapping[str, object]


@dataclass
class PoolWatch:
    """The ended jobs whose pools are still there."""

    held: dict[str, tuple[str, float]] = field(default_factory=dict)
    """Job name → (run, when it was last asked about, monotonic)."""
    prices_per_hour: dict[str, float] = field(default_factory=dict)
    """Instance type → price, as the repositories' files give it."""

    def due(self, before: float) -> tuple[str, ...]:
        """Name the jobs that were last asked about before that moment, monotonic."""
        return tuple(name for name, (_, asked) in self.held.items() if asked < before)

    def told(
        self, run: str, facts: Facts, now: float, received: float, *, runs: Mapping[str, str]
    ) -> tuple[tuple[str, Event], ...]:
        """Take what Describe says of an ended job's pool; give what it says, for each run that it concerns."""
        pool = facts.get("WarmPoolStatus")
        status = str(pool.get("Status") or "") if isinstance(pool, Mapping) else ""
        name = name_of(facts)
        if status in _LIVE:
            self.held[name] = (run, now)
        else:
            self.held.pop(name, None)
        if not status or not isinstance(pool, Mapping):
            return ()
        text, native = self._kept(status, pool.get("ResourceRetainedBillableTimeInSeconds"), facts)
        events = [(run, _event(f"{name}:pool:{status}", text, native, received))]
        user = str(pool.get("ReusedByJob") or "")
        if status == "Reused" and user in runs:
            events.append((runs[user], _event(f"{user}:warm", WARM_START, {"InstancesOf": name}, received)))
        return tuple(events)

    def _kept(self, status: str, seconds: object, facts: Facts) -> tuple[str, dict[str, str]]:
        """Say how long idle instances were kept and billed, apart from the job's own time, and what that cost."""
        if not isinstance(seconds, int):
            return f"warm pool {status}", {"WarmPoolStatus": status}
        text, native = f"{seconds} s kept and billed", {"RetainedBillableSeconds": str(seconds)}
        resources = facts.get("ResourceConfig")
        asked = resources if isinstance(resources, Mapping) else {}
        price, count = self.prices_per_hour.get(str(asked.get("InstanceType"))), asked.get("InstanceCount")
        if price is not None and isinstance(count, int) and seconds:
            cost = f"{price * count * seconds / 3600:.4g}"
            text, native = f"{text}, {cost} at {price:g} an hour", {**native, "RetainedCost": cost}
        return f"warm pool {status}, {text}", {"WarmPoolStatus": status, **native}


def _event(key: str, label: str, native: Mapping[str, str], received: float) -> Event:
    at = Time(received, ClockName.HARNESS)
    return Event(key, Kind.NOTICED, Witness.CONTROL_PLANE, at, received, label=label, native=native)
