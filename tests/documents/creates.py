"""Create requests of varied shape, as teams have them: each takes one more part of the API than the plain one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backends.candidate_sample import IMAGE, ROLE

Object = dict[str, Any]
COMMAND = ["python", "train.py"]


def channel(name: str = "train", **more: Any) -> Object:
    """Write a channel of a training job."""
    source = {"S3DataType": "S3Prefix", "S3Uri": f"s3://acme-data/{name}/", "S3DataDistributionType": "FullyReplicated"}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}, **more}


def training(algorithm: Object | None = None, resources: Object | None = None, **more: Any) -> Object:
    """Write a CreateTrainingJob request."""
    specification = {"TrainingImage": IMAGE, "TrainingInputMode": "File", "ContainerEntrypoint": COMMAND}
    return {
        "TrainingJobName": "wine-2026-11-01",
        "RoleArn": ROLE,
        "AlgorithmSpecification": {**specification, **(algorithm or {})},
        "OutputDataConfig": {"S3OutputPath": "s3://acme-models/wine/"},
        "ResourceConfig": {
            "InstanceType": "ml.m5.large",
            "InstanceCount": 1,
            "VolumeSizeInGB": 30,
            **(resources or {}),
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
        **more,
    }


def given(name: str = "data", **more: Any) -> Object:
    """Write an input of a processing job."""
    source = {"S3Uri": f"s3://acme-data/{name}/", "LocalPath": f"/opt/ml/processing/input/{name}"}
    return {"InputName": name, "S3Input": {**source, "S3DataType": "S3Prefix", "S3InputMode": "File", **more}}


def produced(name: str = "model", **more: Any) -> Object:
    """Write an output of a processing job."""
    place = {"S3Uri": f"s3://acme-out/{name}/", "LocalPath": f"/opt/ml/processing/output/{name}"}
    return {"OutputName": name, "S3Output": {**place, "S3UploadMode": "EndOfJob", **more}}


def processing(application: Object | None = None, **more: Any) -> Object:
    """Write a CreateProcessingJob request."""
    cluster = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30}
    return {
        "ProcessingJobName": "wine-prep-2026-11-01",
        "RoleArn": ROLE,
        "AppSpecification": {"ImageUri": IMAGE, "ContainerEntrypoint": COMMAND, **(application or {})},
        "ProcessingResources": {"ClusterConfig": cluster},
        "ProcessingOutputConfig": {"Outputs": [produced()]},
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
        **more,
    }


_VPC = {"SecurityGroupIds": ["sg-0123456789abcdef0"], "Subnets": ["subnet-0123456789abcdef0"]}
_FILES = {"FileSystemId": "fs-0123456789abcdef0", "FileSystemAccessMode": "ro", "FileSystemType": "EFS"}
_METRICS = [{"Name": "auc", "Regex": "auc=([0-9.]+)"}, {"Name": "loss", "Regex": "loss=([0-9.]+)"}]
_SPOT = {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 7200}
_RULE = {"RuleConfigurationName": "vanishing", "RuleEvaluatorImage": IMAGE, "S3OutputPath": "s3://acme-debug/rules"}
REQUESTS: Mapping[str, Object] = {
    "plain training": training(),
    "arguments beside the entry point": training({"ContainerArguments": ["--alpha", "0.1"]}),
    "hyperparameters": training(HyperParameters={"alpha": "0.1", "layers": "[64, 32]", "name": '"wine"'}),
    "variables": training(Environment={"EPOCHS": "5", "STAGE": "prod"}),
    "metric definitions": training({"MetricDefinitions": _METRICS, "EnableSageMakerMetricsTimeSeries": True}),
    "a channel": training(InputDataConfig=[channel()]),
    "channels of all modes": training(
        {"TrainingInputMode": "FastFile"},
        InputDataConfig=[channel(), channel("test", InputMode="File"), channel("stream", InputMode="Pipe")],
    ),
    "a channel's details": training(
        InputDataConfig=[
            channel(ContentType="text/csv", CompressionType="Gzip", RecordWrapperType="None", ShuffleConfig={"Seed": 7})
        ]
    ),
    "a file system": training(
        InputDataConfig=[
            {"ChannelName": "train", "DataSource": {"FileSystemDataSource": {**_FILES, "DirectoryPath": "/ml"}}}
        ],
        VpcConfig=_VPC,
    ),
    "keys of its own": training(
        resources={"VolumeKmsKeyId": "alias/ml"},
        OutputDataConfig={"S3OutputPath": "s3://acme-models/wine", "KmsKeyId": "alias/ml", "CompressionType": "NONE"},
    ),
    "a network": training(VpcConfig=_VPC, EnableNetworkIsolation=True, EnableInterContainerTrafficEncryption=True),
    "spot and checkpoints": training(
        EnableManagedSpotTraining=True,
        StoppingCondition=_SPOT,
        CheckpointConfig={"S3Uri": "s3://acme-models/checkpoints/", "LocalPath": "/opt/ml/checkpoints"},
    ),
    "retries": training(RetryStrategy={"MaximumRetryAttempts": 3}),
    "a warm pool": training(resources={"KeepAlivePeriodInSeconds": 600}),
    "tags": training(Tags=[{"Key": "team", "Value": "ml"}]),
    "an experiment": training(ExperimentConfig={"ExperimentName": "wine", "TrialName": "november"}),
    "a debugger": training(
        DebugHookConfig={"S3OutputPath": "s3://acme-debug/hook", "HookParameters": {"save_interval": "10"}},
        DebugRuleConfigurations=[_RULE],
        TensorBoardOutputConfig={"S3OutputPath": "s3://acme-debug/board"},
    ),
    "a profiler": training(
        ProfilerConfig={"S3OutputPath": "s3://acme-debug/profile", "ProfilingIntervalInMilliseconds": 500}
    ),
    "a shell on the host": training(RemoteDebugConfig={"EnableRemoteDebug": True}),
    "a private registry": training({"TrainingImageConfig": {"TrainingRepositoryAccessMode": "Vpc"}}, VpcConfig=_VPC),
    "a check of the host": training(InfraCheckConfig={"EnableInfraCheck": True}),
    "keys of null": training(Environment=None, VpcConfig=None, Tags=None),
    "plain processing": processing(),
    "arguments of processing": processing({"ContainerArguments": ["--rows", "10"]}),
    "inputs": processing(
        ProcessingInputs=[given(), given("code", S3DataDistributionType="FullyReplicated", S3CompressionType="None")]
    ),
    "outputs": processing(
        ProcessingOutputConfig={"Outputs": [produced(), produced("report", S3UploadMode="Continuous")], "KmsKeyId": "k"}
    ),
    "a network of processing": processing(NetworkConfig={"VpcConfig": _VPC, "EnableNetworkIsolation": True}),
    "variables of processing": processing(Environment={"A": "1"}, Tags=[{"Key": "a", "Value": "b"}]),
    "an experiment of processing": processing(ExperimentConfig={"ExperimentName": "wine"}),
    "an input that SageMaker downloads": processing(
        ProcessingInputs=[{**given(), "AppManaged": False}, {**given("late"), "AppManaged": False}]
    ),
}
"""Name → request."""
