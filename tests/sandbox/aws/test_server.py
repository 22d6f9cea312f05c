"""Both ways to keep a job apart, and the server's own start and end."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from harness.sandbox import process
from harness.sandbox.aws import emulator, server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from conftest import Cloud

needs_namespaces = pytest.mark.skipif(
    process.detect() is not process.Isolation.NAMESPACES, reason="this kernel lets nobody make namespaces"
)


@pytest.fixture(
    scope="module",
    params=[pytest.param(process.Isolation.NAMESPACES, marks=needs_namespaces), process.Isolation.RELOCATED],
)
def apart(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, Any]]:
    """Run a server in one of the two ways."""
    start = request.getfixturevalue("start")
    with start(tmp_path_factory.mktemp("apart"), isolation=request.param) as cloud:
        yield cloud, request.param


def test_a_program_sees_its_own_paths_and_number(apart: tuple[Cloud, process.Isolation]) -> None:
    """PID 1 and /opt/ml in namespaces; another number and the folder that stands for it when relocated."""
    cloud, isolation = apart
    said = cloud.run("sees", "report")
    seen = json.loads(cloud.archive(f"out/{said['TrainingJobName']}/output/model.tar.gz")["seen.json"])
    assert seen["data"]["train/a.csv"] == "a,b"
    if isolation is process.Isolation.NAMESPACES:
        assert seen["pid"] == 1
        assert seen["arguments"] == ["--data", "/opt/ml/input/data/train"]
        assert "PARITY_ML_ROOT" not in seen["environment"]
    else:
        assert seen["pid"] != 1
        assert seen["arguments"] == ["--data", f"{seen['environment']['PARITY_ML_ROOT']}/input/data/train"]


def test_a_stop_reaches_the_program(apart: tuple[Cloud, process.Isolation]) -> None:
    """One that hears it saves; its model arrives."""
    cloud, _ = apart
    name = cloud.create("hears", "hear")
    cloud.started(name)
    cloud.sagemaker.stop_training_job(TrainingJobName=name)
    assert cloud.end(name)["TrainingJobStatus"] == "Stopped"
    assert cloud.archive(f"out/{name}/output/model.tar.gz") == {"saved.txt": b"in time"}


def test_a_program_that_is_not_there_is_the_clients_error(apart: tuple[Cloud, process.Isolation]) -> None:
    """Worded the same in both ways, and told from a program that ends with the same code."""
    cloud, _ = apart
    request = cloud.training(cloud.name("no-program"))
    request["AlgorithmSpecification"]["ContainerEntrypoint"] = ["no-such-program"]
    cloud.sagemaker.create_training_job(**request)
    said = cloud.end(request["TrainingJobName"])
    assert said["FailureReason"].startswith('ClientError: exec: "no-such-program"')
    assert said["FailureReason"].endswith("exit code: 127")
    control = cloud.run("ends-127", "command_not_found")
    assert control["FailureReason"] == "AlgorithmError: , exit code: 127"


def test_a_job_stopped_before_its_launch_never_started(start: Callable[..., Any], tmp_path: Path) -> None:
    """Straight from Starting to the end, with no start time and no log; the delay is long but a stop cuts it."""
    with start(tmp_path, scale=1.0) as cloud:
        name = cloud.create("early")
        cloud.sagemaker.stop_training_job(TrainingJobName=name)
        said, streams = cloud.end(name), cloud.streams(name)
        [listed] = cloud.sagemaker.list_training_jobs()["TrainingJobSummaries"]
    assert [transition["Status"] for transition in said["SecondaryStatusTransitions"]] == [
        "Starting",
        "Stopping",
        "Stopped",
    ]
    assert "TrainingStartTime" not in said
    assert "TrainingEndTime" not in {**said, **listed}
    assert streams == []


def test_the_next_job_takes_over_a_warm_pool(start: Callable[..., Any], tmp_path: Path) -> None:
    """A job that matches reuses it; one of another type does not, and a job that keeps none says nothing."""
    kept = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 7, "KeepAlivePeriodInSeconds": 3600}
    with start(tmp_path, scale=0.005) as cloud:  # kept for 18 s
        first = cloud.run("warm", ResourceConfig=kept)
        assert first["WarmPoolStatus"] in ({"Status": "InUse"}, {"Status": "Available"})
        cloud.run("cold", ResourceConfig={**kept, "InstanceType": "ml.m5.xlarge"})
        assert cloud.describe(first["TrainingJobName"])["WarmPoolStatus"] == {"Status": "Available"}
        second = cloud.run("reuses", ResourceConfig=kept)
        pool = cloud.describe(first["TrainingJobName"])["WarmPoolStatus"]
        assert (pool["Status"], pool["ReusedByJob"]) == ("Reused", second["TrainingJobName"])
        assert "WarmPoolStatus" not in cloud.run("plain")


def test_a_job_that_comes_before_the_pool_is_available_starts_cold(
    start: Callable[..., Any], wait: Callable[..., Any], tmp_path: Path
) -> None:
    """It matches, but the instances are in use; the pool is there afterwards, and the next one takes it."""
    kept = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 7, "KeepAlivePeriodInSeconds": 3600}
    with start(tmp_path, scale=0.01) as cloud:  # kept for 36 s
        first = cloud.create("holds", "hear", ResourceConfig=kept)
        cloud.started(first)
        early = cloud.create("early", "hear", ResourceConfig=kept)
        cloud.started(early)
        cloud.sagemaker.stop_training_job(TrainingJobName=first)
        cloud.end(first)
        pool = wait(lambda: cloud.describe(first)["WarmPoolStatus"], lambda found: found["Status"] != "InUse")
        assert pool == {"Status": "Available"}
        late = cloud.run("late", ResourceConfig=kept)["TrainingJobName"]
        assert cloud.describe(first)["WarmPoolStatus"]["ReusedByJob"] == late


def test_stopping_the_server_ends_what_it_runs(start: Callable[..., Any], tmp_path: Path) -> None:
    """Nothing is left, and a second stop does no harm."""
    with start(tmp_path, isolation=process.Isolation.RELOCATED) as cloud:
        name = cloud.create("left", "deaf")
        pid = int(cloud.started(name).split()[1])
        os.kill(pid, 0)  # it lives
        cloud.stop()
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_a_new_server_starts_empty_and_says_that_its_delays_are_made_up(
    start: Callable[..., Any], tmp_path: Path
) -> None:
    """No job of an earlier one, and startup.json beside the jobs."""
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    with start(tmp_path / "one") as first:
        first.run("before")
        assert len(first.sagemaker.list_training_jobs()["TrainingJobSummaries"]) == 1
    with start(tmp_path / "two") as second:
        assert second.sagemaker.list_training_jobs()["TrainingJobSummaries"] == []
        assert second.logs.describe_log_groups()["logGroups"] == []
    said = json.loads((tmp_path / "two" / "aws" / "startup.json").read_text(encoding="utf-8"))
    assert said["synthetic"] is True
    assert {phase["name"] for phase in said["phases"]} >= {"provision", "download", "upload"}


def test_an_emulator_that_has_changed_is_refused(
    start: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is gone is named; the installed one lacks nothing."""
    assert emulator.drift() == ()
    monkeypatch.setattr(emulator, "_USED", (*emulator._USED, (emulator.Target, ("melted",))))
    with pytest.raises(server.DriftError, match=r"Target\.melted"), start(tmp_path):
        pass
