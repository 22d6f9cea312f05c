"""Processing jobs from the request to what they leave."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Cloud


def test_a_processing_job_carries_inputs_in_and_outputs_out(cloud: Cloud) -> None:
    """Its files travel, links don't, its message is kept, and it is no training job."""
    said = cloud.run_processing("copies", "copy")
    name = said["ProcessingJobName"]
    assert said["ProcessingJobStatus"] == "Completed"
    assert said["ExitMessage"] == "all rows copied"
    assert said["CreationTime"] <= said["ProcessingStartTime"] <= said["ProcessingEndTime"]
    assert cloud.keys(f"processed/{name}/") == ["b.csv"]
    assert cloud.read(f"processed/{name}/b.csv") == b"A,B"
    assert cloud.lines(name, "Processing") == ["copy TRAINING_JOB_NAME=None"]


def test_a_failed_processing_job_still_delivers(cloud: Cloud) -> None:
    """Status and exit code; outputs are uploaded all the same."""
    said = cloud.run_processing("breaks", "fail")
    assert said["ProcessingJobStatus"] == "Failed"
    assert said["FailureReason"] == "AlgorithmError: , exit code: 5"
    assert cloud.keys(f"processed/{said['ProcessingJobName']}/") == ["b.csv"]


def test_a_message_that_is_no_text_fails_the_job(cloud: Cloud) -> None:
    """It has to be UTF-8."""
    said = cloud.run_processing("garbles", "garbled")
    assert said["ProcessingJobStatus"] == "Failed"
    assert said["FailureReason"] == "ClientError: The exit message is not valid UTF-8"


def test_a_processing_job_over_its_time_is_stopped(cloud: Cloud) -> None:
    """The limit holds for processing as well."""
    said = cloud.run_processing("sleeps", "sleep", StoppingCondition={"MaxRuntimeInSeconds": 1})
    assert said["ProcessingJobStatus"] == "Stopped"


def test_a_processing_job_announces_its_statuses(cloud: Cloud) -> None:
    """One event a status; it has no secondary ones."""
    name = cloud.name("announces")
    queue = cloud.listen(name)
    cloud.sagemaker.create_processing_job(**cloud.processing(name, "copy"))
    events = queue.await_count(2)
    cloud.end(name, "processing")
    assert [event["detail"]["ProcessingJobStatus"] for event in events] == ["InProgress", "Completed"]
    assert {event["detail-type"] for event in events} == {"SageMaker Processing Job State Change"}
