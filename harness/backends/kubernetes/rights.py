"""What the legacy side may do: the committed manifest, moved to a user's namespaces, and the single rights in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from harness.config import strict_yaml
from harness.model.job import Json

MANIFEST = Path(__file__).with_name("rbac.yaml")
_NAMESPACE, _CLUSTER_ROLE = "parity", "parity-harness-parity"
"""What the manifest calls the namespace, and the role whose name carries it."""


@dataclass(frozen=True, slots=True)
class Right:
    """One verb on one kind of resource in one namespace."""

    verb: str
    group: str
    """Empty: the core group."""
    resource: str
    """With its subresource: pods/log."""
    namespace: str

    @property
    def words(self) -> str:
        """Say it as a user reads it."""
        return f"{self.verb} {self.resource} in {self.namespace}"


def manifest(namespaces: Iterable[str]) -> dict[str, Json]:
    """Write the manifest for each of some namespaces, as one List."""
    items = [_moved(item, namespace) for namespace in namespaces for item in _items()]
    return {"apiVersion": "v1", "kind": "List", "items": items}


def needed(namespace: str) -> tuple[Right, ...]:
    """List every right that a campaign in a namespace uses."""
    return tuple(right for item in _items() for right in _granted(_moved(item, namespace)))


def _items() -> list[Json]:
    found = strict_yaml.read(MANIFEST.read_bytes(), MANIFEST.name).data
    items = found["items"] if isinstance(found, dict) else None
    assert isinstance(items, list)  # noqa: S101 # nosec B101 # our own file
    return items


def _moved(value: Json, namespace: str) -> Json:
    """Put a namespace in the place of the manifest's own."""
    if isinstance(value, dict):
        return {name: _moved(each, namespace) for name, each in value.items()}
    if isinstance(value, list):
        return [_moved(item, namespace) for item in value]
    return {_NAMESPACE: namespace, _CLUSTER_ROLE: f"parity-harness-{namespace}"}.get(str(value), value)


def _granted(item: Json) -> Iterator[Right]:
    match item:
        case {"kind": "Role", "metadata": {"namespace": str(namespace)}, "rules": list(rules)}:
            for rule in rules:
                match rule:
                    case {"apiGroups": [str(group)], "resources": [str(resource)], "verbs": list(verbs)}:
                        yield from (Right(str(verb), group, resource, namespace) for verb in verbs)
