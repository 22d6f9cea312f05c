"""Events of one run → its pods: what the kubelet, the API server and cluster events say of each of them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

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
    undecided: frozenset[str] = frozenset()
    """Plain containers of which nothing says which is the work; empty where it is known, or makes no difference."""

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
        return tuple(event for event in self.exits if event.role is Role.MAIN)

    @property
    def main(self) -> Event | None:
        """Last end of the main container; None while a later start of it has no end, or may have been missed."""
        ends = () if self._unseen_restart else self.main_exits
        return ends[-1] if ends and not any(event.role is Role.MAIN for event in self._open()) else None

    @property
    def over(self) -> bool:
        """Tell whether the newest status says that all its containers have ended for good."""
        return self.last.get("phase") in {"Succeeded", "Failed"}

    @property
    def _unseen_restart(self) -> bool:
        """Tell whether nobody saw the last of a pod whose containers are started again in place."""
        return self.vanished and not self.over and "Never" not in self.said("restartPolicy")

    @property
    def starts_again(self) -> str:
        """Say why a work that ended is to be started again in place, such as CrashLoopBackOff; empty: it is not."""
        ending = self.over or self.gone or self.deletion is not None
        if ending or self.main is None or "Never" in self.said("restartPolicy"):
            return ""
        waits = self.last.get("waits", "")
        return waits.partition(": ")[2][:200] if waits.startswith(f"{self.main.container}: ") else ""

    @property
    def running(self) -> frozenset[str]:
        """Containers that were started and not seen to end."""
        return frozenset(event.container or "" for event in self._open())

    @property
    def started(self) -> bool:
        """Tell whether the work was seen to start: its container, or one of those that may be it."""
        return any(event.role in {Role.MAIN, Role.UNDECIDED} for event in (*self.starts, *self.exits))

    @property
    def run_started(self) -> Event | None:
        """Last start of the main container: what an event tells of an earlier run says nothing of this one."""
        starts = [start for start in self.starts if start.role is Role.MAIN]
        return starts[-1] if starts else None

    def _open(self) -> tuple[Event, ...]:
        newest = {event.container: event for event in self.starts}  # a later start says that the earlier one ended
        return tuple(event for event in newest.values() if not any(_ends(end, event) for end in self.exits))

    def said(self, field: str) -> frozenset[str]:
        """Every value that any status had in one native field."""
        return frozenset(status.native[field] for status in self.statuses if field in status.native)

    def noticed(self, *reasons: str) -> bool:
        """Tell whether a cluster event had one of these reasons."""
        return any(notice.label in reasons for notice in self.notices)

    @property
    def restarts(self) -> int:
        """How often containers were restarted in place."""
        counts: dict[str, int] = {}
        for event in (*self.starts, *self.exits):
            if event.role in {Role.MAIN, Role.UNDECIDED, Role.SIDECAR}:
                name = event.container or ""
                counts[name] = max(counts.get(name, 0), int(event.native.get("restartCount", "0")))
        return sum(counts.values())


def _instance(event: Event) -> tuple[float, int]:
    """Order a container's instances: a quick one may be restarted within the second that its times are cut to."""
    return event.at.seconds, int(event.native.get("restartCount", "0"))


def _ends(end: Event, start: Event) -> bool:
    """Tell whether an end is that of a start: by container id where both have one, else by not lying before it."""
    if end.container != start.container:
        return False
    ids = {end.native.get("containerID"), start.native.get("containerID")}
    return len(ids) == 1 if ids.isdisjoint({None, ""}) else end.at.seconds >= start.at.seconds


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


def stayed(pods: Iterable[Pod]) -> tuple[Pod, ...]:
    """Give the pods that nobody asked to go and that did not vanish."""
    return tuple(pod for pod in pods if pod.deletion is None and pod.created is not None and not pod.vanished)


def kept_instead(pod: Pod, staying: Sequence[Pod]) -> Pod | None:
    """Find the newest of those that stayed that was there before, and surely went on, as a pod was asked to go.

    So a controller removes what it made twice: its cache was stale, or the reply to its create was lost. A pod that is
    replaced is asked to go before its replacement is made.
    """
    asked = pod.deletion
    if asked is None:
        return None
    before = [other for other in staying if other.created and other.created.at.seconds < asked.at.seconds]
    return next((other for other in reversed(before) if _surely_went_on(other, asked)), None)


def _surely_went_on(pod: Pod, asked: Event) -> bool:
    """Tell whether a pod's work ended after a request; the end of a pod that is over may be one that nobody saw."""
    return surely_before(asked.at, pod.main.at) if pod.main else not pod.over


def is_about(event: Event, kind: str) -> bool:
    """Tell whether a cluster event is about an object of this kind."""
    return event.witness is Witness.CLUSTER_EVENTS and event.native.get("kind") == kind


def pods_of(events: Iterable[Event]) -> tuple[Pod, ...]:
    """Sort by pod; one of which only cluster events are left is a pod too."""
    by_uid: dict[str, list[Event]] = {}
    about: dict[str, list[Event]] = {}
    nodes: dict[str, list[Event]] = {}
    gone: set[str] = set()
    for event in events:
        uid = event.native.get("uid", "")
        if event.witness in {Witness.POD, Witness.CONTAINER}:
            by_uid.setdefault(uid, []).append(event)
        elif is_about(event, "Pod"):
            about.setdefault(uid, []).append(event)
        elif is_about(event, "Node"):
            nodes.setdefault(event.native.get("name", ""), []).append(event)
        elif event.kind is Kind.VANISHED:
            gone.add(uid)
    every = dict.fromkeys([*by_uid, *about])
    pods = [_pod(uid, by_uid.get(uid, []), about.get(uid, []), nodes, vanished=uid in gone) for uid in every]
    return tuple(sorted(pods, key=lambda pod: (pod.member, pod.attempt, pod.uid)))


def _pod(uid: str, own: list[Event], about: list[Event], nodes: Mapping[str, list[Event]], *, vanished: bool) -> Pod:
    statuses = [event for event in own if event.kind is Kind.STATUS and "condition" not in event.native]
    places = {event.native.get("nodeName", "") for event in own} - {""}
    notices = ordered([*about, *(event for place in sorted(places) for event in nodes.get(place, []))])
    newest = statuses[-1].native if statuses else {}
    open_names = frozenset(newest.get("undecided", "").split(",")) - {""}
    containers = _decided([event for event in own if event.witness is Witness.CONTAINER], open_names)
    return Pod(
        uid=uid,
        attempt=max((event.attempt for event in (own or about)), default=0),
        member=max((event.member for event in own), default=0),
        created=next((event for event in own if event.label == "pod created"), None),
        exits=tuple(sorted((event for event in containers if event.kind is Kind.EXITED), key=_instance)),
        starts=tuple(sorted((event for event in containers if event.label == "started"), key=_instance)),
        statuses=tuple(statuses),
        notices=notices,
        disruption=next((event for event in own if event.native.get("condition") == "DisruptionTarget"), None),
        deletion=next((event for event in own if event.kind is Kind.DELETION_ASKED), None),
        deleted=any(event.kind is Kind.DELETED for event in own),
        vanished=vanished,
        undecided=open_names if any(event.role is Role.UNDECIDED for event in containers) else frozenset(),
    )


def _decided(containers: list[Event], names: frozenset[str]) -> list[Event]:
    """Take the container that ended last for the work where all that may be it ended alike: it makes no difference."""
    ends = {name: _last_end(containers, name) for name in names}
    codes = {code_of(end) == 0 for end in ends.values() if known(end)}
    if not names or len(codes) != 1 or not all(known(end) for end in ends.values()):
        return containers
    last = max((end for end in ends.values() if end), key=lambda end: (*_instance(end), end.container or ""))
    roles = {name: Role.MAIN if name == last.container else Role.SIDECAR for name in names}
    return [replace(event, role=roles.get(event.container or "", event.role)) for event in containers]


def _last_end(containers: list[Event], name: str) -> Event | None:
    """Give the end of a container's last instance; None while it runs."""
    own = sorted((event for event in containers if event.container == name), key=_instance)
    ends = [event for event in own if event.kind is Kind.EXITED]
    starts = [event for event in own if event.label == "started"]
    running = bool(starts) and not any(_ends(end, starts[-1]) for end in ends)
    return ends[-1] if ends and not running else None
