"""What a document beside a Job says of it: a parent that made it, a queue that admits it, an orchestrator that watches.

Values only; which documents there are, and how each is read, stands in `harness/parents`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

NAME_MAX = 253
"""Characters of a name that a sentence takes: as long as a Kubernetes name may be."""


class Relation(StrEnum):
    """What a parent is to the Job or pod that it is linked with."""

    SUBMITS = "submits"
    """The Job only hands the work in; the work runs elsewhere, and the Job's end is not its end."""
    RUNS = "runs"
    """The work runs inside the Job and reports how it ended by itself: the Job's end is that of its wrapper."""
    CONSISTS = "consists of"
    """The Job or pod is a part of the parent's work."""
    WATCHES = "watches"
    """A third party that started it and records an end of its own."""
    ADMITS = "admits"
    """A queue that decides when it may run."""
    REPEATS = "repeats"
    """A schedule: the Job is one whole run of it."""
    AWAITS = "awaits"
    """A script or step that goes on when the Job has a certain condition."""


class ParentState(StrEnum):
    """A parent's own last word, in words that all of them share."""

    OK = "ok"
    FAILED = "failed"
    STOPPED = "stopped"
    RUNNING = "running"
    WAITING = "waiting"
    UNKNOWN = "unknown"


OPEN = frozenset({ParentState.RUNNING, ParentState.WAITING})
"""States in which a parent says that the work goes on, or will."""


class Trouble(StrEnum):
    """Why a parent says that the work failed, where its own message names a reason that is not the work's."""

    NONE = "none"
    TIMEOUT = "timeout"
    CONNECTION = "connection"
    GONE = "gone"
    """It asked for the pod and was told that there is none."""
    SIDE_CHANNEL = "side channel"
    """Results, logs or a helper of it could not be reached."""


@dataclass(frozen=True, slots=True)
class Parent:
    """What one document says."""

    kind: str
    """As people call it: RayJob, SparkApplication, Airflow task."""
    name: str
    namespace: str
    uid: str
    relation: Relation
    state: ParentState
    """Its word on the work."""
    says: str
    """Its own words, in one line and without secrets."""
    mark: ParentState | None = None
    """What it is marked itself, where it tells that apart from the work (a RayJob's deployment)."""
    trouble: Trouble = Trouble.NONE
    ended_seconds: float | None = None
    """When it says that the work ended, in epoch seconds."""
    done_seconds: float | None = None
    """When the work reported that it was done, in epoch seconds; its processes may have been torn down after that."""
    marks: tuple[ParentState, ...] = ()
    """Every end that it recorded of one attempt, in order."""
    awaits: str = ""
    """The condition of the Job that it waits for."""
    owners: tuple[str, ...] = ()
    """Uids of its own parents."""
    of: frozenset[str] = frozenset()
    """Uids of the objects that it speaks of."""
    made: frozenset[tuple[str, str]] = frozenset()
    """Kind and name of objects that it says it made, in its namespace."""
    labels: tuple[tuple[str, str], ...] = ()
    """Labels or annotations that an object of it bears, all of them."""
    agreeing: tuple[tuple[str, str], ...] = ()
    """Labels or annotations that must not differ where the object has them."""
    decides: tuple[tuple[str, frozenset[str]], ...] = field(default=())
    """Labels of the members whose end decides: Spark's driver, a PyTorchJob's master; empty: all members."""
    merges: bool = False
    """Its members are one work with one answer, not one each."""
    all_count: bool = False
    """A member that fails, fails the work, whoever decides its success."""
    serves: bool = False
    """It has no end of its own: it runs until somebody deletes it."""
    was_read: bool = True
    """False: an owner that the records name and do not hold."""

    def decides_by(self, bears: Mapping[str, str]) -> bool:
        """Tell whether a member with these labels is one whose end decides."""
        return any(bears.get(name) in values for name, values in self.decides)

    @property
    def whole_name(self) -> str:
        """Name it as sentences do."""
        name, namespace = self.name[:NAME_MAX], self.namespace[:NAME_MAX]
        return f"{self.kind[:NAME_MAX]} {namespace}/{name}" if namespace else f"{self.kind[:NAME_MAX]} {name}"
