"""Describe replies and bus events → events. Pure; the same fact gives the same key whichever way it came.

SecondaryStatusTransitions are the truth, an event is a hint: an ending is believed from Describe only (T20).
Times come as datetime text, epoch milliseconds or milliseconds as text (reference: sagemaker 5.1).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from harness.model.clock import ClockName, Time, parse_iso
from harness.model.event import Event, Kind, Witness
from harness.platforms.received import Received
from harness.platforms.sagemaker.endings import cause_of
from harness.platforms.sagemaker.failure_reason import TEXT_MAX, parse

CLOCK_ERROR_SECONDS = 1.0
"""Assumed offset between synchronised hosts."""
MILLISECONDS_FROM = 1e11
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
_GOING_ON = frozenset({"", "InProgress", "Stopping", "Deleting", "DeleteFailed"})
_ENDINGS = frozenset(PRIMARY.values())

Facts = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class JobWords:
    """How one kind of job names its fields."""

    prefix: str
    started: str
    ended: str


KINDS = (
    JobWords("TrainingJob", "TrainingStartTime", "TrainingEndTime"),
    JobWords("ProcessingJob", "ProcessingStartTime", "ProcessingEndTime"),
    JobWords("TransformJob", "TransformStartTime", "TransformEndTime"),
    JobWords("HyperParameterTuningJob", "", "HyperParameterTuningEndTime"),
)


def words_of(facts: Facts) -> JobWords | None:
    """Tell which kind of job a reply or a detail is about; None: no job."""
    return next((kind for kind in KINDS if isinstance(facts.get(f"{kind.prefix}Name"), str)), None)


def name_of(facts: Facts) -> str:
    """Give the job's name, whatever its kind; empty for what is no job."""
    words = words_of(facts)
    return str(facts[f"{words.prefix}Name"]) if words else ""


def home_of(facts: Facts) -> tuple[str, str] | None:
    """Give account and region from the job's ARN; None where it has none."""
    words = words_of(facts)
    parts = str(facts.get(f"{words.prefix}Arn") or "").split(":") if words else []
    return (parts[4], parts[3]) if len(parts) > _ARN_PARTS and parts[4] else None


_ARN_PARTS = 5
"""arn:partition:service:region:account:resource"""


def status_of(facts: Facts) -> str:
    """Give the primary status."""
    words = words_of(facts)
    return str(facts.get(f"{words.prefix}Status") or "") if words else ""


def contradiction_of(facts: Facts) -> str:
    """Name a secondary status that cannot stand beside the primary one, such as Failed beside Completed."""
    status, word = status_of(facts), str(facts.get("SecondaryStatus") or "")
    kind = SECONDARY.get(word)
    wrong = status in PRIMARY and kind in _ENDINGS and kind is not PRIMARY[status]
    return f"{status} with {word}" if wrong else ""


def terminal(facts: Facts) -> bool:
    """Tell whether the primary status is an ending that can be believed."""
    return status_of(facts) in PRIMARY and not contradiction_of(facts)


def state_of(facts: Facts) -> tuple[str, str, str, int, int]:
    """Give name, status, word and time of the last change (epoch milliseconds), and how many changes the reply lists.

    A job without phases is announced three times at most: as it starts, as it stops, as it ends (unverified).
    """
    transitions, status = facts.get("SecondaryStatusTransitions"), status_of(facts)
    at = read_time(facts.get("LastModifiedTime"))
    changes = len(transitions) if isinstance(transitions, list) else 0
    word = str(facts.get("SecondaryStatus") or status)
    if contradiction_of(facts):
        status = "InProgress"
    return name_of(facts), status, word, round(at.seconds * 1000) if at else 0, changes


def events_from_describe(facts: Facts, received_seconds: float) -> tuple[Event, ...]:
    """Say what a Describe reply of any kind of job says."""
    return tuple(_events(facts, received_seconds, Witness.CONTROL_PLANE))


def events_from_bus(detail: Facts, received_seconds: float) -> tuple[Event, ...]:
    """Say what the detail of an EventBridge event says; its ending becomes a hint that moves nothing."""
    return tuple(
        event if event.kind not in _ENDINGS else _hint(event)
        for event in _events(detail, received_seconds, Witness.EVENT_BUS)
    )


def _hint(event: Event) -> Event:
    return replace(event, key=f"{event.key}:hint", kind=Kind.NOTICED)


def _events(facts: Facts, received_seconds: float, witness: Witness) -> Iterator[Event]:
    job, native = Received(name_of(facts), witness, received_seconds), _native(facts)
    if created := read_time(facts.get("CreationTime")):
        yield job.event(_keyed("created", created), Kind.SUBMITTED, created, "CreationTime", native)
    status = status_of(facts)
    strange = status if status not in PRIMARY and status not in _GOING_ON else contradiction_of(facts)
    if strange:
        at = read_time(facts.get("LastModifiedTime")) or job.here
        yield job.event(f"unknown:{strange}", Kind.UNKNOWN_WORD, at, strange, native)
    words = words_of(facts)
    if words is not None:
        steps = _training if words is KINDS[0] else _plain
        yield from steps(job, facts, words, native)


def _keyed(fact: str, at: Time) -> str:
    """Name a fact with its time: a witness whose clock is off must not stand for one whose clock is right."""
    return f"{fact}:{round(at.seconds * 1000)}"


def _training(job: Received, facts: Facts, words: JobWords, native: Mapping[str, str]) -> Iterator[Event]:
    transitions = facts.get("SecondaryStatusTransitions")
    for entry in transitions if isinstance(transitions, list) else []:
        if not isinstance(entry, Mapping):
            continue
        word = str(entry.get("Status") or "")
        at = read_time(entry.get("StartTime"))
        if at is None:
            continue
        kind = SECONDARY.get(word, Kind.UNKNOWN_WORD)
        if kind is Kind.RESTARTED:
            job = replace(job, attempt=job.attempt + 1)
        if kind in _ENDINGS:
            continue  # the primary status says it, with its reason
        message = {"StatusMessage": str(entry.get("StatusMessage") or "")}
        yield job.event(_keyed(word, at), kind, at, word, {**native, **message})
    yield from _ending(job, facts, words, native)


def _plain(job: Received, facts: Facts, words: JobWords, native: Mapping[str, str]) -> Iterator[Event]:
    """All other kinds have no inner phases: a start time is when the instance is up; a shim tells the rest."""
    if started := read_time(facts.get(words.started)):
        yield job.event(_keyed("started", started), Kind.STARTING, started, words.started, native)
    yield from _ending(job, facts, words, native)


def _ending(job: Received, facts: Facts, words: JobWords, native: Mapping[str, str]) -> Iterator[Event]:
    if not terminal(facts):
        return
    status = status_of(facts)
    at = read_time(facts.get("LastModifiedTime")) or read_time(facts.get(words.ended)) or job.here
    word = str(facts.get("SecondaryStatus") or status)
    kind = PRIMARY[status]
    if SECONDARY.get(word, kind) is not kind:
        word = status
    yield job.event(f"ended:{status}:{word}", kind, at, word, {**native, **_reasons(facts, words)})


def _reasons(facts: Facts, words: JobWords) -> dict[str, str]:
    """Give the canonical cause of an ending, and the parts of its FailureReason."""
    reason = parse(str(facts.get("FailureReason") or ""))
    start, end = read_time(facts.get(words.started)), read_time(facts.get(words.ended))
    ran = end.seconds - start.seconds if start and end else None
    stopping = facts.get("StoppingCondition")
    limit = stopping.get("MaxRuntimeInSeconds") if isinstance(stopping, Mapping) else None
    secondary, text = str(facts.get("SecondaryStatus") or ""), str(facts.get("FailureReason") or "")
    limit_seconds = limit if isinstance(limit, int) else None
    cause = cause_of(status_of(facts), secondary, text, ran, limit_seconds=limit_seconds)
    codes = {"ExitCode": reason.exit_code, "ScriptExitCode": reason.script_code}
    said = {name: str(code) for name, code in codes.items() if code is not None}
    return {"Cause": cause.value, "FailureClass": reason.klass, **said}


_NATIVE = (
    *(f"{kind.prefix}Status" for kind in KINDS),
    "SecondaryStatus",
    "FailureReason",
    "ExitMessage",
    "BillableTimeInSeconds",
    "TrainingTimeInSeconds",
)
_NATIVE_TIMES = (*(field for kind in KINDS for field in (kind.started, kind.ended) if field), "LastModifiedTime")


def _native(facts: Facts) -> dict[str, str]:
    native = {name: str(facts[name])[:TEXT_MAX] for name in _NATIVE if facts.get(name) not in (None, "")}
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
    if chosen := _instance_type(facts):
        native["InstanceType"] = chosen
    for name, counted in (("Children", "TrainingJobStatusCounters"), ("Objectives", "ObjectiveStatusCounters")):
        counters = facts.get(counted)
        if isinstance(counters, Mapping):
            native[name] = ", ".join(
                f"{count} {word}" for word, count in sorted(counters.items()) if isinstance(count, int)
            )
    return native


_INSTANCE_PLACES = (("ResourceConfig",), ("ProcessingResources", "ClusterConfig"), ("TransformResources",))
"""Where training, processing and transform jobs say what they run on."""


def _instance_type(facts: Facts) -> str:
    for place in _INSTANCE_PLACES:
        found: object = facts
        for name in place:
            found = found.get(name) if isinstance(found, Mapping) else None
        if isinstance(found, Mapping) and found.get("InstanceType"):
            return str(found["InstanceType"])[:TEXT_MAX]
    return ""


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
    return value / 1000 if value > MILLISECONDS_FROM else value
