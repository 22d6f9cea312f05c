"""One Job or pod as it stands in a cluster, with its pods and what the cluster said of them: get and list, no watch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from harness.backends.kubernetes.client import TIMEOUT, Cluster, default_namespace, mapped, read_json
from harness.errors import SubmitRefused
from harness.model.job import Json
from harness.platforms.json_parts import part

PAGE = 500
EVENTS_MAX = 20_000
"""A namespace keeps an hour of events; what lies beyond so many is not read."""

_NOT_SERVED = "HTTP 404"

Object = dict[str, Json]


def read(context: str | None, namespace: str, kind: str, name: str) -> list[Object]:
    """Read a Job or a pod with all that explains it; without a namespace the context's own is read.

    Raises:
        SubmitRefused: there is no such object, or the right to get or list it is missing.
        Unreachable: the API server does not answer.
    """
    cluster = Cluster(context)
    place = namespace or default_namespace(context)
    if kind == "Pod":
        own = [_named(cluster.core.read_namespaced_pod, kind, name, place)]
    else:
        job = _named(cluster.batch.read_namespaced_job, kind, name, place)
        own = [job, *_listed(cluster.core.list_namespaced_pod, "Pod", place, label_selector=_selector(job, name))]
    return [*own, *_events(cluster, place, name, own)]


def _selector(job: Object, name: str) -> str:
    """Write the Job's own selector, whatever labels its version of Kubernetes gives to pods."""
    wanted = part(part(part(job, "spec"), "selector"), "matchLabels")
    return ",".join(f"{label}={value}" for label, value in wanted.items()) or f"batch.kubernetes.io/job-name={name}"


def everything(context: str | None, namespace: str) -> list[Object]:
    """Read the CronJobs, Jobs and pods of a namespace.

    Raises:
        SubmitRefused: the right to list them is missing.
        Unreachable: the API server does not answer.
    """
    cluster = Cluster(context)
    calls = (
        ("CronJob", "batch/v1", cluster.batch.list_namespaced_cron_job),
        ("Job", "batch/v1", cluster.batch.list_namespaced_job),
        ("Pod", "v1", cluster.core.list_namespaced_pod),
    )
    found: list[Object] = []
    for kind, version, call in calls:
        try:
            found += [{**item, "kind": kind, "apiVersion": version} for item in _listed(call, kind, namespace)]
        except SubmitRefused as error:
            if kind != "CronJob" or _NOT_SERVED not in str(error):
                raise  # a server without CronJobs has none
    return found


def _events(cluster: Cluster, namespace: str, name: str, own: list[Object]) -> Iterator[Object]:
    """Give the events about these objects, and about pods of the Job that are gone: their names begin with its own."""
    uids = {str(part(item, "metadata").get("uid")) for item in own}
    for event in _listed(cluster.core.list_namespaced_event, "Event", namespace):
        about = part(event, "involvedObject")
        gone = about.get("kind") == "Pod" and str(about.get("name")).startswith(f"{name}-")
        if str(about.get("uid")) in uids or gone:
            yield event


def _named(call: Any, kind: str, name: str, namespace: str) -> Object:  # noqa: ANN401 - the client has no types
    with mapped(f"get {kind} {namespace}/{name}"):
        item = read_json(call(name, namespace, _preload_content=False, _request_timeout=TIMEOUT))
    return {"kind": kind, "apiVersion": "batch/v1" if kind == "Job" else "v1", **item}


def _listed(call: Any, kind: str, namespace: str, **more: str) -> Iterator[Object]:  # noqa: ANN401 - the same
    """List page by page; items of a list have no kind of their own."""
    token, seen = "", 0
    while seen < EVENTS_MAX:
        with mapped(f"list {kind} in {namespace}"):
            page = read_json(
                call(
                    namespace,
                    limit=PAGE,
                    _continue=token or None,
                    _preload_content=False,
                    _request_timeout=TIMEOUT,
                    **more,
                )
            )
        items = page.get("items")
        for item in items if isinstance(items, list) else []:
            seen += 1
            if isinstance(item, dict):
                yield {"kind": kind, "apiVersion": "v1", **item}
        token = str(part(page, "metadata").get("continue") or "")
        if not token:
            return
