"""The faults, each with a control: the same without the fault."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from harness.sandbox.aws import nemesis
from harness.sandbox.faults import Fault, FaultFileError, Faults, check

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Cloud, Queue

NORMAL = ["Starting", "Downloading", "Training", "Uploading", "Completed"]


def watched(cloud: Cloud, hint: str) -> Queue:
    """Run a job with a queue on its events."""
    name = cloud.name(hint)
    queue = cloud.listen(name)
    cloud.sagemaker.create_training_job(**cloud.training(name))
    assert cloud.end(name)["TrainingJobStatus"] == "Completed"
    return queue


def fired(cloud: Cloud, name: str) -> list[dict[str, object]]:
    """Read what is recorded of one fault."""
    lines = (cloud.folder / "faults.jsonl").read_text(encoding="utf-8").splitlines()
    return [item for item in map(json.loads, lines) if item["name"] == name]


def test_a_job_that_no_fault_names_has_its_events_once_and_in_order(cloud: Cloud) -> None:
    """The control of all faults of events, on the server that commits them."""
    queue = watched(cloud, "spared")
    assert queue.steps(5) == NORMAL
    assert len({event["id"] for event in queue.events}) == 5


def test_a_duplicated_event_comes_again_under_other_ids(cloud: Cloud) -> None:
    """Three of one change, told apart by nothing but their ids."""
    queue = watched(cloud, "twice")
    steps = queue.steps(7)
    assert sorted(steps) == sorted([*NORMAL, "Training", "Training"])
    same = [event for event in queue.events if event["detail"]["SecondaryStatus"] == "Training"]
    assert len({event["id"] for event in same}) == 3
    assert len({json.dumps({**event, "id": ""}, sort_keys=True) for event in same}) == 1
    [record] = fired(cloud, "event-duplicate")
    assert (record["moment"], record["side"]) == ("Training", "candidate")


def test_a_late_event_comes_its_delay_after_its_change(cloud: Cloud) -> None:
    """All five come, and the late one three seconds after the time that it tells."""
    queue = watched(cloud, "belated")
    steps = queue.steps(5)
    assert sorted(steps) == sorted(NORMAL)
    late = steps.index("Downloading")
    assert queue.sent_seconds[late] - queue.events[late]["detail"]["LastModifiedTime"] / 1000 >= 3.0


def test_a_reordered_event_changes_places_with_the_next(cloud: Cloud) -> None:
    """At once, long before its hold has run out: the queue is waited for a quarter of it."""
    assert watched(cloud, "swapped").steps(5) == ["Starting", "Training", "Downloading", "Uploading", "Completed"]
    assert len(fired(cloud, "event-reorder")) == 1


def test_a_lost_event_never_comes(cloud: Cloud) -> None:
    """The job's own story still has the change."""
    queue = watched(cloud, "lost-event")
    assert queue.steps(4) == ["Starting", "Downloading", "Uploading", "Completed"]
    told = queue.events[-1]["detail"]["SecondaryStatusTransitions"]
    assert [item["Status"] for item in told] == NORMAL


def test_a_throttled_call_is_refused_as_often_as_planned(cloud: Cloud) -> None:
    """ThrottlingException twice, then an answer; a job that is not named is answered at once."""
    name = cloud.create("throttled")
    for _ in range(2):
        with pytest.raises(ClientError) as caught:
            cloud.describe(name)
        assert caught.value.response["Error"]["Code"] == "ThrottlingException"
    assert cloud.end(name)["TrainingJobName"] == name
    spared = cloud.create("spared")
    assert cloud.describe(spared)["TrainingJobName"] == spared
    cloud.end(spared)


def test_a_lost_reply_leaves_a_job_behind(cloud: Cloud) -> None:
    """The client sees a cut connection, the job runs, and a second try finds the name in use."""
    name = cloud.name("lost-reply")
    with pytest.raises(ConnectionClosedError):
        cloud.sagemaker.create_training_job(**cloud.training(name))
    assert cloud.end(name)["TrainingJobStatus"] == "Completed"
    with pytest.raises(ClientError, match="ResourceInUse"):
        cloud.sagemaker.create_training_job(**cloud.training(name))
    spared = cloud.create("spared")  # the control: this one is answered
    assert cloud.end(spared)["TrainingJobStatus"] == "Completed"


def test_an_upload_that_is_denied_fails_a_good_job(cloud: Cloud) -> None:
    """Failed out of Uploading as the client's error, nothing in the bucket; the control has its model there."""
    said = cloud.run("no-upload", "report")
    assert said["TrainingJobStatus"] == "Failed"
    assert said["FailureReason"].startswith("ClientError: Artifact upload failed:Error 7")
    assert [transition["Status"] for transition in said["SecondaryStatusTransitions"]] == [*NORMAL[:-1], "Failed"]
    assert cloud.keys(f"out/{said['TrainingJobName']}/") == []
    spared = cloud.run("spared", "report")
    assert "output/model.tar.gz" in cloud.keys(f"out/{spared['TrainingJobName']}/")


def test_a_job_without_capacity_fails_before_its_launch(cloud: Cloud) -> None:
    """No start time, no Downloading; the control has both."""
    said = cloud.run("no-capacity")
    assert said["FailureReason"].startswith("CapacityError: ")
    assert "TrainingStartTime" not in said
    assert [transition["Status"] for transition in said["SecondaryStatusTransitions"]] == ["Starting", "Failed"]
    assert "TrainingStartTime" in cloud.run("spared")


def test_only_a_job_that_asked_for_it_survives_an_internal_error(cloud: Cloud) -> None:
    """With RetryStrategy it starts again, without it fails; the fault fires once for each."""
    tries = cloud.run("lost-again", "report", RetryStrategy={"MaximumRetryAttempts": 2})
    assert tries["TrainingJobStatus"] == "Completed"
    assert [transition["Status"] for transition in tries["SecondaryStatusTransitions"]] == [*NORMAL[:3], *NORMAL]
    fails = cloud.run("lost-for-good", "report")
    assert fails["FailureReason"].startswith("InternalServerError: ")
    jobs = [entry["subject"] for entry in fired(cloud, "internal-error")]
    assert (jobs.count(tries["TrainingJobName"]), jobs.count(fails["TrainingJobName"])) == (1, 1)


def test_a_stopped_job_is_not_tried_again(cloud: Cloud) -> None:
    """A stop outlives an internal error: the end is Stopped, after one try."""
    name = cloud.create("lost-and-stopped", "hear", RetryStrategy={"MaximumRetryAttempts": 2})
    cloud.started(name)
    cloud.sagemaker.stop_training_job(TrainingJobName=name)
    said = cloud.end(name)
    assert said["TrainingJobStatus"] == "Stopped"
    assert [transition["Status"] for transition in said["SecondaryStatusTransitions"]] == [
        *NORMAL[:3],
        "Stopping",
        "Stopped",
    ]


@pytest.mark.parametrize(
    ("fault", "refused"),
    [
        (Fault("event-late", "candidate", options={"delay_seconds": 1}), None),
        (Fault("watch-lost", "legacy"), None),
        (Fault("meteor", "candidate"), "fault meteor: the candidate half"),
        (Fault("event-late", "candidate", options={"seconds": 1}), "unknown option seconds"),
        (Fault("event-late", "candidate", options={"delay_seconds": "1"}), "found '1', expected a number"),
    ],
    ids=["good", "other-side", "unknown", "option", "no-number"],
)
def test_a_plan_that_cannot_be_kept_is_refused_at_the_start(fault: Fault, refused: str | None, tmp_path: Path) -> None:
    """Names and options of this side are checked; the other side's are not ours."""
    plan = Faults((fault,), tmp_path / "faults.jsonl")
    if refused is None:
        check(plan, nemesis.SIDE, nemesis.KNOWN)
    else:
        with pytest.raises(FaultFileError, match=refused):
            check(plan, nemesis.SIDE, nemesis.KNOWN)
