"""What Describe, List and the event bus say about a job. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from harness.sandbox.aws import states
from harness.sandbox.aws.jobs import Job
from harness.sandbox.aws.rules import part, parts
from harness.sandbox.aws.states import Kind, State, Transition

DEFAULT_RUNTIME_SECONDS = 86400
"""StoppingCondition's default, both kinds (developer guide)."""
SPOT_DISCOUNT = 0.7
"""Assumed; the guide promises up to 90 %."""
_SPOT = "EnableManagedSpotTraining"
_TRANSITIONS = "SecondaryStatusTransitions"

Reply = dict[str, object]


def response_shape(kind: Kind) -> str:
    """Name the model's shape of a Describe reply."""
    return f"Describe{kind.word}JobResponse"


def described(job: Job, members: tuple[str, ...]) -> Reply:
    """Answer a Describe; times are epoch seconds with milliseconds. Unset fields are left out."""
    echoed = {name: value for name, value in job.request.items() if name in members and name != "Tags"}
    facts = _training(job, job.state) if job.kind is Kind.TRAINING else _other(job, job.state)
    return {**echoed, **facts}


def summary(job: Job) -> Reply:
    """Answer for one job in a List."""
    state, word = job.state, job.kind.word
    facts: Reply = {
        f"{word}JobName": job.name,
        f"{word}JobArn": job.arn,
        f"{word}JobStatus": state.status,
        "CreationTime": _time(job.created),
        "LastModifiedTime": _time(state.modified),
    }
    if state.ended is not None:
        facts[f"{word}EndTime"] = _time(state.ended)
    if job.kind is Kind.TRAINING:
        facts["SecondaryStatus"] = state.secondary
    else:
        facts |= {name: text for name, text in _texts(state).items() if text}
    return facts


def detail(job: Job, state: State, members: tuple[str, ...]) -> Reply:
    """Give the detail of a state change event: like Describe then, times in whole milliseconds, tags as a map."""
    word = job.kind.word
    facts = described(replace(job, state=state), members)
    unset = dict.fromkeys((f"{word}StartTime", f"{word}EndTime"))
    if job.kind is Kind.TRAINING:
        facts["SecondaryStatusTransitions"] = [_in_milliseconds(part) for part in parts(facts, _TRANSITIONS)]
        facts["FinalMetricDataList"] = [_in_milliseconds(part) for part in parts(facts, "FinalMetricDataList")]
    return {**unset, **_in_milliseconds(facts), "Tags": dict(job.tags)}


def _in_milliseconds(facts: Mapping[str, object]) -> Reply:
    return {
        name: round(value * 1000) if name.endswith(("Time", "Timestamp")) and isinstance(value, float | int) else value
        for name, value in facts.items()
    }


def _training(job: Job, state: State) -> Reply:
    request = job.request
    facts: Reply = {
        "TrainingJobArn": job.arn,
        "TrainingJobStatus": state.status,
        "SecondaryStatus": state.secondary,
        "AlgorithmSpecification": _algorithm(job),
        "OutputDataConfig": {"KmsKeyId": "", "CompressionType": "GZIP", **part(request, "OutputDataConfig")},
        "StoppingCondition": {"MaxRuntimeInSeconds": DEFAULT_RUNTIME_SECONDS, **part(request, "StoppingCondition")},
        "InputDataConfig": [
            {"CompressionType": "None", "RecordWrapperType": "None", **channel}
            for channel in parts(request, "InputDataConfig")
        ],
        "ModelArtifacts": {"S3ModelArtifacts": state.artifacts} if state.artifacts else {},
        _TRANSITIONS: [_transition(transition) for transition in state.transitions],
        "CreationTime": _time(job.created),
        "LastModifiedTime": _time(state.modified),
    }
    for switch in ("NetworkIsolation", "InterContainerTrafficEncryption", "ManagedSpotTraining"):
        facts[f"Enable{switch}"] = bool(request.get(f"Enable{switch}"))
    if not request.get("InputDataConfig"):
        del facts["InputDataConfig"]
    return {**facts, **_training_end(state, spot=bool(facts[_SPOT]))}


def _training_end(state: State, *, spot: bool) -> Reply:
    facts: Reply = {"FailureReason": state.failure} if state.failure else {}
    if state.started is not None:
        facts["TrainingStartTime"] = _time(state.started)
    if state.started is not None and state.ended is not None:
        facts |= {"TrainingEndTime": _time(state.ended), **_bill(state, state.ended - state.started, spot=spot)}
    if state.metrics:
        facts["FinalMetricDataList"] = [
            {"MetricName": metric.name, "Value": metric.value, "Timestamp": metric.at} for metric in state.metrics
        ]
    return facts


def _bill(state: State, passed_seconds: float, *, spot: bool) -> Reply:
    """Count training time and what of it is billed; of a spot job only the time with instances, less the discount."""
    trained = max(1, round(states.on_instances_seconds(state) if spot else passed_seconds))
    billed = max(1, round(trained * (1 - SPOT_DISCOUNT))) if spot else trained
    return {"TrainingTimeInSeconds": trained, "BillableTimeInSeconds": billed}


def _algorithm(job: Job) -> Reply:
    given = part(job.request, "AlgorithmSpecification")
    injected = bool(given.get("MetricDefinitions")) or bool(given.get("EnableSageMakerMetricsTimeSeries"))
    return {**given, "EnableSageMakerMetricsTimeSeries": injected}


def _other(job: Job, state: State) -> Reply:
    """Say what a job says that has no secondary status; a transform job has no limit and no time of its last change."""
    word = job.kind.word
    facts: Reply = {
        f"{word}JobArn": job.arn,
        f"{word}JobStatus": state.status,
        "CreationTime": _time(job.created),
    }
    if job.kind is Kind.PROCESSING:
        limit = {"MaxRuntimeInSeconds": DEFAULT_RUNTIME_SECONDS, **part(job.request, "StoppingCondition")}
        facts |= {"StoppingCondition": limit, "LastModifiedTime": _time(state.modified)}
    times = {f"{word}StartTime": state.started, f"{word}EndTime": state.ended}
    facts |= {name: _time(value) for name, value in times.items() if value is not None}
    return {**facts, **{name: text for name, text in _texts(state).items() if text}}


def _texts(state: State) -> dict[str, str]:
    return {"FailureReason": state.failure, "ExitMessage": state.exit_message}


def _transition(entry: Transition) -> Reply:
    facts: Reply = {"Status": entry.status, "StartTime": _time(entry.started), "StatusMessage": entry.message}
    if entry.ended is not None:
        facts["EndTime"] = _time(entry.ended)
    return facts


def _time(seconds: float) -> float:
    return round(seconds, 3)
