"""State change events: built, delayed or spoiled by the nemesis, and put into the queues behind matching rules.

Own dispatch: the emulator's template drops the account, corrupts angle brackets and delivers for disabled rules.
"""

from __future__ import annotations

import heapq
import json
import random
import threading
import time
import traceback
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from harness.sandbox.aws.describe import detail
from harness.sandbox.aws.emulator import send, targets
from harness.sandbox.aws.jobs import Job
from harness.sandbox.aws.states import Kind, State
from harness.sandbox.aws.wire import Home

Event = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way, and how the nemesis wants it to travel."""

    event: Event
    delay_seconds: float = 0.0
    behind_next: bool = False
    """Hold it back until the job's next event has been sent, at most for the delay."""


Spoil = Callable[[Job, State, Delivery, Callable[[], str]], tuple[Delivery, ...]]
"""Job, its state, the delivery as it should be, a maker of event ids → the deliveries that really happen."""


def build(job: Job, state: State, members: tuple[str, ...], identifier: str) -> Event:
    """Build the event of one state change."""
    when = datetime.fromtimestamp(state.modified, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "version": "0",
        "id": identifier,
        "detail-type": f"SageMaker {job.kind.word} Job State Change",
        "source": "aws.sagemaker",
        "account": job.home.account,
        "time": when,
        "region": job.home.region,
        "resources": [job.arn],
        "detail": detail(job, state, members),
    }


class EventBus:
    """Delivers in order of due time, from one thread, so that no job waits for a queue."""

    def __init__(self, members: Mapping[Kind, tuple[str, ...]], spoil: Spoil, seed: int) -> None:
        """Start delivering."""
        self._members = members
        self._spoil = spoil
        self._random = random.Random(seed)  # nosec B311 # seeded faults, not secrecy
        self._due: list[tuple[float, int, Home, Event]] = []
        self._held: dict[str, list[Delivery]] = {}
        self._count = 0
        self._changed = threading.Condition()
        self._open = True
        self._thread = threading.Thread(target=self._deliver, name="event-bus", daemon=True)
        self._thread.start()

    def announce(self, job: Job, state: State) -> None:
        """Send the event of a state that a job has just entered."""
        with self._changed:
            event = build(job, state, self._members[job.kind], self._identifier())
            waiting = self._held.pop(job.arn, [])
            for delivery in self._spoil(job, state, Delivery(event), self._identifier):
                if delivery.behind_next:
                    self._held.setdefault(job.arn, []).append(delivery)
                self._push(job.home, delivery)
            for held in waiting:
                self._hasten(job.home, held)
            self._changed.notify()

    def close(self) -> None:
        """Stop delivering; what is still on its way is lost."""
        with self._changed:
            self._open = False
            self._changed.notify()
        self._thread.join(timeout=2.0)

    def _identifier(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def _push(self, home: Home, delivery: Delivery) -> None:
        self._count += 1
        heapq.heappush(self._due, (time.monotonic() + delivery.delay_seconds, self._count, home, delivery.event))

    def _hasten(self, home: Home, held: Delivery) -> None:
        """Send a held event now, behind the one just pushed, unless its delay has run out before."""
        left = [entry for entry in self._due if entry[3] is not held.event]
        if len(left) < len(self._due):
            self._due = left
            heapq.heapify(self._due)
            self._push(home, replace(held, delay_seconds=0.0))

    def _deliver(self) -> None:
        while True:
            with self._changed:
                if not self._open:
                    return
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is None or wait > 0:
                    self._changed.wait(wait)
                    continue
                _, _, home, event = heapq.heappop(self._due)
            try:
                _dispatch(home, event)
            except Exception:  # noqa: BLE001 - a rule that the emulator can't read must not silence the bus
                traceback.print_exc()


def _dispatch(home: Home, event: Event) -> None:
    body = json.dumps(event)
    for target in targets(home, event):
        send(target, body)
