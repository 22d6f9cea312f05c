"""Jobs of several hosts: each a process tree of its own, and one ending for all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from harness.sandbox import process

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from conftest import Cloud


def test_every_host_knows_itself_and_the_others(cloud: Cloud) -> None:
    """resourceconfig.json differs in one line only, and every host has a folder and a log of its own."""
    said = cloud.run("pair", "each_host", **cloud.on_hosts(2))
    name = said["TrainingJobName"]
    assert said["ResourceConfig"]["InstanceCount"] == 2
    seen = [cloud.seen(name, f"algo-{number}.json") for number in (1, 2)]
    known = [item["config"]["resourceconfig.json"] for item in seen]
    assert [item.pop("current_host") for item in known] == ["algo-1", "algo-2"]
    assert known[0] == known[1]
    assert known[0]["hosts"] == known[0]["instance_groups"][0]["hosts"] == ["algo-1", "algo-2"]
    assert [stream.rpartition("-")[0] for stream in cloud.streams(name)] == [f"{name}/algo-1", f"{name}/algo-2"]


@pytest.mark.skipif(
    process.detect() is not process.Isolation.NAMESPACES, reason="this kernel lets nobody make namespaces"
)
def test_hosts_reach_each_other_by_name(start: Callable[..., Any], tmp_path: Path) -> None:
    """All listen on one port, each under its own name."""
    with start(tmp_path, isolation=process.Isolation.NAMESPACES) as cloud:
        asked = {"HyperParameters": {"mode": "greet", "port": "47001"}, **cloud.on_hosts(3)}
        name = cloud.run("greets", **asked)["TrainingJobName"]
        pairs = [(one, other) for one in (1, 2, 3) for other in (1, 2, 3) if one != other]
        assert sorted(cloud.lines(name)) == [f"algo-{one} heard algo-{other}" for one, other in pairs]


def test_hosts_leave_one_model_together(cloud: Cloud) -> None:
    """One archive of all folders; of two files of one name the first host's stands."""
    name = cloud.run("joint", "each_host", **cloud.on_hosts(2))["TrainingJobName"]
    model = cloud.archive(f"out/{name}/output/model.tar.gz")
    assert sorted(model) == ["algo-1.json", "algo-2.json", "shared.txt"]
    assert model["shared.txt"] == b"algo-1"
    data = cloud.archive(f"out/{name}/output/output.tar.gz")
    assert sorted(data) == ["algo-1.txt", "algo-2.txt", "nested/scores.json"]
    raw = {"S3OutputPath": "s3://bucket/joint", "CompressionType": "NONE"}
    loose = cloud.run("joint", "each_host", **cloud.on_hosts(2), OutputDataConfig=raw)["TrainingJobName"]
    assert cloud.read(f"joint/{loose}/output/model/shared.txt") == b"algo-1"


def test_a_host_that_fails_fails_the_job_and_is_named(cloud: Cloud) -> None:
    """The other is told to end and may save; the same job on one host waits for ever, so it is stopped."""
    said = cloud.run("breaks", "second_fails", **cloud.on_hosts(2))
    assert said["TrainingJobStatus"] == "Failed"
    assert said["FailureReason"] == "AlgorithmError: algo-2: a peer is gone, exit code: 3"
    assert cloud.archive(f"out/{said['TrainingJobName']}/output/model.tar.gz") == {"saved.txt": b"in time"}
    alone = cloud.create("breaks", "second_fails")
    cloud.started(alone)
    cloud.sagemaker.stop_training_job(TrainingJobName=alone)
    assert cloud.end(alone)["TrainingJobStatus"] == "Stopped"


def test_a_stop_reaches_every_host(cloud: Cloud) -> None:
    """Both hear it, and the job is Stopped."""
    name = cloud.create("all-hear", "hear", **cloud.on_hosts(2))
    while sum(line.startswith("ready") for line in cloud.lines(name)) < 2:
        assert cloud.describe(name)["TrainingJobStatus"] == "InProgress"
    cloud.sagemaker.stop_training_job(TrainingJobName=name)
    said = cloud.end(name)
    assert (said["TrainingJobStatus"], said["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert [line for line in cloud.lines(name) if line == "saved"] == ["saved", "saved"]


def test_a_processing_host_that_fails_fails_the_job_and_is_named(cloud: Cloud) -> None:
    """The files of both are delivered all the same."""
    request = cloud.processing(cloud.name("apart"), "second_fails")
    request["ProcessingResources"]["ClusterConfig"]["InstanceCount"] = 2
    cloud.sagemaker.create_processing_job(**request)
    name = request["ProcessingJobName"]
    said = cloud.end(name, "processing")
    assert said["ProcessingJobStatus"] == "Failed"
    assert said["FailureReason"] == "AlgorithmError: algo-2: , exit code: 5"
    assert cloud.keys(f"processed/{name}/") == ["algo-1.txt", "algo-2.txt"]
    assert [stream.rpartition("-")[0] for stream in cloud.streams(name, "Processing")] == [
        f"{name}/algo-1",
        f"{name}/algo-2",
    ]
