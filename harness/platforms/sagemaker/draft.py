"""A SageMaker job, as answer or request, as the draft of an entry; each field is taken once. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError

from harness.fields import units, words
from harness.fields.paths import Path
from harness.fields.words import is_parameter
from harness.model.job import Layout, Resources
from harness.platforms.draft import (
    ACCOUNT,
    WORD,
    Draft,
    Drafts,
    Known,
    NotCarriedError,
    Others,
    StandIns,
    label,
    may_be_written,
)
from harness.platforms.fault import Fault
from harness.platforms.sagemaker.documents import as_request, refuse_unpaired
from harness.platforms.sagemaker.instances import CAPACITY, fit
from harness.platforms.sagemaker.limits import HYPERPARAMETERS_FILE, MODEL_FOLDER
from harness.platforms.sagemaker.losses import lost
from harness.platforms.tracked import Tracked

_ARN = re.compile(r"arn:aws[a-z-]*:sagemaker:([a-z0-9-]+):([0-9]{12}):.+")
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::([0-9]{12}):role/.+")
_S3 = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^\s?#]*)?")
_REGISTRY = re.compile(r"([0-9]{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com")
_OWN_IMAGE = re.compile(
    r"^763104351884\.|/(sagemaker-|pytorch-|tensorflow-|huggingface-|mxnet-|djl-|autogluon-|stabilityai-|xgboost:"
    r"|linear-learner:|kmeans:|pca:|image-classification:|blazingtext:|forecasting-deepar:|randomcutforest:)"
)
"""Images of the service's own registries, whose accounts are Amazon's (SageMaker developer guide, registry paths)."""
_PIN = "what makes two runs read the same: an object version, digest, snapshot id or logical date"
_STAMP = re.compile(r"-[0-9]{4}-[0-9]{2}-[0-9]{2}(-[0-9]{2}){0,3}(-[0-9]{3})?$")
"""What SageMaker's SDK and most launchers append to a job's name: when it was started."""
MEMBERS_EXPECTED = "1: jobs on more than one host are not built yet"
DEFAULT_INSTANCE = "ml.m5.large"
_REGEX = TypeAdapter(words.Regex)
_METRIC_NAME = TypeAdapter(words.MetricName)


def read(document: Tracked, others: Others) -> Draft | None:
    """Draft an entry of an answer or a request; None: it is none.

    Raises:
        NotCarriedError: it can't be one.
    """
    del others
    whole = document.look()
    if isinstance(whole, dict):
        refuse_unpaired(whole)
    if document.look("TrainingJobName") or document.look("AlgorithmSpecification", "TrainingInputMode"):
        return _training(document)
    if document.look("ProcessingJobName") or document.look("AppSpecification", "ImageUri"):
        return _processing(document)
    return None


def _training(job: Tracked) -> Draft:
    machines = ("ResourceConfig",)
    _check_hosts(job, machines)
    decide: dict[str, str] = {}
    written, candidate = _common(job, "training", machines)
    algorithm = ("AlgorithmSpecification",)
    written["image"] = job.text(*algorithm, "TrainingImage") or None
    _command(job, algorithm, written)
    _parameters(job, written)
    written["layout"] = Layout.SAGEMAKER.value  # its program may count on it wherever it runs
    written["inputs"] = _channels(job, decide)
    written["outputs"] = {"model": {"path": MODEL_FOLDER}}
    written["metrics"] = _metrics(job, decide)
    if seconds := job.number(*machines, "KeepAlivePeriodInSeconds"):
        written["candidate"]["keep_alive"] = f"{seconds}s"
    if retries := job.number("RetryStrategy", "MaximumRetryAttempts"):
        written["retries"] = retries
    _network(job, ("VpcConfig",), candidate)
    return _draft(job, "Training", "train", candidate, written=written, decide=decide)


def _processing(job: Tracked) -> Draft:
    machines = ("ProcessingResources", "ClusterConfig")
    _check_hosts(job, machines)
    decide: dict[str, str] = {}
    written, candidate = _common(job, "processing", machines)
    written["image"] = job.text("AppSpecification", "ImageUri") or None
    _command(job, ("AppSpecification",), written)
    written["inputs"] = _processing_inputs(job, decide)
    if outputs := _outputs(job):
        written["outputs"] = outputs
    _network(job, ("NetworkConfig", "VpcConfig"), candidate)
    return _draft(job, "Processing", "process", candidate, written=written, decide=decide)


def _check_hosts(job: Tracked, machines: tuple[str, ...]) -> None:
    """Refuse more than one host, by name and count."""
    groups = job.count(*machines, "InstanceGroups")
    paths: list[Path] = [(*machines, "InstanceGroups", number, "InstanceCount") for number in range(groups)]
    counts = [job.look(*path) for path in paths or [(*machines, "InstanceCount")]]
    hosts = sum(count if isinstance(count, int) else 1 for count in counts)
    if hosts > 1:
        at = (*machines, "InstanceGroups" if groups else "InstanceCount")
        raise NotCarriedError(
            Fault(at, f"{hosts} hosts" + (f" in {groups} groups" if groups else ""), MEMBERS_EXPECTED)
        )
    for path in paths or [(*machines, "InstanceCount")]:
        job.take(*path)


def _common(job: Tracked, kind: str, machines: tuple[str, ...]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Take what both kinds of job have: environment, time limit, machine; and where it runs."""
    written: dict[str, Any] = {"kind": kind, "candidate": {}, "environment": {}, "secrets": {}}
    if seconds := job.number("StoppingCondition", "MaxRuntimeInSeconds"):
        written["time_limit"] = units.duration(seconds)
    environment = job.look("Environment")
    for key, value in environment.items() if isinstance(environment, dict) else ():
        if isinstance(value, str) and may_be_written(key, value):
            written["environment"][key] = value
            job.take("Environment", key)
    first: Path = (*machines, "InstanceGroups", 0, "InstanceType")
    if instance := job.text(*machines, "InstanceType") or job.text(*first):
        written["candidate"]["instance_type"] = instance
    if volume := job.number(*machines, "VolumeSizeInGB"):
        written["resources"] = {"disk": f"{volume}Gi"}
    return written, _home(job)


def _home(job: Tracked) -> dict[str, Any]:
    """Say where it runs by its role and its ARN."""
    candidate: dict[str, Any] = {"role": job.text("RoleArn") or None}
    arns = (job.look("TrainingJobArn"), job.look("ProcessingJobArn"), job.look("status", "ackResourceMetadata", "arn"))
    found = next((match for arn in arns if isinstance(arn, str) and (match := _ARN.fullmatch(arn))), None)
    if found:
        candidate["region"], candidate["account"] = found[1], found[2]
        job.take("TrainingJobArn")
        job.take("ProcessingJobArn")
    elif role := _ROLE.fullmatch(candidate["role"] or ""):
        candidate["account"] = role[1]
    return candidate


def _draft(
    job: Tracked,
    word: str,
    job_name: str,
    candidate: dict[str, Any],
    *,
    written: dict[str, Any],
    decide: dict[str, str],
) -> Draft:
    name = job.text(f"{word}JobName") or str(job.look("metadata", "name") or "") or word.lower()
    namespace = str(job.look("metadata", "namespace") or "")
    base = _STAMP.sub("", name)
    environment = job.look("Environment")
    names = [key for key in environment if key not in written["environment"]] if isinstance(environment, dict) else []
    return Draft(
        kind=f"{word}Job",
        own_name=base,
        namespace=namespace,
        name=label(base),
        job_name=job_name,
        entry={"candidate": candidate},
        job=written,
        decide=decide | ({"command": "the image's own entry point"} if written.get("command", [""])[0] == WORD else {}),
        notes={},
        loss=lost,
        document="" if _was_answered(job) or names else "request",
        beside=_beside_request(written),
        missing=(f"credentials in {', '.join(names)}: the file takes none",) if names else (),
    )


def _was_answered(job: Tracked) -> bool:
    """Tell an answer, or an object of a cluster, from a request, which can be made again."""
    answered = ("TrainingJobArn", "TrainingJobStatus", "ProcessingJobArn", "ProcessingJobStatus", "kind")
    return any(job.look(name) for name in answered)


def _beside_request(written: Mapping[str, Any]) -> dict[str, Any]:
    """Give what is written beside a request: pins and margins, and what the other side needs."""
    kept = {
        key: written[key]
        for key in ("command", "environment", "layout", "parameters", "read_parameters")
        if written.get(key) and WORD not in written[key]
    }
    kept["inputs"] = {name: {"pin": value["pin"]} for name, value in written.get("inputs", {}).items()}
    kept["outputs"] = written.get("outputs", {})
    kept["metrics"] = {
        name: {key: value[key] for key in ("better", "margin")} for name, value in written.get("metrics", {}).items()
    }
    return kept


def _command(job: Tracked, at: tuple[str, ...], written: dict[str, Any]) -> None:
    entry, arguments = job.texts(*at, "ContainerEntrypoint"), job.texts(*at, "ContainerArguments")
    if entry or arguments:
        written["command"] = [*(entry or [WORD]), *arguments]


def _parameters(job: Tracked, written: dict[str, Any]) -> None:
    parameters = job.look("HyperParameters")
    if not isinstance(parameters, dict) or not parameters:
        return
    taken = {
        name: value for name, value in parameters.items() if is_parameter(name) and may_be_written("_", str(value))
    }
    for name in taken:
        job.take("HyperParameters", name)
    written["parameters"] = taken
    written["read_parameters"] = {"file": HYPERPARAMETERS_FILE, "as": "strings"}


def _metrics(job: Tracked, decide: dict[str, str]) -> dict[str, Any]:
    """Take metric definitions; direction and margin are for the owner to say."""
    metrics: dict[str, Any] = {}
    for number in range(job.count("AlgorithmSpecification", "MetricDefinitions")):
        at = ("AlgorithmSpecification", "MetricDefinitions", number)
        name, regex = job.look(*at, "Name"), job.look(*at, "Regex")
        if _accepts(_METRIC_NAME, name) and _accepts(_REGEX, regex) and name not in metrics:
            job.take(*at)
            metrics[str(name)] = {"regex": regex, "better": WORD, "margin": WORD}
            decide[f"metrics.{name}.better"] = "lower, higher or neither"
            decide[f"metrics.{name}.margin"] = "the largest difference you accept, such as 1%"
    return metrics


def _accepts(adapter: TypeAdapter[str], value: object) -> bool:
    try:
        adapter.validate_python(value)
    except ValidationError:
        return False
    return True


# -- what it reads and writes -----------------------------------------------------------------------------------------


def _channels(job: Tracked, decide: dict[str, str]) -> dict[str, Any]:
    inputs: dict[str, Any] = {}
    for number in range(job.count("InputDataConfig")):
        at = ("InputDataConfig", number)
        _input(job, (*at, "ChannelName"), (*at, "DataSource", "S3DataSource", "S3Uri"), inputs, decide=decide)
    return inputs


def _processing_inputs(job: Tracked, decide: dict[str, str]) -> dict[str, Any]:
    inputs: dict[str, Any] = {}
    for number in range(job.count("ProcessingInputs")):
        at = ("ProcessingInputs", number)
        source = (*at, "S3Input") if job.look(*at, "S3Input") else at
        name = _input(job, (*at, "InputName"), (*source, "S3Uri"), inputs, decide=decide)
        if name and (path := job.text(*source, "LocalPath")):
            inputs[name]["path"] = path
    return inputs


def _outputs(job: Tracked) -> dict[str, Any]:
    outputs: dict[str, Any] = {}
    for number in range(job.count("ProcessingOutputConfig", "Outputs")):
        at = ("ProcessingOutputConfig", "Outputs", number)
        if path := job.text(*at, "S3Output", "LocalPath"):
            outputs[job.text(*at, "OutputName")] = {"path": path}
    return outputs


def _input(
    job: Tracked,
    named: tuple[str | int, ...],
    placed: tuple[str | int, ...],
    inputs: dict[str, Any],
    *,
    decide: dict[str, str],
) -> str:
    """Take one input that lies in S3; its pin is for the owner to say."""
    name, uri = str(job.look(*named) or ""), str(job.look(*placed) or "")
    if not name or not isinstance(job.look(*named), str) or not _S3.fullmatch(uri):
        return ""
    inputs[job.text(*named)] = {"uri": job.text(*placed), "pin": WORD}
    decide[f"inputs.{name}.pin"] = _PIN
    return name


def _network(job: Tracked, at: tuple[str, ...], candidate: dict[str, Any]) -> None:
    if job.texts(*at, "Subnets") and job.texts(*at, "SecurityGroupIds"):
        candidate["subnets"] = job.texts(*at, "Subnets")
        candidate["security_groups"] = job.texts(*at, "SecurityGroupIds")


# -- what a side needs besides ----------------------------------------------------------------------------------------


def _hint(document: Tracked) -> str:
    del document
    return ""


def _settings(known: Known) -> StandIns:
    """Offer the account and region of the role and of the image's registry, unless that is the service's own."""
    account, region, role = _ROLE.fullmatch(known.role), "us-east-1", known.role
    registry = _REGISTRY.match(known.image)
    found = known.account or (account[1] if account else "")
    if registry and not _OWN_IMAGE.search(known.image):
        found, region = found or registry[1], registry[2]
    today = f"; today it works as {role}" if role else ""
    return {
        "account": (found or ACCOUNT, "the account of its SageMaker jobs"),
        "region": (region, "the region of its SageMaker jobs"),
        "role": (f"arn:aws:iam::{found or ACCOUNT}:role/{WORD}", f"the role of its SageMaker jobs{today}"),
    }


def _job(known: Known) -> StandIns:
    """Offer the smallest type that holds what the job asks for."""
    asked = Resources(
        cpu=float(known.resources.get("cpu") or 1),
        memory_bytes=units.size_bytes(str(known.resources.get("memory"))) or Resources().memory_bytes,
        gpu=int(known.resources.get("gpu") or 0),
    )
    found = fit(asked, DEFAULT_INSTANCE, frozenset(CAPACITY), {})
    if found is None or found.fits:
        return {"instance_type": (DEFAULT_INSTANCE, "the instance type that stands for its nodes")}
    return {"instance_type": (found.smallest or WORD, "the smallest type that holds what it asks for")}


DRAFTS = Drafts(
    "the answer of describe-training-job or describe-processing-job, a request of either, or ACK's object of one",
    read,
    _hint,
    _settings,
    _job,
    as_request,
)
