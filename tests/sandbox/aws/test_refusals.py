"""What the service refuses, in its own words; each with a request that it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from harness.sandbox.aws.limits import Limits, compiled

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Cloud

OPERATIONS = tuple(f"{verb}{kind}Job" for verb in ("Create", "Describe", "Stop") for kind in ("Training", "Processing"))


def refusal(call: Callable[..., Any], **request: Any) -> tuple[int, str, str]:
    """Make a call that has to be refused; give status, code and message."""
    with pytest.raises(ClientError) as caught:
        call(**request)
    answer = caught.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]


def test_a_name_in_use_is_refused(cloud: Cloud) -> None:
    """Also when the first job has ended."""
    said = cloud.run("taken")
    status, code, message = refusal(cloud.sagemaker.create_training_job, **cloud.training(said["TrainingJobName"]))
    assert (status, code) == (400, "ResourceInUse")
    assert said["TrainingJobArn"] in message


def test_a_deleted_job_frees_its_name(cloud: Cloud) -> None:
    """The control: after Delete the name is good again, and the old job is gone."""
    name = cloud.run("deleted")["TrainingJobName"]
    cloud.sagemaker.delete_training_job(TrainingJobName=name)
    assert refusal(cloud.describe, name=name)[1:] == ("ValidationException", "Requested resource not found.")
    cloud.sagemaker.create_training_job(**cloud.training(name))
    assert cloud.end(name)["TrainingJobStatus"] == "Completed"


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"TrainingJobName": "n" * 64}, "'trainingJobName' failed to satisfy constraint: Member must have length less"),
        ({"TrainingJobName": "under_score"}, "'trainingJobName' failed to satisfy constraint: Member must satisfy"),
        ({"HyperParameters": {str(n): "x" for n in range(101)}}, "'hyperParameters' failed to satisfy constraint"),
        ({"HyperParameters": {"a": "x" * 2501}}, "'hyperParameters.a.member' failed to satisfy constraint"),
        ({"RoleArn": None}, "Value null at 'roleArn' failed to satisfy constraint: Member must not be null"),
        ({"StoppingCondition": {"MaxRuntimeInSeconds": 0}}, "must have value greater than or equal to 1"),
        ({"StoppingCondition": {"MaxWaitTimeInSeconds": 90}}, "MaxWaitTimeInSeconds must not be set"),
        ({"Tags": [{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}]}, "Duplicate tag keys found"),
        ({"EnableManagedSpotTraining": True}, "MaxWaitTimeInSeconds must be set when EnableManagedSpotTraining"),
        ({"EnableManagedSpotTraining": True,
          "StoppingCondition": {"MaxRuntimeInSeconds": 2, "MaxWaitTimeInSeconds": 1}},
         "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to MaxRuntimeInSeconds"),
        ({"StoppingCondition": {"MaxPendingTimeInSeconds": 1800}},
         "Not supported by this sandbox: StoppingCondition.MaxPendingTimeInSeconds"),
        ({"OutputDataConfig": {"S3OutputPath": "https://bucket/out"}}, "OutputDataConfig.S3OutputPath"),
    ],
    ids=["length", "pattern", "parameters", "parameter", "no-role", "runtime", "wait", "tags", "spot", "spot-wait",
         "pending", "s3"],
)  # fmt: skip
def test_a_request_beyond_the_limits_is_refused(cloud: Cloud, change: dict[str, object], place: str) -> None:
    """ValidationException with the place, and no job comes of it."""
    request = {**cloud.training(cloud.name("refused")), **change}
    asked = {name: value for name, value in request.items() if value is not None}
    status, code, message = refusal(cloud.sagemaker.create_training_job, **asked)
    assert (status, code) == (400, "ValidationException")
    assert place in message
    assert refusal(cloud.describe, name=request["TrainingJobName"][:63])[1] == "ValidationException"


def test_a_request_at_the_limits_is_taken(cloud: Cloud) -> None:
    """The control: 63 characters, 100 hyperparameters, 2500 characters in one."""
    parameters = {"mode": "quiet", "long": "x" * 2500} | {str(n): "x" for n in range(98)}
    name = cloud.name("n" * 60).ljust(63, "n")[:63]
    cloud.sagemaker.create_training_job(**cloud.training(name, HyperParameters=parameters))
    assert cloud.end(name)["TrainingJobStatus"] == "Completed"


def test_a_value_of_another_type_is_refused(cloud: Cloud) -> None:
    """Hyperparameters are strings."""
    request = cloud.training(cloud.name("typed"), HyperParameters={"a": 1})
    assert refusal(cloud.sagemaker.create_training_job, **request)[:2] == (400, "SerializationException")


def test_an_operation_that_the_sandbox_lacks_is_named(cloud: Cloud) -> None:
    """HTTP 400, so that clients don't try again, and the name of the operation."""
    status, code, message = refusal(cloud.sagemaker.create_endpoint, EndpointName="e", EndpointConfigName="c")
    assert (status, code) == (400, "UnsupportedOperation")
    assert "CreateEndpoint" in message


def test_an_ended_job_is_not_stopped_again(cloud: Cloud) -> None:
    """The message names the status it is in."""
    name = cloud.run("ended")["TrainingJobName"]
    _, code, message = refusal(cloud.sagemaker.stop_training_job, TrainingJobName=name)
    assert code == "ValidationException"
    assert "is in status Completed" in message


def test_a_running_job_is_not_deleted(cloud: Cloud) -> None:
    """Only ended jobs are."""
    name = cloud.create("running")
    assert "is in status InProgress" in refusal(cloud.sagemaker.delete_training_job, TrainingJobName=name)[2]
    cloud.end(name)


def test_every_pattern_that_can_be_asked_about_compiles() -> None:
    """The model's patterns are Java's; one that doesn't translate would break a call."""
    limits = Limits()
    seen: set[str] = set()
    waiting = [limits._operations[name]["input"]["shape"] for name in OPERATIONS]
    while waiting:
        name = waiting.pop()
        shape: Any = limits._shapes[name]
        seen.add(name)
        if "pattern" in shape:
            compiled(shape["pattern"])
        parts = [*shape.get("members", {}).values(), *(shape.get(literal) for literal in ("member", "key", "value"))]
        waiting += [part["shape"] for part in parts if part and part["shape"] not in seen]
    assert len(seen) > 100


def test_lists_are_cut_into_pages(cloud: Cloud) -> None:
    """Pages in order of creation, the token leads on, and a status filters after the cut."""
    names = [cloud.run("page")["TrainingJobName"] for _ in range(3)]
    call = cloud.sagemaker.list_training_jobs
    first = call(NameContains="page-", MaxResults=2)
    second = call(NameContains="page-", MaxResults=2, NextToken=first["NextToken"])
    shown = [summary["TrainingJobName"] for page in (first, second) for summary in page["TrainingJobSummaries"]]
    assert shown == names
    assert "NextToken" not in second
    assert call(NameContains="page-", StatusEquals="Failed")["TrainingJobSummaries"] == []
    assert refusal(call, NextToken="???")[1] == "ValidationException"


def test_tags_are_listed_added_and_deleted(cloud: Cloud) -> None:
    """Describe doesn't say them; ListTags does."""
    arn = cloud.run("tagged")["TrainingJobArn"]
    cloud.sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "stage", "Value": "test"}])
    cloud.sagemaker.delete_tags(ResourceArn=arn, TagKeys=["team"])
    assert cloud.sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "stage", "Value": "test"}]
