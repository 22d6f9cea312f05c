"""Short literals for Kubernetes objects and what was seen of them; times are whole seconds after 12:00 on one day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from harness.model.clock import ClockName, Time
from harness.model.event import Event, Kind, Witness
from harness.platforms.kubernetes import translate

Object = dict[str, Any]
T0 = datetime(2026, 6, 1, 12, tzinfo=UTC).timestamp()
LATER = 1000.0
"""When a record was taken that says nothing else, in seconds after T0."""
_CONDITIONS = {
    "complete": ("SuccessCriteriaMet", "Complete"),
    "failed": ("FailureTarget", "Failed"),
    "failing": ("FailureTarget",),
    "succeeding": ("SuccessCriteriaMet",),
    "suspended": ("Suspended",),
}
_REASONS = {"complete": "CompletionsReached", "succeeding": "CompletionsReached", "suspended": "JobSuspended"}
_TRANSLATE: Mapping[str, Any] = {
    "Job": translate.events_from_job,
    "Pod": translate.events_from_pod,
    "Event": translate.events_from_event,
}


def stamp(at: float) -> str:
    """Write a time as the API server does: whole seconds."""
    return datetime.fromtimestamp(int(T0 + at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def job(story: str = "", *, message: str = "", spec: Mapping[str, Any] | None = None, **status: Any) -> Object:
    """Make a Job: `complete@10`, `failed@10 BackoffLimitExceeded`, `failing@10 …`, `suspended@5`; counters by name."""
    conditions: list[Object] = []
    for part in filter(None, story.split(";")):
        word, _, reason = part.strip().partition(" ")
        name, _, at = word.partition("@")
        conditions += [
            {
                "type": condition, "status": "True", "lastTransitionTime": stamp(float(at)),
                "reason": reason or _REASONS.get(name, ""), "message": message,
            }
            for condition in _CONDITIONS[name]
            if condition not in {known["type"] for known in conditions}
        ]  # fmt: skip
    counted = {"complete": {"succeeded": 1}, "failed": {"failed": 1}}.get(story.partition("@")[0], {})
    return {
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": {"name": "train", "uid": "job-1", "creationTimestamp": stamp(0), "resourceVersion": "1"},
        "spec": {
            "completions": 1, "parallelism": 1, "backoffLimit": 0, "completionMode": "NonIndexed",
            "template": {"spec": {"restartPolicy": "Never"}}, **(spec or {}),
        },
        "status": {"startTime": stamp(0), "conditions": conditions, **counted, **status},
    }  # fmt: skip


def pod(  # noqa: PLR0913 - a literal names what it needs
    *containers: str,
    phase: str = "",
    name: str = "a",
    created: float = 1,
    deleted: tuple[float, int] | None = None,
    policy: str = "Never",
    index: int | None = None,
    waiting: str = "",
    disruption: str = "",
    conditions: Sequence[Object] = (),
    metadata: Mapping[str, Any] | None = None,
    spec: Mapping[str, Any] | None = None,
    **status: Any,
) -> Object:
    """Make a pod from containers such as `main 2-8 0`, `proxy 2-9 1 Error`, `~mesh 2-` (native sidecar, running).

    `deleted` is when it was asked to go, and its grace in seconds.
    """
    parts = [container.split() for container in containers]
    native = [_status(part) for part in parts if part[0].startswith("~")]
    plain = [_status(part) for part in parts if not part[0].startswith("~")] or [_waits(waiting)]
    rank = {} if index is None else {"batch.kubernetes.io/job-completion-index": str(index)}
    work = {"kubectl.kubernetes.io/default-container": "main"} if "main" in {entry["name"] for entry in plain} else {}
    facts: Object = {
        "name": f"train-{name}", "uid": f"pod-{name}", "creationTimestamp": stamp(created), "resourceVersion": "1",
        "annotations": {**rank, **work},
        "ownerReferences": [{"kind": "Job", "name": "train", "uid": "job-1", "controller": True}],
        **(metadata or {}),
    }  # fmt: skip
    if deleted is not None:
        facts |= {"deletionTimestamp": stamp(sum(deleted)), "deletionGracePeriodSeconds": deleted[1]}
    target = {"type": "DisruptionTarget", "status": "True", "reason": disruption, "lastTransitionTime": stamp(5)}
    return {
        "apiVersion": "v1", "kind": "Pod", "metadata": facts,
        "spec": {
            "restartPolicy": policy, "nodeName": "node-1",
            "containers": [{"name": entry["name"]} for entry in plain],
            "initContainers": [{"name": entry["name"], "restartPolicy": "Always"} for entry in native],
            **(spec or {}),
        },
        "status": {
            "phase": phase or _phase(plain), "containerStatuses": plain, "initContainerStatuses": native,
            "conditions": [*conditions, *([target] if disruption else [])], **status,
        },
    }  # fmt: skip


def _phase(statuses: Iterable[Object]) -> str:
    states = [status["state"] for status in statuses]
    if any("waiting" in state for state in states):
        return "Pending"
    if any("running" in state for state in states):
        return "Running"
    return "Failed" if any(state["terminated"]["exitCode"] for state in states) else "Succeeded"


def _waits(reason: str) -> Object:
    return {"name": "main", "restartCount": 0, "state": {"waiting": {"reason": reason or "ContainerCreating"}}}


def _status(parts: list[str]) -> Object:
    """Read `NAME START-END CODE [REASON] [restarts=N]`; no CODE: it runs; `?-?`: the kubelet lost the times."""
    name, span, *rest = parts
    restarts = next((int(name[9:]) for name in rest if name.startswith("restarts=")), 0)
    words = [name for name in rest if not name.startswith("restarts=")]
    start, _, end = span.partition("-")
    identity = f"containerd://{name}-{restarts}"
    if not words:
        state: Object = {"running": {"startedAt": stamp(float(start))}}
    else:
        reason = words[1] if len(words) > 1 else "Completed" if words[0] == "0" else "Error"
        times = {} if start == "?" else {"startedAt": stamp(float(start)), "finishedAt": stamp(float(end))}
        state = {"terminated": {"exitCode": int(words[0]), "reason": reason, "containerID": identity, **times}}
    return {"name": name.lstrip("~"), "restartCount": restarts, "containerID": identity, "state": state}


def event(reason: str, at: float, about: str = "main", *, message: str = "", name: str = "a") -> Object:
    """Make a cluster event about `job`, `pod`, `node`, or a container by its name."""
    kind = {"job": "Job", "node": "Node"}.get(about, "Pod")
    target = {"Job": ("train", "job-1"), "Node": ("node-1", "node-1"), "Pod": (f"train-{name}", f"pod-{name}")}[kind]
    path = {} if about in {"job", "node", "pod"} else {"fieldPath": f"spec.containers{{{about}}}"}
    return {
        "apiVersion": "v1", "kind": "Event", "reason": reason, "message": message, "count": 1,
        "metadata": {"name": f"{reason}.{at}", "uid": f"event-{reason}-{at}-{name}", "creationTimestamp": stamp(at)},
        "involvedObject": {"kind": kind, "name": target[0], "uid": target[1], **path},
        "firstTimestamp": stamp(at), "lastTimestamp": stamp(at), "type": "Normal",
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Look:
    """Objects as they were at one time, or what the harness itself noticed then."""

    at: float
    objects: tuple[Object, ...]
    gone: bool = False
    """They were reported DELETED."""
    noticed: tuple[Event, ...] = ()


def look(at: float, *objects: Object) -> Look:
    """See objects at a time."""
    return Look(at, objects)


def deletion(at: float, item: Object) -> Look:
    """See DELETED for an object, in its last version."""
    return Look(at, (item,), gone=True)


def gap(since: float, to: float, reason: str) -> Look:
    """Note that nobody watched."""
    return Look(to, (), noticed=(translate.gap("run", "Pod", reason, T0 + since, now=T0 + to),))


def vanished(item: Object, known: float, now: float) -> Look:
    """Note that a later list does not have an object."""
    return Look(now, (), noticed=(translate.vanished(item["metadata"]["uid"], item["kind"], T0 + known, T0 + now),))


def remark(text: str) -> Look:
    """Note what the reader of a record noticed about it."""
    at = Time(T0, ClockName.HARNESS)
    return Look(0, (), noticed=(Event(f"remark:{text}", Kind.NOTICED, Witness.HARNESS, at, T0, label=text),))


Story = tuple[Look | Object, ...]


def history(*looks: Look | Object) -> tuple[Event, ...]:
    """Translate looks to events; bare objects were all seen LATER; pods are attempts in the order of their creation."""
    bare = tuple(look for look in looks if not isinstance(look, Look))
    told = [*(look for look in looks if isinstance(look, Look)), Look(LATER, bare)]
    attempts = _attempts(item for look in told for item in look.objects)
    events: list[Event] = []
    for look in told:
        for item in look.objects:
            uid = item.get("involvedObject", item["metadata"])["uid"]
            extra = [attempts.get(uid, 0)] if item["kind"] != "Job" else []
            events += _TRANSLATE[item["kind"]](item, T0 + look.at, *extra)
            if look.gone:
                events.append(translate.deleted(uid, item["kind"], T0 + look.at, attempts.get(uid, 0)))
        events += look.noticed
    return tuple(events)


def _attempts(items: Iterable[Object]) -> dict[str, int]:
    """Number pods by creation; each index counts for itself."""
    pods = {item["metadata"]["uid"]: item["metadata"] for item in items if item["kind"] == "Pod"}
    seen: dict[str, int] = {}
    numbers: dict[str, int] = {}
    for uid, facts in sorted(pods.items(), key=lambda each: each[1]["creationTimestamp"]):
        index = facts["annotations"].get("batch.kubernetes.io/job-completion-index", "")
        numbers[uid] = seen.get(index, 0)
        seen[index] = numbers[uid] + 1
    return numbers
