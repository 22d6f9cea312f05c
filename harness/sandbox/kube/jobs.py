"""The Job controller: one completion a Job, with the status sequence of Kubernetes 1.34."""

from __future__ import annotations

import calendar
import copy
import secrets
import threading
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.sandbox.kube.deletion import FOREGROUND, TRACKING, delete_job, delete_pod, is_over, is_owned, release
from harness.sandbox.kube.events import emit
from harness.sandbox.kube.objects import ApiError, Object, Objects, now

SYNC_SECONDS = 0.1
"""A real controller batches pod events for 1 s; the sandbox's is faster and says that its times are synthetic."""
BACKOFF_SECONDS = (10.0, 600.0)
"""Doubling from 10 s to 10 min (job_controller.go of 1.34.4), times the sandbox's scale."""
REFUSED_SECONDS = 10.0
"""Before a pod that could not be created is tried again, times the scale; a real controller doubles it from 1 s."""
COMPONENT = "job-controller"
_IDLE: Mapping[str, int] = {"active": 0, "ready": 0}


@dataclass
class _Book:
    """What the controller remembers of one Job between syncs."""

    next_pod_monotonic: float = 0.0
    counted: set[str] = field(default_factory=set)
    """Uids of the pods that failed."""


class JobController:
    """Watches Jobs and Pods and moves Jobs to their verdicts."""

    def __init__(self, objects: Objects, scale: float) -> None:
        """Remember the store; `scale` shortens back-off."""
        self._objects = objects
        self._scale = scale
        self._books: dict[str, _Book] = {}

    def run(self, stop: threading.Event) -> None:
        """Sync until stopped."""
        seen = 0
        while not stop.is_set():
            self._objects.wait(seen, SYNC_SECONDS * 5)
            seen = self._objects.version
            stop.wait(SYNC_SECONDS)
            self.sync_all()

    def sync_all(self) -> None:
        """Move every Job one step."""
        for job in self._objects.list("jobs")[0]:
            try:
                self._sync(job)
            except Exception as error:  # noqa: BLE001 - one Job must not stop the others
                if not (isinstance(error, ApiError) and error.code in {404, 409}):
                    traceback.print_exc()

    def _sync(self, job: Object) -> None:
        metadata = job["metadata"]
        found = self._objects.list("pods", metadata["namespace"])[0]
        pods = [entry for entry in found if is_owned(entry, metadata["uid"])]
        if "deletionTimestamp" in metadata:
            if not pods:
                release(self._objects, "jobs", job, FOREGROUND)
            return
        conditions = _true_conditions(job)
        if "Complete" in conditions or "Failed" in conditions:
            self._release(pods)
            self._expire(job, conditions)
            return
        if job["spec"]["suspend"]:
            self._suspend(job, pods)
            return
        if "Suspended" in conditions or "startTime" not in job["status"]:
            job = self._begin(job, resumed="Suspended" in conditions)
        self._decide(job, pods, _true_conditions(job))

    def _begin(self, job: Object, *, resumed: bool) -> Object:
        """Start the clock; a resumed Job's starts anew."""
        status: Object = {"startTime": now(), **_IDLE, "terminating": 0}
        if resumed:
            status["conditions"] = _with(job, _condition("Suspended", "JobResumed", "Job resumed", status="False"))
            emit(self._objects, job, "Job", "Resumed", message="Job resumed", source=COMPONENT)
        return self._status(job, status)

    def _decide(self, job: Object, pods: list[Object], conditions: dict[str, Object]) -> None:
        """Follow the controller's order: criteria met, failing, back-off, deadline, then completions."""
        spec, book = job["spec"], self._books.setdefault(job["metadata"]["uid"], _Book())
        succeeded = [pod["metadata"]["uid"] for pod in pods if pod["status"].get("phase") == "Succeeded"]
        fresh = self._count_failures(book, pods)
        if "SuccessCriteriaMet" in conditions:
            self._finish(job, pods, "Complete", conditions["SuccessCriteriaMet"])
        elif "FailureTarget" in conditions:
            self._finish(job, pods, "Failed", conditions["FailureTarget"])
        elif len(book.counted) > spec["backoffLimit"] or _restarts_used_up(job, pods):
            self._fail(job, pods, fresh, "BackoffLimitExceeded", message="Job has reached the specified backoff limit")
        elif _past_deadline(job):
            self._fail(job, pods, fresh, "DeadlineExceeded", message="Job was active longer than specified deadline")
        elif succeeded:
            target = _condition("SuccessCriteriaMet", "CompletionsReached", "Reached expected number of succeeded pods")
            uncounted = {"succeeded": succeeded[:1]}
            self._status(job, {"conditions": _with(job, target), "ready": 0, "uncountedTerminatedPods": uncounted})
        else:
            self._keep_going(job, pods, book)

    def _count_failures(self, book: _Book, pods: list[Object]) -> list[str]:
        """Count what failed since the last sync; the pause before the next pod runs from the end of the failed one."""
        fresh = [pod for pod in pods if _failed(pod) and pod["metadata"]["uid"] not in book.counted]
        for pod in fresh:
            book.counted.add(pod["metadata"]["uid"])
            pause = min(BACKOFF_SECONDS[0] * 2 ** (len(book.counted) - 1), BACKOFF_SECONDS[1]) * self._scale
            book.next_pod_monotonic = time.monotonic() + pause
        return [entry["metadata"]["uid"] for entry in fresh]

    def _keep_going(self, job: Object, pods: list[Object], book: _Book) -> None:
        living = [pod for pod in pods if not is_over(pod) and not _failed(pod)]
        if not living and time.monotonic() >= book.next_pod_monotonic:
            living = self._created(job, book)
        self._release([pod for pod in pods if _failed(pod)])
        ready, terminating = sum(map(_is_ready, living)), sum(map(_is_terminating, pods))
        failed = {"failed": len(book.counted)} if book.counted else {}
        self._status(job, {"active": len(living), "ready": ready, "terminating": terminating, **failed})

    def _created(self, job: Object, book: _Book) -> list[Object]:
        """Create the next pod, unless its service account is missing: then say so, and try again later."""
        metadata, account = job["metadata"], job["spec"]["template"]["spec"].get("serviceAccountName", "default")
        if account == "default" or self._objects.find("serviceaccounts", metadata["namespace"], account):
            return [self._create_pod(job)]
        why = (
            f'error looking up service account {metadata["namespace"]}/{account}: serviceaccount "{account}" not found'
        )
        text = f'Error creating: pods "{metadata["name"]}-" is forbidden: {why}'
        emit(self._objects, job, "Job", "FailedCreate", message=text, source=COMPONENT, warning=True)
        book.next_pod_monotonic = time.monotonic() + REFUSED_SECONDS * self._scale
        return []

    def _create_pod(self, job: Object) -> Object:
        metadata, template = job["metadata"], copy.deepcopy(job["spec"]["template"])
        name = f"{metadata['name'][:57]}-{secrets.token_hex(4)[:5]}"
        owner = {
            "apiVersion": "batch/v1", "kind": "Job", "name": metadata["name"], "uid": metadata["uid"],
            "controller": True, "blockOwnerDeletion": True,
        }  # fmt: skip
        pod: Object = {
            "kind": "Pod", "apiVersion": "v1",
            "metadata": {
                **template.get("metadata", {}), "name": name, "generateName": f"{metadata['name']}-",
                "namespace": metadata["namespace"], "finalizers": [TRACKING], "ownerReferences": [owner],
            },
            "spec": template["spec"],
            "status": {"phase": "Pending", "qosClass": "Burstable"},
        }  # fmt: skip
        made = self._objects.create("pods", pod)
        emit(self._objects, job, "Job", "SuccessfulCreate", message=f"Created pod: {name}", source=COMPONENT)
        return made

    def _suspend(self, job: Object, pods: list[Object]) -> None:
        """Delete what runs, without counting it."""
        self._release(pods)
        self._delete_living(job, pods)
        terminating = sum(map(_is_terminating, pods))
        status: Object = {**_IDLE, "terminating": terminating}
        if "Suspended" not in _true_conditions(job):
            status["conditions"] = _with(job, _condition("Suspended", "JobSuspended", "Job suspended"))
            emit(self._objects, job, "Job", "Suspended", message="Job suspended", source=COMPONENT)
        self._status(job, status)

    # -- ending -------------------------------------------------------------------------------------------------------

    def _fail(self, job: Object, pods: list[Object], fresh: list[str], reason: str, *, message: str) -> None:
        conditions = _with(job, _condition("FailureTarget", reason, message))
        self._status(job, {"conditions": conditions, "ready": 0, "uncountedTerminatedPods": {"failed": fresh}})
        self._delete_living(job, pods)

    def _delete_living(self, job: Object, pods: list[Object]) -> None:
        for pod in pods:
            if is_over(pod) or _is_terminating(pod):
                continue
            delete_pod(self._objects, pod, None)
            message = f"Deleted pod: {pod['metadata']['name']}"
            emit(self._objects, job, "Job", "SuccessfulDelete", message=message, source=COMPONENT)

    def _finish(self, job: Object, pods: list[Object], kind: str, target: Object) -> None:
        """Free the pods, and write the verdict once none is terminating."""
        self._release(pods)
        counted = len(self._books[job["metadata"]["uid"]].counted)
        status: Object = {**_IDLE, "uncountedTerminatedPods": {}, **({"failed": counted} if counted else {})}
        waiting = sum(not is_over(pod) for pod in pods)
        if waiting:
            self._status(job, {**status, "terminating": waiting})
            return
        verdict = _condition(kind, target["reason"], target["message"])
        status |= {"terminating": 0, "conditions": _with(job, verdict)}
        if kind == "Complete":
            status |= {"succeeded": 1, "completionTime": verdict["lastTransitionTime"]}
        self._status(job, status)
        if kind == "Complete":
            emit(self._objects, job, "Job", "Completed", message="Job completed", source=COMPONENT)
        else:
            emit(self._objects, job, "Job", target["reason"], message=target["message"], source=COMPONENT, warning=True)

    def _expire(self, job: Object, conditions: dict[str, Object]) -> None:
        ttl = job["spec"].get("ttlSecondsAfterFinished")
        ended = (conditions.get("Complete") or conditions["Failed"])["lastTransitionTime"]
        if ttl is not None and time.time() - _epoch(ended) >= ttl:
            delete_job(self._objects, job, "Background")

    def _release(self, pods: list[Object]) -> None:
        for pod in pods:
            release(self._objects, "pods", pod, TRACKING)

    def _status(self, job: Object, status: dict[str, Any]) -> Object:
        metadata = job["metadata"]
        return self._objects.change(
            "jobs", metadata["namespace"], metadata["name"], lambda item: item["status"].update(status)
        )


def _restarts_used_up(job: Object, pods: list[Object]) -> bool:
    """OnFailure: restarts of running pods count, and the limit is met when the last allowed one starts (K11)."""
    if job["spec"]["template"]["spec"]["restartPolicy"] != "OnFailure":
        return False
    total = sum(
        status.get("restartCount", 0)
        for pod in pods
        if pod["status"].get("phase") in {"Running", "Pending"}
        for status in pod["status"].get("containerStatuses", [])
    )
    return bool(total >= max(1, job["spec"]["backoffLimit"]))


def _past_deadline(job: Object) -> bool:
    limit = job["spec"].get("activeDeadlineSeconds")
    return bool(limit is not None and time.time() - _epoch(job["status"]["startTime"]) >= limit)


def _condition(kind: str, reason: str, message: str, status: str = "True") -> Object:
    stamp = now()
    return {
        "type": kind, "status": status, "lastProbeTime": stamp, "lastTransitionTime": stamp,
        "reason": reason, "message": message,
    }  # fmt: skip


def _with(job: Object, condition: Object) -> list[Object]:
    """Give the Job's conditions with one set: in its place if it was there, else as the last."""
    known = job["status"].get("conditions", [])
    if all(item["type"] != condition["type"] for item in known):
        return [*known, condition]
    return [condition if item["type"] == condition["type"] else item for item in known]


def _true_conditions(job: Object) -> dict[str, Object]:
    return {
        condition["type"]: condition
        for condition in job["status"].get("conditions", [])
        if condition["status"] == "True"
    }


def _failed(pod: Object) -> bool:
    """A pod that is being deleted and has not succeeded counts as failed at once (TerminatingOrFailed)."""
    phase = pod["status"].get("phase")
    return phase == "Failed" or ("deletionTimestamp" in pod["metadata"] and phase != "Succeeded")


def _is_terminating(pod: Object) -> bool:
    return "deletionTimestamp" in pod["metadata"] and not is_over(pod)


def _is_ready(pod: Object) -> bool:
    return any(
        condition["type"] == "Ready" and condition["status"] == "True"
        for condition in pod["status"].get("conditions", [])
    )


def _epoch(stamp: str) -> float:
    return float(calendar.timegm(time.strptime(stamp, "%Y-%m-%dT%H:%M:%SZ")))
