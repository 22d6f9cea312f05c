"""The states of a job as the service tells them: pure moves over frozen values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

TERMINAL = frozenset({"Completed", "Failed", "Stopped"})


class Kind(StrEnum):
    """A kind of job; the value is what its ARN says."""

    TRAINING = "training-job"
    PROCESSING = "processing-job"
    TRANSFORM = "transform-job"

    @property
    def word(self) -> str:
        """Give the word that starts its fields and operations."""
        return self.value.removesuffix("-job").capitalize()


@dataclass(frozen=True, slots=True)
class Transition:
    """One entry of SecondaryStatusTransitions; times are epoch seconds of the service's clock."""

    status: str
    started: float
    message: str
    ended: float | None = None


@dataclass(frozen=True, slots=True)
class Metric:
    """The last value of one metric, at a whole second."""

    name: str
    value: float
    at: int


@dataclass(frozen=True, slots=True)
class State:
    """All that changes while a job runs."""

    status: str
    modified: float
    transitions: tuple[Transition, ...]
    started: float | None = None
    ended: float | None = None
    failure: str = ""
    exit_message: str = ""
    artifacts: str = ""
    metrics: tuple[Metric, ...] = ()

    @property
    def secondary(self) -> str:
        """Name the current secondary status."""
        return self.transitions[-1].status

    def moment(self, kind: Kind) -> str:
        """Name what a state change is a change of: the secondary status, or the status of a kind that has no other."""
        return self.secondary if kind is Kind.TRAINING else self.status

    @property
    def terminal(self) -> bool:
        """Tell whether the job has ended."""
        return self.status in TERMINAL


# Texts as seen in captures. The documentation says that they are no contract.
MESSAGES = {
    "Starting": "Starting the training job",
    "Launching": "Preparing the instances for training",
    "NoCapacity": "Insufficient capacity error from EC2 while launching instances, retrying!",
    "Downloading": "Downloading the training image",
    "Training": "Training image download completed. Training in progress.",
    "Stopping": "Stopping the training job",
    "Uploading": "Uploading generated training model",
    "Completed": "Training job completed",
    "Failed": "Training job failed",
    "Stopped": "Training job stopped",
    "Interrupted": "Training job interrupted",
    "MaxWaitTimeExceeded": "Training job wait time exceeded MaxWaitTimeInSeconds provided",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
}


def created(now: float) -> State:
    """Begin: accepted, nothing started."""
    return State("InProgress", now, (Transition("Starting", now, MESSAGES["Starting"]),))


def told(state: State, message: str, now: float) -> State:
    """Rewrite the current entry's message in place; that is no change of state."""
    *before, last = state.transitions
    return replace(state, transitions=(*before, replace(last, message=message)), modified=now)


def entered(state: State, secondary: str, now: float) -> State:
    """Move on to another secondary status."""
    *before, last = state.transitions
    opened = Transition(secondary, now, MESSAGES[secondary])
    return replace(state, transitions=(*before, replace(last, ended=now), opened), modified=now)


def on_instances_seconds(state: State) -> float:
    """Add up the time that an ended job had instances: not while it started, waited or had lost them."""
    return sum(
        (transition.ended or transition.started) - transition.started
        for transition in state.transitions
        if transition.status not in {"Starting", "Interrupted"}
    )


def launched(state: State, now: float) -> State:
    """Note that the instance is up: billing starts."""
    return replace(state, started=state.started or now, modified=now)


def stopping(state: State, now: float) -> State:
    """Note that it is being stopped, by a caller or by its time limit."""
    return replace(entered(state, "Stopping", now), status="Stopping")


def finished(state: State, status: str, secondary: str, now: float, *, failure: str = "") -> State:
    """End it. The last entry has no length; a job that never launched has no end time."""
    moved = entered(state, secondary, now)
    *before, last = moved.transitions
    ended = now if state.started is not None else None
    return replace(moved, transitions=(*before, replace(last, ended=now)), status=status, ended=ended, failure=failure)


def changed(kind: Kind, before: State, after: State) -> bool:
    """Tell whether a move is a change of state that is announced; a new message or time is none."""
    if before is after:
        return False
    if before.status != after.status:
        return True
    return kind is Kind.TRAINING and len(before.transitions) != len(after.transitions)
