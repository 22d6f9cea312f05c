"""Tables as `kubectl get` prints them. Pure."""

from __future__ import annotations

import time
from typing import Any

from harness.sandbox.kube.objects import Object

_COLUMNS = {
    "jobs": ("Name", "Status", "Completions", "Duration", "Age"),
    "pods": ("Name", "Ready", "Status", "Restarts", "Age"),
    "events": ("Last Seen", "Type", "Reason", "Object", "Message"),
    "configmaps": ("Name", "Data", "Age"),
    "secrets": ("Name", "Type", "Data", "Age"),
    "nodes": ("Name", "Status", "Roles", "Age", "Version"),
    "namespaces": ("Name", "Status", "Age"),
    "serviceaccounts": ("Name", "Age"),
}


def table(plural: str, items: list[Object], version: str, *, columns: bool = True) -> Object:
    """Give a meta.k8s.io/v1 Table of objects of one kind."""
    rows = [{"cells": _cells(plural, entry), "object": _partial(entry)} for entry in items]
    definitions = [
        {
            "name": column,
            "type": "string",
            "format": "name" if column == "Name" else "",
            "description": "",
            "priority": 0,
        }
        for column in _COLUMNS[plural]
    ]
    return {
        "kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": {"resourceVersion": version},
        "columnDefinitions": definitions if columns else None, "rows": rows,
    }  # fmt: skip


def _partial(item: Object) -> Object:
    return {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": item["metadata"]}


def _cells(plural: str, item: Object) -> list[Any]:
    name, age = item["metadata"]["name"], _age(item["metadata"].get("creationTimestamp"))
    match plural:
        case "jobs":
            return [name, _job_status(item), f"{item.get('status', {}).get('succeeded', 0)}/1", _duration(item), age]
        case "pods":
            statuses = item.get("status", {}).get("containerStatuses", [])
            ready = sum(bool(status.get("ready")) for status in statuses)
            return [
                name,
                f"{ready}/{len(item['spec']['containers'])}",
                _pod_status(item),
                sum(status.get("restartCount", 0) for status in statuses),
                age,
            ]
        case "events":
            about = item.get("involvedObject", {})
            last = item.get("lastTimestamp") or item.get("eventTime")
            return [
                _age(last),
                item.get("type"),
                item.get("reason"),
                f"{str(about.get('kind')).lower()}/{about.get('name')}",
                item.get("message"),
            ]
        case "configmaps":
            return [name, len(item.get("data") or {}), age]
        case "secrets":
            return [name, item.get("type"), len(item.get("data") or {}), age]
        case "nodes":
            return [name, "Ready", "<none>", age, "sandbox"]
        case "namespaces":
            return [name, "Active", age]
    return [name, age]


def _job_status(item: Object) -> str:
    for condition in reversed(item.get("status", {}).get("conditions", [])):
        if condition["status"] == "True" and condition["type"] in {
            "Complete",
            "Failed",
            "Suspended",
            "FailureTarget",
            "SuccessCriteriaMet",
        }:
            return str(condition["type"])
    return "Running"


def _pod_status(item: Object) -> str:
    if "deletionTimestamp" in item["metadata"]:
        return "Terminating"
    status = item.get("status", {})
    for entry in status.get("containerStatuses", []):
        waiting, ended = entry["state"].get("waiting"), entry["state"].get("terminated")
        if waiting:
            return str(waiting["reason"])
        if ended and status.get("phase") == "Failed" and ended["exitCode"]:
            return str(ended["reason"])
    shown = {"Succeeded": "Completed"}.get(status.get("phase", ""))
    return str(shown or status.get("reason") or status.get("phase", "Unknown"))


def _duration(item: Object) -> str:
    status = item.get("status", {})
    if "startTime" not in status:
        return ""
    end = status.get("completionTime") or next(
        (
            condition["lastTransitionTime"]
            for condition in status.get("conditions", [])
            if condition["type"] == "Failed"
        ),
        None,
    )
    return _shown((_epoch(end) if end else time.time()) - _epoch(status["startTime"]))


def _age(stamp: str | None) -> str:
    return _shown(time.time() - _epoch(stamp)) if stamp else "<unknown>"


def _shown(seconds: float) -> str:
    whole = max(0, int(seconds))
    if whole < 120:
        return f"{whole}s"
    if whole < 7200:
        return f"{whole // 60}m"
    return f"{whole // 3600}h"


def _epoch(stamp: str) -> float:
    import calendar  # noqa: PLC0415 - one small use

    return float(calendar.timegm(time.strptime(stamp[:19], "%Y-%m-%dT%H:%M:%S")))
