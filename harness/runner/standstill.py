"""Runs that have not begun their work for a while, and why, as their platform says. No effects: the fold tells it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from harness.model.event import Event, Witness
from harness.model.lifecycle import MOVING, State
from harness.platforms import platform_of
from harness.runner.context import Tracked

TOLD_AFTER_SECONDS = 30.0
"""A queue, an instance and a pull are often there sooner; what stands still longer is worth a line."""
WAITING = frozenset({State.NEW, State.SUBMITTED, State.QUEUED, State.PROVISIONING, State.PULLING, State.STARTING})
_TROUBLE = re.compile(
    r"fail|backoff|back-off|err|unschedulable|insufficient|exceeded|quota|capacity|invalid|denied|forbidden|suspend"
    r"|not found|unable|unavailable|pending", re.IGNORECASE,
)  # fmt: skip
"""Words of a platform that explain why nothing goes on: FailedCreate, FailedScheduling, ImagePullBackOff, …"""
_TEXT_MAX = 200
STUCK_AFTER_SECONDS = 120.0
"""Somebody may be about to make what lacks, and a kubelet looks again every few seconds."""


@dataclass
class Standstills:
    """What was told of each run."""

    _told: dict[str, str] = field(default_factory=dict)

    def of(self, tracked: Tracked, now: float) -> str:
        """Say why a run that is driven stands still; see `news`."""
        begun = now if tracked.begun_seconds is None else tracked.begun_seconds
        return self.news(tracked.run.id, tracked.state, tracked.events.values(), begun, now=now)

    def news(self, run: str, state: State, events: Iterable[Event], begun_seconds: float, *, now: float) -> str:
        """Say why a run stands still, once for each reason; empty: it does not, or that was told.

        Times are epoch seconds by the harness's clock.
        """
        if state not in WAITING:
            return ""
        known = sorted(events, key=lambda event: event.received_seconds)
        moved = max((event.received_seconds for event in known if event.kind in MOVING), default=begun_seconds)
        if now - moved < TOLD_AFTER_SECONDS:
            return ""
        why = next((said for event in reversed(known) if (said := _trouble(event))), "its platform does not say why")
        told = f"{state.value}: {why}"
        if self._told.get(run) == told:
            return ""
        self._told[run] = told
        return f"{run} has been {state.value.lower()} for {now - moved:.0f} s: {why}"


def stuck(tracked: Tracked, now: float) -> str:
    """Say why a run that stands still can't begin by itself; empty: it may, or it has not stood still for long.

    `now`: epoch seconds by the harness's clock.
    """
    if tracked.state not in WAITING:
        return ""
    begun = now if tracked.begun_seconds is None else tracked.begun_seconds
    known = sorted(tracked.events.values(), key=lambda event: event.received_seconds)
    moved = max((event.received_seconds for event in known if event.kind in MOVING), default=begun)
    if now - moved < STUCK_AFTER_SECONDS:
        return ""
    since = [event for event in known if event.received_seconds >= moved]
    return platform_of(tracked.run.platform).cannot_start(since)[:_TEXT_MAX]


def _trouble(event: Event) -> str:
    """Give what an event says of a trouble, in its platform's own words."""
    if event.witness is Witness.HARNESS:
        return ""
    message = event.native.get("message") or event.native.get("StatusMessage") or ""
    text = ": ".join(part for part in (event.label, " ".join(message.split())) if part)
    return text[:_TEXT_MAX] if _TROUBLE.search(text) else ""
