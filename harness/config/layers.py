"""Layers of written values laid over each other, each value with its origin.

Maps merge, lists and rules replace, `null` removes what earlier layers said. Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

from harness.config.strict_yaml import Document, Place
from harness.fields.paths import Path
from harness.model.job import Json

_NAME_MAPS = frozenset(
    {
        "repositories",
        "jobs",
        "inputs",
        "state",
        "outputs",
        "metrics",
        "parameters",
        "environment",
        "scratch",
        "prices",
        "not_secret",
        "secrets",
    }
)
"""Maps whose keys are the user's own names; a name is never taken for a word."""
_WHOLE = frozenset({"read_parameters", "margin", "expected", "anchor"})
"""Rules: half of one laid over half of another would say what nobody wrote."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value that is replaced as a whole."""

    value: Any
    written: Any
    """As it stands in the file, units included."""
    origin: str
    place: Place | None = None


Tree: TypeAlias = "dict[str, Tree | Leaf]"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a layer comes from: a part of a file, or a name such as `default`."""

    document: Document
    name: str = ""
    """Empty: the values' own places are their origin."""


def tree(value: dict[str, Any], source: Source, base: Path, start: int = 0) -> Tree:
    """Turn a checked part of a document, which stands at `base`, into a layer."""
    return {name: _node(inner, source, (*base, name), start or len(base)) for name, inner in value.items()}


def _node(value: Any, source: Source, path: Path, start: int) -> Tree | Leaf:  # noqa: ANN401 - any written value
    if isinstance(value, dict) and not _whole(path[start:]):
        return tree(value, source, path, start)
    place = source.document.value_place(path)
    key = source.document.keys.get(path)
    at = key or place
    origin = source.name or f"{source.document.file_of(at)}:{at.line}:{at.column}"
    return Leaf(value, _raw(source.document.data, path, value), origin, None if source.name else place)


def _whole(path: Path) -> bool:
    inside = path[-2] if len(path) > 1 else ""
    if inside in _NAME_MAPS and (len(path) < 3 or path[-3] not in _NAME_MAPS):  # noqa: PLR2004 - the part before
        return inside == "parameters"
    return path[-1] in _WHOLE


def _raw(data: Json, path: Path, value: Any) -> Any:  # noqa: ANN401 - any written value
    for part in path:
        if isinstance(data, dict) and part in data:
            data = data[str(part)]
        else:
            return value
    return data


def merge(lower: Tree, upper: Tree) -> Tree:
    """Lay one layer over another; removals stay as marks until `strip`."""
    merged = dict(lower)
    for name, above in upper.items():
        below = merged.get(name)
        merged[name] = merge(below, above) if isinstance(below, dict) and isinstance(above, dict) else above
    return merged


def strip(layer: Tree) -> Tree:
    """Drop what was removed."""
    return {
        name: strip(node) if isinstance(node, dict) else node
        for name, node in layer.items()
        if isinstance(node, dict) or node.value is not None
    }


def plain(layer: Tree) -> dict[str, Any]:
    """Forget the origins."""
    return {name: plain(node) if isinstance(node, dict) else node.value for name, node in layer.items()}


def part(layer: Tree, name: str) -> Tree:
    """Take a map out of a layer; an absent or removed one is empty."""
    found = layer.get(name)
    return found if isinstance(found, dict) else {}


def leaves(layer: Tree, base: Path = ()) -> Iterator[tuple[Path, Leaf]]:
    """List all values with their paths."""
    for name, node in layer.items():
        if isinstance(node, dict):
            yield from leaves(node, (*base, name))
        else:
            yield (*base, name), node


def place_of(layer: Tree, path: Path) -> Place | None:
    """Find where a value was written, or a map's first one. None: it is absent, or nowhere in the file."""
    node: Tree | Leaf = layer
    for name in path:
        if isinstance(node, Leaf):
            break
        if name not in node:
            return None
        node = node[str(name)]
    if isinstance(node, Leaf):
        return node.place
    return next((leaf.place for _, leaf in leaves(node) if leaf.place), None)
