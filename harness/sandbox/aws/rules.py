"""What a request must hold beyond its model: rules over several fields, and what this sandbox can't do. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from harness.sandbox.aws.wire import ServiceError, invalid, unsupported

TRAINING_RUNTIME_SECONDS_MAX = 28 * 24 * 3600
"""Developer guide, StoppingCondition; the model has no maximum here."""
HOSTS_MAX = 16
"""The sandbox's own bound."""
PROCESSING_ROOT = "/opt/ml/processing"

Body = Mapping[str, object]


def check_training(body: Body) -> None:
    """Check a CreateTrainingJob request that the model found good.

    Raises:
        ServiceError: the first rule that it breaks.
    """
    for fault in _training(body):
        raise fault


def check_processing(body: Body) -> None:
    """Check a CreateProcessingJob request that the model found good.

    Raises:
        ServiceError: the first rule that it breaks.
    """
    for fault in _processing(body):
        raise fault


def part(value: object, *path: str) -> Body:
    """Walk down to a nested structure; empty where there is none."""
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value if isinstance(value, Mapping) else {}


def parts(value: object, *path: str) -> tuple[Body, ...]:
    """Walk down to a nested list of structures; empty where there is none."""
    found = part(value, *path[:-1]).get(path[-1])
    return tuple(item for item in found if isinstance(item, Mapping)) if isinstance(found, list) else ()


def integer(value: object, default: int) -> int:
    """Read a whole number that the model has checked."""
    return value if isinstance(value, int) else default


def _training(body: Body) -> Iterator[ServiceError]:
    for name in ("ServerlessJobConfig", "SessionChainingConfig", "MlflowConfig", "ModelPackageConfig"):
        if name in body:
            yield unsupported(name)
    yield from _algorithm(part(body, "AlgorithmSpecification"))
    yield from _resources(body)
    yield from _stopping(body)
    yield from _channels(parts(body, "InputDataConfig"), part(body, "AlgorithmSpecification"))
    yield from s3_only("OutputDataConfig.S3OutputPath", part(body, "OutputDataConfig").get("S3OutputPath"))
    yield from tag_faults(body)


def _algorithm(algorithm: Body) -> Iterator[ServiceError]:
    if not algorithm:
        yield invalid("AlgorithmSpecification is required.")
    if ("TrainingImage" in algorithm) == ("AlgorithmName" in algorithm):
        yield invalid("You must specify exactly one of TrainingImage and AlgorithmName in AlgorithmSpecification.")
    if "AlgorithmName" in algorithm:
        yield unsupported("AlgorithmSpecification.AlgorithmName")


def _resources(body: Body) -> Iterator[ServiceError]:
    resources = part(body, "ResourceConfig")
    for name in ("InstanceGroups", "InstancePreferences", "TrainingPlanArn", "InstancePlacementConfig"):
        if name in resources:
            yield unsupported(f"ResourceConfig.{name}")
    if "InstanceType" not in resources:
        yield invalid("ResourceConfig.InstanceType is required.")
    count = integer(resources.get("InstanceCount"), 0)
    if count < 1:
        yield invalid("ResourceConfig.InstanceCount must be at least 1.")
    yield from _hosts("ResourceConfig.InstanceCount", count)
    if body.get("EnableManagedSpotTraining") and resources.get("KeepAlivePeriodInSeconds"):
        yield invalid("KeepAlivePeriodInSeconds is not supported with managed spot training.")


def _hosts(what: str, count: int) -> Iterator[ServiceError]:
    if count > HOSTS_MAX:
        yield unsupported(f"{what} above {HOSTS_MAX}: every instance is a process tree of this machine")


def _stopping(body: Body) -> Iterator[ServiceError]:
    stopping = part(body, "StoppingCondition")
    runtime = integer(stopping.get("MaxRuntimeInSeconds"), 86400)
    wait = stopping.get("MaxWaitTimeInSeconds")
    spot = bool(body.get("EnableManagedSpotTraining"))
    if runtime > TRAINING_RUNTIME_SECONDS_MAX:
        yield invalid(f"MaxRuntimeInSeconds must be at most {TRAINING_RUNTIME_SECONDS_MAX}.")
    if spot and wait is None:
        yield invalid("MaxWaitTimeInSeconds must be set when EnableManagedSpotTraining is true.")
    if wait is not None and not spot:
        yield invalid("MaxWaitTimeInSeconds must not be set when EnableManagedSpotTraining is false.")
    if wait is not None and integer(wait, 0) < runtime:
        yield invalid(
            "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds"
        )
    if "MaxPendingTimeInSeconds" in stopping:
        yield unsupported("StoppingCondition.MaxPendingTimeInSeconds")


def _channels(channels: tuple[Body, ...], algorithm: Body) -> Iterator[ServiceError]:
    names = [channel.get("ChannelName") for channel in channels]
    if len(set(names)) < len(names):
        yield invalid("Channel names must be unique within InputDataConfig.")
    for channel in channels:
        name = channel.get("ChannelName")
        mode = channel.get("InputMode") or algorithm.get("TrainingInputMode")
        if mode is None:
            yield invalid(f"TrainingInputMode is required for channel {name}.")
        yield from _channel(channel, str(mode))


def _channel(channel: Body, mode: str) -> Iterator[ServiceError]:
    place = f"(channel {channel.get('ChannelName')})"
    if channel.get("CompressionType", "None") != "None" and mode != "Pipe":
        yield invalid(f"CompressionType {channel['CompressionType']} is supported in Pipe mode only {place}.")
    if channel.get("RecordWrapperType", "None") != "None":
        yield unsupported(f"RecordWrapperType {channel['RecordWrapperType']} {place}")
    if "ShuffleConfig" in channel:
        yield unsupported(f"ShuffleConfig {place}")
    source = part(channel, "DataSource", "S3DataSource")
    if not source:
        yield unsupported(f"a data source other than S3 {place}")
    kind = source.get("S3DataType")
    if kind not in {"S3Prefix", "ManifestFile"}:
        yield unsupported(f"S3DataType {kind}: records of that form are not read here {place}")
    if kind != "S3Prefix" and mode == "FastFile":
        yield invalid(f"FastFile mode supports S3DataType S3Prefix only, found {kind} {place}.")
    for name in ("AttributeNames", "InstanceGroupNames", "ModelAccessConfig", "HubAccessConfig"):
        if name in source:
            yield unsupported(f"S3DataSource.{name} {place}")
    yield from s3_only(f"S3Uri of channel {channel.get('ChannelName')}", source.get("S3Uri"))


def _processing(body: Body) -> Iterator[ServiceError]:
    count = integer(part(body, "ProcessingResources", "ClusterConfig").get("InstanceCount"), 0)
    yield from _hosts("ClusterConfig.InstanceCount", count)
    inputs, outputs = parts(body, "ProcessingInputs"), parts(body, "ProcessingOutputConfig", "Outputs")
    for name, entries in (("InputName", inputs), ("OutputName", outputs)):
        names = [entry.get(name) for entry in entries]
        if len(set(names)) < len(names):
            yield invalid(f"{name} must be unique within a processing job.")
    for entry in inputs:
        yield from _processing_input(entry)
    for entry in outputs:
        yield from _processing_output(entry)
    places = [
        part(entry, kind).get("LocalPath")
        for kind, group in (("S3Input", inputs), ("S3Output", outputs))
        for entry in group
    ]
    if len(set(places)) < len(places):
        yield invalid("LocalPath must be unique over the inputs and outputs of a processing job.")
    yield from tag_faults(body)


def _processing_input(entry: Body) -> Iterator[ServiceError]:
    name = entry.get("InputName")
    source = part(entry, "S3Input")
    if not source:
        yield unsupported(f"DatasetDefinition (input {name})")
    if entry.get("AppManaged"):
        yield unsupported(f"AppManaged (input {name})")
    if source.get("S3InputMode", "File") != "File":
        yield unsupported(f"S3InputMode Pipe: where its FIFO lies is not documented (input {name})")
    if source.get("S3CompressionType", "None") != "None":
        yield invalid(f"S3CompressionType {source['S3CompressionType']} is supported in Pipe mode only (input {name}).")
    yield from _local_path(f"input {name}", source.get("LocalPath"))
    yield from s3_only(f"S3Uri of input {name}", source.get("S3Uri"))


def _processing_output(entry: Body) -> Iterator[ServiceError]:
    name = entry.get("OutputName")
    target = part(entry, "S3Output")
    if not target:
        yield unsupported(f"FeatureStoreOutput (output {name})")
    if entry.get("AppManaged"):
        yield unsupported(f"AppManaged (output {name})")
    if target.get("S3UploadMode") != "EndOfJob":
        yield unsupported(f"S3UploadMode {target.get('S3UploadMode')} (output {name})")
    yield from _local_path(f"output {name}", target.get("LocalPath"))
    yield from s3_only(f"S3Uri of output {name}", target.get("S3Uri"))


def _local_path(what: str, path: object) -> Iterator[ServiceError]:
    good = isinstance(path, str) and path.startswith(PROCESSING_ROOT + "/") and ".." not in path.split("/")
    if not good:
        yield invalid(f"LocalPath of {what} must be under {PROCESSING_ROOT}/, found {path!r}.")


def s3_only(what: str, uri: object) -> Iterator[ServiceError]:
    """Find a URI that is none of S3."""
    if not (isinstance(uri, str) and uri.startswith("s3://")):
        yield unsupported(f"{what} {uri!r}: only s3:// is")


def tag_faults(body: Body) -> Iterator[ServiceError]:
    """Find a tag key that comes twice."""
    keys = [tag.get("Key") for tag in parts(body, "Tags")]
    if len(set(keys)) < len(keys):
        yield invalid("Duplicate tag keys found. Tag keys must be unique.")
