"""Which objects a request selects, a page at a time."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping

from harness.sandbox.kube import discovery
from harness.sandbox.kube.objects import ApiError, Object, Objects
from harness.sandbox.kube.requests import Request
from harness.sandbox.kube.selectors import fields_match, labels_match
from harness.sandbox.kube.table import table


def matches(query: Mapping[str, str], item: Object) -> bool:
    """Tell whether an object is selected."""
    labels = item["metadata"].get("labels") or {}
    return labels_match(query.get("labelSelector", ""), labels) and fields_match(query.get("fieldSelector", ""), item)


def chosen(objects: Objects, request: Request) -> tuple[list[Object], int]:
    """Give the selected objects in order of namespace and name, with the version they are of."""
    matches(request.query, {"metadata": {}})  # refuses a selector that can't be read, also where nothing is there
    items, version = objects.list(request.target.plural, request.target.namespace)
    return [entry for entry in items if matches(request.query, entry)], version


def listed(objects: Objects, request: Request) -> Object:
    """Answer a list, whole or as one page of it.

    Raises:
        ApiError: 410, the list was begun too long ago; 504, a version that is not there yet.
    """
    items, version = chosen(objects, request)
    wanted = request.number("resourceVersion", 0)
    if wanted > version:
        raise ApiError(504, "Timeout", f"Too large resource version: {wanted}, current: {version}")
    if token := request.query.get("continue", ""):
        version, after = _begun(token, objects.compacted)
        items = [entry for entry in items if _place(entry) > after]
    limit = request.number("limit", 0)
    page = items[:limit] if limit else items
    metadata: Object = {"resourceVersion": str(version)}
    if len(page) < len(items):
        place = base64.urlsafe_b64encode(json.dumps([version, *_place(page[-1])]).encode()).decode()
        metadata |= {"continue": place, "remainingItemCount": len(items) - len(page)}
    kind, group, _, _ = discovery.KINDS[request.target.plural]
    if request.as_table:
        shown = table(request.target.plural, page, str(version))
        return {**shown, "metadata": metadata}
    bare = [{name: value for name, value in entry.items() if name not in {"kind", "apiVersion"}} for entry in page]
    return {"kind": f"{kind}List", "apiVersion": group, "metadata": metadata, "items": bare}


def _place(item: Object) -> tuple[str, str]:
    return str(item["metadata"].get("namespace", "")), str(item["metadata"]["name"])


def _begun(token: str, compacted: int) -> tuple[int, tuple[str, str]]:
    """Read a continue token: the version that the list began at, and the last object given."""
    try:
        version, namespace, name = json.loads(base64.urlsafe_b64decode(token))
        begun, after = int(version), (str(namespace), str(name))
    except (ValueError, TypeError) as error:
        raise ApiError(400, "BadRequest", "continue key is not valid") from error
    if begun < compacted:
        raise ApiError(410, "Expired", "The provided continue parameter is too old to display a consistent list result")
    return begun, after
