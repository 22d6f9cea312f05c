"""What SageMaker says of a training or processing job, as the draft of an entry; each field is taken once. Pure."""

from __future__ import annotations

import re
from typing import Any

from harness.fields.words import is_parameter
from harness.platforms.draft import WORD, Drafts, StandIns, label, may_be_written
from harness.platforms.sagemaker.limits import HYPERPARAMETERS_FILE, MODEL_FOLDER
from harness.platforms.tracked import Tracked

_ARN = re.compile(r"arn:aws[a-z-]*:sagemaker:([a-z0-9-]+):([0-9]{12}):.+")
_S3 = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^\s?#]*)?")
_PIN = "what makes two runs read the same: an object version, digest, snapshot id or logical date"


def training(job: Tracked) -> dict[str, Any]:
    """Draft an entry of describe-training-job's answer."""
    algorithm = ("AlgorithmSpecification",)
    resources = ("ResourceConfig",)
    draft = _draft(job, "Training", "training", "train")
    written = draft["job"]
    written["image"] = job.text(*algorithm, "TrainingImage") or None
    _command(job, algorithm, written)
    parameters = job.look("HyperParameters")
    if isinstance(parameters, dict) and parameters:
        taken = {
            name: value for name, value in parameters.items() if is_parameter(name) and may_be_written("_", str(value))
        }
        for name in taken:
            job.take("HyperParameters", name)
        written["parameters"] = taken
        written["read_parameters"] = {"file": HYPERPARAMETERS_FILE, "as": "strings"}
    written["inputs"] = _channels(job, draft["decide"])
    written["outputs"] = {"model": {"path": MODEL_FOLDER}}
    _machines(job, resources, written)
    if seconds := job.number(*resources, "KeepAlivePeriodInSeconds"):
        written["candidate"]["keep_alive"] = f"{seconds}s"
    if retries := job.number("RetryStrategy", "MaximumRetryAttempts"):
        written["retries"] = retries
    _network(job, ("VpcConfig",), draft["entry"]["candidate"])
    return draft


def processing(job: Tracked) -> dict[str, Any]:
    """Draft an entry of describe-processing-job's answer."""
    draft = _draft(job, "Processing", "processing", "process")
    written = draft["job"]
    written["image"] = job.text("AppSpecification", "ImageUri") or None
    _command(job, ("AppSpecification",), written)
    written["inputs"] = _processing_inputs(job, draft["decide"])
    outputs: dict[str, Any] = {}
    for number in range(job.count("ProcessingOutputConfig", "Outputs")):
        at = ("ProcessingOutputConfig", "Outputs", number)
        path = job.text(*at, "S3Output", "LocalPath")
        if path:
            outputs[job.text(*at, "OutputName")] = {"path": path}
    if outputs:
        written["outputs"] = outputs
    _machines(job, ("ProcessingResources", "ClusterConfig"), written)
    _network(job, ("NetworkConfig", "VpcConfig"), draft["entry"]["candidate"])
    return draft


def _draft(job: Tracked, word: str, kind: str, job_name: str) -> dict[str, Any]:
    """Take what both answers have in common."""
    name = label(job.text(f"{word}JobName"))
    candidate: dict[str, Any] = {"role": job.text("RoleArn") or None}
    draft: dict[str, Any] = {
        "name": name,
        "job_name": job_name,
        "entry": {"candidate": candidate},
        "decide": {},
    }
    arn = _ARN.fullmatch(str(job.look(f"{word}JobArn") or ""))
    if arn:
        job.take(f"{word}JobArn")
        candidate["region"], candidate["account"] = arn[1], arn[2]
    written: dict[str, Any] = {"kind": kind, "candidate": {}, "environment": {}}
    if seconds := job.number("StoppingCondition", "MaxRuntimeInSeconds"):
        written["time_limit"] = f"{seconds}s"
    environment = job.look("Environment")
    for key, value in environment.items() if isinstance(environment, dict) else ():
        if isinstance(value, str) and may_be_written(key, value):
            written["environment"][key] = value
            job.take("Environment", key)
    draft["job"] = written
    return draft


def _command(job: Tracked, at: tuple[str, ...], written: dict[str, Any]) -> None:
    if command := job.texts(*at, "ContainerEntrypoint"):
        written["command"] = command + job.texts(*at, "ContainerArguments")


def _channels(job: Tracked, decide: dict[str, str]) -> dict[str, Any]:
    inputs: dict[str, Any] = {}
    for number in range(job.count("InputDataConfig")):
        at = ("InputDataConfig", number)
        _input(job, (*at, "ChannelName"), (*at, "DataSource", "S3DataSource", "S3Uri"), inputs, decide)
    return inputs


def _processing_inputs(job: Tracked, decide: dict[str, str]) -> dict[str, Any]:
    inputs: dict[str, Any] = {}
    for number in range(job.count("ProcessingInputs")):
        at = ("ProcessingInputs", number)
        name = _input(job, (*at, "InputName"), (*at, "S3Input", "S3Uri"), inputs, decide)
        if name and (path := job.text(*at, "S3Input", "LocalPath")):
            inputs[name]["path"] = path
    return inputs


def _input(
    job: Tracked,
    named: tuple[str | int, ...],
    placed: tuple[str | int, ...],
    inputs: dict[str, Any],
    decide: dict[str, str],
) -> str:
    """Take one input that lies in S3; its pin is for the owner to say."""
    name, uri = str(job.look(*named) or ""), str(job.look(*placed) or "")
    if not name or not _S3.fullmatch(uri):
        return ""
    inputs[job.text(*named)] = {"uri": job.text(*placed), "pin": WORD}
    decide[f"inputs.{name}.pin"] = _PIN
    return name


def _machines(job: Tracked, at: tuple[str, ...], written: dict[str, Any]) -> None:
    if job.look(*at, "InstanceCount") == 1:
        job.take(*at, "InstanceCount")
    if kind := job.text(*at, "InstanceType"):
        written["candidate"]["instance_type"] = kind
    if volume := job.number(*at, "VolumeSizeInGB"):
        written["resources"] = {"disk": f"{volume}Gi"}


def _network(job: Tracked, at: tuple[str, ...], candidate: dict[str, Any]) -> None:
    if job.texts(*at, "Subnets") and job.texts(*at, "SecurityGroupIds"):
        candidate["subnets"] = job.texts(*at, "Subnets")
        candidate["security_groups"] = job.texts(*at, "SecurityGroupIds")


def read(document: Tracked) -> dict[str, Any] | None:
    """Draft an entry of a describe answer; None: it is none."""
    if document.look("TrainingJobName"):
        return training(document)
    return processing(document) if document.look("ProcessingJobName") else None


def _hint(document: Tracked) -> str:
    del document
    return ""


def _settings(account: str) -> StandIns:
    return {
        "account": (account, "the account of its SageMaker jobs"),
        "region": ("us-east-1", "the region of its SageMaker jobs"),
        "role": (f"arn:aws:iam::{account}:role/{WORD}", "the role of its SageMaker jobs"),
    }


DRAFTS = Drafts(
    "the answer of describe-training-job or describe-processing-job",
    read,
    _hint,
    _settings,
    {"instance_type": ("ml.m5.large", "the instance type that stands for its nodes")},
)
