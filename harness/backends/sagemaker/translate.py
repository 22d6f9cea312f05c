"""Describe replies and bus events → events. Pure; the same fact gives the same key whichever way it came.

SecondaryStatusTransitions are the truth, an event is a hint: an ending is believed from Describe only (T20).
Times come as datetime text, epoch milliseconds or milliseconds as text (reference: sagemaker 5.1).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from harness.model.clock import ClockName, Time, parse_iso
from harness.model.event import Event, Kind, Witness

CLOCK_ERROR_SECONDS = 1.0
"""Assumed offset between synchronised hosts."""
_MILLISECONDS_FROM = 1e11
"""An epoch number above it counts milliseconds: as seconds it would lie in the year 5138."""

_YEAR_10000 = 253_402_300_800.0
"""No calendar of ours can write a time from it on."""

SECONDARY = {
    "Pending": Kind.QUEUED,
    "Starting": Kind.PROVISIONING,
    "LaunchingMLInstances": Kind.PROVISIONING,
    "PreparingTrainingStack": Kind.PROVISIONING,
    "Downloading": Kind.PULLING,
    "DownloadingTrainingImage": Kind.PULLING,
    "Training": Kind.RUNNING,
    "Uploading": Kind.FINISHING,
    "Stopping": Kind.FINISHING,
    "Interrupted": Kind.RESTARTED,
    "Restarting": Kind.RESTARTED,
    "Updating": Kind.STATUS,
    "Completed": Kind.SUCCEEDED,
    "Failed": Kind.FAILED,
    "Stopped": Kind.STOPPED,
    "MaxRuntimeExceeded": Kind.STOPPED,
    "MaxWaitTimeExceeded": Kind.STOPPED,
}
PRIMARY = {"Completed": Kind.SUCCEEDED, "Failed": Kind.FAILED, "Stopped": Kind.STOPPED}
_GOING_ON = frozenset({"InProgress", "Stopping", "Deleting"})
_ENDINGS = frozenset(PRIMARY.values())

Facts = Mapping[str, object]


def name_of(facts: Facts) -> str:
    """Give the job's name, whatever its kind; empty for what is no training or processing job."""
    return str(facts.get("TrainingJobName") or facts.get("ProcessingJobName") or "")


def status_of(facts: Facts) -> str:
    """Give the primary status."""
    return str(facts.get("TrainingJobStatus") or facts.get("ProcessingJobStatus") or "")


def terminal(facts: Facts) -> bool:
    """Tell whether the primary status is an ending."""
    return status_of(facts) in PRIMARY


def events_from_describe(facts: Facts, received_seconds: float) -> tuple[Event, ...]:
    """Say what a DescribeTrainingJob or DescribeProcessingJob reply says."""
    return tuple(_events(facts, received_seconds, Witness.CONTROL_PLANE))


def events_from_bus(detail: Facts, received_seconds: float) -> tuple[Event, ...]:
    """Say what the detail of an EventBridge event says; its ending becomes a hint that moves nothing."""
    return tuple(
        event if event.kind not in _ENDINGS else _hint(event)
        for event in _events(detail, received_seconds, Witness.EVENT_BUS)
    )


def _hint(event: Event) -> Event:
    return Event(
        f"{event.key}:hint",
        Kind.NOTICED,
        event.witness,
        event.at,
        event.received_seconds,
        event.attempt,
        label=event.label,
        native=event.native,
    )


def _events(facts: Facts, received: float, witness: Witness) -> Iterator[Event]:
    name, native = name_of(facts), _native(facts)
    created = read_time(facts.get("CreationTime"))
    if created:
        yield _event(f"{name}:created", Kind.SUBMITTED, witness, created, received, "CreationTime", native)
    status = status_of(facts)
    if status and status not in PRIMARY and status not in _GOING_ON:
        here = read_time(facts.get("LastModifiedTime")) or Time(received, ClockName.HARNESS)
        yield _event(f"{name}:unknown:{status}", Kind.UNKNOWN_WORD, witness, here, received, status, native)
    if "TrainingJobName" in facts:
        yield from _training(facts, name, native, received, witness)
    else:
        yield from _processing(facts, name, native, received, witness)


def _training(facts: Facts, name: str, native: Mapping[str, str], received: float, witness: Witness) -> Iterator[Event]:
    attempt = 0
    transitions = facts.get("SecondaryStatusTransitions")
    for entry in transitions if isinstance(transitions, list) else []:
        if not isinstance(entry, Mapping):
            continue
        word = str(entry.get("Status") or "")
        at = read_time(entry.get("StartTime"))
        if at is None:
            continue
        kind = SECONDARY.get(word, Kind.UNKNOWN_WORD)
        attempt += kind is Kind.RESTARTED
        if kind in _ENDINGS:
            continue  # the primary status says it, with its reason
        message = {"StatusMessage": str(entry.get("StatusMessage") or "")}
        key = f"{name}:{word}:{round(at.seconds * 1000)}"
        yield _event(key, kind, witness, at, received, word, {**native, **message}, attempt)
    yield from _ending(facts, "TrainingEndTime", name, native, received, witness, attempt)


def _processing(
    facts: Facts, name: str, native: Mapping[str, str], received: float, witness: Witness
) -> Iterator[Event]:
    """Processing has no inner phases: its start time is when the instance is up; the shim tells the rest."""
    started = read_time(facts.get("ProcessingStartTime"))
    if started:
        yield _event(f"{name}:started", Kind.STARTING, witness, started, received, "ProcessingStartTime", native)
    yield from _ending(facts, "ProcessingEndTime", name, native, received, witness, 0)


def _ending(
    facts: Facts, field: str, name: str, native: Mapping[str, str], received: float, witness: Witness, attempt: int
) -> Iterator[Event]:
    status = status_of(facts)
    if status not in PRIMARY:
        return
    here = Time(received, ClockName.HARNESS)
    at = read_time(facts.get("LastModifiedTime")) or read_time(facts.get(field)) or here
    word = str(facts.get("SecondaryStatus") or status)
    kind = PRIMARY[status]
    if SECONDARY.get(word, kind) is not kind:
        word = status
    yield _event(f"{name}:ended:{status}:{word}", kind, witness, at, received, word, native, attempt)


_NATIVE = (
    "TrainingJobStatus",
    "ProcessingJobStatus",
    "SecondaryStatus",
    "FailureReason",
    "ExitMessage",
    "BillableTimeInSeconds",
    "TrainingTimeInSeconds",
)
_NATIVE_TIMES = ("TrainingStartTime", "TrainingEndTime", "ProcessingStartTime", "ProcessingEndTime", "LastModifiedTime")


def _native(facts: Facts) -> dict[str, str]:
    native = {name: str(facts[name])[:1024] for name in _NATIVE if facts.get(name) not in (None, "")}
    for name in _NATIVE_TIMES:
        at = read_time(facts.get(name))
        if at:
            native[name] = at.iso()
    artifacts = facts.get("ModelArtifacts")
    if isinstance(artifacts, Mapping) and artifacts.get("S3ModelArtifacts"):
        native["ModelArtifacts"] = str(artifacts["S3ModelArtifacts"])
    pool = facts.get("WarmPoolStatus")
    if isinstance(pool, Mapping) and pool.get("Status"):
        native["WarmPoolStatus"] = str(pool["Status"])
    return native


def read_time(value: object) -> Time | None:
    """Read any of the service's time encodings; None for absent or unreadable ones."""
    match value:
        case datetime():
            seconds = value.replace(tzinfo=value.tzinfo or UTC).timestamp()
        case bool() | None:
            return None
        case int() | float():
            seconds = _from_number(float(value))
        case str():
            try:
                seconds = _from_number(float(value)) if value.replace(".", "", 1).isdigit() else parse_iso(value)
            except ValueError:
                return None
        case _:
            return None
    if not 0 <= seconds < _YEAR_10000:
        return None
    whole = seconds == int(seconds)
    return Time(seconds, ClockName.SERVICE, 1.0 if whole else 0.001, CLOCK_ERROR_SECONDS)


def _from_number(value: float) -> float:
    return value / 1000 if value > _MILLISECONDS_FROM else value


def _event(  # noqa: PLR0913, PLR0917 - one constructor for all
    key: str,
    kind: Kind,
    witness: Witness,
    at: Time,
    received: float,
    label: str,
    native: Mapping[str, str],
    attempt: int = 0,
) -> Event:
    facts = {name: value for name, value in native.items() if value}
    return Event(key, kind, witness, at, received, attempt, label=label, native=facts)
