"""Explaining a file costs as much as it is long: many pods of one Job, many Jobs. Steps are counted, not seconds."""

from __future__ import annotations

import gc
import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

from harness.campaign.explaining import explain

FEW, MANY = 100, 400
GROWTH_MAX = 1.2 * MANY / FEW
"""Sorting is a little more than linear; the quadratic reading of before took 8 to 13 times the steps."""


def job(number: int) -> dict[str, Any]:
    """Write a Job that failed."""
    condition = {
        "type": "Failed", "status": "True", "reason": "BackoffLimitExceeded", "message": "m",
        "lastTransitionTime": "2026-01-01T00:01:00Z",
    }  # fmt: skip
    return {
        "apiVersion": "batch/v1", "kind": "Job",
        "metadata": {
            "name": f"j{number}", "namespace": "ml", "uid": f"u{number}", "creationTimestamp": "2026-01-01T00:00:00Z",
        },
        "spec": {"completions": 1, "template": {"spec": {"containers": [{"name": "main", "image": "r/x:1"}]}}},
        "status": {"conditions": [condition], "failed": 1},
    }  # fmt: skip


def pod(number: int, of: int, *, owned: bool = True, deleted: bool = False) -> dict[str, Any]:
    """Write a pod whose container ended with 0."""
    ended = {
        "exitCode": 0, "reason": "Completed",
        "startedAt": "2026-01-01T00:00:10Z", "finishedAt": "2026-01-01T00:00:20Z",
    }  # fmt: skip
    status = {"name": "main", "ready": False, "restartCount": 0, "image": "r/x:1", "imageID": ""}
    owner = {"kind": "Job", "name": f"j{of}", "uid": f"u{of}", "apiVersion": "batch/v1", "controller": True}
    return {
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": f"p{number}", "namespace": "ml", "uid": f"p{number}", "labels": {"job-name": f"j{of}"},
            "creationTimestamp": "2026-01-01T00:00:01Z",
            **({"ownerReferences": [owner]} if owned else {}),
            **({"deletionTimestamp": "2026-01-01T00:00:15Z"} if deleted else {}),
        },
        "spec": {"nodeName": f"n{number}", "containers": [{"name": "main", "image": "r/x:1"}]},
        "status": {"phase": "Succeeded", "containerStatuses": [{**status, "state": {"terminated": ended}}]},
    }  # fmt: skip


def notice(number: int, kind: str, name: str) -> dict[str, Any]:
    """Write a core Event about a pod or a node."""
    return {
        "apiVersion": "v1", "kind": "Event", "metadata": {"name": f"e{kind}{number}", "uid": f"e{kind}{number}"},
        "involvedObject": {"kind": kind, "name": name, "uid": name}, "reason": "Killing", "message": "m",
        "firstTimestamp": "2026-01-01T00:00:15Z", "lastTimestamp": "2026-01-01T00:00:15Z",
    }  # fmt: skip


def pods_of_one_job(count: int) -> list[dict[str, Any]]:
    """Write many pods, each with an Event of its own and one of its node."""
    pods = [pod(number, 0) for number in range(count)]
    about = [notice(number, kind, f"{kind[0].lower()}{number}") for number in range(count) for kind in ("Pod", "Node")]
    return [job(0), *pods, *about]


def task(number: int) -> dict[str, Any]:
    """Write one run of a task of one DAG."""
    return {
        "dag_id": "nightly", "task_id": "train", "dag_run_id": f"r{number}", "state": "success", "try_number": 1,
        "map_index": -1, "end_date": "2026-01-01T00:01:00Z",
    }  # fmt: skip


def made(number: int) -> dict[str, Any]:
    """Write the pod that a run of the task made."""
    item = pod(number, number, owned=False)
    labels = {"dag_id": "nightly", "task_id": "train", "run_id": f"r{number}", "try_number": "1"}
    return {**item, "metadata": {**item["metadata"], "labels": labels}}


SHAPES: dict[str, Callable[[int], list[dict[str, Any]]]] = {
    "pods of one Job, with Events": pods_of_one_job,
    "pods that were asked to go": lambda count: [job(0), *(pod(n, 0, deleted=True) for n in range(count))],
    "Jobs of one pod": lambda count: [*map(job, range(count)), *(pod(n, n) for n in range(count))],
    "runs of one task of a DAG": lambda count: [*map(task, range(count)), *map(made, range(count))],
    "Jobs known by label": lambda count: [*map(job, range(count)), *(pod(n, n, owned=False) for n in range(count))],
}


def steps(items: list[dict[str, Any]]) -> int:
    """Count every call and every step of a generator while a file is explained."""
    data, counted = json.dumps({"kind": "List", "items": items}).encode(), [0]

    def count(frame: object, event: str, argument: object) -> None:
        del frame, argument
        counted[0] += event in {"call", "c_call"}

    gc.disable()
    sys.setprofile(count)
    try:
        explain("file", data, 0.0)
    finally:
        sys.setprofile(None)
        gc.enable()
    return counted[0]


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_four_times_the_objects_take_four_times_the_steps(shape: Callable[[int], list[dict[str, Any]]]) -> None:
    """Whatever the file is full of."""
    assert steps(shape(MANY)) / steps(shape(FEW)) < GROWTH_MAX


def test_what_is_told_of_pods_and_nodes_is_heard_by_the_right_job() -> None:
    """The control: two Jobs, an Event about the pod of one and about the node of the other."""
    items = [job(1), job(2), pod(1, 1), pod(2, 2), notice(1, "Pod", "p1"), notice(2, "Node", "n2")]
    first, second = explain("file", json.dumps({"kind": "List", "items": items}).encode(), 0.0)
    assert (first.name, second.name) == ("j1", "j2")
    assert (first.truth.work.value, second.truth.work.value) == ("ok", "ok")
