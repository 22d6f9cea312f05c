"""What an API server enforces on a Job's status, as a law over scripted pods (reference: kubernetes 3.3)."""

from __future__ import annotations

from contextlib import suppress
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.sandbox.kube import defaults
from harness.sandbox.kube.deletion import delete_pod
from harness.sandbox.kube.jobs import JobController
from harness.sandbox.kube.objects import ApiError, Objects

STEPS = st.lists(
    st.sampled_from(["sync", "run", "succeed", "fail", "delete", "gone", "suspend", "resume", "expire"]), max_size=25
)


def run(steps: list[str], backoff: int) -> list[dict[str, Any]]:
    """Drive the controller by hand; give every status that the Job had."""
    objects = Objects()
    controller = JobController(objects, 0.0)
    item: dict[str, Any] = {
        "metadata": {"name": "job", "namespace": "default"},
        "spec": {
            "backoffLimit": backoff,
            "template": {
                "spec": {"restartPolicy": "Never", "containers": [{"name": "main", "image": "x", "command": ["x"]}]}
            },
        },
        "status": {},
    }
    defaults.prepare_job(item, "uid")
    objects.create("jobs", item, "uid")
    for step in [*steps, "resume", "sync", "fail", "sync", "gone", "sync", "sync"]:
        act(step, objects, controller)
        controller.sync_all()
    return [change.object["status"] for change in objects.since("jobs", 0)[0]]


def act(step: str, objects: Objects, controller: JobController) -> None:
    """Do one thing to the world."""
    if step in {"suspend", "resume", "expire"}:
        change = {"activeDeadlineSeconds": 0} if step == "expire" else {"suspend": step == "suspend"}
        objects.change("jobs", "default", "job", lambda job: job["spec"].update(change))
    for pod in objects.list("pods")[0]:
        name = pod["metadata"]["name"]
        over = pod["status"]["phase"] in {"Succeeded", "Failed"}
        phase = {"run": "Running", "succeed": "Succeeded", "fail": "Failed"}.get(step)
        if phase and not over:
            ready = [{"type": "Ready", "status": "True" if step == "run" else "False"}]
            told = {"phase": phase, "conditions": ready}
            objects.change("pods", "default", name, lambda found, told=told: found["status"].update(told))
            objects.change("pods", "default", name, lambda found: found["spec"].update(nodeName="node"))
        elif step == "delete":
            with suppress(ApiError):
                delete_pod(objects, pod, None)
        elif step == "gone" and "deletionTimestamp" in pod["metadata"]:
            with suppress(ApiError):
                objects.remove("pods", "default", name)
    if step == "sync":
        controller.sync_all()


def true(status: dict[str, Any]) -> set[str]:
    """Give the types of the conditions that hold."""
    return {condition["type"] for condition in status.get("conditions", []) if condition["status"] == "True"}


def broken(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Name the invariants that a step from one status to the next breaks."""
    had, has = true(before), true(after)
    ends = {"SuccessCriteriaMet", "FailureTarget", "Complete", "Failed"}
    finished = bool(has & {"Complete", "Failed"})
    idle = not (after.get("active") or after.get("terminating") or after.get("uncountedTerminatedPods"))
    moved = "startTime" in before and before["startTime"] != after.get("startTime")
    rules = {
        "failed falls": after.get("failed", 0) < before.get("failed", 0),
        "succeeded falls": after.get("succeeded", 0) < before.get("succeeded", 0),
        "an end disappears": bool((had - has) & ends),
        "Complete with a failure": "Complete" in has and bool(has & {"Failed", "FailureTarget"}),
        "Failed without its target": "Failed" in has and "FailureTarget" not in has,
        "Complete without its criteria": "Complete" in has and "SuccessCriteriaMet" not in has,
        "finished and busy": finished and not idle,
        "finished and never started": finished and "startTime" not in after,
        "completion time without Complete": ("completionTime" in after) != ("Complete" in has),
        "completion before the start": after.get("completionTime", "9") < after.get("startTime", ""),
        "completion time moves": "completionTime" in before and before["completionTime"] != after["completionTime"],
        "more ready than active": after.get("ready", 0) > after.get("active", 0),
        "start moves while it runs": moved and "Suspended" not in had,
    }
    return [name for name, is_broken in rules.items() if is_broken]


@given(steps=STEPS, backoff=st.integers(0, 2))
def test_no_ending_of_pods_breaks_what_an_api_server_enforces(steps: list[str], backoff: int) -> None:
    """Whatever happens to the pods, from the first status to the last."""
    history = run(steps, backoff)
    assert [found for pair in pairwise(history) if (found := broken(*pair))] == []


@pytest.mark.parametrize(
    ("before", "after", "name"),
    [
        ({"failed": 2}, {"failed": 1}, "failed falls"),
        ({}, {"ready": 1, "active": 0}, "more ready than active"),
        ({"startTime": "1"}, {"startTime": "2"}, "start moves while it runs"),
        ({}, {"conditions": [{"type": "Failed", "status": "True"}], "startTime": "1"}, "Failed without its target"),
        ({"conditions": [{"type": "FailureTarget", "status": "True"}]}, {}, "an end disappears"),
    ],
)
def test_a_broken_invariant_is_named(before: dict[str, Any], after: dict[str, Any], name: str) -> None:
    """The controls of the law above."""
    assert broken(before, after) == [name]


def test_the_scripts_reach_both_ends() -> None:
    """Else the law would hold of nothing."""
    assert true(run(["sync", "run", "succeed", "sync", "sync"], 0)[-1]) == {"SuccessCriteriaMet", "Complete"}
    assert true(run(["sync", "run", "fail", "sync", "sync"], 0)[-1]) == {"FailureTarget", "Failed"}
    assert true(run(["sync", "run", "suspend", "sync"], 0)[-1]) >= {"FailureTarget"}
