"""One repository, one order and the requests that tests change."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

from config.samples import TRAIN, VALID

from harness.config.load import load
from harness.model.job import Side
from harness.model.order import Order
from harness.model.plan import Identity, ImageIdentity, Run
from harness.model.repository import Repository

IMAGE = "123456789012.dkr.ecr.us-east-1.amazonaws.com/wine:1"
ROLE = "arn:aws:iam::123456789012:role/parity"


def repository(folder: Path, changes: dict[str, Any], legacy: dict[str, str] | None = None) -> Repository:
    """Load the sample repository with keys of its one job, and of its Kubernetes side, changed."""
    data = deepcopy(VALID)
    data["repositories"]["wine"]["legacy"].update(legacy or {})
    job = data["repositories"]["wine"]["jobs"][TRAIN[-1]]
    job.update({"image": IMAGE} | changes)
    path = folder / "repos.yaml"
    path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    return load(path)[0]


def order(repository: Repository, side: Side, *, shim: bool = True) -> Order:
    """Order one run of its one job."""
    job = repository.jobs[0]
    run_id = f"wine-train-01-{side.value}-1"
    run = Run(run_id, f"p12345678-{run_id}", repository.name, job.name, side, 1, shim=shim)
    return Order("20261125-120000-abcdef", run, job, Identity(ImageIdentity(IMAGE, ""), None, {}, {}))


def shadow(given: Order, **of_run: Any) -> Order:
    """Change the run of an order."""
    return replace(given, run=replace(given.run, **of_run))


def training(**changes: Any) -> dict[str, Any]:
    """Write a CreateTrainingJob request that the service takes."""
    channel = {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/in/"}
    return {
        "TrainingJobName": "job",
        "RoleArn": ROLE,
        "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
        "InputDataConfig": [{"ChannelName": "train", "DataSource": {"S3DataSource": channel}}],
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        **changes,
    }


def processing(**changes: Any) -> dict[str, Any]:
    """Write a CreateProcessingJob request that the service takes."""
    cluster = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}
    return {
        "ProcessingJobName": "job",
        "RoleArn": ROLE,
        "AppSpecification": {"ImageUri": IMAGE},
        "ProcessingResources": {"ClusterConfig": cluster},
        **changes,
    }


def transform(**changes: Any) -> dict[str, Any]:
    """Write a CreateTransformJob request that the service takes."""
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/in/"}}
    return {
        "TransformJobName": "job",
        "ModelName": "model",
        "TransformInput": {"DataSource": source, "SplitType": "Line"},
        "TransformOutput": {"S3OutputPath": "s3://bucket/out"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        **changes,
    }


def tuning(**changes: Any) -> dict[str, Any]:
    """Write a CreateHyperParameterTuningJob request that the service takes."""
    child = {
        name: value
        for name, value in training().items()
        if name in {"RoleArn", "AlgorithmSpecification", "InputDataConfig", "OutputDataConfig", "ResourceConfig",
                    "StoppingCondition"}
    }  # fmt: skip
    limits = {"MaxNumberOfTrainingJobs": 4, "MaxParallelTrainingJobs": 2}
    return {
        "HyperParameterTuningJobName": "tune",
        "HyperParameterTuningJobConfig": {"Strategy": "Bayesian", "ResourceLimits": limits},
        "TrainingJobDefinition": child,
        **changes,
    }
