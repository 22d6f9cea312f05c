"""How a job's objects reach it: sharded, by manifest, as a stream, as a view."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pytest

from harness.sandbox import process

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Cloud

TRAIN = "s3://bucket/in/train/"


def channel(uri: str = TRAIN, kind: str = "S3Prefix", dealt: str = "FullyReplicated", **more: Any) -> dict[str, Any]:
    """Change a training request's one channel."""
    source = {"S3DataType": kind, "S3Uri": uri, "S3DataDistributionType": dealt}
    return {"InputDataConfig": [{"ChannelName": "train", "DataSource": {"S3DataSource": source}, **more}]}


def manifest(cloud: Cloud, content: object) -> str:
    """Put a manifest; give its URI."""
    name = cloud.name("manifests/list")
    cloud.s3.put_object(Bucket="bucket", Key=name, Body=json.dumps(content).encode())
    return f"s3://bucket/{name}"


@pytest.mark.parametrize(
    ("dealt", "files"),
    [
        ("ShardedByS3Key", [["train/a.csv"], ["train/sub/c.csv"], []]),
        ("FullyReplicated", [["train/a.csv", "train/sub/c.csv"]] * 3),
    ],
    ids=["sharded", "replicated"],
)
def test_objects_are_dealt_to_hosts_as_asked(cloud: Cloud, dealt: str, files: list[list[str]]) -> None:
    """Two objects over three hosts: one each and none for the last, or all for everyone; the job is told which."""
    name = cloud.run("dealt", "each_host", **cloud.on_hosts(3), **channel(dealt=dealt))["TrainingJobName"]
    seen = [cloud.seen(name, f"algo-{number}.json") for number in (1, 2, 3)]
    assert [sorted(item["data"]) for item in seen] == files
    assert {item["config"]["inputdataconfig.json"]["train"]["S3DistributionType"] for item in seen} == {dealt}


def test_a_manifest_names_the_objects_of_a_channel(cloud: Cloud) -> None:
    """Names are appended to the prefix as they are; what it does not name stays away."""
    uri = manifest(cloud, [{"prefix": "s3://bucket/in/train/su"}, "b/c.csv"])
    name = cloud.run("listed", "report", **channel(uri, "ManifestFile"))["TrainingJobName"]
    assert cloud.seen(name)["data"] == {"train/sub/c.csv": "c"}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ([{"prefix": TRAIN}, "a.csv", "gone.csv"], "s3://bucket/in/train/gone.csv, listed in s3://bucket/manifests"),
        ([{"prefix": TRAIN}], "No S3 objects found"),
        (["a.csv"], "is no manifest"),
        ([{"prefix": TRAIN}, 7], "is no manifest"),
        ([{"prefix": "/in/train/"}, "a.csv"], "is no manifest"),
        ({}, "is no manifest"),
    ],
    ids=["missing", "empty", "no-prefix", "number", "no-bucket", "no-list"],
)
def test_a_manifest_that_cannot_be_followed_fails_the_job(cloud: Cloud, content: object, reason: str) -> None:
    """As the client's error, before anything runs."""
    name = cloud.create("unlisted", **channel(manifest(cloud, content), "ManifestFile"))
    said = cloud.end(name)
    assert said["FailureReason"].startswith("ClientError: Data download failed:")
    assert reason in said["FailureReason"]
    assert cloud.streams(name) == []


def test_a_stream_has_all_objects_once_an_epoch(cloud: Cloud) -> None:
    """In key order, under a new name each time; an epoch that is closed early is over."""
    said = cloud.run("streamed", "stream", **channel(InputMode="Pipe"))
    assert said["TrainingJobStatus"] == "Completed"
    assert cloud.lines(said["TrainingJobName"]) == ["epoch 0: a,bc", "epoch 1: a", "epoch 2: a,bc"]


def test_a_compressed_stream_arrives_unpacked(cloud: Cloud) -> None:
    """Each object by itself."""
    for key, text in (("zipped/1", b"one "), ("zipped/2", b"two")):
        cloud.s3.put_object(Bucket="bucket", Key=key, Body=gzip.compress(text))
    said = cloud.run("unzips", "stream", **channel("s3://bucket/zipped/", InputMode="Pipe", CompressionType="Gzip"))
    assert cloud.lines(said["TrainingJobName"])[0] == "epoch 0: one two"


def test_a_stream_that_breaks_off_fails_the_job(cloud: Cloud) -> None:
    """An object that is not compressed ends it as the client's error, and no part of it passes for the whole."""
    said = cloud.run("torn", "stream", **channel(InputMode="Pipe", CompressionType="Gzip"))
    assert said["FailureReason"].startswith("ClientError: Data download failed:s3://bucket/in/train/a.csv is not GZIP")
    assert said["TrainingJobStatus"] == "Failed"


@pytest.mark.skipif(
    process.detect() is not process.Isolation.NAMESPACES, reason="this kernel lets nobody make namespaces"
)
def test_a_fast_file_channel_is_read_and_not_written(start: Callable[..., Any], tmp_path: Path) -> None:
    """A copy behind a read-only mount; the same program may write to a File channel."""
    with start(tmp_path, isolation=process.Isolation.NAMESPACES) as cloud:
        name = cloud.run("fast", "report", **channel(InputMode="FastFile"))["TrainingJobName"]
        assert cloud.seen(name)["data"] == {"train/a.csv": "a,b", "train/sub/c.csv": "c"}
        fast = cloud.run("fast", "overwrite", **channel(InputMode="FastFile"))
        assert cloud.lines(fast["TrainingJobName"]) == ["refused"]
        assert cloud.lines(cloud.run("slow", "overwrite", **channel())["TrainingJobName"]) == []


def test_a_processing_job_takes_a_manifest_and_shards_it(cloud: Cloud) -> None:
    """The same rules as for training."""
    request = cloud.processing(cloud.name("shares"), "list")
    request["ProcessingResources"]["ClusterConfig"]["InstanceCount"] = 2
    uri = manifest(cloud, [{"prefix": TRAIN}, "sub/c.csv", "a.csv"])
    request["ProcessingInputs"][0]["S3Input"] |= {
        "S3Uri": uri, "S3DataType": "ManifestFile", "S3DataDistributionType": "ShardedByS3Key",
    }  # fmt: skip
    cloud.sagemaker.create_processing_job(**request)
    said = cloud.end(request["ProcessingJobName"], "processing")
    assert said["ProcessingJobStatus"] == "Completed"
    assert sorted(cloud.lines(said["ProcessingJobName"], "Processing")) == ["algo-1: sub/c.csv", "algo-2: a.csv"]
