"""Every ending that the sandbox can show, and the cause that the candidate backend reads from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from harness.model.truth import Cause
from harness.platforms.sagemaker import translate

if TYPE_CHECKING:
    from conftest import Cloud

SPOT = {"EnableManagedSpotTraining": True}
NOTHING = {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/nothing/"}
ENDINGS: tuple[tuple[str, str, dict[str, Any], Cause], ...] = (
    ("ends-well", "quiet", {}, Cause.SUCCESS),
    ("ends-badly", "fail", {}, Cause.CODE_ERROR),
    ("too-large", "hear", {}, Cause.OUT_OF_MEMORY),
    ("denied-at-the-end", "report", {}, Cause.UPLOAD_FAILED),
    ("without-instances", "quiet", {}, Cause.NO_CAPACITY),
    ("lost-once", "quiet", {}, Cause.PLATFORM_LOSS),
    ("lost-and-found", "quiet", {"RetryStrategy": {"MaximumRetryAttempts": 1}}, Cause.SUCCESS),
    ("over-time", "hear", {"StoppingCondition": {"MaxRuntimeInSeconds": 1}}, Cause.TIME_LIMIT),
    ("over-wait", "hear",
     {**SPOT, "StoppingCondition": {"MaxRuntimeInSeconds": 1, "MaxWaitTimeInSeconds": 1}}, Cause.NO_CAPACITY),
    ("no-data", "quiet",
     {"InputDataConfig": [{"ChannelName": "train", "DataSource": {"S3DataSource": NOTHING}}]}, Cause.INPUT_UNAVAILABLE),
)  # fmt: skip


def read(said: dict[str, Any]) -> Cause:
    """Take the cause from what the backend makes of a description."""
    [cause] = {event.native["Cause"] for event in translate.events_from_describe(said, 0.0) if "Cause" in event.native}
    return Cause(cause)


@pytest.mark.parametrize(("hint", "mode", "changes", "cause"), ENDINGS, ids=[ending[0] for ending in ENDINGS])
def test_an_ending_of_the_sandbox_is_read_as_its_cause(
    cloud: Cloud, hint: str, mode: str, changes: dict[str, Any], cause: Cause
) -> None:
    """From the description over HTTP to the canonical cause, as from the real service's."""
    assert read(cloud.run(hint, mode, **changes)) is cause


@pytest.mark.parametrize(
    ("field", "value", "cause"),
    [
        ("TrainingImage", "123456789012.dkr.ecr.us-east-1.amazonaws.com/none:1", Cause.IMAGE_UNAVAILABLE),
        ("ContainerEntrypoint", ["no-such-program"], Cause.START_FAILED),
    ],
    ids=["image", "entry point"],
)
def test_a_job_that_cannot_start_is_read_as_its_cause(cloud: Cloud, field: str, value: object, cause: Cause) -> None:
    """The image, or the program in it, is missing."""
    request = cloud.training(cloud.name("cannot-start"))
    request["AlgorithmSpecification"][field] = value
    cloud.sagemaker.create_training_job(**request)
    assert read(cloud.end(request["TrainingJobName"])) is cause


def test_a_users_stop_is_read_as_its_cause(cloud: Cloud) -> None:
    """It is no success, whatever the program saved."""
    name = cloud.create("stopped", "hear")
    cloud.started(name)
    cloud.sagemaker.stop_training_job(TrainingJobName=name)
    assert read(cloud.end(name)) is Cause.USER_STOP


def test_a_job_out_of_memory_is_killed_and_says_so(cloud: Cloud) -> None:
    """At once and without a notice; the same program that is not named hears its stop and saves."""
    said = cloud.run("killed-by-size", "hear")
    assert said["TrainingJobStatus"] == "Failed"
    assert said["FailureReason"].startswith("ClientError: Please use an instance type with more memory")
    assert "saved" not in cloud.lines(said["TrainingJobName"])
