"""Create, replace, patch and delete, with the checks that an API server makes before it writes."""

from __future__ import annotations

import base64
import copy
import secrets
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from harness.sandbox.kube import defaults, deletion, discovery, patch
from harness.sandbox.kube.objects import ApiError, Object, Objects
from harness.sandbox.kube.reads import chosen
from harness.sandbox.kube.requests import Request, Target, metadata_of

_PATCHES: dict[str, Callable[[Any, Any], Any]] = {
    "application/json-patch+json": patch.json_patch,
    "application/merge-patch+json": patch.merge,
    "application/strategic-merge-patch+json": patch.strategic,
}
_OWN_BY_REPLACE = (
    "uid", "creationTimestamp", "generation", "resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds",
)  # fmt: skip
_OWN_BY_PATCH = ("uid", "creationTimestamp", "resourceVersion", "generation", "namespace", "name")
"""Metadata that only the server writes."""


# -- create -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Lacks:
    """What the node's containers can't do."""

    relocates: bool
    """They have no paths of their own."""
    cannot_block: str
    """Why they can't be kept from doing something outside; empty: they can."""


def create(objects: Objects, request: Request, lacks: Lacks) -> Object:
    """Add an object, with defaults filled in.

    Raises:
        ApiError: 400, 404, 409 or 422 as a real server gives it; 501 for what the sandbox does not do.
    """
    target, item = request.target, copy.deepcopy(request.body)
    _check_namespace(objects, target)
    kind, group, namespaced, _ = discovery.KINDS[target.plural]
    if not isinstance(item, dict):
        raise ApiError(400, "BadRequest", "the body is no object")
    item |= {"kind": item.get("kind") or kind, "apiVersion": item.get("apiVersion") or group}
    if (item["kind"], item["apiVersion"]) != (kind, group):
        raise ApiError(400, "BadRequest", f"{item['apiVersion']} {item['kind']} does not match {group} {kind}")
    metadata = item.setdefault("metadata", {})
    if not metadata.get("name") and metadata.get("generateName"):
        metadata["name"] = metadata["generateName"] + secrets.token_hex(4)[:5]
    defaults.check_name(kind, metadata.get("name", ""))
    if namespaced and metadata.setdefault("namespace", target.namespace) != target.namespace:
        raise ApiError(400, "BadRequest", "the namespace of the object does not match the request")
    uid = str(uuid.uuid4())
    _prepare(target.plural, item, uid)
    if lacks.relocates:
        defaults.check_paths(target.plural, item)
    if lacks.cannot_block:
        defaults.check_network(target.plural, item, lacks.cannot_block)
    if request.dry_run:
        return {**item, "metadata": {**metadata, "uid": "", "resourceVersion": "0"}}
    return objects.create(target.plural, item, uid)


def _check_namespace(objects: Objects, target: Target) -> None:
    name = target.namespace
    if name and objects.find("namespaces", "", name) is None:
        raise ApiError(404, "NotFound", f'namespaces "{name}" not found', {"name": name, "kind": "namespaces"})


def _prepare(plural: str, item: Object, uid: str) -> None:
    if plural == "jobs":
        item["status"] = {}
        defaults.prepare_job(item, uid)
    elif plural == "pods":
        item["status"] = {"phase": "Pending"}
        defaults.prepare_pod_spec("Pod", item["metadata"]["name"], item.setdefault("spec", {}))
    elif plural == "secrets":
        data = dict(item.get("data") or {})
        for name, text in (item.pop("stringData", None) or {}).items():
            data[name] = base64.b64encode(text.encode()).decode()
        item |= {"data": data, "type": item.get("type") or "Opaque"}


# -- replace and patch ------------------------------------------------------------------------------------------------


def replace(objects: Objects, request: Request) -> Object:
    """Put a whole object, or its status, in the place of the old one.

    Raises:
        ApiError: 409, the caller read an older version.
    """
    target, wanted = request.target, request.body
    version = metadata_of(wanted).get("resourceVersion")

    def edit(item: Object) -> None:
        _check_version(item, version, target)
        if target.sub == "status":
            item["status"] = wanted.get("status", {})
            return
        _check_frozen(target, item, wanted)
        for name in set(item) | set(wanted):
            if name not in {"metadata", "status"}:
                item[name] = wanted.get(name)
        item["metadata"] = {**wanted["metadata"], **_own(item, _OWN_BY_REPLACE)}

    return objects.change(target.plural, target.namespace, target.name, edit)


def apply_patch(objects: Objects, request: Request) -> Object:
    """Change an object by one of the three patches; status is changed through its own path only.

    Raises:
        ApiError: 409, the patch names an older version; 501, a kind of patch that the sandbox does not know.
    """
    target, wanted = request.target, request.body
    change = _PATCHES.get(request.content_type)
    if change is None:
        raise ApiError(501, "NotImplemented", f"the sandbox does not support patches of type {request.content_type}")

    def edit(item: Object) -> None:
        _check_version(item, metadata_of(wanted).get("resourceVersion"), target)
        changed = change(item, wanted)
        if target.sub == "status":
            kept = {name: value for name, value in item.items() if name not in {"status", "metadata"}}
        else:
            _check_frozen(target, item, changed)
            kept = {"status": item["status"]} if "status" in item else {}
        own = _own(item, _OWN_BY_PATCH)
        item.clear()
        item |= {**changed, **kept}
        item["metadata"] = {**changed["metadata"], **own}

    return objects.change(target.plural, target.namespace, target.name, edit)


def _own(item: Object, names: tuple[str, ...]) -> Object:
    return {name: item["metadata"][name] for name in names if name in item["metadata"]}


def _check_frozen(target: Target, item: Object, wanted: Object) -> None:
    """Refuse a change of what is fixed once a Job exists."""
    if target.plural != "jobs":
        return
    for name in ("template", "selector", "completions", "completionMode"):
        if wanted.get("spec", {}).get(name) != item["spec"].get(name):
            raise defaults.invalid("Job", target.name, f"spec.{name}", "field is immutable")


def _check_version(item: Object, version: str | None, target: Target) -> None:
    if version and version != item["metadata"]["resourceVersion"]:
        raise _conflict(
            target,
            target.name,
            "the object has been modified; please apply your changes to the latest version and try again",
        )


def _conflict(target: Target, name: str, text: str) -> ApiError:
    message = f'Operation cannot be fulfilled on {target.plural} "{name}": {text}'
    return ApiError(409, "Conflict", message, {"name": name, "kind": target.plural})


# -- delete -----------------------------------------------------------------------------------------------------------


def delete(objects: Objects, request: Request, name: str) -> Object:
    """Delete one object: a Pod after its grace, a Job with its Pods as the propagation policy says."""
    target, options = request.target, request.body if isinstance(request.body, dict) else {}
    found = objects.get(target.plural, target.namespace, name)
    _check_preconditions(found, options.get("preconditions") or {}, target)
    given = request.query.get("gracePeriodSeconds", options.get("gracePeriodSeconds"))
    grace = None if given is None else int(given)
    if target.plural == "pods":
        return deletion.delete_pod(objects, found, grace)
    if target.plural == "jobs":
        deletion.delete_job(objects, found, deletion.propagation(request.query, options))
    else:
        objects.remove(target.plural, target.namespace, name)
    details = {"name": name, "kind": target.plural, "uid": found["metadata"]["uid"]}
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}


def _check_preconditions(found: Object, wanted: Object, target: Target) -> None:
    for field in ("uid", "resourceVersion"):
        have = found["metadata"][field]
        if wanted.get(field) not in {None, have}:
            text = f"the {field} in the precondition ({wanted[field]}) does not match that of the object ({have})"
            raise _conflict(target, found["metadata"]["name"], text)


def delete_chosen(objects: Objects, request: Request) -> Object:
    """Delete every selected object; one that is gone meanwhile is fine."""
    for entry in chosen(objects, request)[0]:
        with suppress(ApiError):
            delete(objects, request, entry["metadata"]["name"])
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success"}
