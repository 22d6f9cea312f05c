"""The faults that the AWS half can commit: one function each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from harness.sandbox.aws.events import Delivery
from harness.sandbox.aws.jobs import Job
from harness.sandbox.aws.rules import part
from harness.sandbox.aws.states import State
from harness.sandbox.aws.storage import TransferError
from harness.sandbox.aws.wire import ServiceError
from harness.sandbox.faults import Faults

SIDE = "candidate"
LATE_SECONDS = 2.0
HOLD_SECONDS = 5.0
KNOWN: Mapping[str, frozenset[str]] = {
    "event-duplicate": frozenset({"copies"}),
    "event-late": frozenset({"delay_seconds"}),
    "event-reorder": frozenset({"hold_seconds"}),
    "event-lost": frozenset(),
    "throttle": frozenset(),
    "lost-reply": frozenset(),
    "upload-failure": frozenset(),
    "capacity": frozenset(),
    "internal-error": frozenset({"after_seconds"}),
    "spot-interruption": frozenset({"after_seconds", "wait_seconds"}),
    "out-of-memory": frozenset({"after_seconds"}),
    "warm-pool-quota": frozenset(),
}
"""Every fault with its own options."""


# -- events; `at` is a secondary status for training, a status for processing ----------------------------------------


def event_duplicate(
    faults: Faults, job: Job, moment: str, delivery: Delivery, *, name: Callable[[], str]
) -> list[Delivery]:
    """Send the event again, `copies` times, each with an id of its own: nothing says that they are one."""
    fault = faults.take("event-duplicate", job.name, moment)
    copies = int(fault.number("copies", 1)) if fault else 0
    return [delivery, *(replace(delivery, event={**delivery.event, "id": name()}) for _ in range(copies))]


def event_late(faults: Faults, job: Job, moment: str, delivery: Delivery) -> Delivery:
    """Deliver it `delay_seconds` (real time) late."""
    fault = faults.take("event-late", job.name, moment)
    return replace(delivery, delay_seconds=fault.number("delay_seconds", LATE_SECONDS)) if fault else delivery


def event_reorder(faults: Faults, job: Job, moment: str, delivery: Delivery) -> Delivery:
    """Deliver it behind the job's next event; after `hold_seconds` if there is none."""
    fault = faults.take("event-reorder", job.name, moment)
    if fault is None:
        return delivery
    return replace(delivery, delay_seconds=fault.number("hold_seconds", HOLD_SECONDS), behind_next=True)


def event_lost(faults: Faults, job: Job, moment: str) -> bool:
    """Never deliver it."""
    return faults.take("event-lost", job.name, moment) is not None


# -- calls; `at` is an operation -------------------------------------------------------------------------------------


def throttle(faults: Faults, operation: str, name: str) -> None:
    """Refuse a call as one too many.

    Raises:
        ServiceError: ThrottlingException.
    """
    if faults.take("throttle", name, operation):
        raise ServiceError("ThrottlingException", "Rate exceeded")


def lost_reply(faults: Faults, operation: str, name: str) -> bool:
    """Do what a Create call asks and lose the reply."""
    return operation.startswith("Create") and faults.take("lost-reply", name, operation) is not None


# -- jobs ------------------------------------------------------------------------------------------------------------


def upload_failure(faults: Faults, job: Job) -> None:
    """Deny the upload of what the job left.

    Raises:
        TransferError: always, when the fault fires.
    """
    if faults.take("upload-failure", job.name, "Uploading"):
        message = "Artifact upload failed:Error 7: The credentials on your AMI were denied access (AccessDenied)"
        raise TransferError(message)


def capacity(faults: Faults, job: Job) -> bool:
    """Find no instance for the job."""
    return faults.take("capacity", job.name, "Starting") is not None


def warm_pool_quota(faults: Faults) -> Callable[[Job], bool]:
    """Bind the quota of zero, which every account begins with; `at` is an instance type."""

    def none_left(job: Job) -> bool:
        instance = str(part(job.request, "ResourceConfig").get("InstanceType"))
        return faults.take("warm-pool-quota", job.name, instance) is not None

    return none_left


def internal_error(faults: Faults, job: Job, moment: str) -> float | None:
    """Lose the job inside the service `after_seconds` (real time) into the moment, Training or Uploading."""
    fault = faults.take("internal-error", job.name, moment)
    return fault.number("after_seconds", 0.0) if fault else None


@dataclass(frozen=True, slots=True)
class Loss:
    """How long after its start a job is lost, in real time."""

    after_seconds: float
    wait_seconds: float | None = None
    """For a spot job: how long there are no other instances. None: the service lost it, or its memory ran out."""
    out_of_memory: bool = False

    @property
    def internal(self) -> bool:
        """Tell whether the service itself lost it."""
        return self.wait_seconds is None and not self.out_of_memory


def loss(faults: Faults, job: Job) -> Loss | None:
    """Find out whether a running job is to be lost, and how."""
    lost_after = internal_error(faults, job, "Training")
    if lost_after is not None:
        return Loss(lost_after)
    return out_of_memory(faults, job) or spot_interruption(faults, job)


def out_of_memory(faults: Faults, job: Job) -> Loss | None:
    """Kill the program as the kernel does when an instance has no memory left; none is used up for it."""
    fault = faults.take("out-of-memory", job.name, "Training")
    return Loss(fault.number("after_seconds", 0.0), out_of_memory=True) if fault else None


def spot_interruption(faults: Faults, job: Job) -> Loss | None:
    """Take a spot job's instances away; a job on instances of its own is left alone."""
    fault = faults.take("spot-interruption", job.name, "Training") if job.spot else None
    return Loss(fault.number("after_seconds", 0.0), fault.number("wait_seconds", 0.0)) if fault else None


def spoiler(faults: Faults) -> Callable[[Job, State, Delivery, Callable[[], str]], tuple[Delivery, ...]]:
    """Bind the event faults: one event as it should travel → the deliveries that happen."""

    def spoil(job: Job, state: State, delivery: Delivery, name: Callable[[], str]) -> tuple[Delivery, ...]:
        moment = state.moment(job.kind)
        if event_lost(faults, job, moment):
            return ()
        changed = event_reorder(faults, job, moment, event_late(faults, job, moment, delivery))
        return tuple(event_duplicate(faults, job, moment, changed, name=name))

    return spoil
