"""What a container is given: environment and volumes, from the pod's spec and the objects it names."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from pathlib import Path

from harness.sandbox.kube.objects import Object, Objects
from harness.sandbox.process import Mount

NODE = "sandbox-node"
_SOURCES = (("configMap", "configmaps", "name"), ("secret", "secrets", "secretName"))
"""Volume source, plural of its object, and the key that names it."""


class NotThereError(Exception):
    """A ConfigMap, Secret or key that a container needs; a kubelet waits for it."""


def environment(objects: Objects, pod: Object, spec: Object) -> Iterator[tuple[str, str]]:
    """Give a container's variables.

    Raises:
        NotThereError: one comes from an object or key that is not there.
    """
    yield "KUBERNETES_SERVICE_HOST", "127.0.0.1"
    yield "HOSTNAME", pod["metadata"]["name"]
    for item in spec.get("env", []):
        source = item.get("valueFrom")
        found = str(item.get("value", "")) if source is None else _value(objects, pod, source)
        if found is not None:
            yield item["name"], found


def _value(objects: Objects, pod: Object, source: Object) -> str | None:
    for kind, plural in (("secretKeyRef", "secrets"), ("configMapKeyRef", "configmaps")):
        if reference := source.get(kind):
            held = objects.find(plural, pod["metadata"]["namespace"], reference["name"])
            text = ((held or {}).get("data") or {}).get(reference["key"])
            if text is None and not reference.get("optional"):
                message = f"couldn't find key {reference['key']} in {plural[:-1]} {reference['name']}"
                raise NotThereError(message)
            return base64.b64decode(text).decode() if text is not None and plural == "secrets" else text
    return _field(pod, str(source.get("fieldRef", {}).get("fieldPath", "")))


def _field(pod: Object, path: str) -> str:
    metadata = pod["metadata"]
    fields = {
        "metadata.name": metadata["name"],
        "metadata.namespace": metadata["namespace"],
        "metadata.uid": metadata["uid"],
        "spec.nodeName": NODE,
        "status.podIP": "127.0.0.1",
        **{f"metadata.labels['{name}']": value for name, value in (metadata.get("labels") or {}).items()},
        **{f"metadata.annotations['{name}']": value for name, value in (metadata.get("annotations") or {}).items()},
    }
    return str(fields.get(path, ""))


def volume_folders(objects: Objects, pod: Object, root: Path, wait: Callable[[Object], bool]) -> dict[str, Path]:
    """Make and fill a pod's volumes; `wait` is asked while a source is missing and says when to give up."""
    made = {}
    for volume in pod["spec"].get("volumes", []):
        folder = root / volume["name"]
        folder.mkdir(parents=True, exist_ok=True)
        _fill(objects, pod, volume, folder, wait)
        made[volume["name"]] = folder
    return made


def _fill(objects: Objects, pod: Object, volume: Object, folder: Path, wait: Callable[[Object], bool]) -> None:
    for kind, plural, key in _SOURCES:
        if kind not in volume:
            continue
        found = objects.find(plural, pod["metadata"]["namespace"], volume[kind][key])
        while found is None and not volume[kind].get("optional") and wait(volume):
            found = objects.find(plural, pod["metadata"]["namespace"], volume[kind][key])
        for name, text in ((found or {}).get("data") or {}).items():
            (folder / name).write_bytes(base64.b64decode(text) if kind == "secret" else text.encode())


def mounts(spec: Object, folders: dict[str, Path]) -> Iterator[Mount]:
    """Say where a container sees which volume."""
    for mount in spec.get("volumeMounts", []):
        source = folders[mount["name"]]
        if mount.get("subPath"):
            source /= mount["subPath"]
        yield Mount(source, mount["mountPath"], bool(mount.get("readOnly")))
