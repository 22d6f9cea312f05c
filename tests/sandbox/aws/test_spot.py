"""Managed spot training: taken away, started again, out of time, billed at a discount."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.model.truth import Cause
from harness.platforms.sagemaker.endings import cause_of

if TYPE_CHECKING:
    from conftest import Cloud

ONCE = ["Starting", "Downloading", "Training"]


def spot(wait_seconds: int = 60, run_seconds: int | None = None) -> dict[str, Any]:
    """Change a training request to spot instances."""
    limits = {"MaxRuntimeInSeconds": run_seconds or wait_seconds, "MaxWaitTimeInSeconds": wait_seconds}
    return {"EnableManagedSpotTraining": True, "StoppingCondition": limits}


def steps(said: dict[str, Any]) -> list[str]:
    """Name a job's secondary statuses."""
    return [transition["Status"] for transition in said["SecondaryStatusTransitions"]]


def cause(said: dict[str, Any]) -> Cause:
    """Say what the candidate backend makes of an ending."""
    return cause_of(
        said["TrainingJobStatus"], said["SecondaryStatus"], said.get("FailureReason", ""), None, limit_seconds=None
    )


def test_an_interrupted_job_starts_again_from_its_checkpoints(cloud: Cloud) -> None:
    """It is told to end, what it has saved is carried away and brought back, and the events tell every step."""
    checkpoints = {"S3Uri": f"s3://bucket/{cloud.name('spot')}"}
    name = cloud.name("taken-away")
    queue = cloud.listen(name)
    cloud.sagemaker.create_training_job(**cloud.training(name, "resume", CheckpointConfig=checkpoints, **spot()))
    said = cloud.end(name)
    expected = [*ONCE, "Interrupted", *ONCE, "Uploading", "Completed"]
    assert steps(said) == expected
    assert sorted(queue.steps(9)) == sorted(expected)
    assert [line.split()[0] for line in cloud.lines(name)] == ["ready", "saved", "resumed"]
    assert cloud.archive(f"out/{name}/output/model.tar.gz") == {"whole.txt": b"whole"}
    assert cause(said) is Cause.SUCCESS


def test_a_spot_job_is_billed_at_a_discount_and_not_while_it_waits(cloud: Cloud) -> None:
    """One that nobody interrupts passes the ordinary statuses; on instances of its own everything is billed."""
    said = cloud.run("spared", "nap", **spot())
    assert steps(said) == [*ONCE, "Uploading", "Completed"]
    assert said["EnableManagedSpotTraining"] is True
    assert said["BillableTimeInSeconds"] == max(1, round(said["TrainingTimeInSeconds"] * 0.3))
    assert said["BillableTimeInSeconds"] < said["TrainingTimeInSeconds"]
    own = cloud.run("spared", "nap")
    assert own["EnableManagedSpotTraining"] is False
    assert own["BillableTimeInSeconds"] == own["TrainingTimeInSeconds"]


def test_a_job_on_instances_of_its_own_is_not_interrupted(cloud: Cloud) -> None:
    """The fault waits for a spot job: nothing is recorded of it."""
    assert "Interrupted" not in steps(cloud.run("on-demand"))
    assert "on-demand" not in (cloud.folder / "faults.jsonl").read_text(encoding="utf-8")
    assert "Interrupted" in steps(cloud.run("on-demand", **spot()))


def test_a_spot_job_over_its_wait_is_stopped_like_one_over_its_runtime(cloud: Cloud) -> None:
    """Running counts too; the program is told to end and what it saved is uploaded."""
    said = cloud.run("over-wait", "hear", **spot(4))
    assert (said["TrainingJobStatus"], said["SecondaryStatus"]) == ("Stopped", "MaxWaitTimeExceeded")
    assert cloud.archive(f"out/{said['TrainingJobName']}/output/model.tar.gz") == {"saved.txt": b"in time"}
    assert "FailureReason" not in said
    assert cause(said) is Cause.NO_CAPACITY
    control = cloud.run("over-run", "hear", **spot(60, 1))
    assert (control["TrainingJobStatus"], control["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")


def test_a_spot_job_without_capacity_waits_to_its_end(cloud: Cloud) -> None:
    """It never launched, and is Stopped; on instances of its own the same fault is a CapacityError."""
    said = cloud.run("no-spot", **spot(1))
    assert steps(said) == ["Starting", "Stopping", "MaxWaitTimeExceeded"]
    assert said["TrainingJobStatus"] == "Stopped"
    assert "TrainingStartTime" not in said
    assert cause(said) is Cause.NO_CAPACITY


def test_a_job_whose_instances_do_not_come_back_runs_out_of_time(cloud: Cloud) -> None:
    """Interrupted, then waiting in Starting; the time without instances is not training time."""
    said = cloud.run("not-given-back", "hear", **spot(4))
    assert steps(said) == [*ONCE, "Interrupted", "Starting", "Stopping", "MaxWaitTimeExceeded"]
    assert said["TrainingJobStatus"] == "Stopped"
    passed = (said["TrainingEndTime"] - said["TrainingStartTime"]).total_seconds()
    assert said["TrainingTimeInSeconds"] < passed
    assert cause(said) is Cause.NO_CAPACITY
