"""The nemesis of the Kubernetes half: one function per fault, armed by the sandbox's fault file.

Faults of calls (`throttle`, `lost-reply`) wait for an operation, `at: "create jobs"`. Faults of watches wait for a
change that a watch is about to show: `match` is part of the object's name, `at` is ADDED, MODIFIED or DELETED.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping

from harness.sandbox.faults import Faults
from harness.sandbox.kube.objects import ApiError, Change, Objects

SIDE = "legacy"
KNOWN: Mapping[str, frozenset[str]] = {
    "watch-lost": frozenset(),
    "watch-freeze": frozenset({"seconds"}),
    "event-duplicate": frozenset(),
    "event-reorder": frozenset(),
    "throttle": frozenset(),
    "lost-reply": frozenset(),
}
"""Every fault with its own options."""
FREEZE_SECONDS = 5.0


class KubeFaults:
    """Asks the plan at each place where a fault may strike."""

    def __init__(self, planned: Faults, objects: Objects) -> None:
        """Remember the plan and the objects that a fault may touch."""
        self._planned = planned
        self._objects = objects
        self._frozen_until = 0.0
        self._lock = threading.Lock()
        self.watch_generation = 0

    # -- watches ------------------------------------------------------------------------------------------------------

    def watch_lost(self, shown: Iterable[Change]) -> None:
        """End every open watch before it shows a change, and forget the history: the next watch gets 410."""
        if any(self._takes("watch-lost", change) for change in shown):
            with self._lock:
                self.watch_generation += 1
            self._objects.compact()

    def freeze(self, shown: Iterable[Change]) -> None:
        """Keep all streams open and silent for a while."""
        for change in shown:
            fault = self._planned.take("watch-freeze", _name(change), change.type)
            if fault is not None:
                self._frozen_until = time.monotonic() + fault.number("seconds", FREEZE_SECONDS)
        time.sleep(max(0.0, self._frozen_until - time.monotonic()))

    def held_back(self, change: Change) -> bool:
        """Tell whether a change is to be shown only after the next one."""
        return self._takes("event-reorder", change)

    def doubled(self, change: Change) -> bool:
        """Tell whether a change is to be shown twice."""
        return self._takes("event-duplicate", change)

    def _takes(self, name: str, change: Change) -> bool:
        return self._planned.take(name, _name(change), change.type) is not None

    # -- calls --------------------------------------------------------------------------------------------------------

    def throttle(self, operation: str, name: str) -> None:
        """Answer 429, as a busy API server does.

        Raises:
            ApiError: always, when the fault fires.
        """
        if self._planned.take("throttle", name, operation) is not None:
            raise ApiError(
                429, "TooManyRequests", "the server has received too many requests and has asked us to try again later"
            )

    def lost_reply(self, operation: str, name: str) -> bool:
        """Do what was asked and never answer."""
        return operation.startswith("create ") and self._planned.take("lost-reply", name, operation) is not None


class Disorder:
    """What one watch is shown twice, or only after what came next."""

    def __init__(self, faults: KubeFaults) -> None:
        """Hold nothing back yet."""
        self._faults = faults
        self._held: list[tuple[str, Change]] = []

    def of(self, shown: Iterable[tuple[str, Change]]) -> list[tuple[str, Change]]:
        """Bring the changes that a watch is about to show into their faulty order."""
        result: list[tuple[str, Change]] = []
        for row in shown:
            if not self._held and self._faults.held_back(row[1]):
                self._held.append(row)
                continue
            result.append(row)
            if self._faults.doubled(row[1]):
                result.append(row)
            result += self._held
            self._held.clear()
        return result


def _name(change: Change) -> str:
    return str(change.object["metadata"].get("name"))
