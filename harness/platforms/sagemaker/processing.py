"""Order → CreateProcessingJob. Pure."""

from __future__ import annotations

import math

from harness.model.job import Json
from harness.model.order import Order
from harness.platforms.sagemaker import request
from harness.platforms.sagemaker.home import SageMakerHome
from harness.platforms.sagemaker.kind import Locations
from harness.platforms.sagemaker.limits import GIB
from harness.platforms.sagemaker.limits import SHIM_CHANNEL as CHANNEL


def request_of(order: Order, where: SageMakerHome, at: Locations, spec_digest: str) -> dict[str, Json]:
    """Build the request."""
    job, mine = order.job, order.job.sides[order.run.side]
    body: dict[str, Json] = {
        "ProcessingJobName": order.run.name,
        "RoleArn": where.role,
        "AppSpecification": {
            "ImageUri": order.identity.image.reference,
            "ContainerEntrypoint": list(request.command(order, spec_digest)),
        },
        "ProcessingInputs": _processing_inputs(order, at),
        "ProcessingOutputConfig": {
            "Outputs": [
                {
                    "OutputName": output.name,
                    "S3Output": {
                        "S3Uri": f"{at.output}{output.name}/",
                        "LocalPath": output.path[order.run.side],
                        "S3UploadMode": "EndOfJob",
                    },
                }
                for output in job.outputs
                if order.run.side in output.path
            ]
        },
        "ProcessingResources": {
            "ClusterConfig": {
                "InstanceType": mine.instance_type or request.DEFAULT_INSTANCE,
                "InstanceCount": 1,
                "VolumeSizeInGB": max(1, math.ceil(job.resources.disk_bytes / GIB)),
            }
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": job.time_limit_seconds},
        "Environment": request.environment(order),
        "Tags": request.tags(order, at),
    }
    network: dict[str, Json] = {"EnableNetworkIsolation": True} if job.is_blocked else {}
    if where.subnets:
        network["VpcConfig"] = {"SecurityGroupIds": list(where.security_groups), "Subnets": list(where.subnets)}
    if network:
        body["NetworkConfig"] = network
    return {name: value for name, value in body.items() if value not in ([], {}, {"Outputs": []})}


def _processing_inputs(order: Order, at: Locations) -> list[Json]:
    shim = [(CHANNEL, at.channel, request.shim_folder(order.job))] if order.run.shim else []
    inputs = [
        (source.name, source.uri, source.path[order.run.side])
        for source in order.job.inputs
        if order.run.side in source.path
    ]
    return [
        {
            "InputName": name,
            "S3Input": {"S3Uri": uri, "LocalPath": path, "S3DataType": "S3Prefix", "S3InputMode": "File"},
        }
        for name, uri, path in [*shim, *inputs]
    ]
