"""State changes on their way from a job to a queue."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from conftest import Cloud

NORMAL = ["Starting", "Downloading", "Training", "Uploading", "Completed"]


def test_every_change_of_status_is_announced_once_and_in_order(cloud: Cloud) -> None:
    """Five events with ids of their own; a rewritten message is no change."""
    name = cloud.name("announced")
    queue = cloud.listen(name)
    cloud.sagemaker.create_training_job(**cloud.training(name))
    assert queue.steps(5) == NORMAL
    cloud.run("another")
    assert len(queue.receive()) == 5
    assert len({event["id"] for event in queue.events}) == 5


def test_an_event_says_what_describe_says(cloud: Cloud) -> None:
    """Envelope and detail: times in whole milliseconds, null while unset, tags as a map."""
    name = cloud.name("detailed")
    queue = cloud.listen(name)
    cloud.sagemaker.create_training_job(**cloud.training(name, "fail"))
    said, events = cloud.end(name), queue.await_count(5)
    first, last = events[0]["detail"], events[-1]["detail"]
    assert events[-1]["source"] == "aws.sagemaker"
    assert events[-1]["detail-type"] == "SageMaker Training Job State Change"
    assert events[-1]["account"] == "123456789012"
    assert events[-1]["resources"] == [said["TrainingJobArn"]]
    assert events[-1]["time"] == said["LastModifiedTime"].astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert first["TrainingStartTime"] is first["TrainingEndTime"] is None
    assert last["LastModifiedTime"] == round(said["LastModifiedTime"].timestamp() * 1000)
    assert [transition["Status"] for transition in last["SecondaryStatusTransitions"]] == [*NORMAL[:-1], "Failed"]
    assert last["FailureReason"] == said["FailureReason"]
    assert last["HyperParameters"] == {"mode": "fail"}
    assert last["Tags"] == {"team": "blue"}


def test_a_rule_that_is_off_or_asks_for_something_else_gets_nothing(cloud: Cloud) -> None:
    """Beside the control, an enabled rule for the same job."""
    name = cloud.name("ruled")
    on, off = cloud.listen(name), cloud.listen(name, state="DISABLED")
    other = cloud.listen(name, pattern={"source": ["aws.ec2"]})
    detail = {"TrainingJobName": [name], "TrainingJobStatus": ["Completed"]}
    ends = cloud.listen(name, pattern={"source": ["aws.sagemaker"], "detail": detail})
    cloud.sagemaker.create_training_job(**cloud.training(name))
    assert on.steps(5) == NORMAL
    assert ends.steps(1) == ["Completed"]
    assert off.receive() == other.receive() == []


def test_a_target_that_cannot_be_reached_does_not_silence_the_others(cloud: Cloud) -> None:
    """A deleted queue, addresses that are none, and a pattern that can't be read."""
    name = cloud.name("partly")
    gone, odd, good = cloud.listen(name), cloud.listen(name, pattern={"source": [{}]}), cloud.listen(name)
    cloud.sqs.delete_queue(QueueUrl=gone.url)
    addresses = ("arn:x", "arn:aws:lambda:us-east-1:123456789012:f", "arn:aws:sqs:nowhere:123456789012:q")
    cloud.rules.put_targets(
        Rule=gone.url.rpartition("/")[2], Targets=[{"Id": str(n), "Arn": arn} for n, arn in enumerate(addresses)]
    )
    cloud.sagemaker.create_training_job(**cloud.training(name))
    assert good.steps(5) == NORMAL
    assert odd.receive() == []


def test_every_request_is_in_the_audit(cloud: Cloud, wait: Callable[..., Any]) -> None:
    """Service, operation, subject, status and client; also a refused one."""
    said = cloud.run("audited")
    name = said["TrainingJobName"]
    cloud.s3.put_object(Bucket="bucket", Key="audited", Body=b"")
    entries = wait(lambda: list(cloud.audit), lambda found: any(item["name"] == "bucket/audited" for item in found))
    [created] = [entry for entry in entries if entry["name"] == name and entry["verb"] == "CreateTrainingJob"]
    assert (created["api"], created["status"], created["namespace"]) == ("sagemaker", 200, "us-east-1")
    assert "Boto3/" in str(created["user_agent"])
    [put] = [entry for entry in entries if entry["name"] == "bucket/audited"]
    assert (put["api"], put["verb"], put["status"]) == ("s3", "PutObject", 200)


def test_the_registry_knows_the_image_by_its_digest(cloud: Cloud) -> None:
    """ECR names the digest that the sandbox computed."""
    [found] = cloud.ecr.describe_images(repositoryName="demo/model")["imageDetails"]
    assert found["imageDigest"] == cloud.image.manifest_digest
    assert found["imageTags"] == ["1"]
