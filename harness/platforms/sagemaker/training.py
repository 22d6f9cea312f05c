"""Order → CreateTrainingJob. Pure."""

from __future__ import annotations

import math

from harness.model.job import Json
from harness.model.order import Order
from harness.platforms.sagemaker import request
from harness.platforms.sagemaker.home import SageMakerHome
from harness.platforms.sagemaker.kind import Locations
from harness.platforms.sagemaker.limits import GIB
from harness.platforms.sagemaker.limits import SHIM_CHANNEL as CHANNEL
from harness.platforms.sagemaker.metrics import defined_metrics
from harness.platforms.sagemaker.parameters import as_strings, platform_delivers
from harness.platforms.training_layout import is_laid_out


def request_of(order: Order, where: SageMakerHome, at: Locations, spec_digest: str) -> dict[str, Json]:
    """Build the request."""
    job, mine = order.job, order.job.sides[order.run.side]
    algorithm: dict[str, Json] = {
        "TrainingImage": order.identity.image.reference,
        "TrainingInputMode": "File",
        "ContainerEntrypoint": list(request.command(order, spec_digest)),
    }
    if defined := defined_metrics(job, order.run.side):
        algorithm["MetricDefinitions"] = [{"Name": metric.name, "Regex": metric.regex} for metric in defined]
    resources: dict[str, Json] = {
        "InstanceType": mine.instance_type or request.DEFAULT_INSTANCE,
        "InstanceCount": 1,
        "VolumeSizeInGB": max(1, math.ceil(job.resources.disk_bytes / GIB)),
    }
    if mine.keep_alive_seconds:
        resources["KeepAlivePeriodInSeconds"] = mine.keep_alive_seconds
    body: dict[str, Json] = {
        "TrainingJobName": order.run.name,
        "RoleArn": where.role,
        "AlgorithmSpecification": algorithm,
        "InputDataConfig": _channels(order, at),
        "OutputDataConfig": {"S3OutputPath": at.output},
        "ResourceConfig": resources,
        "StoppingCondition": {"MaxRuntimeInSeconds": job.time_limit_seconds},
        "Environment": request.environment(order),
        "Tags": request.tags(order, at),
    }
    if platform_delivers(job, order.run.side) or is_laid_out(job):
        body["HyperParameters"] = dict(as_strings(mine.parameters))
    if job.is_blocked:
        body["EnableNetworkIsolation"] = True
    if job.retries:
        body["RetryStrategy"] = {"MaximumRetryAttempts": job.retries}
    if where.subnets:
        body["VpcConfig"] = {"SecurityGroupIds": list(where.security_groups), "Subnets": list(where.subnets)}
    return {name: value for name, value in body.items() if value not in ([], {})}


def _channels(order: Order, at: Locations) -> list[Json]:
    shim = [(CHANNEL, at.channel)] if order.run.shim else []
    inputs = [(source.name, source.uri) for source in order.job.inputs if order.run.side in source.path]
    return [
        {
            "ChannelName": name,
            "DataSource": {
                "S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
            },
        }
        for name, uri in [*shim, *inputs]
    ]
