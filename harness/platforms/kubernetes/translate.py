"""API objects → events. Pure: an object in, everything it says out; the same object gives the same keys.

Which field speaks for which moment: Kubernetes API reference, core/v1 PodStatus, batch/v1 JobStatus, core/v1 Event.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from harness.model import strict_json
from harness.model.anomaly import ANOMALY, Anomaly
from harness.model.clock import ClockName, Time, parse_iso
from harness.model.event import Event, Kind, Role, Witness
from harness.model.job import Json
from harness.platforms.json_parts import mappings, part
from harness.platforms.kubernetes.work import NO_HINT, WorkHint, restart_policy, roles_of
from harness.scrub.scrubber import Scrubber

CLOCK_ERROR_SECONDS = 1.0
"""Assumed offset between synchronised hosts; whole-second stamps are cut by as much anyway."""
MESSAGE_MAX = 1024
NEVER = frozenset({"", "0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z"})

_NOTICED_STATE = {"Pulling": Kind.PULLING, "Pulled": Kind.STARTING}


def events_from_job(job: Mapping[str, Json], received_seconds: float) -> tuple[Event, ...]:
    """Say what a batch/v1 Job says: submitted, admitted, failing or completing, ended, being deleted."""
    return tuple(_job_events(job, received_seconds))


def _job_events(job: Mapping[str, Json], received: float) -> Iterator[Event]:
    metadata, status = part(job, "metadata"), part(job, "status")
    uid = _text(metadata, "uid")
    spec = part(job, "spec")
    native = _job_native(spec, status)
    created = _time(metadata.get("creationTimestamp"), ClockName.API_SERVER)
    if created:
        yield _event(
            f"{uid}:created",
            Kind.SUBMITTED,
            Witness.JOB,
            created,
            received=received,
            label="created",
            native={"uid": uid},
        )
    started = _time(status.get("startTime"), ClockName.CONTROLLER)
    if started:
        yield _event(
            f"{uid}:start:{started.seconds}",
            Kind.QUEUED,
            Witness.JOB,
            started,
            received=received,
            label="startTime",
            native={"uid": uid},
        )
    for condition in mappings(status.get("conditions")):
        yield from _job_condition(uid, condition, native, received)
    yield _job_version(uid, status, native, received)
    deleted = _time(metadata.get("deletionTimestamp"), ClockName.API_SERVER)
    if deleted:
        yield _event(
            f"{uid}:deletion",
            Kind.DELETION_ASKED,
            Witness.JOB,
            deleted,
            received=received,
            label="deletionTimestamp",
            native={"uid": uid},
        )


_JOB_CONDITIONS = {
    "Complete": Kind.SUCCEEDED,
    "Failed": Kind.FAILED,
    "FailureTarget": Kind.FINISHING,
    "SuccessCriteriaMet": Kind.FINISHING,
    "Suspended": Kind.STATUS,
}


def _job_condition(
    uid: str, condition: Mapping[str, Json], native: Mapping[str, str], received: float
) -> Iterator[Event]:
    kind, state = _text(condition, "type"), _text(condition, "status")
    at = _time(condition.get("lastTransitionTime"), ClockName.CONTROLLER)
    if at is None or (state != "True" and kind != "Suspended"):
        return
    facts = {
        "condition": kind,
        "status": state,
        "reason": _text(condition, "reason"),
        "message": _text(condition, "message"),
    }
    moved = _JOB_CONDITIONS.get(kind, Kind.UNKNOWN_WORD)
    key = f"{uid}:condition:{kind}:{state}:{at.seconds}:{facts['reason']}:{native['succeeded']}:{native['failed']}"
    yield _event(
        key,
        moved,
        Witness.JOB,
        at,
        received=received,
        label=facts["reason"] or kind,
        native={**native, **facts, "uid": uid},
    )


def _job_version(uid: str, status: Mapping[str, Json], native: Mapping[str, str], received: float) -> Event:
    """Keep what a version of the Job counts; a version that counts alike is the same fact."""
    held = sorted(
        _text(mapping, "type") for mapping in mappings(status.get("conditions")) if _text(mapping, "status") == "True"
    )
    counted = [native[name] for name in (*_COUNTERS, "completedIndexes", "uncountedSucceeded", "uncountedFailed")]
    key = f"{uid}:status:{','.join(held)}:{':'.join(counted)}"
    here = Time(received, ClockName.HARNESS)
    return _event(
        key, Kind.STATUS, Witness.JOB, here, received=received, label="counters", native={**native, "uid": uid}
    )


_LIMITS = (
    "backoffLimit", "activeDeadlineSeconds", "parallelism", "completions", "completionMode", "podReplacementPolicy",
)  # fmt: skip
_COUNTERS = ("succeeded", "failed", "active", "terminating", "ready")


def _job_native(spec: Mapping[str, Json], status: Mapping[str, Json]) -> dict[str, str]:
    uncounted = part(status, "uncountedTerminatedPods")
    template = part(part(spec, "template"), "spec")
    native = {name: _number(status, name) for name in _COUNTERS}
    native |= {name: _word(spec.get(name)) for name in _LIMITS}
    native |= {
        name: _word(status.get(name)) for name in ("startTime", "completionTime", "completedIndexes", "failedIndexes")
    }
    native["restartPolicy"] = _text(template, "restartPolicy")
    native["uncountedSucceeded"] = _joined(uncounted.get("succeeded"))
    native["uncountedFailed"] = _joined(uncounted.get("failed"))
    return native


def events_from_pod(
    pod: Mapping[str, Json], received_seconds: float, attempt: int = 0, hint: WorkHint = NO_HINT
) -> tuple[Event, ...]:
    """Say what a core/v1 Pod says: created, scheduled, sandbox, containers started and ended, phase, deletion."""
    events = tuple(_pod_events(pod, received_seconds, attempt, roles_of(pod, hint)))
    rank = _text(part(part(pod, "metadata"), "annotations"), "batch.kubernetes.io/job-completion-index")
    return tuple(replace(event, member=int(rank)) for event in events) if rank.isdecimal() else events


def _pod_events(pod: Mapping[str, Json], received: float, attempt: int, roles: Mapping[str, Role]) -> Iterator[Event]:
    metadata, status = part(pod, "metadata"), part(pod, "status")
    uid = _text(metadata, "uid")
    native = _pod_native(metadata, part(pod, "spec"), status)
    native["undecided"] = ",".join(sorted(name for name, role in roles.items() if role is Role.UNDECIDED))
    created = _time(metadata.get("creationTimestamp"), ClockName.API_SERVER)
    if created:
        kind = Kind.RESTARTED if attempt else Kind.QUEUED
        yield _event(
            f"{uid}:created",
            kind,
            Witness.POD,
            created,
            received=received,
            label="pod created",
            native=native,
            attempt=attempt,
        )
    for condition in mappings(status.get("conditions")):
        yield from _pod_condition(uid, condition, received, attempt)
    for mapping in [*mappings(status.get("initContainerStatuses")), *mappings(status.get("containerStatuses"))]:
        yield from _container_events(uid, mapping, roles, received, attempt=attempt)
    yield from _pod_status(uid, metadata, native, received, attempt=attempt)


def _pod_native(metadata: Mapping[str, Json], spec: Mapping[str, Json], status: Mapping[str, Json]) -> dict[str, str]:
    native = {name: _text(status, name) for name in ("phase", "reason", "message", "startTime")}
    native |= {"uid": _text(metadata, "uid"), "name": _text(metadata, "name"), "nodeName": _text(spec, "nodeName")}
    native["deletionTimestamp"] = _text(metadata, "deletionTimestamp")
    native["deletionGracePeriodSeconds"] = _word(metadata.get("deletionGracePeriodSeconds"))
    native["finalizers"] = _joined(metadata.get("finalizers"))
    native["restartPolicy"] = restart_policy(spec)
    native["activeDeadlineSeconds"] = _word(spec.get("activeDeadlineSeconds"))
    native["runtimeClassName"] = _text(spec, "runtimeClassName")
    wanted = [
        mapping
        for mapping in mappings(status.get("conditions"))
        if _text(mapping, "type") in {"DisruptionTarget", "PodScheduled"}
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
        reason = _text(waiting, "reason")
        if reason:
            yield _text(container, "name"), reason, _text(waiting, "message")[:500]


_POD_CONDITIONS = {
    "PodScheduled": Kind.PROVISIONING,
    "PodReadyToStartContainers": Kind.PHASE_ENDED,
    "Initialized": Kind.PHASE_ENDED,
}


def _pod_condition(uid: str, condition: Mapping[str, Json], received: float, attempt: int) -> Iterator[Event]:
    name, state = _text(condition, "type"), _text(condition, "status")
    at = _time(condition.get("lastTransitionTime"), ClockName.NODE)
    if at is None:
        return
    native = {"condition": name, "status": state, "reason": _text(condition, "reason"), "uid": uid}
    key = f"{uid}:condition:{name}:{state}:{at.seconds}"
    if name == "DisruptionTarget" and state == "True":
        yield _event(
            key, Kind.STATUS, Witness.POD, at, received=received, label=native["reason"], native=native, attempt=attempt
        )
    elif state == "True" and name in _POD_CONDITIONS:
        yield _event(
            key, _POD_CONDITIONS[name], Witness.POD, at, received=received, label=name, native=native, attempt=attempt
        )


def _container_events(
    uid: str, status: Mapping[str, Json], roles: Mapping[str, Role], received: float, *, attempt: int
) -> Iterator[Event]:
    name = _text(status, "name")
    role = roles.get(name, Role.SIDECAR)
    for place in ("lastState", "state"):
        state = part(status, place)
        ended = part(state, "terminated")
        begun = part(state, "running") or ended
        started = _time(begun.get("startedAt"), ClockName.NODE)
        facts = {
            "uid": uid,
            "restartCount": str(_count(status, place)),
            "containerID": _text(ended, "containerID") or _text(status, "containerID"),
        }
        facts["imageID"] = _text(status, "imageID")
        if started:
            kind = Kind.RUNNING if role in {Role.MAIN, Role.UNDECIDED} else Kind.PHASE_ENDED
            key = f"{uid}:{name}:started:{started.seconds}"
            yield _event(
                key,
                kind,
                Witness.CONTAINER,
                started,
                received=received,
                label="started",
                native=facts,
                attempt=attempt,
                container=name,
                role=role,
            )
        if ended:
            yield _exit_event(uid, name, role, ended, facts=facts, received=received, attempt=attempt)


def _count(status: Mapping[str, Json], place: str) -> int:
    """Count the restarts before the instance that a state is of: the last one was there before the present restart."""
    count, present = int(_number(status, "restartCount")), part(status, "state")
    newer = place == "lastState" and ("running" in present or "terminated" in present)
    return max(0, count - newer)


def _exit_event(
    uid: str,
    name: str,
    role: Role,
    ended: Mapping[str, Json],
    *,
    facts: Mapping[str, str],
    received: float,
    attempt: int,
) -> Event:
    finished = _time(ended.get("finishedAt"), ClockName.NODE)
    code, reason = _code(ended), _text(ended, "reason")
    native = {
        **facts,
        "exitCode": code,
        "signal": _word(ended.get("signal")),
        "reason": reason,
        "message": _message(ended),
        "startedAt": _text(ended, "startedAt"),
        "finishedAt": _text(ended, "finishedAt"),
    }
    at = finished or Time(received, ClockName.HARNESS)
    key = f"{uid}:{name}:exit:{code}:{reason}:{native['finishedAt']}"
    return _event(
        key,
        Kind.EXITED,
        Witness.CONTAINER,
        at,
        received=received,
        label=reason,
        native=native,
        attempt=attempt,
        container=name,
        role=role,
    )


def _code(ended: Mapping[str, Json]) -> str:
    """Read the exit code; an end without one is not an end with 0."""
    found = ended.get("exitCode")
    return str(found) if isinstance(found, int) and not isinstance(found, bool) else ""


def _pod_status(
    uid: str, metadata: Mapping[str, Json], native: Mapping[str, str], received: float, *, attempt: int
) -> Iterator[Event]:
    here = Time(received, ClockName.HARNESS)
    deleted = _time(metadata.get("deletionTimestamp"), ClockName.API_SERVER)
    if deleted:
        grace = min(max(float(_number(metadata, "deletionGracePeriodSeconds")), 0.0), deleted.seconds)
        key = f"{uid}:deletion:{deleted.seconds}"
        # deletionTimestamp is the end of the grace period, so the request came that much earlier (measured, section 1).
        asked = Time(deleted.seconds - grace, deleted.clock, 1.0, CLOCK_ERROR_SECONDS)
        yield _event(
            key,
            Kind.DELETION_ASKED,
            Witness.POD,
            asked,
            received=received,
            label="deletionTimestamp",
            native=native,
            attempt=attempt,
        )
    facts = (
        f"{native['phase']}:{native['reason']}:{native['finalizers']}:{native['deletionTimestamp']}:{native['waiting']}"
    )
    if "Unschedulable" in native["conditions"]:
        facts += ":Unschedulable"
    yield _event(
        f"{uid}:status:{facts}",
        Kind.STATUS,
        Witness.POD,
        here,
        received=received,
        label=native["phase"],
        native=native,
        attempt=attempt,
    )


def events_from_event(event: Mapping[str, Json], received_seconds: float, attempt: int = 0) -> tuple[Event, ...]:
    """Say what a core/v1 Event says; clusters drop and merge events, so their absence says nothing (K48)."""
    metadata, about = part(event, "metadata"), part(event, "involvedObject")
    reason, kind = _text(event, "reason"), _text(about, "kind")
    at = _event_time(event) or Time(received_seconds, ClockName.HARNESS)
    native = {
        "reason": reason,
        "message": _message(event),
        "type": _text(event, "type"),
        "kind": kind,
        "name": _text(about, "name"),
        "uid": _text(about, "uid"),
        "fieldPath": _text(about, "fieldPath"),
        "count": _number(event, "count"),
        "last": _last_seen(event),
    }
    taken = _time(metadata.get("creationTimestamp"), ClockName.API_SERVER)
    if taken is not None:
        native["created"] = str(taken.seconds)
    about_main = kind == "Pod" and native["fieldPath"] in {"", "spec.containers{main}"}
    moved = _NOTICED_STATE.get(reason, Kind.NOTICED) if about_main and native["fieldPath"] else Kind.NOTICED
    key = f"{_text(metadata, 'uid')}:{reason}:{native['count']}"
    return (
        _event(
            key,
            moved,
            Witness.CLUSTER_EVENTS,
            at,
            received=received_seconds,
            label=reason,
            native=native,
            attempt=attempt,
        ),
    )


def _event_time(event: Mapping[str, Json]) -> Time | None:
    """Read the event's time: eventTime has microseconds, lastTimestamp whole seconds."""
    precise = _text(event, "eventTime")
    if precise not in NEVER:
        return _time(precise, ClockName.NODE)
    return _time(event.get("firstTimestamp") or event.get("lastTimestamp"), ClockName.NODE)


def _last_seen(event: Mapping[str, Json]) -> str:
    """Give when an event that came more than once was seen last."""
    series = part(event, "series")
    return _text(series, "lastObservedTime") or _text(event, "lastTimestamp")


def vanished(uid: str, kind: str, known_seconds: float, now: float) -> Event:
    """Say that an object known before is absent from a relist, with no DELETED seen (K45)."""
    at = Time(now, ClockName.HARNESS, 0.0, max(0.0, now - known_seconds))
    native = {"kind": kind, "uid": uid, "from": str(known_seconds), "to": str(now)}
    return _event(f"{uid}:vanished", Kind.VANISHED, Witness.HARNESS, at, received=now, label=kind, native=native)


def deleted(uid: str, kind: str, now: float, attempt: int = 0) -> Event:
    """Say that the API server reported the object's deletion."""
    at = Time(now, ClockName.HARNESS)
    witness = Witness.POD if kind == "Pod" else Witness.JOB
    return _event(
        f"{uid}:deleted",
        Kind.DELETED,
        witness,
        at,
        received=now,
        label=kind,
        native={"uid": uid, "kind": kind},
        attempt=attempt,
    )


def remark(uid: str, label: str, now: float) -> Event:
    """Say what a reader noticed about the records of one object, or of all where the uid is empty."""
    at = Time(now, ClockName.HARNESS)
    return _event(
        f"{uid}:remark:{label}", Kind.NOTICED, Witness.HARNESS, at, received=now, label=label, native={"uid": uid}
    )


def anomaly(uid: str, found: Anomaly, label: str, now: float, *, fact: str = "") -> Event:
    """Say that a stream told something of an object twice, too late or in a wrong order; `fact` names what it told."""
    at = Time(now, ClockName.HARNESS)
    native = {"uid": uid, ANOMALY: found.kind.value, "stream": found.stream.value, "unit": found.unit}
    native |= {"detail": found.detail, "count": str(found.count)}
    return _event(
        f"{uid}:remark:{label}:{fact}", Kind.NOTICED, Witness.HARNESS, at, received=now, label=label, native=native
    )


def gap(run: str, kind: str, reason: str, since: float, *, now: float) -> Event:
    """Say that nobody watched for a while, and why."""
    native = {"kind": kind, "from": str(since), "to": str(now), "reason": reason}
    return _event(
        f"{run}:gap:{kind}:{now}",
        Kind.GAP,
        Witness.HARNESS,
        Time(now, ClockName.HARNESS),
        received=now,
        label=reason,
        native=native,
    )


def _event(  # noqa: PLR0913 - one constructor for all, named at every call
    key: str,
    kind: Kind,
    witness: Witness,
    at: Time,
    *,
    received: float,
    label: str,
    native: Mapping[str, str],
    attempt: int = 0,
    container: str | None = None,
    role: Role | None = None,
) -> Event:
    facts = {name: value for name, value in native.items() if value}
    return Event(key, kind, witness, at, received, attempt, 0, container, role, label, facts)


def _time(value: Json, clock: ClockName) -> Time | None:
    text = value if isinstance(value, str) else ""
    if text in NEVER:
        return None
    resolution = 0.0 if "." in text else 1.0
    try:
        return Time(parse_iso(text), clock, resolution, CLOCK_ERROR_SECONDS)
    except ValueError:
        return None  # what is no time says nothing of when


def _message(value: Mapping[str, Json]) -> str:
    """Give a message without secrets, and only then cut it: half of a token is none that anybody would find."""
    return Scrubber().text(_text(value, "message"))[:MESSAGE_MAX]


def _text(value: Mapping[str, Json], name: str) -> str:
    found = value.get(name)
    return found if isinstance(found, str) else ""


def _word(value: Json) -> str:
    return "" if value is None else str(value)


def _number(value: Mapping[str, Json], name: str) -> str:
    found = value.get(name)
    return str(found) if isinstance(found, int) and not isinstance(found, bool) else "0"


def _joined(value: Json) -> str:
    return ",".join(str(item) for item in value) if isinstance(value, list) else ""
