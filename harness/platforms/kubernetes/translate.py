"""API objects → events. Pure: an object in, everything it says out; the same object gives the same keys.

Which field speaks for which moment: Kubernetes API reference, core/v1 PodStatus, batch/v1 JobStatus, core/v1 Event.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from harness.model import strict_json
from harness.model.anomaly import ANOMALY, Anomaly
from harness.model.clock import ClockName, Time
from harness.model.event import Event, Kind, Role, Witness
from harness.model.job import Json
from harness.platforms.json_parts import mappings, part
from harness.platforms.kubernetes.values import (
    CLOCK_ERROR_SECONDS,
    NEVER,
    read_joined,
    read_message,
    read_number,
    read_text,
    read_time,
    read_word,
)
from harness.platforms.kubernetes.work import NO_HINT, WorkHint, restart_policy, roles_of
from harness.platforms.received import Received

_NOTICED_STATE = {"Pulling": Kind.PULLING, "Pulled": Kind.STARTING}


def events_from_job(job: Mapping[str, Json], received_seconds: float) -> tuple[Event, ...]:
    """Say what a batch/v1 Job says: submitted, admitted, failing or completing, ended, being deleted."""
    received = Received(read_text(part(job, "metadata"), "uid"), Witness.JOB, received_seconds)
    return tuple(_job_events(received, job))


def _job_events(job: Received, document: Mapping[str, Json]) -> Iterator[Event]:
    metadata, status = part(document, "metadata"), part(document, "status")
    uid = {"uid": job.subject}
    native = {**_job_native(part(document, "spec"), status), **uid}
    if created := read_time(metadata.get("creationTimestamp"), ClockName.API_SERVER):
        yield job.event("created", Kind.SUBMITTED, created, "created", uid)
    if started := read_time(status.get("startTime"), ClockName.CONTROLLER):
        yield job.event(f"start:{started.seconds}", Kind.QUEUED, started, "startTime", uid)
    for condition in mappings(status.get("conditions")):
        yield from _job_condition(job, condition, native)
    yield _job_version(job, status, native)
    if deleted := read_time(metadata.get("deletionTimestamp"), ClockName.API_SERVER):
        yield job.event("deletion", Kind.DELETION_ASKED, deleted, "deletionTimestamp", uid)


_JOB_CONDITIONS = {
    "Complete": Kind.SUCCEEDED,
    "Failed": Kind.FAILED,
    "FailureTarget": Kind.FINISHING,
    "SuccessCriteriaMet": Kind.FINISHING,
    "Suspended": Kind.STATUS,
}


def _job_condition(job: Received, condition: Mapping[str, Json], native: Mapping[str, str]) -> Iterator[Event]:
    kind, state = read_text(condition, "type"), read_text(condition, "status")
    at = read_time(condition.get("lastTransitionTime"), ClockName.CONTROLLER)
    if at is None or (state != "True" and kind != "Suspended"):
        return
    facts = {
        "condition": kind,
        "status": state,
        "reason": read_text(condition, "reason"),
        "message": read_text(condition, "message"),
    }
    moved = _JOB_CONDITIONS.get(kind, Kind.UNKNOWN_WORD)
    fact = f"condition:{kind}:{state}:{at.seconds}:{facts['reason']}:{native['succeeded']}:{native['failed']}"
    yield job.event(fact, moved, at, facts["reason"] or kind, {**native, **facts})


def _job_version(job: Received, status: Mapping[str, Json], native: Mapping[str, str]) -> Event:
    """Keep what a version of the Job counts; a version that counts alike is the same fact."""
    held = sorted(
        read_text(mapping, "type")
        for mapping in mappings(status.get("conditions"))
        if read_text(mapping, "status") == "True"
    )
    counted = [native[name] for name in (*_COUNTERS, "completedIndexes", "uncountedSucceeded", "uncountedFailed")]
    return job.event(f"status:{','.join(held)}:{':'.join(counted)}", Kind.STATUS, job.here, "counters", native)


_LIMITS = (
    "backoffLimit", "activeDeadlineSeconds", "parallelism", "completions", "completionMode", "podReplacementPolicy",
)  # fmt: skip
_COUNTERS = ("succeeded", "failed", "active", "terminating", "ready")


def _job_native(spec: Mapping[str, Json], status: Mapping[str, Json]) -> dict[str, str]:
    uncounted = part(status, "uncountedTerminatedPods")
    template = part(part(spec, "template"), "spec")
    native = {name: read_number(status, name) for name in _COUNTERS}
    native |= {name: read_word(spec.get(name)) for name in _LIMITS}
    native |= {
        name: read_word(status.get(name))
        for name in ("startTime", "completionTime", "completedIndexes", "failedIndexes")
    }
    native["restartPolicy"] = read_text(template, "restartPolicy")
    native["uncountedSucceeded"] = read_joined(uncounted.get("succeeded"))
    native["uncountedFailed"] = read_joined(uncounted.get("failed"))
    return native


def events_from_pod(
    pod: Mapping[str, Json], received_seconds: float, attempt: int = 0, hint: WorkHint = NO_HINT
) -> tuple[Event, ...]:
    """Say what a core/v1 Pod says: created, scheduled, sandbox, containers started and ended, phase, deletion."""
    received = Received(read_text(part(pod, "metadata"), "uid"), Witness.POD, received_seconds, attempt)
    events = tuple(_pod_events(received, pod, roles_of(pod, hint)))
    rank = read_text(part(part(pod, "metadata"), "annotations"), "batch.kubernetes.io/job-completion-index")
    return tuple(replace(event, member=int(rank)) for event in events) if rank.isdecimal() else events


def _pod_events(pod: Received, document: Mapping[str, Json], roles: Mapping[str, Role]) -> Iterator[Event]:
    metadata, status = part(document, "metadata"), part(document, "status")
    native = _pod_native(metadata, part(document, "spec"), status)
    native["undecided"] = ",".join(sorted(name for name, role in roles.items() if role is Role.UNDECIDED))
    if created := read_time(metadata.get("creationTimestamp"), ClockName.API_SERVER):
        kind = Kind.RESTARTED if pod.attempt else Kind.QUEUED
        yield pod.event("created", kind, created, "pod created", native)
    for condition in mappings(status.get("conditions")):
        yield from _pod_condition(pod, condition)
    for mapping in [*mappings(status.get("initContainerStatuses")), *mappings(status.get("containerStatuses"))]:
        yield from _container_events(pod, mapping, roles)
    yield from _pod_status(pod, metadata, native)


def _pod_native(metadata: Mapping[str, Json], spec: Mapping[str, Json], status: Mapping[str, Json]) -> dict[str, str]:
    native = {name: read_text(status, name) for name in ("phase", "reason", "message", "startTime")}
    native |= {
        "uid": read_text(metadata, "uid"),
        "name": read_text(metadata, "name"),
        "nodeName": read_text(spec, "nodeName"),
    }
    native["deletionTimestamp"] = read_text(metadata, "deletionTimestamp")
    native["deletionGracePeriodSeconds"] = read_word(metadata.get("deletionGracePeriodSeconds"))
    native["finalizers"] = read_joined(metadata.get("finalizers"))
    native["restartPolicy"] = restart_policy(spec)
    native["activeDeadlineSeconds"] = read_word(spec.get("activeDeadlineSeconds"))
    native["runtimeClassName"] = read_text(spec, "runtimeClassName")
    native["schedulingGates"] = ",".join(read_text(gate, "name") for gate in mappings(spec.get("schedulingGates")))
    wanted = [
        mapping
        for mapping in mappings(status.get("conditions"))
        if read_text(mapping, "type") in {"DisruptionTarget", "PodScheduled"}
    ]
    native["conditions"] = strict_json.write([dict(mapping) for mapping in wanted]).decode().strip()
    waiting = tuple(_waiting(status))
    native["waiting"] = ",".join(sorted(reason for _, reason, _ in waiting))
    native["waits"] = next((f"{name}: {reason}{message and f': {message}'}" for name, reason, message in waiting), "")
    return native


def _waiting(status: Mapping[str, Json]) -> Iterator[tuple[str, str, str]]:
    """Give name, reason and message of each container that waits; init containers, which block the others, first."""
    for container in [*mappings(status.get("initContainerStatuses")), *mappings(status.get("containerStatuses"))]:
        waiting = part(part(container, "state"), "waiting")
        reason = read_text(waiting, "reason")
        if reason:
            yield read_text(container, "name"), reason, read_text(waiting, "message")[:500]


_POD_CONDITIONS = {
    "PodScheduled": Kind.PROVISIONING,
    "PodReadyToStartContainers": Kind.PHASE_ENDED,
    "Initialized": Kind.PHASE_ENDED,
}


def _pod_condition(pod: Received, condition: Mapping[str, Json]) -> Iterator[Event]:
    name, state = read_text(condition, "type"), read_text(condition, "status")
    at = read_time(condition.get("lastTransitionTime"), ClockName.NODE)
    if at is None:
        return
    native = {"condition": name, "status": state, "reason": read_text(condition, "reason"), "uid": pod.subject}
    fact = f"condition:{name}:{state}:{at.seconds}"
    if name == "DisruptionTarget" and state == "True":
        yield pod.event(fact, Kind.STATUS, at, native["reason"], native)
    elif state == "True" and name in _POD_CONDITIONS:
        yield pod.event(fact, _POD_CONDITIONS[name], at, name, native)


def _container_events(pod: Received, status: Mapping[str, Json], roles: Mapping[str, Role]) -> Iterator[Event]:
    container = replace(pod, witness=Witness.CONTAINER)
    name = read_text(status, "name")
    role = roles.get(name, Role.SIDECAR)
    for place in ("lastState", "state"):
        state = part(status, place)
        ended = part(state, "terminated")
        begun = part(state, "running") or ended
        started = read_time(begun.get("startedAt"), ClockName.NODE)
        facts = {
            "uid": pod.subject,
            "restartCount": str(_count(status, place)),
            "containerID": read_text(ended, "containerID") or read_text(status, "containerID"),
            "imageID": read_text(status, "imageID"),
        }
        if started:
            kind = Kind.RUNNING if role in {Role.MAIN, Role.UNDECIDED} else Kind.PHASE_ENDED
            fact = f"{name}:started:{started.seconds}"
            yield container.event(fact, kind, started, "started", facts, container=name, role=role)
        if ended:
            exited = _exit_event(container, f"{name}:exit", ended, facts)
            yield replace(exited, container=name, role=role)


def _count(status: Mapping[str, Json], place: str) -> int:
    """Count the restarts before the instance that a state is of: the last one was there before the present restart."""
    count, present = int(read_number(status, "restartCount")), part(status, "state")
    newer = place == "lastState" and ("running" in present or "terminated" in present)
    return max(0, count - newer)


def _exit_event(container: Received, fact: str, ended: Mapping[str, Json], facts: Mapping[str, str]) -> Event:
    at = read_time(ended.get("finishedAt"), ClockName.NODE) or container.here
    code, reason = _code(ended), read_text(ended, "reason")
    native = {
        **facts,
        "exitCode": code,
        "signal": read_word(ended.get("signal")),
        "reason": reason,
        "message": read_message(ended),
        "startedAt": read_text(ended, "startedAt"),
        "finishedAt": read_text(ended, "finishedAt"),
    }
    return container.event(f"{fact}:{code}:{reason}:{native['finishedAt']}", Kind.EXITED, at, reason, native)


def _code(ended: Mapping[str, Json]) -> str:
    """Read the exit code; an end without one is not an end with 0."""
    found = ended.get("exitCode")
    return str(found) if isinstance(found, int) and not isinstance(found, bool) else ""


def _pod_status(pod: Received, metadata: Mapping[str, Json], native: Mapping[str, str]) -> Iterator[Event]:
    if deleted := read_time(metadata.get("deletionTimestamp"), ClockName.API_SERVER):
        grace = min(max(float(read_number(metadata, "deletionGracePeriodSeconds")), 0.0), deleted.seconds)
        # deletionTimestamp is the end of the grace period, so the request came that much earlier (measured, section 1).
        asked = Time(deleted.seconds - grace, deleted.clock, 1.0, CLOCK_ERROR_SECONDS)
        yield pod.event(f"deletion:{deleted.seconds}", Kind.DELETION_ASKED, asked, "deletionTimestamp", native)
    facts = (
        f"{native['phase']}:{native['reason']}:{native['finalizers']}:{native['deletionTimestamp']}:{native['waiting']}"
    )
    if "Unschedulable" in native["conditions"]:
        facts += ":Unschedulable"
    yield pod.event(f"status:{facts}", Kind.STATUS, pod.here, native["phase"], native)


def events_from_event(event: Mapping[str, Json], received_seconds: float, attempt: int = 0) -> tuple[Event, ...]:
    """Say what a core/v1 Event says; clusters drop and merge events, so their absence says nothing (K48)."""
    metadata, about = part(event, "metadata"), part(event, "involvedObject")
    reason, kind = read_text(event, "reason"), read_text(about, "kind")
    received = Received(read_text(metadata, "uid"), Witness.CLUSTER_EVENTS, received_seconds, attempt)
    native = {
        "reason": reason,
        "message": read_message(event),
        "type": read_text(event, "type"),
        "kind": kind,
        "name": read_text(about, "name"),
        "uid": read_text(about, "uid"),
        "fieldPath": read_text(about, "fieldPath"),
        "count": read_number(event, "count"),
        "last": _last_seen(event),
    }
    taken = read_time(metadata.get("creationTimestamp"), ClockName.API_SERVER)
    if taken is not None:
        native["created"] = str(taken.seconds)
    about_main = kind == "Pod" and native["fieldPath"] in {"", "spec.containers{main}"}
    moved = _NOTICED_STATE.get(reason, Kind.NOTICED) if about_main and native["fieldPath"] else Kind.NOTICED
    at = _event_time(event) or received.here
    return (received.event(f"{reason}:{native['count']}", moved, at, reason, native),)


def _event_time(event: Mapping[str, Json]) -> Time | None:
    """Read the event's time: eventTime has microseconds, lastTimestamp whole seconds."""
    precise = read_text(event, "eventTime")
    if precise not in NEVER:
        return read_time(precise, ClockName.NODE)
    return read_time(event.get("firstTimestamp") or event.get("lastTimestamp"), ClockName.NODE)


def _last_seen(event: Mapping[str, Json]) -> str:
    """Give when an event that came more than once was seen last."""
    series = part(event, "series")
    return read_text(series, "lastObservedTime") or read_text(event, "lastTimestamp")


def vanished(uid: str, kind: str, known_seconds: float, now: float) -> Event:
    """Say that an object known before is absent from a relist, with no DELETED seen (K45)."""
    at = Time(now, ClockName.HARNESS, 0.0, max(0.0, now - known_seconds))
    native = {"kind": kind, "uid": uid, "from": str(known_seconds), "to": str(now)}
    return Received(uid, Witness.HARNESS, now).event("vanished", Kind.VANISHED, at, kind, native)


def deleted(uid: str, kind: str, now: float, attempt: int = 0) -> Event:
    """Say that the API server reported the object's deletion."""
    received = Received(uid, Witness.POD if kind == "Pod" else Witness.JOB, now, attempt)
    return received.event("deleted", Kind.DELETED, received.here, kind, {"uid": uid, "kind": kind})


def remark(uid: str, label: str, now: float) -> Event:
    """Say what a reader noticed about the records of one object, or of all where the uid is empty."""
    received = Received(uid, Witness.HARNESS, now)
    return received.event(f"remark:{label}", Kind.NOTICED, received.here, label, {"uid": uid})


def anomaly(uid: str, found: Anomaly, label: str, now: float, fact: str = "") -> Event:
    """Say that a stream told something of an object twice, too late or in a wrong order; `fact` names what it told."""
    received = Received(uid, Witness.HARNESS, now)
    native = {"uid": uid, ANOMALY: found.kind.value, "stream": found.stream.value, "unit": found.unit}
    native |= {"detail": found.detail, "count": str(found.count)}
    return received.event(f"remark:{label}:{fact}", Kind.NOTICED, received.here, label, native)


def gap(run: str, kind: str, reason: str, since: float, now: float) -> Event:
    """Say that nobody watched for a while, and why."""
    native = {"kind": kind, "from": str(since), "to": str(now), "reason": reason}
    received = Received(run, Witness.HARNESS, now)
    return received.event(f"gap:{kind}:{now}", Kind.GAP, received.here, reason, native)
