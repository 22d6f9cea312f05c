"""The container contract: what lies under /opt/ml, what the process is started with, and what is read back.

Sources: developer guide, "how Amazon SageMaker provides training information" and "build your own processing
container".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.sandbox.aws.jobs import Job
from harness.sandbox.aws.rules import part, parts
from harness.sandbox.aws.states import Kind

ML_ROOT = "/opt/ml"
HOST = "algo-1"
GROUP = "homogeneousCluster"
CHECKPOINTS = "/opt/ml/checkpoints"
TEXT_MAX = 1024
"""FailureReason and ExitMessage hold so many characters."""


@dataclass(frozen=True, slots=True)
class Fetch:
    """An S3 prefix that has to lie in a folder before the job starts."""

    uri: str
    into: Path


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


def prepare(job: Job, base: Path) -> Layout:
    """Make the folders and configuration files of a job."""
    layout = Layout(base / "ml")
    (layout.ml / "output").mkdir(parents=True)
    if job.kind is Kind.TRAINING:
        _prepare_training(job, layout)
    else:
        _prepare_processing(job, layout)
    return layout


def _prepare_training(job: Job, layout: Layout) -> None:
    for folder in ("input/config", "input/data", "model", "output/data"):
        (layout.ml / folder).mkdir(parents=True, exist_ok=True)
    config = layout.ml / "input" / "config"
    channels = parts(job.request, "InputDataConfig")
    mode = part(job.request, "AlgorithmSpecification").get("TrainingInputMode", "File")
    _write(config / "hyperparameters.json", dict(part(job.request, "HyperParameters")))
    _write(config / "inputdataconfig.json", {str(each["ChannelName"]): _channel(each, mode) for each in channels})
    _write(config / "resourceconfig.json", _resources(instance_type_of(job)))


def _channel(channel: Mapping[str, object], mode: object) -> dict[str, object]:
    source = part(channel, "DataSource", "S3DataSource")
    facts = {
        "TrainingInputMode": channel.get("InputMode", mode),
        "S3DistributionType": source.get("S3DataDistributionType", "FullyReplicated"),
        "RecordWrapperType": channel.get("RecordWrapperType", "None"),
    }
    return facts | ({"ContentType": channel["ContentType"]} if "ContentType" in channel else {})


def _resources(instance_type: str) -> dict[str, object]:
    group = {"instance_group_name": GROUP, "instance_type": instance_type, "hosts": [HOST]}
    return {
        "current_host": HOST,
        "current_instance_type": instance_type,
        "current_group_name": GROUP,
        "hosts": [HOST],
        "instance_groups": [group],
        "network_interface_name": "eth0",
    }


def _prepare_processing(job: Job, layout: Layout) -> None:
    config = layout.ml / "config"
    config.mkdir()
    (layout.ml / "processing").mkdir()
    shown = {name: value for name, value in job.request.items() if name not in {"Tags", "ExperimentConfig"}}
    _write(config / "processingjobconfig.json", {"ProcessingJobArn": job.arn, **shown})
    _write(config / "resourceconfig.json", _resources(instance_type_of(job)))
    for output in parts(job.request, "ProcessingOutputConfig", "Outputs"):
        layout.at(str(part(output, "S3Output")["LocalPath"])).mkdir(parents=True, exist_ok=True)


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value), encoding="utf-8")


def fetches(job: Job, layout: Layout) -> tuple[Fetch, ...]:
    """List what has to be downloaded before the start."""
    if job.kind is Kind.TRAINING:
        return tuple(
            Fetch(
                str(part(each, "DataSource", "S3DataSource")["S3Uri"]),
                layout.ml / "input" / "data" / str(each["ChannelName"]),
            )
            for each in parts(job.request, "InputDataConfig")
        )
    sources = (part(each, "S3Input") for each in parts(job.request, "ProcessingInputs"))
    return tuple(Fetch(str(each["S3Uri"]), layout.at(str(each["LocalPath"]))) for each in sources)


def image_of(job: Job) -> str:
    """Name the image."""
    field = (
        ("AlgorithmSpecification", "TrainingImage") if job.kind is Kind.TRAINING else ("AppSpecification", "ImageUri")
    )
    return str(part(job.request, field[0])[field[1]])


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
    """Give the command line: entrypoint and arguments; `train` of the image for training without an entrypoint."""
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
    asked = {name: str(value) for name, value in part(job.request, "Environment").items()}
    own = {"AWS_REGION": job.home.region}
    if job.kind is Kind.TRAINING:
        own |= {"TRAINING_JOB_NAME": job.name, "TRAINING_JOB_ARN": job.arn}
    return {**own, **asked}
