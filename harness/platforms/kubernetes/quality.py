"""What the watches of Jobs, pods and core Events did to what they carried, as a run's history shows it. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from harness.model.anomaly import SLOW_SECONDS, Anomaly, AnomalyKind, Stream
from harness.model.event import LEFT_ITS_END, Event, Kind, Role, Witness
from harness.model.skew import offsets_of
from harness.platforms.kubernetes.pod import Pod, known
from harness.platforms.kubernetes.witnesses import Witnesses, witnesses_of


def anomalies(events: Sequence[Event], watched: bool) -> Iterator[Anomaly]:  # noqa: FBT001 - a fact of the history
    """Count what is missing, late and impossible; `watched`: the history came as it happened, and not as one list."""
    yield from _of_pods(witnesses_of(events), watched=watched)
    yield from _sent_late(events)


def _of_pods(seen: Witnesses, *, watched: bool) -> Iterator[Anomaly]:
    for pod in seen.pods:
        if watched:
            yield from _unheard_instances(pod)
    if LEFT_ITS_END not in seen.remarks:
        yield from _edited(seen)
    late = [pod for pod in seen.deciding if pod.main and _after_verdict(seen, pod.main)]
    if late:
        text = "came after the Job's verdict, which counts it"
        yield Anomaly(AnomalyKind.LATE, Stream.PODS, len(late), "end of a pod", text)
    yield from _events_missing(seen)


def _edited(seen: Witnesses) -> Iterator[Anomaly]:
    """Tell a verdict that was joined by its opposite, and counters that fell."""
    if len(seen.verdicts) > 1:
        text = "the Job was marked both Complete and Failed"
        yield Anomaly(AnomalyKind.ILLEGAL, Stream.JOBS, 1, "change of state", text)
    numbers = [(int(version.native["failed"]), int(version.native["succeeded"])) for version in seen.versions]
    for (failed, done), (failed_later, done_later) in pairwise(numbers):
        if failed_later < failed or (done_later < done and not seen.indexed):
            text = f"counters fell: failed {failed} to {failed_later}, succeeded {done} to {done_later}"
            yield Anomaly(AnomalyKind.ILLEGAL, Stream.JOBS, 1, "change of state", text)


def _after_verdict(seen: Witnesses, end: Event) -> bool:
    return seen.verdict is not None and end.received_seconds > seen.verdict.received_seconds


def _unheard_instances(pod: Pod) -> Iterator[Anomaly]:
    """Count runs of a container that its restart count shows, and of which neither start nor end was heard."""
    heard: defaultdict[str, set[int]] = defaultdict(set)
    for event in (*pod.starts, *pod.exits):
        if event.role is not Role.INIT:
            heard[event.container or ""].add(int(event.native.get("restartCount", "0")))
    for container, counts in heard.items():
        missing = set(range(min(counts), max(counts))) - counts
        if missing:
            text = f"container {container} was restarted {max(counts)} times"
            yield Anomaly(AnomalyKind.LOST, Stream.PODS, len(missing), "run of a container", text)


def _events_missing(seen: Witnesses) -> Iterator[Anomaly]:
    """Count started containers of which the cluster's Started event is missing, where it told others of the pod."""
    for pod in seen.pods:
        told = [note for note in pod.notices if note.native.get("kind") == "Pod" and note.native.get("uid") == pod.uid]
        started = {note.native.get("fieldPath", "") for note in told if note.label == "Started"}
        begun = {event.container for event in (*pod.starts, *pod.exits) if known_start(event)}
        unsaid = [name for name in begun if not any(not path or path.endswith(f"{{{name}}}") for path in started)]
        if told and unsaid:
            text = f"a container started, and its event is missing ({', '.join(sorted(map(str, unsaid)))})"
            yield Anomaly(AnomalyKind.LOST, Stream.EVENTS, len(unsaid), "event of a start", text)
        merged = sum(note.native.get("message", "").startswith("(combined from similar events)") for note in told)
        if merged:
            yield Anomaly(AnomalyKind.LOST, Stream.EVENTS, merged, "message", "the cluster merged similar events")


def known_start(event: Event) -> bool:
    """Tell whether an event shows that a container began."""
    return event.label == "started" or (event.kind is Kind.EXITED and known(event))


def _sent_late(events: Sequence[Event]) -> Iterator[Anomaly]:
    """Tell core Events that the API server took long after they happened, where no node's clock explains it."""
    if any(offset.stream is Stream.PODS for offset in offsets_of(events)):
        return
    notes = [event for event in events if event.witness is Witness.CLUSTER_EVENTS and "created" in event.native]
    lags = [float(event.native["created"]) - event.at.seconds for event in notes]
    late = [lag for lag in lags if lag > SLOW_SECONDS]
    if late:
        text = f"taken up to {max(late):.0f} s after it happened"
        yield Anomaly(AnomalyKind.LATE, Stream.EVENTS, len(late), "event", text, max(late))
