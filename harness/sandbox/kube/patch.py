"""JSON patch, merge patch and the strategic merge of the lists that batch jobs have. Pure."""

from __future__ import annotations

import copy
from typing import Any

from harness.sandbox.kube.objects import ApiError

_MERGE_KEYS = {
    "containers": "name", "initContainers": "name", "volumes": "name", "env": "name", "volumeMounts": "mountPath",
    "conditions": "type", "ownerReferences": "uid", "containerStatuses": "name", "initContainerStatuses": "name",
    "ports": "containerPort", "imagePullSecrets": "name",
}  # fmt: skip
"""Patch merge keys of core/v1 and batch/v1 (Kubernetes OpenAPI, x-kubernetes-patch-merge-key)."""


def merge(target: Any, change: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Apply a merge patch (RFC 7396)."""
    if not isinstance(change, dict):
        return copy.deepcopy(change)
    result = dict(target) if isinstance(target, dict) else {}
    for name, value in change.items():
        if value is None:
            result.pop(name, None)
        else:
            result[name] = merge(result.get(name), value)
    return result


def strategic(target: Any, change: Any, name: str = "") -> Any:  # noqa: ANN401 - any JSON value
    """Apply a strategic merge patch: keyed lists merge by key, finalizers as a set, other lists are replaced."""
    if isinstance(change, list):
        if name == "finalizers":
            return list(dict.fromkeys([*(target or []), *change]))
        key = _MERGE_KEYS.get(name)
        return _keyed(target or [], change, key) if key else copy.deepcopy(change)
    if not isinstance(change, dict):
        return copy.deepcopy(change)
    if change.get("$patch") == "replace":
        return {each: value for each, value in change.items() if each != "$patch"}
    result = dict(target) if isinstance(target, dict) else {}
    for each, value in change.items():
        if each.startswith("$setElementOrder/"):
            continue
        if each.startswith("$deleteFromPrimitiveList/"):
            field = each.partition("/")[2]
            result[field] = [one for one in result.get(field, []) if one not in value]
        elif value is None:
            result.pop(each, None)
        else:
            result[each] = strategic(result.get(each), value, each)
    return result


def _keyed(target: list[Any], change: list[Any], key: str) -> list[Any]:
    result = [copy.deepcopy(item) for item in target]
    for item in change:
        place = next((n for n, each in enumerate(result) if each.get(key) == item.get(key)), None)
        if item.get("$patch") == "delete":
            if place is not None:
                del result[place]
        elif place is None:
            result.append(strategic({}, item))
        else:
            result[place] = strategic(result[place], item)
    return result


def json_patch(target: Any, steps: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Apply a JSON patch (RFC 6902: add, remove, replace, test)."""
    result = copy.deepcopy(target)
    if not isinstance(steps, list):
        raise ApiError(400, "BadRequest", "a JSON patch is a list")
    for step in steps:
        _step(result, str(step.get("op")), str(step.get("path")), step.get("value"))
    return result


def _step(document: Any, operation: str, path: str, value: Any) -> None:  # noqa: ANN401 - any JSON value
    *parents, last = [name.replace("~1", "/").replace("~0", "~") for name in path.lstrip("/").split("/")]
    place = document
    try:
        for parent in parents:
            if isinstance(place, dict) and parent not in place and operation == "add":
                place[parent] = {}
            place = place[int(parent)] if isinstance(place, list) else place[parent]
        if isinstance(place, list):
            _list_step(place, operation, last, value)
            return
        if operation == "test" and place.get(last) != value:
            raise ApiError(422, "Invalid", f"testing value {path} failed")
        if operation in {"add", "replace"}:
            place[last] = copy.deepcopy(value)
        elif operation == "remove":
            del place[last]
        elif operation != "test":
            raise ApiError(501, "NotImplemented", f"the sandbox does not support the JSON patch operation {operation}")
    except (KeyError, IndexError, ValueError, TypeError) as error:
        raise ApiError(422, "Invalid", f"the patch path {path} does not exist") from error


def _list_step(place: list[Any], operation: str, last: str, value: Any) -> None:  # noqa: ANN401 - any JSON value
    if operation == "add":
        place.insert(len(place) if last == "-" else int(last), copy.deepcopy(value))
    elif operation == "remove":
        del place[int(last)]
    elif operation == "replace":
        place[int(last)] = copy.deepcopy(value)
    elif place[int(last)] != value:
        raise ApiError(422, "Invalid", f"testing value {last} failed")
