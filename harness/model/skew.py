"""How far the clocks behind a history are apart, measured from facts whose order is known; never assumed. Pure.

A clock that is off must neither reorder a history nor turn a legal move into an illegal one, so `replay` looks at
corrected times; what subtracts across such clocks (startup) leaves the run out.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from harness.model.anomaly import Stream
from harness.model.clock import ClockName, Time, surely_before
from harness.model.event import Event, Kind, Role, Witness

ALIKE_SECONDS = 2.0
"""Offsets of one clock, measured at several facts, lie no further apart than whole-second stamps make them."""
CONSTANT_FROM = 2
"""So many facts that came late by the same time show a clock that is behind; a single one may have been delayed."""


@dataclass(frozen=True, slots=True)
class Offset:
    """One clock against its platform's control plane."""

    stream: Stream
    whose: str
    """`the event bus`, `node gpu-7`, `the container`, `the watcher`."""
    seconds: float
    """Ahead; behind is negative."""
    bound: bool
    """At least so far: two facts in the wrong order say no more."""

    @property
    def text(self) -> str:
        """Say it in words."""
        way = "ahead" if self.seconds > 0 else "behind"
        return f"the clock of {self.whose} is {'at least' if self.bound else 'about'} {abs(self.seconds):.0f} s {way}"


def offsets_of(events: Sequence[Event]) -> tuple[Offset, ...]:
    """Measure every clock of a history that is surely off."""
    nodes = dict.fromkeys(_nodes(events).values())
    found = [_bus(events), *nodes, _container(corrected(events))]
    return tuple(offset for offset in found if offset is not None)


def corrected(events: Iterable[Event]) -> tuple[Event, ...]:
    """Give the events with their times as the control plane's clock would have told them."""
    told = tuple(events)
    bus, nodes = _bus(told), _nodes(told)
    if bus is None and not nodes:
        return told
    return tuple(_shifted(event, _offset_for(event, bus, nodes)) for event in told)


def _offset_for(event: Event, bus: Offset | None, nodes: Mapping[str, Offset]) -> Offset | None:
    if event.witness is Witness.EVENT_BUS:
        return bus
    of_node = event.witness is Witness.CONTAINER or _by_kubelet(event)
    return nodes.get(event.native.get("uid", "")) if of_node and event.at.clock is ClockName.NODE else None


def _shifted(event: Event, offset: Offset | None) -> Event:
    if offset is None:
        return event
    return replace(event, at=replace(event.at, seconds=event.at.seconds - offset.seconds))


# -- the event bus against descriptions -------------------------------------------------------------------------------


def _bus(events: Iterable[Event]) -> Offset | None:
    """Compare what both told of one change of state: the service wrote both times, so they should be the same."""
    bus: dict[tuple[str, int], float] = {}
    described: dict[tuple[str, int], float] = {}
    for event in events:
        if event.witness is Witness.EVENT_BUS and event.kind is not Kind.NOTICED:
            bus.setdefault((event.label, event.attempt), event.at.seconds)
        elif event.witness is Witness.CONTROL_PLANE:
            described.setdefault((event.label, event.attempt), event.at.seconds)
    apart = [at - described[change] for change, at in bus.items() if change in described]
    if not apart:
        return None
    middle = statistics.median(apart)
    alike = all(abs(seconds - middle) <= ALIKE_SECONDS for seconds in apart)
    return Offset(Stream.BUS, "the event bus", middle, bound=False) if alike and abs(middle) > ALIKE_SECONDS else None


# -- nodes against the API server and the controller ------------------------------------------------------------------


@dataclass
class _PodFacts:
    """What of one pod has a known order."""

    node: str = ""
    name: str = ""
    created: Time | None = None
    started: Time | None = None
    done: Time | None = None
    """When the work ended with 0, by the node's clock."""


def _by_kubelet(event: Event) -> bool:
    """Tell a core Event about a container, which only the kubelet of its node writes."""
    return event.witness is Witness.CLUSTER_EVENTS and bool(event.native.get("fieldPath"))


def _nodes(events: Iterable[Event]) -> Mapping[str, Offset]:
    """Measure each node's clock, by pod uid: by the kubelet's own events where there are any, else by known orders."""
    pods: defaultdict[str, _PodFacts] = defaultdict(_PodFacts)
    written: defaultdict[str, list[tuple[Time, Time]]] = defaultdict(list)
    complete: Time | None = None
    for event in events:
        uid = event.native.get("uid", "")
        if event.witness is Witness.POD:
            pods[uid].node = event.native.get("nodeName") or pods[uid].node
            pods[uid].name = event.native.get("name") or pods[uid].name
            pods[uid].created = event.at if event.label == "pod created" else pods[uid].created
        elif event.witness is Witness.CONTAINER and event.at.clock is ClockName.NODE:
            _take_container(pods[uid], event)
        elif event.witness is Witness.JOB and event.kind is Kind.SUCCEEDED:
            complete = event.at
        elif _by_kubelet(event) and "created" in event.native:
            written[uid].append((event.at, Time(float(event.native["created"]), ClockName.API_SERVER, 1.0, 1.0)))
    by_node: defaultdict[str, list[str]] = defaultdict(list)
    for uid, pod in pods.items():
        by_node[pod.node or uid].append(uid)
    found = {}
    for place, uids in by_node.items():
        node = f"node {place}" if place not in pods else f"the node of pod {pods[place].name or place}"
        pairs = [pair for uid in uids for pair in written.get(uid, ())]
        offset = _by_events(node, pairs) or _by_order(node, [pods[uid] for uid in uids], complete)
        found.update({uid: offset for uid in uids if offset is not None})
    return found


def _take_container(pod: _PodFacts, event: Event) -> None:
    if event.label == "started" and (pod.started is None or event.at.seconds < pod.started.seconds):
        pod.started = event.at
    elif event.kind is Kind.EXITED and event.role is Role.MAIN and event.native.get("exitCode") == "0":
        pod.done = event.at


def _by_events(node: str, pairs: Sequence[tuple[Time, Time]]) -> Offset | None:
    """Compare when the kubelet says that it wrote an event with when the API server took it, moments later."""
    if not pairs:
        return None
    ahead = all(surely_before(taken, wrote) for wrote, taken in pairs)
    behind = len(pairs) >= CONSTANT_FROM and all(surely_before(wrote, taken) for wrote, taken in pairs)
    apart = [wrote.seconds - taken.seconds for wrote, taken in pairs]
    if not ahead and not (behind and max(apart) - min(apart) <= ALIKE_SECONDS):
        return None
    return Offset(Stream.PODS, node, max(apart), bound=False)


def _by_order(node: str, pods: Sequence[_PodFacts], complete: Time | None) -> Offset | None:
    """Use what can't have been otherwise: a pod is made before it starts, and has ended before its Job is Complete."""
    early = [
        pod.started.seconds - pod.created.seconds
        for pod in pods
        if pod.created and pod.started and surely_before(pod.started, pod.created)
    ]
    if early:
        return Offset(Stream.PODS, node, min(early), bound=True)
    done = [pod.done for pod in pods if pod.done]
    if complete and done and len(done) == len(pods) and all(surely_before(complete, end) for end in done):
        ahead = max(end.seconds for end in done) - complete.seconds
        return Offset(Stream.PODS, node, ahead, bound=True)
    return None


# -- the container's clock, as the shim read it -----------------------------------------------------------------------


def _container(events: Iterable[Event]) -> Offset | None:
    """Hold the shim's times against what lies around them: the platform's start of the work, and its end."""
    told = tuple(events)
    first = _last(told, lambda event: event.kind is Kind.FIRST_INSTRUCTION)
    end = _last(told, lambda event: event.witness is Witness.SHIM and event.kind is Kind.EXITED)
    if first is None and end is None:
        return None
    begun = _last(told, lambda event: _of_platform(event) and event.kind is Kind.RUNNING)
    over = _last(told, _ends_the_work)
    if first and begun and surely_before(first, begun):
        return Offset(Stream.SHIM, "the container", first.seconds - begun.seconds, bound=True)
    if end and over and surely_before(over, end):
        return Offset(Stream.SHIM, "the container", end.seconds - over.seconds, bound=True)
    return None


def _of_platform(event: Event) -> bool:
    return event.witness in {Witness.CONTROL_PLANE, Witness.EVENT_BUS} or (
        event.witness is Witness.CONTAINER and event.role is Role.MAIN
    )


def _ends_the_work(event: Event) -> bool:
    if event.witness is Witness.CONTAINER:
        return event.kind is Kind.EXITED and event.role is Role.MAIN and event.at.clock is ClockName.NODE
    described = event.witness is Witness.CONTROL_PLANE and event.at.clock is ClockName.SERVICE
    return described and (event.label == "Uploading" or event.kind in {Kind.SUCCEEDED, Kind.FAILED})


def _last(events: Sequence[Event], wanted: Callable[[Event], bool]) -> Time | None:
    """Give the time of the last such event; of an upload and an ending the first, for the work ended before both."""
    found = [event for event in events if wanted(event)]
    uploads = [event for event in found if event.label == "Uploading"]
    chosen = uploads or found
    return max((event.at for event in chosen), key=lambda at: at.seconds, default=None)
