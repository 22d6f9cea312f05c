"""What a container is given: environment and volumes, from the pod's spec and the objects it names."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.sandbox.kube import fields
from harness.sandbox.kube.defaults import quantity
from harness.sandbox.kube.expansion import expanded
from harness.sandbox.kube.objects import Object, Objects
from harness.sandbox.process import Mount

_SOURCES = (("configMap", "configmaps", "name"), ("secret", "secrets", "secretName"))
"""Volume source, plural of its object, and the key that names it."""
_PROJECTED = (("configMap", "configmaps", "name"), ("secret", "secrets", "name"))
_KEYS = (("secretKeyRef", "secrets"), ("configMapKeyRef", "configmaps"))
_WHOLE = (("configMapRef", "configmaps"), ("secretRef", "secrets"))
TOKEN = "sandbox"  # noqa: S105 # nosec B105 # no secret: nobody checks it
"""What a projected token of a service account says."""


class NotThereError(Exception):
    """A ConfigMap, Secret or key that a container needs; a kubelet waits for it."""


def environment(objects: Objects, pod: Object, spec: Object) -> dict[str, str]:
    """Give a container's variables: those of whole objects first, then one by one, each filled in from earlier ones.

    Raises:
        NotThereError: one comes from an object or key that is not there.
    """
    given = {"KUBERNETES_SERVICE_HOST": "127.0.0.1", "HOSTNAME": str(pod["metadata"]["name"])}
    for source in spec.get("envFrom") or ():
        given |= dict(_whole(objects, pod, source))
    for variable in spec.get("env") or ():
        source = variable.get("valueFrom")
        if source is None:
            given[variable["name"]] = expanded(str(variable.get("value", "")), given)
        elif (found := _value(objects, pod, spec, source)) is not None:
            given[variable["name"]] = found
    return given


def _whole(objects: Objects, pod: Object, source: Object) -> Iterator[tuple[str, str]]:
    for kind, plural in _WHOLE:
        if reference := source.get(kind):
            held = objects.find(plural, pod["metadata"]["namespace"], reference["name"])
            if held is None and not reference.get("optional"):
                message = f'{plural[:-1]} "{reference["name"]}" not found'
                raise NotThereError(message)
            for name, text in sorted(((held or {}).get("data") or {}).items()):
                value = base64.b64decode(text).decode() if plural == "secrets" else text
                yield f"{source.get('prefix', '')}{name}", value


def _value(objects: Objects, pod: Object, spec: Object, source: Object) -> str | None:
    for kind, plural in _KEYS:
        if reference := source.get(kind):
            held = objects.find(plural, pod["metadata"]["namespace"], reference["name"])
            text = ((held or {}).get("data") or {}).get(reference["key"])
            if text is None and not reference.get("optional"):
                message = f"couldn't find key {reference['key']} in {plural[:-1]} {reference['name']}"
                raise NotThereError(message)
            return base64.b64decode(text).decode() if text is not None and plural == "secrets" else text
    return _downward(pod, spec, source)


def _downward(pod: Object, spec: Object, source: Object) -> str:
    if asked := source.get("resourceFieldRef"):
        return fields.resource(pod, spec, asked, quantity)
    return fields.field(pod, str(source.get("fieldRef", {}).get("fieldPath", "")))


@dataclass(frozen=True, slots=True)
class Places:
    """Where a node keeps volumes."""

    pod: Path
    """Of one pod; gone with it."""
    claims: Path
    """A folder a claim, for every pod that names it."""


def volume_folders(objects: Objects, pod: Object, places: Places, wait: Callable[[Object], bool]) -> dict[str, Path]:
    """Make and fill a pod's volumes; `wait` is asked while a source is missing and says when to give up."""
    made = {}
    for volume in pod["spec"].get("volumes") or ():
        claim = volume.get("persistentVolumeClaim")
        folder = places.pod / volume["name"]
        if claim:
            namespace = pod["metadata"]["namespace"]
            _await(objects, pod, ("persistentvolumeclaims", claim["claimName"]), volume, wait=wait)
            folder = places.claims / namespace / claim["claimName"]
        folder.mkdir(parents=True, exist_ok=True)
        _fill(objects, pod, volume, folder, wait=wait)
        made[volume["name"]] = folder
    return made


def _fill(objects: Objects, pod: Object, volume: Object, folder: Path, *, wait: Callable[[Object], bool]) -> None:
    for kind, plural, key in _SOURCES:
        if kind in volume:
            _write(objects, pod, (plural, volume[kind][key]), volume[kind], folder=folder, wait=wait)
    _write_downward(pod, volume.get("downwardAPI") or {}, folder)
    for source in (volume.get("projected") or {}).get("sources") or ():
        for kind, plural, key in _PROJECTED:
            if kind in source:
                _write(objects, pod, (plural, source[kind][key]), source[kind], folder=folder, wait=wait)
        _write_downward(pod, source.get("downwardAPI") or {}, folder)
        if token := source.get("serviceAccountToken"):
            _put(folder / token["path"], TOKEN.encode())


def _await(
    objects: Objects, pod: Object, named: tuple[str, str], source: Object, *, wait: Callable[[Object], bool]
) -> Object | None:
    """Find an object by plural and name, again while it is missing and nobody gives up."""
    plural, name = named
    found = objects.find(plural, pod["metadata"]["namespace"], name)
    while found is None and not source.get("optional") and wait(source):
        found = objects.find(plural, pod["metadata"]["namespace"], name)
    return found


def _write(
    objects: Objects,
    pod: Object,
    named: tuple[str, str],
    source: Object,
    *,
    folder: Path,
    wait: Callable[[Object], bool],
) -> None:
    found = _await(objects, pod, named, {"name": source.get("name", ""), **source}, wait=wait)
    data: Mapping[str, str] = (found or {}).get("data") or {}
    files = {item["key"]: item["path"] for item in source.get("items") or ()} or {name: name for name in data}
    for name, path in files.items():
        if name in data:
            text = data[name]
            _put(folder / path, base64.b64decode(text) if named[0] == "secrets" else text.encode())


def _write_downward(pod: Object, source: Object, folder: Path) -> None:
    for item in source.get("items") or ():
        _put(folder / item["path"], _downward(pod, {}, item).encode())


def _put(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def mounts(pod: Object, spec: Object, folders: dict[str, Path], variables: Mapping[str, str]) -> Iterator[Mount]:
    """Say where a container sees which volume."""
    claims = {volume["name"]: volume.get("persistentVolumeClaim") or {} for volume in pod["spec"].get("volumes") or ()}
    for mount in spec.get("volumeMounts") or ():
        source = folders[mount["name"]]
        inside = mount.get("subPath") or expanded(str(mount.get("subPathExpr") or ""), variables)
        if inside:
            source /= inside
            if not source.exists():
                source.mkdir(parents=True)
        read_only = bool(mount.get("readOnly") or claims.get(mount["name"], {}).get("readOnly"))
        yield Mount(source, mount["mountPath"], read_only)
