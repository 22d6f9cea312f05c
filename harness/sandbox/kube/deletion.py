"""How objects go: Pods after their grace, Jobs with their Pods, and both only when no finalizer holds them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress

from harness.sandbox.kube.objects import ApiError, Object, Objects, now

TRACKING = "batch.kubernetes.io/job-tracking"
FOREGROUND = "foregroundDeletion"
_POLICIES = ("Background", "Foreground", "Orphan")


def propagation(query: Mapping[str, str], options: Mapping[str, object]) -> str:
    """Say what becomes of a Job's Pods.

    Raises:
        ApiError: 422, no such policy.
    """
    asked = str(query.get("propagationPolicy") or options.get("propagationPolicy") or "Background")
    if options.get("orphanDependents") is not None:
        raise ApiError(501, "NotImplemented", "the sandbox does not support orphanDependents; use propagationPolicy")
    if asked not in _POLICIES:
        raise ApiError(422, "Invalid", f'DeleteOptions.propagationPolicy: Unsupported value: "{asked}"')
    return asked


def delete_pod(objects: Objects, pod: Object, grace: int | None) -> Object:
    """Ask for a pod's end: at once when nothing of it runs, else after its grace period in seconds."""
    metadata = pod["metadata"]
    seconds = pod["spec"].get("terminationGracePeriodSeconds", 30) if grace is None else grace
    if seconds == 0 or not pod["spec"].get("nodeName") or is_over(pod):
        return objects.remove("pods", metadata["namespace"], metadata["name"])

    def mark(item: Object) -> None:
        known = item["metadata"].get("deletionGracePeriodSeconds")
        if known is None or seconds < known:  # a second request may only shorten it
            stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))
            item["metadata"] |= {"deletionTimestamp": stamp, "deletionGracePeriodSeconds": seconds}

    return objects.change("pods", metadata["namespace"], metadata["name"], mark)


def delete_job(objects: Objects, job: Object, policy: str) -> None:
    """Delete a Job: its Pods follow (Background), go before it (Foreground) or stay (Orphan)."""
    metadata = job["metadata"]
    if policy == "Foreground":
        objects.change("jobs", metadata["namespace"], metadata["name"], _hold)
    else:
        objects.remove("jobs", metadata["namespace"], metadata["name"])
    for pod in objects.list("pods", metadata["namespace"])[0]:
        if is_owned(pod, metadata["uid"]):
            release(objects, "pods", pod, TRACKING)
            if policy != "Orphan":
                with suppress(ApiError):  # gone meanwhile
                    delete_pod(objects, pod, None)


def _hold(job: Object) -> None:
    metadata = job["metadata"]
    metadata.setdefault("deletionTimestamp", now())
    metadata["deletionGracePeriodSeconds"] = 0
    metadata["finalizers"] = list(dict.fromkeys([*metadata.get("finalizers", []), FOREGROUND]))


def release(objects: Objects, plural: str, item: Object, finalizer: str) -> None:
    """Take a finalizer off; an object that is gone is fine."""
    metadata = item["metadata"]

    def edit(found: Object) -> None:
        held = found["metadata"].get("finalizers", [])
        if finalizer in held:
            found["metadata"]["finalizers"] = [item for item in held if item != finalizer]

    with suppress(ApiError):
        objects.change(plural, metadata["namespace"], metadata["name"], edit)


def is_owned(pod: Object, uid: str) -> bool:
    """Tell whether a pod belongs to the Job of a uid."""
    return any(reference.get("uid") == uid for reference in pod["metadata"].get("ownerReferences", []))


def is_over(pod: Object) -> bool:
    """Tell whether a pod has its last phase."""
    return pod.get("status", {}).get("phase") in {"Succeeded", "Failed"}
