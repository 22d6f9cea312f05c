"""What a pod needs of its namespace besides itself: claims, ConfigMaps, Secrets, a service account. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from harness.fields.paths import Path
from harness.model.document import at
from harness.model.job import Json
from harness.platforms.json_parts import mapping, mappings
from harness.platforms.kubernetes.document import POD

CONFIG_MAP, SECRET, CLAIM, ACCOUNT = "ConfigMap", "Secret", "PersistentVolumeClaim", "ServiceAccount"


@dataclass(frozen=True, slots=True)
class Reference:
    """One object that has to be in the namespace."""

    kind: str
    name: str
    path: Path
    """In the Job."""
    key: str = ""
    """That it must hold; empty: any content will do."""


def references(job: Mapping[str, Json]) -> tuple[Reference, ...]:
    """List what a Job's pod can't start without, each object and key once; what is optional is none of it."""
    found: dict[tuple[str, str, str], Reference] = {}
    for reference in _references(mapping(at(dict(job), POD))):
        found.setdefault((reference.kind, reference.name, reference.key), reference)
    return tuple(found.values())


def _references(pod: Mapping[str, Json]) -> Iterator[Reference]:
    for number, volume in enumerate(mappings(pod.get("volumes"))):
        yield from _of_volume(volume, (*POD, "volumes", number))
    for part in ("initContainers", "containers"):
        for number, container in enumerate(mappings(pod.get(part))):
            yield from _of_container(container, (*POD, part, number))
    account = pod.get("serviceAccountName") or pod.get("serviceAccount")
    if isinstance(account, str) and account != "default":
        yield Reference(ACCOUNT, account, (*POD, "serviceAccountName"))
    for number, secret in enumerate(mappings(pod.get("imagePullSecrets"))):
        yield from _named(SECRET, secret, "name", (*POD, "imagePullSecrets", number))


def _of_volume(volume: Mapping[str, Json], path: Path) -> Iterator[Reference]:
    yield from _named(CLAIM, mapping(volume.get("persistentVolumeClaim")), "claimName", path)
    yield from _with_items(CONFIG_MAP, mapping(volume.get("configMap")), "name", path)
    yield from _with_items(SECRET, mapping(volume.get("secret")), "secretName", path)
    yield from _named(SECRET, mapping(mapping(volume.get("csi")).get("nodePublishSecretRef")), "name", path)
    for number, source in enumerate(mappings(mapping(volume.get("projected")).get("sources"))):
        inside = (*path, "projected", "sources", number)
        yield from _with_items(CONFIG_MAP, mapping(source.get("configMap")), "name", inside)
        yield from _with_items(SECRET, mapping(source.get("secret")), "name", inside)


def _of_container(container: Mapping[str, Json], path: Path) -> Iterator[Reference]:
    for number, source in enumerate(mappings(container.get("envFrom"))):
        inside = (*path, "envFrom", number)
        yield from _named(CONFIG_MAP, mapping(source.get("configMapRef")), "name", inside)
        yield from _named(SECRET, mapping(source.get("secretRef")), "name", inside)
    for number, variable in enumerate(mappings(container.get("env"))):
        value = mapping(variable.get("valueFrom"))
        inside = (*path, "env", number)
        yield from _named(CONFIG_MAP, mapping(value.get("configMapKeyRef")), "name", inside)
        yield from _named(SECRET, mapping(value.get("secretKeyRef")), "name", inside)


def _named(kind: str, source: Mapping[str, Json], key: str, path: Path) -> Iterator[Reference]:
    name, wanted = source.get(key), source.get("key")
    if isinstance(name, str) and source.get("optional") is not True:
        yield Reference(kind, name, path, wanted if isinstance(wanted, str) else "")


def _with_items(kind: str, source: Mapping[str, Json], key: str, path: Path) -> Iterator[Reference]:
    """Take a volume of an object: all of it, or the keys that are listed."""
    items = [item.get("key") for item in mappings(source.get("items"))]
    for wanted in items or [None]:
        yield from _named(kind, {**source, "key": wanted}, key, path)
