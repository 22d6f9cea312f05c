"""core/v1 Events as the components of a cluster write them."""

from __future__ import annotations

import secrets

from harness.sandbox.kube.objects import Object, Objects, now, now_precise


def emit(  # noqa: PLR0913 - an Event has that many fields
    objects: Objects,
    about: Object,
    kind: str,
    reason: str,
    *,
    message: str,
    source: str,
    field: str = "",
    warning: bool = False,
) -> None:
    """Write one Event about an object."""
    metadata, stamp = about["metadata"], now()
    precise = source == "default-scheduler"  # the scheduler writes new-style events: eventTime set, first and last null
    involved = {
        "kind": kind, "namespace": metadata["namespace"], "name": metadata["name"], "uid": metadata["uid"],
        "apiVersion": "batch/v1" if kind == "Job" else "v1", "resourceVersion": metadata["resourceVersion"],
    }  # fmt: skip
    if field:
        involved["fieldPath"] = field
    name = f"{metadata['name'][:200]}.{secrets.token_hex(8)}"
    item: Object = {
        "kind": "Event", "apiVersion": "v1", "metadata": {"name": name, "namespace": metadata["namespace"]},
        "involvedObject": involved, "reason": reason, "message": message, "source": {"component": source},
        "firstTimestamp": None if precise else stamp, "lastTimestamp": None if precise else stamp,
        "type": "Warning" if warning else "Normal", "eventTime": now_precise() if precise else None,
        "reportingComponent": source, "reportingInstance": "",
    }  # fmt: skip
    if not precise:
        item["count"] = 1
    objects.create("events", item)
