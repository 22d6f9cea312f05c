"""What a watch did to the versions of objects: sent twice, in a wrong order, after the deletion, or not at all. Pure.

The API server gives every version of an object a higher resourceVersion than the one before, and a watch sends each
once (Kubernetes API concepts, "Efficient detection of changes"). A list repeats what is there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.model.anomaly import STREAM_OF_KIND, Anomaly, AnomalyKind, Stream
from harness.model.event import LEFT_ITS_END, LEFT_OUT, TIME_TRAVEL, TOLD_LATE, TOLD_TWICE
from harness.model.job import Json

LISTED = "LISTED"
DELETED = "DELETED"
GONE_MAX = 20_000
"""A cluster's own limit on what it collects of finished pods is 12,500 (kube-controller-manager)."""


@dataclass(frozen=True, slots=True)
class Fault:
    """What one message did that a sound watch does not."""

    label: str
    anomaly: Anomaly
    fact: str
    """Names the version, so that the same fault is counted once."""


@dataclass(frozen=True, slots=True)
class WatchMessage:
    """One message about one object."""

    what: str
    """ADDED, MODIFIED, DELETED or LISTED."""
    kind: str
    uid: str
    version: str
    over: str
    """How the object has ended, as it says itself; empty while it goes on."""
    content: str
    """Digest of the object, so that hand-made records without versions are told apart too."""

    @property
    def number(self) -> int:
        """Give the version as a number; 0 where it is none."""
        return int(self.version) if self.version.isdecimal() else 0


@dataclass
class Versions:
    """What was sent of every object of one watch."""

    newest: dict[str, int] = field(default_factory=dict)
    """uid → the highest resourceVersion so far."""
    last: dict[str, WatchMessage] = field(default_factory=dict)
    """uid → the last message about it."""
    ended: dict[str, str] = field(default_factory=dict)
    """uid → how its newest version had ended."""
    gone: dict[str, None] = field(default_factory=dict)
    """Objects that were told to be deleted, the newest last; only so many are remembered."""

    def take(self, told: WatchMessage, *, relisted: bool = False) -> Fault | None:
        """Take one message; `relisted`: it repeats what is there after nobody watched for a while."""
        uid, number = told.uid, told.number
        before, newest, was_gone = self.last.get(uid), self.newest.get(uid, 0), uid in self.gone
        self.last[uid] = told
        self.newest[uid] = max(number, newest)
        if told.what == DELETED:
            self._remember_gone(uid)
        if before is not None and not relisted and _same(before, told):
            return _fault(TOLD_TWICE, AnomalyKind.DUPLICATE, told, f"a version of a {told.kind} came again")
        if was_gone:
            return _fault(TOLD_LATE, AnomalyKind.LATE, told, f"a {told.kind} came after its deletion")
        if number and number < newest:
            text = f"a {told.kind} came in version {number} after version {newest}"
            return _fault(TIME_TRAVEL, AnomalyKind.OUT_OF_ORDER, told, text)
        ended = self.ended.get(uid, "")
        if told.over:
            self.ended[uid] = told.over
        if ended and told.over != ended:
            text = f"a {told.kind} that had ended as {ended} {f'ended as {told.over}' if told.over else 'went on'}"
            return _fault(LEFT_ITS_END, AnomalyKind.ILLEGAL, told, text)
        if relisted and before is not None and number > newest > 0:
            text = f"a {told.kind} changed while nobody watched, and only its newest version was listed"
            return _fault(LEFT_OUT, AnomalyKind.LOST, told, text)
        return None

    def _remember_gone(self, uid: str) -> None:
        self.gone[uid] = None
        if len(self.gone) > GONE_MAX:
            self.forget(next(iter(self.gone)))

    def forget(self, uid: str) -> None:
        """Drop what a list no longer has."""
        self.last.pop(uid, None)
        self.newest.pop(uid, None)
        self.ended.pop(uid, None)
        self.gone.pop(uid, None)


def over_of(kind: str, item: Mapping[str, Json]) -> str:
    """Say how an object has ended: a Job's verdict, a pod's last phase; both are final (Kubernetes API reference)."""
    found = item.get("status")
    status = found if isinstance(found, dict) else {}
    if kind == "Pod":
        phase = str(status.get("phase"))
        return phase if phase in {"Succeeded", "Failed"} else ""
    told = status.get("conditions")
    conditions = [item for item in told if isinstance(item, dict)] if isinstance(told, list) else []
    held = [str(condition.get("type")) for condition in conditions if condition.get("status") == "True"]
    return " and ".join(sorted({"Complete", "Failed"} & set(held))) if kind == "Job" else ""


def _same(before: WatchMessage, told: WatchMessage) -> bool:
    """Tell a message that was sent twice; a deletion shows the last version again."""
    alike = (before.version, before.content) == (told.version, told.content)
    return alike and (before.what == told.what or DELETED not in {before.what, told.what})


def _fault(label: str, kind: AnomalyKind, told: WatchMessage, text: str) -> Fault:
    units = {AnomalyKind.LOST: f"change of a {told.kind}", AnomalyKind.ILLEGAL: "change of state"}
    unit = units.get(kind, "message")
    stream = STREAM_OF_KIND.get(told.kind, Stream.EVENTS)
    return Fault(label, Anomaly(kind, stream, 1, unit, text), f"{told.what}:{told.version}:{told.content}")
