"""The Job controller: one completion a Job, with the status sequence of Kubernetes 1.34."""

from __future__ import annotations

import copy
import secrets
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from harness.sandbox.kube.events import emit
from harness.sandbox.kube.objects import ApiError, Object, Objects, now

FINALIZER = "batch.kubernetes.io/job-tracking"
SYNC_SECONDS = 0.1
"""A real controller batches pod events for 1 s; the sandbox's is faster and says that its times are synthetic."""
BACKOFF_SECONDS = (10.0, 600.0)
"""Doubling from 10 s to 10 min (job_controller.go of 1.34.4), times the sandbox's scale."""
COMPONENT = "job-controller"


@dataclass
class _Book:
    """What the controller remembers of one Job between syncs."""

    failures: int = 0
    next_pod_monotonic: float = 0.0
    counted: set[str] = field(default_factory=set)


class JobController:
    """Watches Jobs and Pods and moves Jobs to their verdicts."""

    def __init__(self, objects: Objects, scale: float) -> None:
        """Remember the store; `scale` shortens back-off and TTL."""
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
            for job in self._objects.list("jobs")[0]:
                try:
                    self._sync(job)
                except ApiError as error:
                    if error.code not in {404, 409}:
                        raise

    def _sync(self, job: Object) -> None:
        metadata = job["metadata"]
        pods = [each for each in self._objects.list("pods", metadata["namespace"])[0] if _owned(each, metadata["uid"])]
        if "deletionTimestamp" in metadata:
            return
        conditions = {
            each["type"]: each for each in job.get("status", {}).get("conditions", []) if each["status"] == "True"
        }
        if "Complete" in conditions or "Failed" in conditions:
            self._release(pods)
            self._expire(job, conditions)
            return
        if "startTime" not in job.get("status", {}) and not job["spec"]["suspend"]:
            self._status(job, {"startTime": now(), "active": 0, "ready": 0, "terminating": 0})
            job = self._objects.get("jobs", metadata["namespace"], metadata["name"])
        self._decide(job, pods, conditions)

    def _decide(self, job: Object, pods: list[Object], conditions: dict[str, Object]) -> None:
        """Follow the controller's order: criteria met, failing, back-off, deadline, then completions."""
        spec, book = job["spec"], self._books.setdefault(job["metadata"]["uid"], _Book())
        succeeded = [each for each in pods if each.get("status", {}).get("phase") == "Succeeded"]
        failed = [each for each in pods if _failed(each)]
        self._count_failures(book, failed)
        if "SuccessCriteriaMet" in conditions:
            self._finish(job, pods, "Complete", conditions["SuccessCriteriaMet"])
        elif "FailureTarget" in conditions:
            self._finish(job, pods, "Failed", conditions["FailureTarget"])
        elif spec["suspend"]:
            self._suspend(job, pods)
        elif book.failures > spec["backoffLimit"] or self._restarts_used_up(job, pods):
            self._fail(job, pods, "BackoffLimitExceeded", "Job has reached the specified backoff limit")
        elif self._past_deadline(job):
            self._fail(job, pods, "DeadlineExceeded", "Job was active longer than specified deadline")
        elif succeeded:
            self._target(job, "SuccessCriteriaMet", "CompletionsReached", "Reached expected number of succeeded pods")
        else:
            self._keep_going(job, pods, book)

    def _count_failures(self, book: _Book, failed: list[Object]) -> None:
        for pod in failed:
            uid = pod["metadata"]["uid"]
            if uid not in book.counted:
                book.counted.add(uid)
                book.failures += 1
                pause = min(BACKOFF_SECONDS[0] * 2 ** (book.failures - 1), BACKOFF_SECONDS[1]) * self._scale
                book.next_pod_monotonic = time.monotonic() + pause

    def _restarts_used_up(self, job: Object, pods: list[Object]) -> bool:
        """OnFailure: restarts of running pods count, and the limit is met when the last allowed one starts (K11)."""
        if job["spec"]["template"]["spec"]["restartPolicy"] != "OnFailure":
            return False
        total = sum(
            each.get("restartCount", 0)
            for pod in pods
            if pod.get("status", {}).get("phase") in {"Running", "Pending"}
            for each in pod["status"].get("containerStatuses", [])
        )
        limit = job["spec"]["backoffLimit"]
        return bool(total >= max(1, limit))

    def _past_deadline(self, job: Object) -> bool:
        limit = job["spec"].get("activeDeadlineSeconds")
        started = job.get("status", {}).get("startTime")
        return bool(limit and started and time.time() - _epoch(started) >= limit)

    def _keep_going(self, job: Object, pods: list[Object], book: _Book) -> None:
        living = [each for each in pods if not _over(each)]
        if not living and time.monotonic() >= book.next_pod_monotonic:
            living = [self._create_pod(job)]
        self._release([each for each in pods if _over(each)])
        ready = sum(_is_ready(each) for each in living)
        failed = len(book.counted)
        self._status(
            job, {"active": len(living), "ready": ready, "terminating": 0, **({"failed": failed} if failed else {})}
        )

    def _create_pod(self, job: Object) -> Object:
        metadata, template = job["metadata"], copy.deepcopy(job["spec"]["template"])
        name = f"{metadata['name'][:57]}-{secrets.token_hex(4)[:5]}"
        owner = {
            "apiVersion": "batch/v1",
            "kind": "Job",
            "name": metadata["name"],
            "uid": metadata["uid"],
            "controller": True,
            "blockOwnerDeletion": True,
        }
        pod: Object = {
            "kind": "Pod", "apiVersion": "v1",
            "metadata": {
                **template.get("metadata", {}), "name": name, "generateName": f"{metadata['name']}-",
                "namespace": metadata["namespace"], "finalizers": [FINALIZER], "ownerReferences": [owner],
            },
            "spec": template["spec"],
            "status": {"phase": "Pending", "qosClass": "Burstable"},
        }  # fmt: skip
        made = self._objects.create("pods", pod)
        emit(self._objects, job, "Job", "SuccessfulCreate", f"Created pod: {name}", source=COMPONENT)
        return made

    def _suspend(self, job: Object, pods: list[Object]) -> None:
        for pod in pods:
            if not _over(pod):
                self._release([pod])
                delete_pod(self._objects, pod, None)
                emit(
                    self._objects,
                    job,
                    "Job",
                    "SuccessfulDelete",
                    f"Deleted pod: {pod['metadata']['name']}",
                    source=COMPONENT,
                )
        if not any(each["type"] == "Suspended" for each in job["status"].get("conditions", [])):
            self._target(job, "Suspended", "JobSuspended", "Job suspended")
            emit(self._objects, job, "Job", "Suspended", "Job suspended", source=COMPONENT)

    def _fail(self, job: Object, pods: list[Object], reason: str, message: str) -> None:
        self._target(job, "FailureTarget", reason, message)
        for pod in pods:
            if not _over(pod):
                delete_pod(self._objects, pod, None)
                emit(
                    self._objects,
                    job,
                    "Job",
                    "SuccessfulDelete",
                    f"Deleted pod: {pod['metadata']['name']}",
                    source=COMPONENT,
                )

    def _target(self, job: Object, kind: str, reason: str, message: str) -> None:
        condition = _condition(kind, reason, message)
        self._status(job, {"conditions": [*job.get("status", {}).get("conditions", []), condition]})

    def _finish(self, job: Object, pods: list[Object], kind: str, target: Object) -> None:
        """Write the verdict once no pod is terminating, and free the pods."""
        if any(not _over(each) for each in pods):
            waiting = sum("deletionTimestamp" in each["metadata"] for each in pods if not _over(each))
            self._status(job, {"active": 0, "ready": 0, "terminating": waiting})
            return
        self._release(pods)
        book = self._books.setdefault(job["metadata"]["uid"], _Book())
        conditions = [*job["status"]["conditions"], _condition(kind, target["reason"], target["message"])]
        status: Object = {
            "active": 0,
            "ready": 0,
            "terminating": 0,
            "uncountedTerminatedPods": {},
            "conditions": conditions,
        }
        if book.counted:
            status["failed"] = len(book.counted)
        if kind == "Complete":
            status |= {"succeeded": 1, "completionTime": conditions[-1]["lastTransitionTime"]}
        self._status(job, status)
        if kind == "Complete":
            emit(self._objects, job, "Job", "Completed", "Job completed", source=COMPONENT)
        else:
            emit(self._objects, job, "Job", target["reason"], target["message"], source=COMPONENT, warning=True)

    def _expire(self, job: Object, conditions: dict[str, Object]) -> None:
        ttl = job["spec"].get("ttlSecondsAfterFinished")
        if ttl is None:
            return
        ended = (conditions.get("Complete") or conditions["Failed"])["lastTransitionTime"]
        if time.time() - _epoch(ended) >= ttl:
            delete_job(self._objects, job["metadata"]["namespace"], job["metadata"]["name"], "Background")

    def _release(self, pods: list[Object]) -> None:
        for pod in pods:
            if FINALIZER in pod["metadata"].get("finalizers", []):
                _edit(
                    self._objects,
                    pod,
                    lambda item: item["metadata"].update(
                        finalizers=[each for each in item["metadata"].get("finalizers", []) if each != FINALIZER]
                    ),
                )

    def _status(self, job: Object, status: dict[str, Any]) -> None:
        metadata = job["metadata"]
        self._objects.change(
            "jobs", metadata["namespace"], metadata["name"], lambda item: item.setdefault("status", {}).update(status)
        )


def delete_pod(objects: Objects, pod: Object, grace: int | None) -> Object:
    """Ask for a pod's end: at once when nothing of it runs, else after its grace period."""
    metadata = pod["metadata"]
    seconds = pod["spec"].get("terminationGracePeriodSeconds", 30) if grace is None else grace
    scheduled = bool(pod["spec"].get("nodeName"))
    if seconds == 0 or not scheduled or _over(pod):
        return objects.remove("pods", metadata["namespace"], metadata["name"])

    def mark(item: Object) -> None:
        if "deletionTimestamp" not in item["metadata"]:
            stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))
            item["metadata"] |= {"deletionTimestamp": stamp, "deletionGracePeriodSeconds": seconds}

    return objects.change("pods", metadata["namespace"], metadata["name"], mark)


def delete_job(objects: Objects, namespace: str, name: str, propagation: str) -> Object:
    """Delete a Job; its pods follow, except with Orphan."""
    job = objects.get("jobs", namespace, name)
    removed = objects.remove("jobs", namespace, name)
    for pod in objects.list("pods", namespace)[0]:
        if not _owned(pod, job["metadata"]["uid"]):
            continue
        _edit(
            objects,
            pod,
            lambda item: item["metadata"].update(
                finalizers=[each for each in item["metadata"].get("finalizers", []) if each != FINALIZER]
            ),
        )
        if propagation != "Orphan":
            found = objects.find("pods", namespace, pod["metadata"]["name"])
            if found:
                delete_pod(objects, found, None)
    return removed


def _edit(objects: Objects, pod: Object, edit: Any) -> None:  # noqa: ANN401 - a callable on an object
    try:
        objects.change("pods", pod["metadata"]["namespace"], pod["metadata"]["name"], edit)
    except ApiError as error:
        if error.code != 404:
            raise


def _condition(kind: str, reason: str, message: str) -> Object:
    stamp = now()
    return {
        "type": kind,
        "status": "True",
        "lastProbeTime": stamp,
        "lastTransitionTime": stamp,
        "reason": reason,
        "message": message,
    }


def _owned(pod: Object, uid: str) -> bool:
    return any(each.get("uid") == uid for each in pod["metadata"].get("ownerReferences", []))


def _over(pod: Object) -> bool:
    return pod.get("status", {}).get("phase") in {"Succeeded", "Failed"}


def _failed(pod: Object) -> bool:
    """A pod that is being deleted and has not succeeded counts as failed at once (TerminatingOrFailed)."""
    phase = pod.get("status", {}).get("phase")
    return phase == "Failed" or ("deletionTimestamp" in pod["metadata"] and phase != "Succeeded")


def _is_ready(pod: Object) -> bool:
    return any(
        each["type"] == "Ready" and each["status"] == "True" for each in pod.get("status", {}).get("conditions", [])
    )


def _epoch(stamp: str) -> float:
    import calendar  # noqa: PLC0415 - one small use

    return float(calendar.timegm(time.strptime(stamp, "%Y-%m-%dT%H:%M:%SZ")))
