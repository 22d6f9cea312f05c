"""Warm pools: kept instances are proven by their status and never by speed. No calls, no clock; one thread.

A job that keeps its instances is asked about after its end, until the pool is reused or gone. Reuse is told by the job
that kept them (`ReusedByJob`), and goes into the history of the run that started on them. A pool that was never kept
is told too: a quota of zero goes cold without a word (documented). The one that submits too early starts cold
(reported), which is what a missing proof means.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.backends.sagemaker.translate import name_of
from harness.model.clock import ClockName, Time
from harness.model.event import WARM_START, Event, Kind, Witness

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

    def due(self, before: float) -> tuple[str, ...]:
        """Name the jobs that were last asked about before that moment, monotonic."""
        return tuple(name for name, (_, asked) in self.held.items() if asked < before)

    def told(
        self, run: str, facts: Facts, now: float, received: float, runs: Mapping[str, str]
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
        kept = pool.get("ResourceRetainedBillableTimeInSeconds")
        native = {"WarmPoolStatus": status} | ({} if kept is None else {"RetainedBillableSeconds": str(kept)})
        text = f"warm pool {status}" + ("" if kept is None else f", {kept} s kept and billed")
        events = [(run, _event(f"{name}:pool:{status}", text, native, received))]
        user = str(pool.get("ReusedByJob") or "")
        if status == "Reused" and user in runs:
            events.append((runs[user], _event(f"{user}:warm", WARM_START, {"InstancesOf": name}, received)))
        return tuple(events)


def _event(key: str, label: str, native: Mapping[str, str], received: float) -> Event:
    at = Time(received, ClockName.HARNESS)
    return Event(key, Kind.NOTICED, Witness.CONTROL_PLANE, at, received, label=label, native=native)
