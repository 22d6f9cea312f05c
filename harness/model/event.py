"""One thing that one witness saw, in its own words, next to the one word that the lifecycle understands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from harness.model.clock import Time


class Witness(StrEnum):
    """A source of observations about a run."""

    CONTAINER = "container"
    KUBELET = "kubelet"
    POD = "pod"
    JOB = "job"
    CLUSTER_EVENTS = "cluster-events"
    CONTROL_PLANE = "control-plane"
    EVENT_BUS = "event-bus"
    SHIM = "shim"
    ARTIFACTS = "artifacts"
    HARNESS = "harness"
    OUTSIDE = "outside"
    """A source that launches nothing, such as an orchestrator; `native` names it under `source`."""


class Kind(StrEnum):
    """What happened, in the lifecycle's words. The first group moves the state, the second only testifies."""

    SUBMITTED = "submitted"
    QUEUED = "queued"
    PROVISIONING = "provisioning"
    PULLING = "pulling"
    STARTING = "starting"
    RUNNING = "running"
    FINISHING = "finishing"
    RESTARTED = "restarted"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    STOPPED = "stopped"

    PHASE_ENDED = "phase-ended"
    """A startup phase's end that moves no state, such as the end of a pull."""
    FIRST_INSTRUCTION = "first-instruction"
    EXITED = "exited"
    DELETION_ASKED = "deletion-asked"
    DELETED = "deleted"
    STOP_ASKED = "stop-asked"
    REMOVED_BY_US = "removed-by-us"
    GAP = "gap"
    VANISHED = "vanished"
    STATUS = "status"
    """A status that says more than its state, kept for the rules of truth."""
    UNKNOWN_WORD = "unknown-word"
    NOTICED = "noticed"
    """A platform event (Evicted, BackOff, FailedCreate, …) that moves no state."""


INTERRUPTED = "interrupted"
"""Label of a STOP_ASKED because the campaign was stopped; any other says what the run did."""
STOPPED = "stopped by request"
"""Label of a STOP_ASKED because somebody asked for the end of what was left of a campaign."""
WARM_START = "warm start"
"""Label of a NOTICED: the run started on kept instances, proven by their status; without it a start counts as cold."""
TIME_TRAVEL = "an older version came after a newer one"
"""Label of a NOTICED: what a reader of a watch remarks when an object's resourceVersion falls."""
TOLD_TWICE = "a version came twice"
"""Label of a NOTICED: a watch sent the same version of an object again, with no list in between."""
TOLD_LATE = "something came after the deletion"
"""Label of a NOTICED: a watch told of an object that it had told to be deleted."""
LEFT_ITS_END = "an object left its end"
"""Label of a NOTICED: a Job that was Complete or Failed, or a pod that was over, was told to be otherwise."""
LEFT_OUT = "versions were not told"
"""Label of a NOTICED: an object changed while nobody watched, and only its newest version was listed."""
OTHER_RUN = "an object of another run"
"""Label of a NOTICED: what was told bears this run's name and is another object's."""
PODS_LISTED = "pods of the namespace were listed"
"""Label of a NOTICED: so a Job's pods, where none is there, are gone."""
OVERDUE = "outlived every allowance"
STUCK = "could not start"
"""Label of a STOP_ASKED because what a run waited for does not come by itself; `message` says what."""
SLOT = "cadence slot"
"""Label of a NOTICED: the slot that a run's cycle was started in; its number stands under `slot`, from 1 on."""
OUTLASTED = "next cadence slot began"
"""Label of a NOTICED: slot `slot` began while this run still went on, so no cycle was started in it."""


class Role(StrEnum):
    """What a container is to the work."""

    MAIN = "main"
    SIDECAR = "sidecar"
    NATIVE_SIDECAR = "native-sidecar"
    INIT = "init"
    UNDECIDED = "undecided"
    """One of several plain containers, and nothing says which of them is the work."""


@dataclass(frozen=True, slots=True)
class Event:
    """One observation. Two events with one key are one observation seen twice."""

    key: str
    """Names the fact (object, field, value), not its arrival, so that duplicates fall together."""
    kind: Kind
    witness: Witness
    at: Time
    """When the witness says it happened; the harness's receive time where the witness gives none."""
    received_seconds: float
    """Epoch seconds of the harness when it was first seen."""
    attempt: int = 0
    member: int = 0
    """Rank: index of an Indexed Job, host of a cluster."""
    container: str | None = None
    role: Role | None = None
    label: str = ""
    """The platform's own word."""
    native: Mapping[str, str] = field(default_factory=dict)
    """The platform's own fields, untranslated."""
