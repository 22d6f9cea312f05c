"""Events of one run → what each Kubernetes witness says, sorted for the rules of truth. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from harness.model.clock import parse_iso, surely_before
from harness.model.event import Event, Kind, Role, Witness
from harness.model.lifecycle import ordered

LOST_CODE = "ContainerStatusUnknown"
RUNTIME_LOST = 255
"""What a container runtime reports for a container it lost while it was restarted (K10)."""
RUNTIME_RESTARTED = frozenset({"NodeNotReady", "Rebooted", "SandboxChanged", "ContainerGCFailed"})
_ZERO_TIMES = ("0001-", "1970-")


@dataclass(frozen=True, slots=True)
class Pod:
    """One pod: an attempt of one member."""

    uid: str
    attempt: int
    member: int
    created: Event | None
    exits: tuple[Event, ...]
    starts: tuple[Event, ...]
    statuses: tuple[Event, ...]
    notices: tuple[Event, ...]
    """Cluster events about the pod, and about the node it was on."""
    disruption: Event | None
    """The DisruptionTarget condition."""
    deletion: Event | None
    deleted: bool
    vanished: bool
    """Absent from a later list, with no DELETED seen."""

    @property
    def last(self) -> dict[str, str]:
        """Native fields of the newest status seen."""
        return dict(self.statuses[-1].native) if self.statuses else {}

    @property
    def gone(self) -> bool:
        """Tell whether the pod is no longer there."""
        return self.deleted or self.vanished

    @property
    def main_exits(self) -> tuple[Event, ...]:
        """Every end of the main container, oldest first."""
        return tuple(each for each in self.exits if each.role is Role.MAIN)

    @property
    def main(self) -> Event | None:
        """Last end of the main container; None while a later start of it has no end, or may have been missed."""
        ends = () if self._unseen_restart else self.main_exits
        return ends[-1] if ends and not any(each.role is Role.MAIN for each in self._open()) else None

    @property
    def _unseen_restart(self) -> bool:
        """Tell whether nobody saw the last of a pod whose containers are started again in place."""
        over = self.last.get("phase") in {"Succeeded", "Failed"}
        return self.vanished and not over and "Never" not in self.said("restartPolicy")

    @property
    def running(self) -> frozenset[str]:
        """Containers that were started and not seen to end."""
        return frozenset(each.container or "" for each in self._open())

    @property
    def started(self) -> bool:
        """Tell whether any container was seen to start."""
        return bool(self.starts)

    def _open(self) -> tuple[Event, ...]:
        newest = {each.container: each for each in self.starts}  # a later start says that the earlier one ended
        return tuple(each for each in newest.values() if not any(_ends(end, each) for end in self.exits))

    def said(self, field: str) -> frozenset[str]:
        """Every value that any status had in one native field."""
        return frozenset(each.native[field] for each in self.statuses if field in each.native)

    def noticed(self, *reasons: str) -> bool:
        """Tell whether a cluster event had one of these reasons."""
        return any(each.label in reasons for each in self.notices)


def _instance(event: Event) -> tuple[float, int]:
    """Order a container's instances: a quick one may be restarted within the second that its times are cut to."""
    return event.at.seconds, int(event.native.get("restartCount", "0"))


def _ends(end: Event, start: Event) -> bool:
    """Tell whether an end is that of a start: by container id where both have one, else by not lying before it."""
    if end.container != start.container:
        return False
    ids = {end.native.get("containerID"), start.native.get("containerID")}
    return len(ids) == 1 if ids.isdisjoint({None, ""}) else end.at.seconds >= start.at.seconds


@dataclass(frozen=True, slots=True)
class Witnesses:
    """Everything that was said of one Job."""

    pods: tuple[Pod, ...]
    """By member, then by attempt."""
    verdict: Event | None
    """The newest Complete or Failed condition."""
    verdicts: frozenset[Kind]
    target: Event | None
    """The FailureTarget or SuccessCriteriaMet condition: the decision before the verdict."""
    status: dict[str, str]
    """Native fields of the newest Job version that was seen."""
    versions: tuple[Event, ...]
    """Every Job version that was seen, in order of arrival."""
    created: Event | None
    notices: tuple[Event, ...]
    """Cluster events about the Job itself."""
    suspended: Event | None
    """The Suspended condition, while it was True."""
    gaps: tuple[Event, ...]
    """Times in which nobody watched."""
    remarks: frozenset[str]
    """What the reader of the records noticed about them."""
    stopped_by_us: bool
    job_gone: bool
    until: float
    """When the records end, in epoch seconds of the harness."""
    lost: tuple[str, ...]
    """Declared outputs of which nothing is there."""
    outputs_known: bool
    """False: nobody said what the job should leave behind."""
    complaint: str
    """Last line of the log that looks like an error."""

    @property
    def deciding(self) -> tuple[Pod, ...]:
        """The pods whose ends decide the work: each index's last attempt, a parallel Job's every pod, else the last.

        One that was surplus is no attempt of its own.
        """
        if not self.indexed:
            return self.pods if self.wanted > 1 else _last(self.pods)
        members = groupby(self.pods, key=lambda each: each.member)
        return tuple(each for _, mine in members for each in _last(tuple(mine)))

    @property
    def indexed(self) -> bool:
        """Tell whether each pod has an index of its own."""
        return self.status.get("completionMode") == "Indexed" or any(each.member for each in self.pods)

    @property
    def wanted(self) -> int:
        """How many pods must end with 0."""
        return max(1, self.count("completions"))

    def count(self, field: str) -> int:
        """Read one number of the Job's newest status; 0 where it is not there."""
        text = self.status.get(field, "0")
        return int(text) if text.isdigit() else 0

    @property
    def reason(self) -> str:
        """Reason of the verdict; empty: none was seen."""
        return self.verdict.native.get("reason", "") if self.verdict else ""

    @property
    def failed(self) -> bool:
        """Tell whether the Job is marked Failed."""
        return self.verdict is not None and self.verdict.kind is Kind.FAILED

    @property
    def complete(self) -> bool:
        """Tell whether the Job is marked Complete."""
        return self.verdict is not None and self.verdict.kind is Kind.SUCCEEDED

    @property
    def restarts(self) -> int:
        """How often containers were restarted in place, all pods together."""
        return sum(_restarts(each) for each in self.pods)

    @property
    def done(self) -> tuple[Pod, ...]:
        """Deciding pods whose main container ended with 0."""
        return tuple(each for each in self.deciding if end_of(each) == 0)


def _last(pods: tuple[Pod, ...]) -> tuple[Pod, ...]:
    return tuple(each for each in pods if not surplus(each, pods))[-1:]


def surplus(pod: Pod, attempts: Iterable[Pod]) -> bool:
    """Tell whether a pod was asked to go while another of the same attempts was there before and surely went on.

    So a controller removes what it made twice: its cache was stale, or the reply to its create was lost. A pod that is
    replaced is asked to go before its replacement is made.
    """
    asked = pod.deletion
    return asked is not None and any(
        each.deletion is None
        and each.created is not None
        and each.created.at.seconds < asked.at.seconds
        and not each.vanished
        and (each.main is None or surely_before(asked.at, each.main.at))
        for each in attempts
    )


def _restarts(pod: Pod) -> int:
    counts: dict[str, int] = {}
    for each in (*pod.starts, *pod.exits):
        if each.role in {Role.MAIN, Role.SIDECAR}:
            name = each.container or ""
            counts[name] = max(counts.get(name, 0), int(each.native.get("restartCount", "0")))
    return sum(counts.values())


def known(exit_: Event | None) -> bool:
    """Tell whether an end can be believed: a lost code (137 without times) says nothing (K07)."""
    if exit_ is None or "exitCode" not in exit_.native or exit_.native.get("reason") in {LOST_CODE, "Unknown"}:
        return False
    finished = exit_.native.get("finishedAt", "")
    return seconds_of(finished) is not None and not finished.startswith(_ZERO_TIMES)


def heard_first(one: Event, other: Event) -> bool:
    """Tell whether one fact of a pod was heard before another: its versions come in order, whatever the clocks say."""
    return one.received_seconds < other.received_seconds


def over_since(end: Event) -> float:
    """Give since when an end is past, in epoch seconds: a node's clock may be ahead, so no later than it was heard."""
    return min(end.at.seconds, end.received_seconds)


def seconds_of(text: str) -> float | None:
    """Read one of the platform's own times; None for what is none."""
    try:
        return parse_iso(text)
    except ValueError:
        return None


def code_of(exit_: Event | None) -> int | None:
    """Give a believable exit code."""
    return int(exit_.native["exitCode"]) if exit_ is not None and known(exit_) else None


def runtime_lost(pod: Pod) -> bool:
    """Tell whether a restarted runtime made the main container's end up (K10)."""
    if pod.main is None:
        return False
    lost = pod.main.native.get("reason") == "Unknown"
    made_up = code_of(pod.main) == RUNTIME_LOST and pod.noticed(*RUNTIME_RESTARTED)
    return lost or made_up


def end_of(pod: Pod) -> int | None:
    """Give the exit code of a pod's main container where it can be believed."""
    return None if runtime_lost(pod) else code_of(pod.main)


def witnesses_of(
    events: Iterable[Event], *, lost: tuple[str, ...] = (), outputs_known: bool = False, complaint: str = ""
) -> Witnesses:
    """Sort a run's events by what they testify to."""
    mine = ordered(events)
    job = [each for each in mine if each.witness is Witness.JOB]
    versions = sorted((each for each in job if "succeeded" in each.native), key=lambda each: each.received_seconds)
    verdicts = [each for each in job if each.kind in {Kind.SUCCEEDED, Kind.FAILED}]
    targets = [each for each in job if each.native.get("condition") in {"FailureTarget", "SuccessCriteriaMet"}]
    held = [each for each in job if each.native.get("condition") == "Suspended" and each.native["status"] == "True"]
    return Witnesses(
        pods=_pods(mine),
        verdict=verdicts[-1] if verdicts else None,
        verdicts=frozenset(each.kind for each in verdicts),
        target=targets[-1] if targets else None,
        status=dict(versions[-1].native) if versions else {},
        versions=tuple(versions),
        created=next((each for each in job if each.label == "created"), None),
        notices=tuple(each for each in mine if _about(each, "Job")),
        suspended=held[-1] if held else None,
        gaps=tuple(each for each in mine if each.kind is Kind.GAP),
        remarks=frozenset(each.label for each in mine if (each.witness, each.kind) == (Witness.HARNESS, Kind.NOTICED)),
        stopped_by_us=any(each.kind is Kind.STOP_ASKED for each in mine),
        job_gone=any(each.kind in {Kind.DELETED, Kind.VANISHED} and each.label == "Job" for each in mine),
        until=max((each.received_seconds for each in mine), default=0.0),
        lost=lost,
        outputs_known=outputs_known,
        complaint=complaint,
    )


def _about(event: Event, kind: str) -> bool:
    return event.witness is Witness.CLUSTER_EVENTS and event.native.get("kind") == kind


def _pods(mine: Iterable[Event]) -> tuple[Pod, ...]:
    events = tuple(mine)
    by_uid: dict[str, list[Event]] = {}
    for each in events:
        if each.witness in {Witness.POD, Witness.CONTAINER}:
            by_uid.setdefault(each.native.get("uid", ""), []).append(each)
    pods = [_pod(uid, own, events) for uid, own in by_uid.items()]
    return tuple(sorted(pods, key=lambda each: (each.member, each.attempt, each.uid)))


def _pod(uid: str, own: list[Event], everything: tuple[Event, ...]) -> Pod:
    containers = [each for each in own if each.witness is Witness.CONTAINER]
    statuses = [each for each in own if each.kind is Kind.STATUS and "condition" not in each.native]
    nodes = {each.native.get("nodeName", "") for each in own} - {""}
    return Pod(
        uid=uid,
        attempt=max(each.attempt for each in own),
        member=max(each.member for each in own),
        created=next((each for each in own if each.label == "pod created"), None),
        exits=tuple(sorted((each for each in containers if each.kind is Kind.EXITED), key=_instance)),
        starts=tuple(sorted((each for each in containers if each.label == "started"), key=_instance)),
        statuses=tuple(statuses),
        notices=tuple(
            each
            for each in everything
            if (_about(each, "Pod") and each.native.get("uid") == uid)
            or (_about(each, "Node") and each.native.get("name") in nodes)
        ),
        disruption=next((each for each in own if each.native.get("condition") == "DisruptionTarget"), None),
        deletion=next((each for each in own if each.kind is Kind.DELETION_ASKED), None),
        deleted=any(each.kind is Kind.DELETED for each in own),
        vanished=any(each.kind is Kind.VANISHED and each.native.get("uid") == uid for each in everything),
    )
