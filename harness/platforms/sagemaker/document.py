"""A Create request as a job: what it says of the work, and what can't be carried. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.fields.paths import Path
from harness.model.document import BEGIN, at
from harness.model.job import Json
from harness.platforms.documents import Candidate, Reading, misshapen, without_nulls
from harness.platforms.fault import Fault
from harness.platforms.json_parts import mapping, mappings, texts
from harness.platforms.sagemaker import limits

TRAINING, PROCESSING = "CreateTrainingJob", "CreateProcessingJob"
_NAMES = {"TrainingJobName": TRAINING, "ProcessingJobName": PROCESSING, "TransformJobName": "CreateTransformJob"}
_NAMES |= {"HyperParameterTuningJobName": "CreateHyperParameterTuningJob"}
OTHER_KINDS = {
    "CreateTransformJob": "batch transform has no entry point for the shim: as a pair, write a processing job",
    "CreateHyperParameterTuningJob": "a tuning job has no entry point for the shim: write one of its training jobs",
}
SECONDS_DEFAULT = 86_400
"""Of MaxRuntimeInSeconds (SageMaker API 2017-07-24, StoppingCondition and ProcessingStoppingCondition)."""
COMMAND: Mapping[str, tuple[Path, Path]] = {
    TRAINING: (("AlgorithmSpecification", "ContainerEntrypoint"), ("AlgorithmSpecification", "ContainerArguments")),
    PROCESSING: (("AppSpecification", "ContainerEntrypoint"), ("AppSpecification", "ContainerArguments")),
}
IMAGE: Mapping[str, Path] = {
    TRAINING: ("AlgorithmSpecification", "TrainingImage"),
    PROCESSING: ("AppSpecification", "ImageUri"),
}
ISOLATION: Mapping[str, Path] = {
    TRAINING: ("EnableNetworkIsolation",),
    PROCESSING: ("NetworkConfig", "EnableNetworkIsolation"),
}
CLUSTER: Mapping[str, Path] = {TRAINING: ("ResourceConfig",), PROCESSING: ("ProcessingResources", "ClusterConfig")}
SECONDS: Path = ("StoppingCondition", "MaxRuntimeInSeconds")
_HYPERPARAMETERS = {"delivery": "file", "file": limits.HYPERPARAMETERS_FILE, "as": "strings"}
_SEVERAL = "1: jobs of several hosts are not built"


def candidates(document: Json) -> Iterator[Candidate]:
    """Find the request in a document."""
    if isinstance(document, dict):
        for field, kind in _NAMES.items():
            if isinstance(name := document.get(field), str) and name:
                yield Candidate((), kind, name)


def read(document: Json, candidate: Candidate, beside: Mapping[str, Any]) -> Reading:
    """Read a request."""
    del beside
    found = without_nulls(document)
    request = found if isinstance(found, dict) else {}
    kind = candidate.kind
    taken = f"{kind} {candidate.name}"
    if faults := tuple(misshapen(request, _SHAPE)):
        return Reading(taken, request, "", {}, {}, faults=faults)
    faults = (*_tokens(request, ()), *_refused(request, kind))
    if kind not in COMMAND:
        return Reading(taken, request, "", {}, {}, faults=faults)
    entry, arguments = (texts(at(request, path)) for path in COMMAND[kind])
    own = {"command": [*entry, *arguments]} if entry else {}
    return Reading(
        taken=taken,
        content=request,
        main="",
        job=_of_job(request, kind),
        side={**own, **_of_side(request, kind)},
        arguments=(*entry, *arguments),
        bare=not entry,
        faults=faults,
    )


def kind_of(content: Mapping[str, Json]) -> str:
    """Name the call that a request is for."""
    return next(kind for field, kind in _NAMES.items() if field in content)


def _of_job(request: dict[str, Json], kind: str) -> dict[str, Any]:
    image, seconds = at(request, IMAGE[kind]), at(request, SECONDS)
    said: dict[str, Any] = {
        "kind": "training" if kind == TRAINING else "processing",
        "time_limit": seconds if _is_count(seconds) else SECONDS_DEFAULT,
        "inputs": dict(_inputs(request, kind)),
        "outputs": dict(_outputs(request, kind)),
        "metrics": dict(_metrics(request)),
    }
    return said | ({"image": image} if isinstance(image, str) else {})


def _is_count(value: Json) -> bool:
    """Tell a number from a boolean, which Python takes for one."""
    return isinstance(value, int) and not isinstance(value, bool)


def _of_side(request: dict[str, Json], kind: str) -> dict[str, Any]:
    cluster = mapping(at(request, CLUSTER[kind]))
    said: dict[str, Any] = {"environment": _strings(request.get("Environment"))}
    if values := _strings(request.get("HyperParameters")):
        said |= {"parameters": values, "read_parameters": dict(_HYPERPARAMETERS)}
    if isinstance(cluster.get("InstanceType"), str):
        said["instance_type"] = cluster["InstanceType"]
    if _is_count(cluster.get("KeepAlivePeriodInSeconds")):
        said["keep_alive"] = cluster["KeepAlivePeriodInSeconds"]
    return said


_SHAPE: Mapping[Path, type] = {
    **{(part,): list for part in ("InputDataConfig", "ProcessingInputs", "Tags")},
    ("AlgorithmSpecification", "MetricDefinitions"): list,
    ("ProcessingOutputConfig", "Outputs"): list,
    **{
        (part,): dict
        for part in (
            "AlgorithmSpecification",
            "AppSpecification",
            "ResourceConfig",
            "ProcessingResources",
            "OutputDataConfig",
            "ProcessingOutputConfig",
            "StoppingCondition",
            "Environment",
            "HyperParameters",
        )
    },
    ("ProcessingResources", "ClusterConfig"): dict,
}


def _inputs(request: dict[str, Json], kind: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Give name, S3 place and folder of each input but those of file systems, which have no place in S3."""
    if kind == TRAINING:
        for channel in mappings(request.get("InputDataConfig")):
            name, uri = channel.get("ChannelName"), at(channel, ("DataSource", "S3DataSource", "S3Uri"))
            if isinstance(name, str) and isinstance(uri, str):
                yield name, {"uri": uri, "path": f"/opt/ml/input/data/{name}"}
        return
    for given in mappings(request.get("ProcessingInputs")):
        name, uri, path = given.get("InputName"), *(at(given, ("S3Input", key)) for key in ("S3Uri", "LocalPath"))
        if isinstance(name, str) and isinstance(uri, str) and isinstance(path, str):
            yield name, {"uri": uri, "path": path}


def _outputs(request: dict[str, Json], kind: str) -> Iterator[tuple[str, dict[str, str]]]:
    if kind == PROCESSING:
        for output in mappings(at(request, ("ProcessingOutputConfig", "Outputs"))):
            name, path = output.get("OutputName"), at(output, ("S3Output", "LocalPath"))
            if isinstance(name, str) and isinstance(path, str):
                yield name, {"path": path}


def _metrics(request: dict[str, Json]) -> Iterator[tuple[str, dict[str, str]]]:
    for metric in mappings(at(request, ("AlgorithmSpecification", "MetricDefinitions"))):
        name, regex = metric.get("Name"), metric.get("Regex")
        if isinstance(name, str) and isinstance(regex, str):
            yield name, {"regex": regex}


def _refused(request: dict[str, Json], kind: str) -> Iterator[Fault]:
    """Name what can't be carried."""
    if kind in OTHER_KINDS:
        yield Fault((), f"a {kind} request", f"{TRAINING} or {PROCESSING}", OTHER_KINDS[kind])
        return
    path = CLUSTER[kind]
    count = at(request, (*path, "InstanceCount"))
    if isinstance(count, int) and count != 1:
        yield Fault((*path, "InstanceCount"), f"{count} hosts", _SEVERAL)
    if groups := mappings(at(request, (*path, "InstanceGroups"))):
        hosts = sum(number for group in groups if isinstance(number := group.get("InstanceCount"), int))
        found = f"{len(groups)} instance group{'s' if len(groups) > 1 else ''} of {hosts} hosts"
        yield Fault((*path, "InstanceGroups"), found, "InstanceType and InstanceCount: 1")
    for number, output in enumerate(mappings(at(request, ("ProcessingOutputConfig", "Outputs")))):
        if "FeatureStoreOutput" in output:
            where = ("ProcessingOutputConfig", "Outputs", number, "FeatureStoreOutput")
            hint = "a run in parallel would write every record a second time"
            yield Fault(where, "a feature group", "an output in S3", hint)


def _tokens(value: Json, path: Path) -> Iterator[Fault]:
    if isinstance(value, str) and BEGIN in value:
        yield Fault(path, f"{BEGIN}…", "a text without it: the harness marks with it what it fills in")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _tokens(item, (*path, key))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _tokens(item, (*path, number))


def _strings(value: Json) -> dict[str, str]:
    return {name: item for name, item in mapping(value).items() if isinstance(item, str)}
