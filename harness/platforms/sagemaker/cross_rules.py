"""What a request must hold beyond its model: rules over several fields, and limits that only the guide has. Pure.

Marks in the sources: documented, captured (public output of the real service), reported (an issue thread),
unverified.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from harness.bounded.pattern import PatternRefused, count_groups
from harness.platforms.sagemaker.limits import KEEP_ALIVE_MAX_SECONDS, PROCESSING_ROOT, TRAINING_SECONDS_MAX
from harness.platforms.sagemaker.service_model import Breach

TRANSFORM_PAYLOAD_MB_MAX = 100
RANGES_MAX = 30
_GUIDE = "developer guide, "
_SPOT = f"{_GUIDE}managed spot training (documented)"
_POOLS = f"{_GUIDE}warm pools (documented)"
_PROCESSING = f"{_GUIDE}processing (documented)"
_TRANSFORM = f"{_GUIDE}batch transform (documented)"
_TUNING = f"{_GUIDE}automatic model tuning (documented)"

Body = Mapping[str, object]


def breaches(operation: str, body: Body) -> tuple[Breach, ...]:
    """Find every rule over several fields that a Create request breaks; none for an operation without such rules."""
    rules = (*_RULES.get(operation, ()), _tags)
    return tuple(breach for rule in rules for breach in rule(body))


# -- walking ----------------------------------------------------------------------------------------------------------


def part(value: object, *path: str) -> Body:
    """Walk down to a nested map; empty where there is none."""
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def parts(value: object, *path: str) -> tuple[Body, ...]:
    """Walk down to a nested list of maps; empty where there is none."""
    found = part(value, *path[:-1]).get(path[-1])
    return tuple(item for item in found if isinstance(item, Mapping)) if isinstance(found, list | tuple) else ()


def number(value: object, default: int = 0) -> int:
    """Read a whole number; the default for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def _twice(values: Iterable[object]) -> Iterator[str]:
    return (
        str(value) for value, count in Counter(value for value in values if isinstance(value, str)).items() if count > 1
    )


# -- all ------------------------------------------------------------------------------------------------------------


def _tags(body: Body) -> Iterator[Breach]:
    keys = [str(part.get("Key")) for part in parts(body, "Tags")]
    for key in _twice(keys):
        yield Breach("Tags", f"the key {key} twice", "a key once", f"{_GUIDE}tagging (documented)", "merge the tags")
    for key in keys:
        if key.lower().startswith("aws:"):
            yield Breach("Tags", key, "no key that begins with aws:", f"{_GUIDE}tagging (documented)", "another key")


# -- training -------------------------------------------------------------------------------------------------------


def _stopping(body: Body) -> Iterator[Breach]:
    stopping, spot = part(body, "StoppingCondition"), body.get("EnableManagedSpotTraining") is True
    runtime, wait = number(stopping.get("MaxRuntimeInSeconds"), 86400), stopping.get("MaxWaitTimeInSeconds")
    field = "StoppingCondition.MaxWaitTimeInSeconds"
    if runtime > TRAINING_SECONDS_MAX:
        limit, source = f"at most {TRAINING_SECONDS_MAX} s (28 days)", f"{_GUIDE}StoppingCondition (documented)"
        way = "checkpoint, and split the work over several jobs"
        yield Breach("StoppingCondition.MaxRuntimeInSeconds", f"{runtime} s", limit, source, way)
    if spot and wait is None:
        yield Breach(field, "nothing", "required with spot", _SPOT, f"set it to {runtime} s or more")
    if not spot and wait is not None:
        yield Breach(field, f"{wait} s", "absent without spot", _SPOT, "leave it out, or enable spot training")
    if spot and wait is not None and number(wait) < runtime:
        limit = f"at least MaxRuntimeInSeconds, {runtime} s"
        yield Breach(field, f"{wait} s", limit, _SPOT, "it covers waiting and running together: raise it")


def _resources(body: Body) -> Iterator[Breach]:
    resources = part(body, "ResourceConfig")
    spot, keep = body.get("EnableManagedSpotTraining") is True, number(resources.get("KeepAlivePeriodInSeconds"))
    field = "ResourceConfig.KeepAlivePeriodInSeconds"
    if keep > KEEP_ALIVE_MAX_SECONDS:
        source = "developer guide says 3600, the API model 21600 (conflict, unverified): the smaller one is safe"
        yield Breach(field, f"{keep} s", f"at most {KEEP_ALIVE_MAX_SECONDS} s", source, "keep the pool an hour at most")
    if keep and spot:
        yield Breach(field, f"{keep} s", "0 with spot training", _POOLS, "spot or a warm pool, not both")
    if keep and resources.get("InstanceGroups"):
        yield Breach(field, f"{keep} s", "0 with instance groups", _POOLS, "one instance type, or no warm pool")
    for other in ("InstanceGroups", "InstancePreferences"):
        if resources.get(other) and resources.get("InstanceType"):
            source = f"{_GUIDE}ResourceConfig (documented)"
            yield Breach(f"ResourceConfig.{other}", "both", f"InstanceType or {other}", source, "leave one of them out")
    if spot and resources.get("InstancePreferences"):
        yield Breach("ResourceConfig.InstancePreferences", "with spot", "no spot training", _SPOT, "leave one out")


def _channels(body: Body) -> Iterator[Breach]:
    channels, default = parts(body, "InputDataConfig"), part(body, "AlgorithmSpecification").get("TrainingInputMode")
    source = f"{_GUIDE}Channel (documented)"
    for name in _twice(channel.get("ChannelName") for channel in channels):
        yield Breach("InputDataConfig", f"the channel {name} twice", "a name once", source, "rename one input")
    for channel in channels:
        where, s3 = f"InputDataConfig[{channel.get('ChannelName')}]", part(channel, "DataSource", "S3DataSource")
        mode, kind = channel.get("InputMode") or default, s3.get("S3DataType")
        if mode is None:
            yield Breach(f"{where}.InputMode", "nothing", "File, FastFile or Pipe", source, "write input_mode: File")
        if mode == "FastFile" and kind not in {"S3Prefix", None}:
            yield Breach(f"{where}.S3DataType", str(kind), "S3Prefix with FastFile", source, "use File, or a prefix")


def _algorithm(body: Body) -> Iterator[Breach]:
    algorithm = part(body, "AlgorithmSpecification")
    if algorithm and ("TrainingImage" in algorithm) == ("AlgorithmName" in algorithm):
        source = f"{_GUIDE}AlgorithmSpecification (documented)"
        yield Breach(
            "AlgorithmSpecification", "both or none", "TrainingImage or AlgorithmName", source, "give an image"
        )
    if "AlgorithmName" in algorithm and (algorithm.get("ContainerEntrypoint") or algorithm.get("ContainerArguments")):
        source = f"{_GUIDE}how SageMaker runs your training image (documented)"
        field = "AlgorithmSpecification.ContainerEntrypoint"
        yield Breach(field, "an override", "none on a subscribed algorithm", source, "use an image of your own")
    for mapping in parts(body, "AlgorithmSpecification", "MetricDefinitions"):
        yield from _metric(mapping)


def _metric(definition: Body) -> Iterator[Breach]:
    field = f"AlgorithmSpecification.MetricDefinitions[{definition.get('Name')}].Regex"
    source = f"{_GUIDE}metric definitions: group 1 is the number (documented)"
    try:
        groups = count_groups(str(definition.get("Regex")))
    except PatternRefused as error:
        yield Breach(field, str(error), "a regular expression", source, "mend the expression")
        return
    if groups < 1:
        yield Breach(field, "no group", "a group around the number", source, "put the number in parentheses")


# -- processing -----------------------------------------------------------------------------------------------------


def _places(body: Body) -> Iterator[Breach]:
    inputs, outputs = parts(body, "ProcessingInputs"), parts(body, "ProcessingOutputConfig", "Outputs")
    named = [(f"ProcessingInputs[{mapping.get('InputName')}]", part(mapping, "S3Input")) for mapping in inputs]
    named += [(f"ProcessingOutputConfig[{output.get('OutputName')}]", part(output, "S3Output")) for output in outputs]
    for field, place in named:
        path = str(place.get("LocalPath", ""))
        if place and (not path.startswith(f"{PROCESSING_ROOT}/") or ".." in path.split("/")):
            way = f"write it below {PROCESSING_ROOT}/"
            yield Breach(f"{field}.LocalPath", path, f"a path below {PROCESSING_ROOT}/", _PROCESSING, way)
    for path in _twice(place.get("LocalPath") for _, place in named):
        yield Breach("LocalPath", f"{path} twice", "a folder for each", _PROCESSING, "give each its own folder")
    for field, group in (("InputName", inputs), ("OutputName", outputs)):
        for name in _twice(mapping.get(field) for mapping in group):
            yield Breach(field, f"{name} twice", "a name once", _PROCESSING, "rename one of them")


# -- transform and tuning -------------------------------------------------------------------------------------------


def _payload(body: Body) -> Iterator[Breach]:
    payload, parallel = number(body.get("MaxPayloadInMB"), 6), number(body.get("MaxConcurrentTransforms"), 1)
    most = TRANSFORM_PAYLOAD_MB_MAX
    if payload > most:
        yield Breach("MaxPayloadInMB", f"{payload} MB", f"at most {most}", _TRANSFORM, "split the records")
    if payload * max(parallel, 1) > most:
        found, limit = f"{parallel} transforms of {payload} MB", f"at most {most} MB together"
        yield Breach("MaxConcurrentTransforms", found, limit, _TRANSFORM, "fewer at once, or smaller payloads")
    if body.get("BatchStrategy") == "MultiRecord" and part(body, "TransformInput").get("SplitType", "None") == "None":
        limit = "Line, RecordIO or TFRecord with MultiRecord"
        yield Breach("TransformInput.SplitType", "None", limit, _TRANSFORM, "say how records are split")


def _tuning(body: Body) -> Iterator[Breach]:
    one, many = "TrainingJobDefinition", "TrainingJobDefinitions"
    if (one in body) == (many in body):
        yield Breach(one, "both or none", f"{one} or {many}", _TUNING, "leave one of them out")
    limits = part(body, "HyperParameterTuningJobConfig", "ResourceLimits")
    parallel, jobs = number(limits.get("MaxParallelTrainingJobs")), number(limits.get("MaxNumberOfTrainingJobs"))
    if jobs and parallel > jobs:
        field = "HyperParameterTuningJobConfig.ResourceLimits.MaxParallelTrainingJobs"
        yield Breach(field, str(parallel), f"at most MaxNumberOfTrainingJobs, {jobs}", _TUNING, "lower it")
    ranges = part(body, "HyperParameterTuningJobConfig", "ParameterRanges")
    for kind in ("Integer", "Continuous", "Categorical"):
        count = len(parts(ranges, f"{kind}ParameterRanges"))
        if count > RANGES_MAX:
            field = f"HyperParameterTuningJobConfig.ParameterRanges.{kind}ParameterRanges"
            yield Breach(field, f"{count} ranges", f"at most {RANGES_MAX}", _TUNING, "tune fewer at once")
    for definition in (part(body, one), *parts(body, many)):
        if number(part(definition, "ResourceConfig").get("KeepAlivePeriodInSeconds")):
            field, source = f"{one}.ResourceConfig.KeepAlivePeriodInSeconds", f"{_POOLS}; reported for tuning"
            yield Breach(field, "a warm pool", "none inside a tuning job", source, "leave it out: it is not honoured")
        for rule in (_stopping, _channels, _algorithm):
            yield from (replace(breach, field=f"{one}.{breach.field}") for breach in rule(definition))


_RULES: Mapping[str, tuple[Callable[[Body], Iterator[Breach]], ...]] = {
    "CreateTrainingJob": (_stopping, _resources, _channels, _algorithm),
    "CreateProcessingJob": (_places,),
    "CreateTransformJob": (_payload,),
    "CreateHyperParameterTuningJob": (_tuning,),
}
