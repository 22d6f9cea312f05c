"""Order → CreateTrainingJob or CreateProcessingJob. Pure.

Limits and places: SageMaker API 2017-07-24 (botocore model) and the container contract of the developer guide.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from harness.errors import Refused
from harness.model import strict_json
from harness.model.job import Delivery, JobKind, Json
from harness.model.order import Order, S3Place
from harness.platforms.sagemaker.home import SageMakerHome
from harness.platforms.sagemaker.limits import GIB, input_path
from harness.platforms.sagemaker.limits import SHIM_CHANNEL as CHANNEL
from harness.platforms.sagemaker.parameters import as_strings, platform_delivers

SHIM_FOLDER = {kind: input_path(kind, CHANNEL) for kind in JobKind}
DEFAULT_INSTANCE = "ml.m5.large"
_NOT_COMPARED = frozenset({"Tags", "MetricDefinitions"})
"""Describe gives no tags, and the service injects metric definitions (reference: sagemaker 3.3)."""


@dataclass(frozen=True, slots=True)
class Locations:
    """Where one run's staged things lie."""

    channel: str
    """s3:// prefix with shim.py, spec.json and grants.json."""
    output: str
    """s3:// prefix that the service writes to."""


def locations(staging: S3Place, run: str) -> Locations:
    """Name one run's places below the repository's staging prefix."""
    return Locations(staging.uri(run, "channel") + "/", staging.uri(run, "out") + "/")


def create_request(order: Order, where: SageMakerHome, at: Locations, spec_digest: str) -> dict[str, Json]:
    """Build the request for the job's kind."""
    if order.job.kind is JobKind.TRAINING:
        return _training(order, where, at, spec_digest)
    return _processing(order, where, at, spec_digest)


def comparable(request: Mapping[str, Json]) -> dict[str, Json]:
    """Leave out what Describe doesn't echo, at any depth."""
    return {
        name: comparable(value) if isinstance(value, dict) else value
        for name, value in request.items()
        if name not in _NOT_COMPARED
    }


def _training(order: Order, where: SageMakerHome, at: Locations, spec_digest: str) -> dict[str, Json]:
    job, mine = order.job, order.job.sides[order.run.side]
    algorithm: dict[str, Json] = {
        "TrainingImage": order.identity.image.reference,
        "TrainingInputMode": "File",
        "ContainerEntrypoint": list(_command(order, spec_digest)),
    }
    if job.logged_metrics:
        algorithm["MetricDefinitions"] = [{"Name": each.name, "Regex": each.regex} for each in job.logged_metrics]
    resources: dict[str, Json] = {
        "InstanceType": mine.instance_type or DEFAULT_INSTANCE,
        "InstanceCount": 1,
        "VolumeSizeInGB": max(1, math.ceil(job.resources.disk_bytes / GIB)),
    }
    if mine.keep_alive_seconds:
        resources["KeepAlivePeriodInSeconds"] = mine.keep_alive_seconds
    request: dict[str, Json] = {
        "TrainingJobName": order.run.name,
        "RoleArn": where.role,
        "AlgorithmSpecification": algorithm,
        "InputDataConfig": _channels(order, at),
        "OutputDataConfig": {"S3OutputPath": at.output},
        "ResourceConfig": resources,
        "StoppingCondition": {"MaxRuntimeInSeconds": job.time_limit_seconds},
        "Environment": _environment(order),
        "Tags": _tags(order),
    }
    if platform_delivers(job, order.run.side):
        request["HyperParameters"] = dict(as_strings(mine.parameters))
    if job.retries:
        request["RetryStrategy"] = {"MaximumRetryAttempts": job.retries}
    if where.subnets:
        request["VpcConfig"] = {"SecurityGroupIds": list(where.security_groups), "Subnets": list(where.subnets)}
    return {name: value for name, value in request.items() if value not in ([], {})}


def _processing(order: Order, where: SageMakerHome, at: Locations, spec_digest: str) -> dict[str, Json]:
    job, mine = order.job, order.job.sides[order.run.side]
    request: dict[str, Json] = {
        "ProcessingJobName": order.run.name,
        "RoleArn": where.role,
        "AppSpecification": {
            "ImageUri": order.identity.image.reference,
            "ContainerEntrypoint": list(_command(order, spec_digest)),
        },
        "ProcessingInputs": _processing_inputs(order, at),
        "ProcessingOutputConfig": {
            "Outputs": [
                {
                    "OutputName": each.name,
                    "S3Output": {
                        "S3Uri": f"{at.output}{each.name}/",
                        "LocalPath": each.path[order.run.side],
                        "S3UploadMode": "EndOfJob",
                    },
                }
                for each in job.outputs
                if order.run.side in each.path
            ]
        },
        "ProcessingResources": {
            "ClusterConfig": {
                "InstanceType": mine.instance_type or DEFAULT_INSTANCE,
                "InstanceCount": 1,
                "VolumeSizeInGB": max(1, math.ceil(job.resources.disk_bytes / GIB)),
            }
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": job.time_limit_seconds},
        "Environment": _environment(order),
        "Tags": _tags(order),
    }
    if where.subnets:
        vpc: dict[str, Json] = {"SecurityGroupIds": list(where.security_groups), "Subnets": list(where.subnets)}
        request["NetworkConfig"] = {"VpcConfig": vpc}
    return {name: value for name, value in request.items() if value not in ([], {}, {"Outputs": []})}


def _command(order: Order, spec_digest: str) -> tuple[str, ...]:
    mine = order.job.sides[order.run.side]
    folder = SHIM_FOLDER[order.job.kind]
    if order.run.shim:
        return ("python3", f"{folder}/shim.py", f"{folder}/spec.json", spec_digest)
    if mine.reading.delivery is Delivery.ARGV:
        extra = (part for name, value in as_strings(mine.parameters).items() for part in (f"--{name}", value))
        return (*mine.command, *extra)
    if mine.reading.delivery is Delivery.FILE and not platform_delivers(order.job, order.run.side):
        message = f"{order.job.name}: without the shim nobody can write {mine.reading.path} on SageMaker"
        raise Refused(message)
    return mine.command


def _environment(order: Order) -> dict[str, Json]:
    """Give the environment natively only without the shim; under it, it travels in the staged spec, beyond the caps."""
    mine = order.job.sides[order.run.side]
    if order.run.shim:
        return {}
    given: dict[str, Json] = dict(mine.environment)
    if mine.reading.delivery is Delivery.ENV:
        given |= {
            name.upper(): value if isinstance(value, str) else strict_json.write(value).decode().strip()
            for name, value in mine.parameters.items()
        }
    return given


def _channels(order: Order, at: Locations) -> list[Json]:
    shim = [(CHANNEL, at.channel)] if order.run.shim else []
    inputs = [(each.name, each.uri) for each in order.job.inputs if order.run.side in each.path]
    return [
        {
            "ChannelName": name,
            "DataSource": {
                "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
            },
        }
        for name, uri in [*shim, *inputs]
    ]


def _processing_inputs(order: Order, at: Locations) -> list[Json]:
    shim = [(CHANNEL, at.channel, SHIM_FOLDER[JobKind.PROCESSING])] if order.run.shim else []
    inputs = [
        (each.name, each.uri, each.path[order.run.side]) for each in order.job.inputs if order.run.side in each.path
    ]
    return [
        {
            "InputName": name,
            "S3Input": {"S3Uri": uri, "LocalPath": path, "S3DataType": "S3Prefix", "S3InputMode": "File"},
        }
        for name, uri, path in [*shim, *inputs]
    ]


def _tags(order: Order) -> list[Json]:
    return [
        {"Key": "parity-harness/campaign", "Value": order.campaign[:256]},
        {"Key": "parity-harness/run", "Value": order.run.id[:256]},
    ]
