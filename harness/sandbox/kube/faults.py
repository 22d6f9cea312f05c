"""The nemesis of the Kubernetes half: one function per fault, armed by the sandbox's fault file."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from typing import Protocol

from harness.sandbox.kube.objects import ApiError, Change, Objects


class Fault(Protocol):
    """A planned fault's options."""

    def number(self, option: str, default: float) -> float:
        """Read a numeric option."""
        ...


class Faults(Protocol):
    """Where planned faults are taken from, once each."""

    def take(self, name: str, subject: str, moment: str = "") -> Fault | None:
        """Take the next planned fault of a name that concerns a subject."""
        ...


NAMES = ("watch-lost", "watch-freeze", "event-duplicate", "event-reorder", "throttle", "lost-reply")
SIDE = "legacy"


class KubeFaults:
    """Asks the plan at each place where a fault may strike."""

    def __init__(self, planned: Faults, objects: Objects) -> None:
        """Remember the plan and the objects that a fault may touch."""
        self._planned = planned
        self._objects = objects
        self._frozen_until = 0.0
        self._lock = threading.Lock()
        self._late: list[Change] = []
        self.watch_generation = 0

    def watch_lost(self, generation: int) -> bool:
        """End every open watch and forget the history, so that the next one gets 410."""
        if self._planned.take("watch-lost", "watch", SIDE) is not None:
            with self._lock:
                self.watch_generation += 1
            self._objects.compact()
        return generation != self.watch_generation

    def freeze(self) -> None:
        """Keep a stream open and silent for a while."""
        fault = self._planned.take("watch-freeze", "watch", SIDE)
        if fault is not None:
            with self._lock:
                self._frozen_until = time.monotonic() + fault.number("seconds", 5.0)
        time.sleep(max(0.0, self._frozen_until - time.monotonic()))

    def disorder(self, changes: Iterable[Change]) -> list[Change]:
        """Send changes twice, or keep one back until after the next."""
        result: list[Change] = []
        for change in changes:
            name = str(change.object["metadata"].get("name"))
            if self._planned.take("event-reorder", name, change.type) is not None:
                self._late.append(change)
                continue
            result.append(change)
            if self._planned.take("event-duplicate", name, change.type) is not None:
                result.append(change)
        if result and self._late:
            result += self._late
            self._late = []
        return result

    def throttle(self, verb: str, name: str) -> None:
        """Answer 429, as a busy API server does."""
        if self._planned.take("throttle", name, verb) is not None:
            raise ApiError(
                429, "TooManyRequests", "the server has received too many requests and has asked us to try again later"
            )

    def lost_reply(self, verb: str, name: str) -> bool:
        """Do what was asked and never answer."""
        return verb == "create" and self._planned.take("lost-reply", name, verb) is not None
