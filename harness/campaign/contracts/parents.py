"""What a kind of parent must hold: it reads its own documents whatever is in them, and believes nothing absent."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from harness.model.parent import Parent, ParentState
from harness.parents.kind import ParentKind

SAYS_MAX = 2_000
_METADATA = {"name": "n", "namespace": "ns", "uid": "u", "creationTimestamp": "2026-06-01T12:00:00Z"}
_FOREIGN: tuple[dict[str, Any], ...] = (
    {},
    {"kind": "Secret", "apiVersion": "v1", "metadata": _METADATA, "data": {"a": "Yg=="}},
    {"TrainingJobName": "a", "TrainingJobStatus": "Completed"},
    {"x": {"y": [1, None]}},
)
_NOISE: tuple[Any, ...] = (None, True, -1, "x", [], {}, [None], ["x"], {"a": 1}, "0001-01-01T00:00:00Z")


def of_parent(kind: ParentKind) -> Iterator[str]:
    """Say what is wrong with a kind of parent."""
    if not kind.source:
        yield "it does not say where its fields and states are defined"
    if kind.get and kind.get.format(kind="x", name="n") == kind.get:
        yield f"its command {kind.get!r} names nothing: `{{name}}` stands for the name"
    if not kind.kinds and kind.example is None:
        yield "no kind names its documents, and it gives no example of one"
    for document in () if kind.kinds else _FOREIGN:
        if kind.read(document):
            yield f"it reads a document of another kind: {document}"
    for document in _documents(kind):
        yield from _reading(kind, document)
        yield from _noise(kind, document)
    if kind.example is not None and not kind.read(kind.example):
        yield "it reads nothing from its own example"


def _documents(kind: ParentKind) -> Iterator[dict[str, Any]]:
    """Give its example, and each of its kinds before anything has happened."""
    if kind.example is not None:
        yield dict(kind.example)
    for name in sorted(kind.kinds):
        version = f"{kind.group}/v1" if kind.group != "v1" else "v1"
        yield {"apiVersion": version, "kind": name, "metadata": dict(_METADATA), "spec": {}, "status": {}}


def _reading(kind: ParentKind, document: dict[str, Any]) -> Iterator[str]:
    before = copy.deepcopy(document)
    told = kind.read(document)
    if document != before:
        yield "it changes the document that it reads"
    if told != kind.read(document):
        yield "it gives another answer for the same document"
    for parent in told:
        yield from _parent(parent, document)


def _parent(parent: Parent, document: Mapping[str, Any]) -> Iterator[str]:
    lacking = [name for name in ("kind", "name", "uid", "says") if not getattr(parent, name)]
    if lacking:
        yield f"of {document.get('kind') or 'its example'} it does not say {', '.join(lacking)}"
    if len(parent.says) > SAYS_MAX:
        yield f"it says more than {SAYS_MAX} characters"
    unsaid = document.get("status") == {} and parent.state in {ParentState.OK, ParentState.FAILED}
    if unsaid:
        yield f"{document['kind']}: it is {parent.state.value} where its status says nothing"


def _noise(kind: ParentKind, document: dict[str, Any]) -> Iterator[str]:
    """Put something else in the place of each field: a record of anybody may hold anything."""
    for path in _paths(document):
        for value in _NOISE:
            try:
                kind.read(_with(document, path, value))
            except Exception as error:  # noqa: BLE001 - whatever it does, it is told
                yield f"it fails where {'.'.join(path)} is {value!r}: {type(error).__name__}: {error}"
                break


def _paths(value: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, inner in value.items():
        if above or key not in {"apiVersion", "kind"}:
            yield (*above, key)
        if isinstance(inner, dict):
            yield from _paths(inner, (*above, key))


def _with(document: dict[str, Any], path: tuple[str, ...], value: object) -> dict[str, Any]:
    changed = copy.deepcopy(document)
    place = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = copy.deepcopy(value)
    return changed
