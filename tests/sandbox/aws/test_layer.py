"""What the layer over moto lacks is refused by name, and a moto that moved is noticed before a job runs."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from moto.cloudwatch import models as cloudwatch_models
from moto.ecr import models as ecr_models
from moto.iam import models as iam_models
from moto.logs import models as logs_models
from moto.s3 import models as s3_models
from moto.sqs import models as sqs_models
from moto.sts import models as sts_models

from harness.sandbox.aws import emulator

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Cloud

LACKING = (
    ("list_models", {}),
    ("create_hyper_parameter_tuning_job", {"HyperParameterTuningJobName": "h", "HyperParameterTuningJobConfig": {}}),
    ("list_training_jobs_for_hyper_parameter_tuning_job", {"HyperParameterTuningJobName": "h"}),
    ("create_user_profile", {"DomainId": "d", "UserProfileName": "u"}),
    ("create_space", {"DomainId": "d", "SpaceName": "s"}),
    ("create_app", {"DomainId": "d", "AppType": "JupyterLab", "AppName": "a"}),
    ("create_presigned_domain_url", {"DomainId": "d", "UserProfileName": "u"}),
    ("create_notebook_instance", {"NotebookInstanceName": "n", "InstanceType": "ml.t3.medium", "RoleArn": "r"}),
)  # fmt: skip


def refusal(call: Any, **request: Any) -> tuple[int, str, str]:
    """Make a call that has to be refused; give status, code and message."""
    with pytest.raises(ClientError) as caught:
        call(**request)
    answer = caught.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]


@pytest.mark.parametrize(("operation", "request_"), LACKING, ids=[row[0] for row in LACKING])
def test_what_the_layer_lacks_is_refused_by_name(cloud: Cloud, operation: str, request_: dict[str, Any]) -> None:
    """HTTP 400, so that clients don't try again; moto itself answers 500, or makes something up."""
    status, code, message = refusal(getattr(cloud.sagemaker, operation), **request_)
    assert (status, code) == (400, "UnsupportedOperation")
    assert message.replace(" ", "").lower().startswith(operation.replace("_", ""))


def test_an_operation_that_nobody_has_is_refused(cloud: Cloud) -> None:
    """A name that is not in the service's model is no gap of the sandbox."""

    def renamed(params: dict[str, Any], **_: Any) -> None:
        params["headers"]["X-Amz-Target"] = "SageMaker.MeltTrainingJob"

    client = cloud.client("sagemaker")
    client.meta.events.register("before-call.sagemaker.ListTrainingJobs", renamed)
    assert refusal(client.list_training_jobs)[:2] == (400, "UnknownOperationException")


S3 = {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/in/train/"}
MANIFEST = {"S3DataType": "ManifestFile"}
NOT_DONE: tuple[tuple[str, dict[str, Any], dict[str, Any], str], ...] = (
    ("augmented manifest", {}, {"S3DataType": "AugmentedManifestFile"}, "S3DataType AugmentedManifestFile"),
    ("attributes", {}, {"AttributeNames": ["a"]}, "S3DataSource.AttributeNames"),
    ("fast manifest", {"InputMode": "FastFile"}, MANIFEST, "FastFile mode supports S3DataType S3Prefix only"),
    ("gzip file", {"CompressionType": "Gzip"}, {}, "CompressionType Gzip is supported in Pipe mode only"),
    ("shuffle", {"ShuffleConfig": {"Seed": 1}}, {}, "ShuffleConfig"),
    ("records", {"InputMode": "Pipe", "RecordWrapperType": "RecordIO"}, {}, "RecordWrapperType RecordIO"),
)


@pytest.mark.parametrize(("channel", "source", "named"), [row[1:] for row in NOT_DONE], ids=[x[0] for x in NOT_DONE])
def test_a_channel_that_cannot_be_given_is_refused_by_name(
    cloud: Cloud, channel: dict[str, Any], source: dict[str, Any], named: str
) -> None:
    """Field and channel stand in the message; the request without the change runs in the other tests."""
    given = {"ChannelName": "train", "DataSource": {"S3DataSource": {**S3, **source}}, **channel}
    request = cloud.training(cloud.name("asks"), InputDataConfig=[given])
    status, code, message = refusal(cloud.sagemaker.create_training_job, **request)
    assert (status, code) == (400, "ValidationException")
    assert named in message
    assert "channel train" in message


def test_more_hosts_than_the_sandbox_starts_are_refused_by_name(cloud: Cloud) -> None:
    """For both kinds of job; two hosts run in other tests."""
    training = cloud.training(cloud.name("crowd"))
    training["ResourceConfig"]["InstanceCount"] = 17
    assert "ResourceConfig.InstanceCount above 16" in refusal(cloud.sagemaker.create_training_job, **training)[2]
    processing = cloud.processing(cloud.name("crowd"), "copy")
    processing["ProcessingResources"]["ClusterConfig"]["InstanceCount"] = 17
    assert "ClusterConfig.InstanceCount above 16" in refusal(cloud.sagemaker.create_processing_job, **processing)[2]


def test_a_processing_input_that_is_streamed_is_refused_by_name(cloud: Cloud) -> None:
    """With the reason, because the service has it."""
    request = cloud.processing(cloud.name("streams"), "copy")
    request["ProcessingInputs"][0]["S3Input"]["S3InputMode"] = "Pipe"
    message = refusal(cloud.sagemaker.create_processing_job, **request)[2]
    assert "S3InputMode Pipe: where its FIFO lies is not documented (input in)" in message


GIVEN = (
    (s3_models.S3Backend.put_object, ("bucket_name", "key_name", "value")),
    (s3_models.S3Backend.get_object, ("bucket_name", "key_name")),
    (s3_models.S3Backend.delete_object, ("bucket_name", "key_name")),
    (sqs_models.SQSBackend.send_message, ("queue_name", "message_body", "group_id")),
    (logs_models.LogsBackend.put_log_events, ("log_group_name", "log_stream_name", "log_events")),
    (cloudwatch_models.CloudWatchBackend.put_metric_data, ("namespace", "metric_data")),
    (ecr_models.ECRBackend.create_repository, ("repository_name", "registry_id", "encryption_config")),
    (ecr_models.ECRBackend.put_image, ("repository_name", "image_manifest", "image_tag")),
    (sts_models.STSBackend.assume_role, ("region_name", "role_session_name", "role_arn", "policy", "duration")),
    (iam_models.IAMBackend.create_role, ("role_name", "assume_role_policy_document", "path")),
    (iam_models.get_account_id_from, ("access_key",)),
)


@pytest.mark.parametrize(("call", "parameters"), GIVEN, ids=[row[0].__qualname__ for row in GIVEN])
def test_the_emulators_calls_have_the_parameters_that_the_layer_gives(call: Any, parameters: tuple[str, ...]) -> None:
    """A release of moto that renames one fails here by name, and not as a strange ending of a job."""
    assert set(parameters) <= set(inspect.signature(call).parameters)


def test_a_parameter_that_moved_is_noticed() -> None:
    """The control."""
    assert "melted" not in inspect.signature(sqs_models.SQSBackend.send_message).parameters
    assert emulator.drift() == ()


def test_a_warm_pool_is_ended_by_an_update(start: Callable[..., Any], wait: Callable[..., Any], tmp_path: Path) -> None:
    """Keep-alive 0 terminates it; there is nothing to end afterwards, and nothing else can be updated."""
    with start(tmp_path, scale=0.01) as cloud:
        resources = cloud.training("any")["ResourceConfig"] | {"KeepAlivePeriodInSeconds": 3600}
        name = cloud.run("kept", ResourceConfig=resources)["TrainingJobName"]
        update = cloud.sagemaker.update_training_job
        wait(lambda: cloud.describe(name)["WarmPoolStatus"]["Status"], lambda status: status == "Available")
        assert refusal(update, TrainingJobName=name, ResourceConfig={"KeepAlivePeriodInSeconds": 60})[1] == (
            "ValidationException"
        )
        update(TrainingJobName=name, ResourceConfig={"KeepAlivePeriodInSeconds": 0})
        assert cloud.describe(name)["WarmPoolStatus"]["Status"] == "Terminated"
        again = refusal(update, TrainingJobName=name, ResourceConfig={"KeepAlivePeriodInSeconds": 0})
        assert "is not Available" in again[2]
