"""Training jobs from the request to what they leave."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from conftest import Cloud

NORMAL = ["Starting", "Downloading", "Training", "Uploading", "Completed"]


@dataclass(frozen=True)
class Finished:
    """One job that has ended well, and everything it left."""

    said: dict[str, Any]
    seen: dict[str, Any]
    data: dict[str, bytes]
    lines: list[str]
    streams: list[str]


@pytest.fixture(scope="module")
def finished(one_server: Cloud) -> Finished:
    """Run one job that nothing goes wrong with."""
    one_server.fill()
    said = one_server.run("finished", "report")
    name = said["TrainingJobName"]
    seen = json.loads(one_server.archive(f"out/{name}/output/model.tar.gz")["seen.json"])
    data = one_server.archive(f"out/{name}/output/output.tar.gz")
    return Finished(said, seen, data, one_server.lines(name), one_server.streams(name))


def steps(said: dict[str, Any]) -> list[str]:
    """Name a job's secondary statuses."""
    return [transition["Status"] for transition in said["SecondaryStatusTransitions"]]


def test_a_job_that_ends_well_passes_every_status_once(finished: Finished) -> None:
    """The five entries of the normal path, each beginning when the one before ends."""
    entries = finished.said["SecondaryStatusTransitions"]
    assert finished.said["TrainingJobStatus"] == finished.said["SecondaryStatus"] == "Completed"
    assert steps(finished.said) == NORMAL
    assert [entry["EndTime"] for entry in entries[:-1]] == [entry["StartTime"] for entry in entries[1:]]
    assert entries[-1]["StartTime"] == entries[-1]["EndTime"]


def test_the_times_of_a_job_are_those_of_its_statuses(finished: Finished) -> None:
    """As in the public capture: start is Downloading, end is Completed, billed in between."""
    entries = {transition["Status"]: transition for transition in finished.said["SecondaryStatusTransitions"]}
    said = finished.said
    assert said["CreationTime"] == entries["Starting"]["StartTime"]
    assert said["TrainingStartTime"] == entries["Downloading"]["StartTime"]
    assert said["TrainingEndTime"] == said["LastModifiedTime"] == entries["Completed"]["StartTime"]
    seconds = (said["TrainingEndTime"] - said["TrainingStartTime"]).total_seconds()
    assert said["BillableTimeInSeconds"] == said["TrainingTimeInSeconds"] == max(1, round(seconds))


def test_describe_gives_back_what_was_asked_for(finished: Finished) -> None:
    """Nothing of the request is lost, and tags are not among it."""
    said = finished.said
    assert said["Environment"] == {"COLOUR": "green"}
    assert said["HyperParameters"] == {"mode": "report"}
    assert said["AlgorithmSpecification"]["ContainerEntrypoint"] == ["python", "train.py"]
    assert said["AlgorithmSpecification"]["MetricDefinitions"][0]["Name"] == "loss"
    assert said["StoppingCondition"] == {"MaxRuntimeInSeconds": 60}
    assert "Tags" not in said
    assert "FailureReason" not in said


def test_the_program_finds_its_configuration_and_data(finished: Finished) -> None:
    """The contract of /opt/ml/input and of the environment."""
    config, environment = finished.seen["config"], finished.seen["environment"]
    assert config["hyperparameters.json"] == {"mode": "report"}
    assert config["inputdataconfig.json"]["train"]["TrainingInputMode"] == "File"
    assert config["resourceconfig.json"]["current_host"] == "algo-1"
    assert finished.seen["data"] == {"train/a.csv": "a,b", "train/sub/c.csv": "c"}
    assert environment["TRAINING_JOB_NAME"] == finished.said["TrainingJobName"]
    assert environment["TRAINING_JOB_ARN"] == finished.said["TrainingJobArn"]
    assert environment["COLOUR"] == "green"
    assert not [name for name in environment if name.startswith("SM_")]


def test_what_the_program_leaves_is_packed_into_the_bucket(finished: Finished) -> None:
    """Two archives with members relative to their folders; Describe names the model's."""
    name = finished.said["TrainingJobName"]
    assert finished.said["ModelArtifacts"]["S3ModelArtifacts"] == f"s3://bucket/out/{name}/output/model.tar.gz"
    assert finished.data == {"nested/scores.json": b"{}"}


def test_a_job_that_leaves_nothing_has_no_artifact(cloud: Cloud) -> None:
    """An empty folder makes no archive."""
    said = cloud.run("quiet")
    assert said["TrainingJobStatus"] == "Completed"
    assert "S3ModelArtifacts" not in said["ModelArtifacts"]
    assert cloud.keys(f"out/{said['TrainingJobName']}/") == []


def test_artifacts_are_single_objects_when_compression_is_off(cloud: Cloud) -> None:
    """CompressionType NONE puts files, not archives."""
    target = {"S3OutputPath": "s3://bucket/raw", "CompressionType": "NONE"}
    said = cloud.run("raw", "report", OutputDataConfig=target)
    assert cloud.keys(f"raw/{said['TrainingJobName']}/output/") == ["data/nested/scores.json", "model/seen.json"]


def test_both_streams_of_output_reach_the_log(finished: Finished) -> None:
    """Group, stream name and lines as the service has them."""
    [stream] = finished.streams
    host, _, epoch = stream.rpartition("-")
    assert host == f"{finished.said['TrainingJobName']}/algo-1"
    assert abs(int(epoch) - finished.said["TrainingStartTime"].timestamp()) < 30
    assert sorted(finished.lines) == ["loss=0.25;", "loss=0.5;"]


def test_metrics_are_read_from_the_log(finished: Finished) -> None:
    """The value of a definition that matches; a definition that never matches gives nothing."""
    [metric] = finished.said["FinalMetricDataList"]
    assert metric["MetricName"] == "loss"
    assert metric["Value"] in {0.25, 0.5}  # two streams have no order between them
    assert metric["Timestamp"].microsecond == 0


def test_every_value_of_a_metric_reaches_cloudwatch(cloud: Cloud, finished: Finished) -> None:
    """Under the job's name; another job's name has none."""
    asked = {"Namespace": "/aws/sagemaker/TrainingJobs", "MetricName": "loss", "Period": 3600, "Statistics": ["Sum"]}
    day, began = timedelta(days=1), finished.said["TrainingStartTime"]

    def total(name: str) -> list[float]:
        dimensions = [{"Name": "TrainingJobName", "Value": name}]
        call = cloud.client("cloudwatch").get_metric_statistics
        found = call(**asked, Dimensions=dimensions, StartTime=began - day, EndTime=began + day)
        return [datapoint["Sum"] for datapoint in found["Datapoints"]]

    assert sum(total(finished.said["TrainingJobName"])) == 0.75
    assert total("nobody") == []


def test_a_program_that_fails_fails_its_job(cloud: Cloud) -> None:
    """Reason and exit code in the service's grammar; what it left is uploaded all the same."""
    said = cloud.run("fails", "fail")
    assert said["TrainingJobStatus"] == said["SecondaryStatus"] == "Failed"
    assert said["FailureReason"] == "AlgorithmError: the data is bad, exit code: 3"
    assert steps(said) == [*NORMAL[:-1], "Failed"]
    assert cloud.archive(f"out/{said['TrainingJobName']}/output/output.tar.gz") == {"partial.txt": b"so far"}


def test_a_long_reason_is_cut_before_the_exit_code(cloud: Cloud) -> None:
    """1024 characters hold the code always."""
    reason = cloud.run("long-reason", "fail_at_length")["FailureReason"]
    assert len(reason) == 1024
    assert reason.startswith("AlgorithmError: éé")
    assert reason.endswith("é, exit code: 17")


def test_a_job_over_its_time_is_stopped_and_not_failed(cloud: Cloud) -> None:
    """MaxRuntimeExceeded ends as Stopped, with SIGTERM and an upload."""
    said = cloud.run("over-time", "hear", StoppingCondition={"MaxRuntimeInSeconds": 1})
    assert (said["TrainingJobStatus"], said["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")
    assert "FailureReason" not in said
    assert cloud.archive(f"out/{said['TrainingJobName']}/output/model.tar.gz") == {"saved.txt": b"in time"}


def test_a_stop_lets_the_program_save(cloud: Cloud) -> None:
    """SIGTERM reaches it and what it saves is uploaded."""
    name = cloud.create("stops", "hear")
    cloud.started(name)
    cloud.sagemaker.stop_training_job(TrainingJobName=name)
    assert cloud.describe(name)["TrainingJobStatus"] in {"Stopping", "Stopped"}
    said = cloud.end(name)
    assert (said["TrainingJobStatus"], said["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert steps(said) == ["Starting", "Downloading", "Training", "Stopping", "Uploading", "Stopped"]
    assert cloud.archive(f"out/{name}/output/model.tar.gz") == {"saved.txt": b"in time"}
    assert "saved" in cloud.lines(name)


def test_a_program_that_does_not_hear_is_killed_after_the_grace(cloud: Cloud) -> None:
    """Not before it, and the job is Stopped like any other."""
    name = cloud.create("deaf", "deaf")
    cloud.started(name)
    cloud.sagemaker.stop_training_job(TrainingJobName=name)
    said = cloud.end(name)
    entries = {transition["Status"]: transition for transition in said["SecondaryStatusTransitions"]}
    waited = entries["Uploading"]["StartTime"] - entries["Stopping"]["StartTime"]
    assert said["TrainingJobStatus"] == "Stopped"
    assert waited.total_seconds() >= 1.0


def test_a_job_without_its_image_fails_as_the_clients_error(cloud: Cloud) -> None:
    """The text of the service; no program ran, so there is no log."""
    request = cloud.training(cloud.name("no-image"))
    request["AlgorithmSpecification"]["TrainingImage"] = "123456789012.dkr.ecr.us-east-1.amazonaws.com/none:1"
    cloud.sagemaker.create_training_job(**request)
    said = cloud.end(request["TrainingJobName"])
    assert said["TrainingJobStatus"] == "Failed"
    assert said["FailureReason"].startswith("ClientError: Cannot pull algorithm container.")
    assert cloud.streams(request["TrainingJobName"]) == []


def test_a_job_without_data_fails_as_the_clients_error(cloud: Cloud) -> None:
    """A prefix with nothing below it is named."""
    source = {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/nothing/"}
    said = cloud.run("no-data", InputDataConfig=[{"ChannelName": "train", "DataSource": {"S3DataSource": source}}])
    assert said["FailureReason"].startswith("ClientError: Data download failed:No S3 objects found")
    assert "s3://bucket/nothing/" in said["FailureReason"]


def test_checkpoints_are_restored_and_followed(cloud: Cloud) -> None:
    """What was there is found, what is new arrives, what is deleted goes."""
    for name in ("kept", "old"):
        cloud.s3.put_object(Bucket="bucket", Key=f"checkpoints/{name}", Body=b"1")
    said = cloud.run("checkpoints", "checkpoint", CheckpointConfig={"S3Uri": "s3://bucket/checkpoints"})
    assert said["TrainingJobStatus"] == "Completed"
    assert cloud.lines(said["TrainingJobName"]) == ["found kept old"]
    assert cloud.keys("checkpoints/") == ["kept", "new"]


def test_the_program_has_the_role_of_its_job(cloud: Cloud) -> None:
    """Ordinary clients find it; under network isolation they find none."""
    said = cloud.run("role", "read_bucket")
    assert cloud.lines(said["TrainingJobName"]) == ["read a,b"]
    alone = cloud.run("isolated", "read_bucket", EnableNetworkIsolation=True)
    assert alone["TrainingJobStatus"] == "Failed"
    assert "NoCredentialsError" in "".join(cloud.lines(alone["TrainingJobName"]))
