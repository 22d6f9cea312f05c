"""An account in simulated time: a queue that redelivers and buries, jobs for Describe, a bus with planted faults."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from harness.backends.aws import Account
from harness.backends.sagemaker.bus_places import RECEIVES_MAX, VISIBILITY_SECONDS

BEGAN = 1_780_300_000.0
STEP_SECONDS = 20.0
PATHS = (
    ("Starting", "Downloading", "Training", "Uploading", "Completed"),
    ("Starting", "Downloading", "Training", "Interrupted", "Starting", "Downloading", "Training", "Failed"),
    ("Starting", "Stopping", "Stopped"),
    ("Starting", "Downloading", "Training", "Stopping", "Uploading", "MaxRuntimeExceeded"),
)
STATUS = {"Completed": "Completed", "Failed": "Failed", "Stopped": "Stopped", "MaxRuntimeExceeded": "Stopped"}
POISON = '{"detail-type": "SageMaker Training Job State Change", "detail": {"TrainingJobName": '

Change = tuple[int, int]
"""Number of a job, and which of its changes."""


def path_of(number: int) -> tuple[str, ...]:
    """Give the course of a job: the four paths take turns."""
    return PATHS[number % len(PATHS)]


@dataclass
class SimulatedClock:
    """Time goes on by what is waited for, and no further than a deadline, which ends the waiting loop."""

    seconds: float = BEGAN
    until: float = BEGAN

    def now(self) -> float:
        """Give the time."""
        return self.seconds

    def monotonic(self) -> float:
        """Give the same time."""
        return self.seconds

    def wait(self, event: threading.Event, seconds: float) -> bool:
        """Let the time pass."""
        self.seconds += seconds
        if self.seconds >= self.until:
            event.set()
        return event.is_set()


@dataclass
class _Waiting:
    """A message in the queue."""

    id: str
    body: str
    visible: float = 0.0
    receives: int = 0


@dataclass
class SimulatedAccount:
    """SQS, EventBridge and SageMaker as far as the watching backend calls them."""

    clock: SimulatedClock
    prefix: str
    waiting: dict[str, _Waiting] = field(default_factory=dict)
    dead: list[str] = field(default_factory=list)
    reached: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Job name → (number, changes made so far)."""
    account: Account = field(default_factory=lambda: Account("123456789012", "us-east-1", None, None))
    silent: threading.Event = field(default_factory=threading.Event)
    """Set when nothing in the queue is visible: where a listening loop ends."""
    _sent: int = 0

    def __call__(self, _: str) -> SimulatedAccount:
        """Be every client."""
        return self

    def prompt(self, _: str) -> SimulatedAccount:
        """Stand for every client of a watch."""
        return self

    def send(self, body: str) -> None:
        """Put a message into the queue, under an id of its own."""
        self._sent += 1
        self.waiting[str(self._sent)] = _Waiting(str(self._sent), body)

    def facts(self, number: int, changes: int) -> dict[str, object]:
        """Say what Describe and the event know after so many changes."""
        path, began = path_of(number)[:changes], round((BEGAN + number) * 1000)
        times = [began + round(step * STEP_SECONDS * 1000) for step in range(1, changes + 1)]
        entries = [{"Status": word, "StartTime": at} for word, at in zip(path, times, strict=True)]
        reason = {"FailureReason": "AlgorithmError: , exit code: 1"} if path[-1] == "Failed" else {}
        return {
            "TrainingJobName": f"{self.prefix}{number}", "TrainingJobStatus": STATUS.get(path[-1], "InProgress"),
            "SecondaryStatus": path[-1], "CreationTime": began, "LastModifiedTime": times[-1],
            "SecondaryStatusTransitions": entries, **reason,
        }  # fmt: skip

    def event(self, change: Change) -> str:
        """Write the event of a change."""
        number, step = change
        detail = self.facts(number, step + 1)
        return json.dumps({"detail-type": "SageMaker Training Job State Change", "detail": detail})

    # -- what boto3's clients would do --------------------------------------------------------------------------------

    def create_queue(self, **call: Any) -> dict[str, str]:
        """Name the queue by its name."""
        return {"QueueUrl": call["QueueName"]}

    def put_rule(self, **_: Any) -> None:
        """Take any rule."""

    put_targets = put_rule

    def receive_message(self, **call: Any) -> dict[str, object]:
        """Hand out what is visible; what came too often goes to the dead letters instead."""
        visible = [waiting for waiting in self.waiting.values() if waiting.visible <= self.clock.seconds]
        due = visible[: call["MaxNumberOfMessages"]]
        if not due:
            self.silent.set()
        given = []
        for waiting in due:
            if waiting.receives == RECEIVES_MAX:
                self.dead.append(self.waiting.pop(waiting.id).id)
                continue
            waiting.receives, waiting.visible = waiting.receives + 1, self.clock.seconds + VISIBILITY_SECONDS
            given.append({"MessageId": waiting.id, "ReceiptHandle": waiting.id, "Body": waiting.body})
        return {"Messages": given}

    def delete_message_batch(self, **call: Any) -> None:
        """Forget what is acknowledged."""
        for entry in call["Entries"]:
            self.waiting.pop(entry["ReceiptHandle"], None)

    def get_queue_attributes(self, **_: Any) -> dict[str, dict[str, str]]:
        """Count the dead letters."""
        return {"Attributes": {"ApproximateNumberOfMessages": str(len(self.dead))}}

    def describe_training_job(self, **call: Any) -> dict[str, object]:
        """Tell the truth as of now."""
        return self.facts(*self.reached[call["TrainingJobName"]])

    def list_training_jobs(self, **_: Any) -> dict[str, object]:
        """Name what has not ended, on one page."""
        running = [self.facts(*row) for row in self.reached.values() if row[1] < len(path_of(row[0]))]
        return {"TrainingJobSummaries": running}


@dataclass(frozen=True)
class Storm:
    """Which changes the bus loses, doubles and delays, and how many unreadable messages come between."""

    lost: frozenset[Change]
    doubled: frozenset[Change]
    delayed: frozenset[Change]
    """Each comes after the next change of its job."""
    poison: int

    @classmethod
    def drawn(cls, jobs: int, seed: int) -> Storm:
        """Draw exact shares of all changes: 5 % lost, 20 % twice, 20 % out of order; 1 % unreadable beside them."""
        draw = random.Random(seed)
        every = [(number, step) for number in range(jobs) for step in range(len(path_of(number)))]
        draw.shuffle(every)
        twentieth, fifth = len(every) // 20, len(every) // 5
        lost, doubled = frozenset(every[:twentieth]), frozenset(every[twentieth : twentieth + fifth])
        delayed: set[Change] = set()
        for number, step in every[twentieth + fifth :]:
            following = (number, step + 1)
            beside = {(number, step - 1), following} & delayed
            goes_on = step + 1 < len(path_of(number))
            if len(delayed) < fifth and goes_on and following not in lost and not beside:
                delayed.add((number, step))
        assert len(delayed) == fifth
        return cls(lost, doubled, frozenset(delayed), len(every) // 100)

    def deliveries(self, number: int, step: int) -> Iterator[Change]:
        """Say what reaches the queue in a job's step: the change, a copy of the one before, the one it overtook."""
        here, before = (number, step), (number, step - 1)
        ends = step == len(path_of(number)) - 1
        if here not in self.lost | self.delayed:
            yield here
        if before in self.doubled:
            yield before
        if before in self.delayed:
            yield before
        if ends and here in self.doubled:
            yield here
