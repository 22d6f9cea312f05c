"""The container contract: what lies under /opt/ml, what the process is started with, and what is read back.

Sources: developer guide, "how Amazon SageMaker provides training information" and "build your own processing
container".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.sandbox.aws.inputs import HostIndex, Input, Source
from harness.sandbox.aws.jobs import Job
from harness.sandbox.aws.rules import integer, part, parts
from harness.sandbox.aws.states import Kind

ML_ROOT = "/opt/ml"
GROUP = "homogeneousCluster"
CHECKPOINTS = "/opt/ml/checkpoints"
_INSTANCES = {
    Kind.TRAINING: ("ResourceConfig",),
    Kind.PROCESSING: ("ProcessingResources", "ClusterConfig"),
    Kind.TRANSFORM: ("TransformResources",),
}
TEXT_MAX = 1024
"""FailureReason and ExitMessage hold so many characters."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The private folder that stands for /opt/ml."""

    ml: Path

    def at(self, path: str) -> Path:
        """Find a path of the container on the host; it has to lie under /opt/ml."""
        return self.ml / path.removeprefix(ML_ROOT).lstrip("/")

    @property
    def model(self) -> Path:
        """Where a training job leaves its model."""
        return self.ml / "model"

    @property
    def data(self) -> Path:
        """Where a training job leaves other outputs."""
        return self.ml / "output" / "data"

    def seen(self, path: Path) -> str:
        """Name a place below the folder as the container does."""
        return f"{ML_ROOT}/{path.relative_to(self.ml).as_posix()}"

    def failure(self) -> str:
        """Read what the program wrote about its failure."""
        return _text(self.ml / "output" / "failure", errors="replace")

    def message(self) -> str:
        """Read a processing job's exit message.

        Raises:
            UnicodeDecodeError: it is not UTF-8, which fails the job.
        """
        return _text(self.ml / "output" / "message", errors="strict")


def _text(path: Path, errors: str) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(TEXT_MAX * 4 + 4)
    except OSError:
        return ""
    whole = len(raw) <= TEXT_MAX * 4
    return raw.decode("utf-8", errors if whole else "replace")[:TEXT_MAX]


def host_name(index: int) -> str:
    """Name a host as the service does."""
    return f"algo-{index + 1}"


def hosts_file(count: int) -> str:
    """Give every host an address: 127.0.1.1 and so on, so that two may listen on one port."""
    names = "".join(f"127.0.1.{index + 1} {host_name(index)}\n" for index in range(count))
    return f"127.0.0.1 localhost\n{names}"


def instances(job: Job) -> int:
    """Count the hosts that a job asks for."""
    return integer(part(job.request, *_INSTANCES[job.kind]).get("InstanceCount"), 1)


def prepare(job: Job, base: Path, share: HostIndex) -> Layout:
    """Make the folders and configuration files of one host."""
    layout = Layout(base / "ml")
    (layout.ml / "output").mkdir(parents=True)
    match job.kind:
        case Kind.TRAINING:
            _prepare_training(job, layout, share)
        case Kind.PROCESSING:
            _prepare_processing(job, layout, share)
        case Kind.TRANSFORM:
            layout.model.mkdir()
    return layout


def _prepare_training(job: Job, layout: Layout, share: HostIndex) -> None:
    for folder in ("input/config", "input/data", "model", "output/data"):
        (layout.ml / folder).mkdir(parents=True, exist_ok=True)
    config = layout.ml / "input" / "config"
    channels = parts(job.request, "InputDataConfig")
    mode = part(job.request, "AlgorithmSpecification").get("TrainingInputMode", "File")
    _write(config / "hyperparameters.json", dict(part(job.request, "HyperParameters")))
    _write(
        config / "inputdataconfig.json", {str(channel["ChannelName"]): _channel(channel, mode) for channel in channels}
    )
    _write(config / "resourceconfig.json", _resources(instance_type_of(job), share))


def _channel(channel: Mapping[str, object], mode: object) -> dict[str, object]:
    source = part(channel, "DataSource", "S3DataSource")
    facts = {
        "TrainingInputMode": channel.get("InputMode", mode),
        "S3DistributionType": source.get("S3DataDistributionType", "FullyReplicated"),
        "RecordWrapperType": channel.get("RecordWrapperType", "None"),
    }
    return facts | ({"ContentType": channel["ContentType"]} if "ContentType" in channel else {})


def _resources(instance_type: str, share: HostIndex) -> dict[str, object]:
    hosts = sorted(host_name(index) for index in range(share.of))  # as text: algo-10 comes before algo-2
    group = {"instance_group_name": GROUP, "instance_type": instance_type, "hosts": hosts}
    return {
        "current_host": host_name(share.index),
        "current_instance_type": instance_type,
        "current_group_name": GROUP,
        "hosts": hosts,
        "instance_groups": [group],
        "network_interface_name": "eth0",
    }


def _prepare_processing(job: Job, layout: Layout, share: HostIndex) -> None:
    config = layout.ml / "config"
    config.mkdir()
    (layout.ml / "processing").mkdir()
    shown = {name: value for name, value in job.request.items() if name not in {"Tags", "ExperimentConfig"}}
    _write(config / "processingjobconfig.json", {"ProcessingJobArn": job.arn, **shown})
    _write(config / "resourceconfig.json", _resources(instance_type_of(job), share))
    for output in parts(job.request, "ProcessingOutputConfig", "Outputs"):
        layout.at(str(part(output, "S3Output")["LocalPath"])).mkdir(parents=True, exist_ok=True)


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value), encoding="utf-8")


def inputs_of(job: Job, layout: Layout) -> tuple[Input, ...]:
    """List what has to be there before the start, and in which way."""
    if job.kind is Kind.TRAINING:
        default = part(job.request, "AlgorithmSpecification").get("TrainingInputMode")
        return tuple(_channel_input(part, layout, default) for part in parts(job.request, "InputDataConfig"))
    if job.kind is Kind.TRANSFORM:
        return ()  # its objects are sent to the container, not laid out
    sources = (part(mapping, "S3Input") for mapping in parts(job.request, "ProcessingInputs"))
    return tuple(Input(_source(source), layout.at(str(source["LocalPath"]))) for source in sources)


def _channel_input(channel: Mapping[str, object], layout: Layout, default: object) -> Input:
    return Input(
        source=_source(part(channel, "DataSource", "S3DataSource")),
        into=layout.ml / "input" / "data" / str(channel["ChannelName"]),
        mode=str(channel.get("InputMode") or default),
        unzip=channel.get("CompressionType") == "Gzip",
    )


def transformed(job: Job) -> Source:
    """Say where the objects of a transform job are."""
    return _source(part(job.request, "TransformInput", "DataSource", "S3DataSource"))


def _source(given: Mapping[str, object]) -> Source:
    return Source(
        uri=str(given["S3Uri"]),
        manifest=given.get("S3DataType") == "ManifestFile",
        sharded=given.get("S3DataDistributionType") == "ShardedByS3Key",
    )


def image_of(job: Job) -> str:
    """Name the image."""
    match job.kind:
        case Kind.TRAINING:
            return str(part(job.request, "AlgorithmSpecification")["TrainingImage"])
        case Kind.PROCESSING:
            return str(part(job.request, "AppSpecification")["ImageUri"])
        case Kind.TRANSFORM:
            return str(part(job.model, "PrimaryContainer")["Image"])


def instance_type_of(job: Job) -> str:
    """Name the instance type."""
    training = job.kind is Kind.TRAINING
    where = ("ResourceConfig",) if training else ("ProcessingResources", "ClusterConfig")
    return str(part(job.request, *where).get("InstanceType", ""))


def has_entrypoint(job: Job) -> bool:
    """Tell whether the request says what to run; else the image does."""
    return bool(_strings(_algorithm(job).get("ContainerEntrypoint")))


def _algorithm(job: Job) -> Mapping[str, object]:
    return part(job.request, "AlgorithmSpecification" if job.kind is Kind.TRAINING else "AppSpecification")


def command_of(job: Job, code: Path) -> tuple[str, ...]:
    """Give the command line: entrypoint and arguments; else the image's `train` or, always for transform, `serve`."""
    if job.kind is Kind.TRANSFORM:
        return (str(code / "serve"), "serve")
    spec = _algorithm(job)
    entrypoint, arguments = _strings(spec.get("ContainerEntrypoint")), _strings(spec.get("ContainerArguments"))
    if entrypoint:
        return (*entrypoint, *arguments)
    if job.kind is Kind.TRAINING:
        return (str(code / "train"), *(arguments or ("train",)))
    return (str(code / "entrypoint"), *arguments)


def _strings(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()


def environment_of(job: Job) -> dict[str, str]:
    """Give what the service sets and what the request asks for; SM_* come from a toolkit, not from the service."""
    given = {**part(job.model, "PrimaryContainer", "Environment"), **part(job.request, "Environment")}
    asked = {name: str(value) for name, value in given.items()}
    own = {"AWS_REGION": job.home.region}
    if job.kind is Kind.TRAINING:
        own |= {"TRAINING_JOB_NAME": job.name, "TRAINING_JOB_ARN": job.arn}
    return {**own, **asked}
