"""Batch transform from the model to the objects that it leaves."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from harness.model.truth import Cause
from harness.platforms.sagemaker.endings import cause_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from conftest import Cloud

FAILED = "AlgorithmError: See job logs for more information"
LINES = {"TransformInput": {"SplitType": "Line"}}


def packed(**files: bytes) -> bytes:
    """Pack a model's data."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(f"{name}.txt")
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text))
    return out.getvalue()


def put(cloud: Cloud, **texts: bytes) -> str:
    """Put objects below a prefix of their own; give it."""
    prefix = cloud.name("rows") + "/"
    for name, text in texts.items():
        cloud.s3.put_object(Bucket="bucket", Key=f"{prefix}{name}.csv", Body=text)
    return f"s3://bucket/{prefix}"


def left(cloud: Cloud, said: dict[str, Any]) -> dict[str, bytes]:
    """Read what a job left, by name below its output path."""
    prefix = f"transformed/{said['TransformJobName']}/"
    return {key: cloud.read(prefix + key) for key in cloud.keys(prefix)}


def got(cloud: Cloud, said: dict[str, Any]) -> list[str]:
    """List the payloads that the container says it got."""
    lines = cloud.lines(said["TransformJobName"], "Transform")
    return [line.removeprefix("got ").rsplit(" ", 2)[0] for line in lines if line.startswith("got ")]


def test_every_object_of_a_prefix_is_transformed(cloud: Cloud) -> None:
    """One `.out` for each, under its name, from a container that serves the model's own data."""
    said = cloud.run_transform(cloud.model(data=packed(word=b"so: ")))
    assert said["TransformJobStatus"] == "Completed"
    assert "FailureReason" not in said
    assert said["CreationTime"] <= said["TransformStartTime"] <= said["TransformEndTime"]
    assert said["TransformInput"]["ContentType"] == "text/csv"
    assert left(cloud, said) == {"a.csv.out": b"so: A,B", "sub/c.csv.out": b"so: C"}


def test_the_container_is_told_how_it_will_be_called(cloud: Cloud) -> None:
    """`serve`, the batch settings, the model's environment under the job's; the rest as headers."""
    said = cloud.run_transform(
        cloud.model(),
        MaxPayloadInMB=7,
        MaxConcurrentTransforms=2,
        TransformOutput={"Accept": "text/plain"},
        Environment={"COLOUR": "red"},
    )
    data, container = sorted(cloud.streams(said["TransformJobName"], "Transform"), reverse=True)
    first, *rest = cloud.stream_lines(container, "Transform")[:3]
    batch = [
        ("SAGEMAKER_BATCH", "true"), ("SAGEMAKER_BATCH_STRATEGY", "MULTI_RECORD"),
        ("SAGEMAKER_MAX_CONCURRENT_TRANSFORMS", "2"), ("SAGEMAKER_MAX_PAYLOAD_IN_MB", "7"),
    ]  # fmt: skip
    assert first == f"['serve'] {batch} red"
    assert sorted(rest) == ["got b'a,b' text/csv text/plain", "got b'c' text/csv text/plain"]
    assert container.startswith(f"{said['TransformJobName']}/i-")
    assert data == f"{container}/data-log"
    assert "MaxPayloadInMB=7, BatchStrategy=MULTI_RECORD" in cloud.stream_lines(data, "Transform")[0]


@pytest.mark.parametrize(
    ("asked", "mode", "payloads", "answer"),
    [
        ({}, "", ["b'a\\nb\\n\\nc'"], b"A\nB\n\nC"),
        (LINES, "", ["b'a\\nb\\n\\nc'"], b"A\nB\n\nC"),
        ({**LINES, "BatchStrategy": "SingleRecord"}, "", ["b'a'", "b'b'", "b''", "b'c'"], b"ABC"),
        ({**LINES, "BatchStrategy": "SingleRecord", "TransformOutput": {"AssembleWith": "Line"}}, "",
         ["b'a'", "b'b'", "b''", "b'c'"], b"A\nB\n\nC\n"),
        (LINES, "single", ["b'a'", "b'b'", "b''", "b'c'"], b"ABC"),
    ],
    ids=["whole", "many", "single", "assembled", "container says single"],
)  # fmt: skip
def test_an_object_is_cut_and_put_together_as_asked(
    cloud: Cloud, asked: dict[str, Any], mode: str, payloads: list[str], answer: bytes
) -> None:
    """The request decides, then the container's own parameters."""
    said = cloud.run_transform(cloud.model(mode), put(cloud, x=b"a\nb\n\nc"), **asked)
    assert got(cloud, said) == payloads
    assert left(cloud, said) == {"x.csv.out": answer}


def test_as_many_lines_are_sent_as_fit(cloud: Cloud) -> None:
    """Of three lines of 0.4 MB two go in a payload of 1 MB, and one alone; a line beyond it fails its object."""
    line = b"x" * 400_000 + b"\n"
    said = cloud.run_transform(cloud.model(), put(cloud, x=line * 3), MaxPayloadInMB=1, **LINES)
    assert len(got(cloud, said)) == 2
    assert left(cloud, said) == {"x.csv.out": line.upper() * 3}
    uri = put(cloud, fits=b"a", large=b"x" * 1_100_000)
    said = cloud.run_transform(cloud.model(), uri, MaxPayloadInMB=1, **LINES)
    assert (said["TransformJobStatus"], said["FailureReason"]) == ("Failed", FAILED)
    assert left(cloud, said) == {"fits.csv.out": b"A"}


def test_a_bad_record_fails_the_job_and_spares_the_other_objects(cloud: Cloud) -> None:
    """Its own object is not stored; the data log names it. The cause is unknown: the reason says nothing."""
    said = cloud.run_transform(
        cloud.model(), put(cloud, a=b"a\nbad\nc", b=b"good"), BatchStrategy="SingleRecord", **LINES
    )
    assert (said["TransformJobStatus"], said["FailureReason"]) == ("Failed", FAILED)
    assert left(cloud, said) == {"b.csv.out": b"GOOD"}
    lines = cloud.lines(said["TransformJobName"], "Transform")
    assert any(line.endswith("/a.csv: Bad HTTP status received from algorithm: 400") for line in lines)
    assert cause_of("Failed", "", FAILED, None, limit_seconds=None) is Cause.UNKNOWN


def test_a_failing_invocation_is_tried_again_as_often_as_asked(cloud: Cloud) -> None:
    """One 503 is survived by default, and fails the job that asks for no second try."""
    uri = put(cloud, x=b"a")
    assert left(cloud, cloud.run_transform(cloud.model("once"), uri)) == {"x.csv.out": b"A"}
    never = cloud.run_transform(cloud.model("once"), uri, ModelClientConfig={"InvocationsMaxRetries": 0})
    assert never["TransformJobStatus"] == "Failed"


def test_an_invocation_out_of_its_time_fails_its_object(cloud: Cloud) -> None:
    """The log tells how long was waited."""
    client = {"InvocationsTimeoutInSeconds": 1, "InvocationsMaxRetries": 0}
    said = cloud.run_transform(cloud.model("slow"), put(cloud, x=b"a"), ModelClientConfig=client)
    assert said["FailureReason"] == FAILED
    lines = cloud.lines(said["TransformJobName"], "Transform")
    assert any("did not respond to /invocations request within 1 seconds" in line for line in lines)


@pytest.mark.parametrize(
    ("mode", "word"),
    [("dies", "Model server exited"), ("unready", "did not respond to /ping")],
)
def test_a_container_that_does_not_serve_fails_the_job(cloud: Cloud, mode: str, word: str) -> None:
    """Nothing is stored, and the data log says why."""
    model = cloud.model(mode)
    said = cloud.run_transform(model, put(cloud, x=b"a"), ModelClientConfig={"InvocationsMaxRetries": 0})
    assert (said["TransformJobStatus"], said["FailureReason"]) == ("Failed", FAILED)
    assert left(cloud, said) == {}
    if mode == "unready":
        assert any(word in line for line in cloud.lines(said["TransformJobName"], "Transform"))


def test_a_stopped_transform_stores_nothing(cloud: Cloud, wait: Callable[..., Any]) -> None:
    """It goes through Stopping, and an ended one is not stopped again."""
    request = cloud.transform(cloud.name("stops"), cloud.model("slow"))
    name = request["TransformJobName"]
    cloud.sagemaker.create_transform_job(**request)
    wait(lambda: got(cloud, {"TransformJobName": name}), bool)
    cloud.sagemaker.stop_transform_job(TransformJobName=name)
    said = cloud.end(name, "transform")
    assert said["TransformJobStatus"] == "Stopped"
    assert left(cloud, said) == {}
    with pytest.raises(ClientError, match="is in status Stopped"):
        cloud.sagemaker.stop_transform_job(TransformJobName=name)
    with pytest.raises(ClientError, match="Could not find job to update with name nobody"):
        cloud.sagemaker.stop_transform_job(TransformJobName="nobody")


def test_a_transform_job_announces_its_statuses(cloud: Cloud) -> None:
    """One event a status, times in milliseconds; it is listed among its kind."""
    request = cloud.transform(cloud.name("announces"), cloud.model())
    name = request["TransformJobName"]
    queue = cloud.listen(name)
    cloud.sagemaker.create_transform_job(**request)
    events = queue.await_count(2)
    cloud.end(name, "transform")
    assert [event["detail"]["TransformJobStatus"] for event in events] == ["InProgress", "Completed"]
    assert {event["detail-type"] for event in events} == {"SageMaker Transform Job State Change"}
    assert isinstance(events[-1]["detail"]["TransformEndTime"], int)
    [listed] = cloud.sagemaker.list_transform_jobs(NameContains=name)["TransformJobSummaries"]
    assert (listed["TransformJobName"], listed["TransformJobStatus"]) == (name, "Completed")


def test_a_transform_without_data_or_model_data_fails_before_it_serves(cloud: Cloud) -> None:
    """As the client's error."""
    empty = cloud.run_transform(cloud.model(), "s3://bucket/nothing/")
    assert empty["FailureReason"].startswith("ClientError: Data download failed:No S3 objects found")
    torn = cloud.run_transform(cloud.model(data=b"no archive"))
    assert torn["FailureReason"].startswith("ClientError: Failed to extract model data archive")
    gone = cloud.run_transform(cloud.model(ModelDataUrl="s3://bucket/models/gone.tar.gz"))
    assert "models/gone.tar.gz" in gone["FailureReason"]


def test_a_model_is_described_deleted_and_needed(cloud: Cloud) -> None:
    """A job keeps the model that it began with; without one it is refused."""
    name = cloud.model()
    said = cloud.sagemaker.describe_model(ModelName=name)
    assert said["ModelArn"].endswith(f":model/{name}")
    assert said["PrimaryContainer"]["Environment"]["COLOUR"] == "green"
    with pytest.raises(ClientError, match="Cannot create already existing model"):
        cloud.sagemaker.create_model(
            ModelName=name, PrimaryContainer={"Image": "i"}, ExecutionRoleArn=said["ExecutionRoleArn"]
        )
    request = cloud.transform(cloud.name("keeps"), name)
    cloud.sagemaker.create_transform_job(**request)
    cloud.sagemaker.delete_model(ModelName=name)
    assert cloud.end(request["TransformJobName"], "transform")["TransformJobStatus"] == "Completed"
    with pytest.raises(ClientError, match="Could not find model"):
        cloud.sagemaker.create_transform_job(**cloud.transform(cloud.name("lacks"), name))
    with pytest.raises(ClientError, match="Could not find model"):
        cloud.sagemaker.describe_model(ModelName=name)


REFUSED: tuple[tuple[dict[str, Any], str], ...] = (
    ({"MaxPayloadInMB": 0}, "MaxPayloadInMB 0"),
    ({"MaxPayloadInMB": 101}, "must not exceed 100"),
    ({"MaxPayloadInMB": 51, "MaxConcurrentTransforms": 2}, "must not exceed 100"),
    ({"BatchStrategy": "MultiRecord"}, "requires a SplitType other than None"),
    ({"TransformInput": {"SplitType": "TFRecord"}}, "SplitType TFRecord"),
    ({"TransformInput": {"CompressionType": "Gzip"}}, "TransformInput.CompressionType Gzip"),
    ({"DataProcessing": {"JoinSource": "Input"}}, "DataProcessing"),
    ({"DataCaptureConfig": {"DestinationS3Uri": "s3://bucket/x"}}, "DataCaptureConfig"),
    ({"TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 2}}, "InstanceCount above 1"),
    ({"Environment": {str(number): "x" for number in range(17)}}, "length less than or equal to 16"),
)


@pytest.mark.parametrize(("change", "named"), REFUSED, ids=[row[1] for row in REFUSED])
def test_a_transform_that_cannot_be_run_is_refused_by_name(cloud: Cloud, change: dict[str, Any], named: str) -> None:
    """HTTP 400 with the field; the request without the change runs in the other tests."""
    request = cloud.transform(cloud.name("refused"), cloud.model(), **change)
    with pytest.raises(ClientError) as caught:
        cloud.sagemaker.create_transform_job(**request)
    answer = caught.value.response
    assert (answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"]) == (400, "ValidationException")
    assert named in answer["Error"]["Message"]


def test_a_model_of_several_containers_is_refused_by_name(cloud: Cloud) -> None:
    """Pipelines, multi-model containers and other sources of data too."""
    call = cloud.sagemaker.create_model
    for change, named in (
        ({"Containers": [{"Image": "i"}]}, "Containers"),
        ({"PrimaryContainer": {"Image": "i", "Mode": "MultiModel"}}, "PrimaryContainer.Mode MultiModel"),
        ({"PrimaryContainer": {"ModelPackageName": "p"}}, "PrimaryContainer.ModelPackageName"),
        ({"PrimaryContainer": {}}, "PrimaryContainer.Image is required"),
    ):
        with pytest.raises(ClientError, match=named):
            call(**{"ModelName": cloud.name("odd"), "PrimaryContainer": {"Image": "i"}, **change})
