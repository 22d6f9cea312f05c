"""Documents of a file → the objects in them, in the shape that the readers know, whatever form people have. Pure.

Lists are taken apart (`kubectl get --raw` and client libraries print items without kind), wrappers are taken off,
events of events.k8s.io/v1 are put into the shape of core/v1, and times without a zone are read as UTC, with a remark.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from harness import parents
from harness.model.job import Json
from harness.platforms.json_parts import part
from harness.platforms.sagemaker.records import LISTS, read_record

Object = Mapping[str, Json]
_NAIVE = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d{1,9})?")
_TIME_KEY = re.compile(r"(Time|Timestamp|At)$|^time$")
_GROUP = {"Job": "batch/v1", "CronJob": "batch/v1", "Pod": "v1", "Event": "v1", "Node": "v1"}
"""apiVersion of the kinds whose lists may omit it in their items."""
_NEW_EVENT = {
    "regarding": "involvedObject",
    "note": "message",
    "deprecatedFirstTimestamp": "firstTimestamp",
    "deprecatedLastTimestamp": "lastTimestamp",
    "deprecatedCount": "count",
}
"""Field of events.k8s.io/v1 → the field of core/v1 that says the same (Kubernetes API reference)."""
_OPEN_MAPS = frozenset({"labels", "annotations", "data", "node_selector", "match_labels", "hyper_parameters"})
"""Maps whose keys are the user's own words."""
WATCHED = frozenset({"ADDED", "MODIFIED", "DELETED", "BOOKMARK", "ERROR", "LISTED"})
NAIVE_TIMES = "times without a zone were read as UTC"


@dataclass(frozen=True, slots=True)
class Objects:
    """The objects of a file, in its order."""

    items: tuple[Object, ...]
    watched: bool
    """The file is a recording: lines of a watch, or one object shown more than once."""
    remarks: tuple[str, ...] = ()


@dataclass
class _Reading:
    remarks: dict[str, None] = field(default_factory=dict)


def objects_of(values: Iterable[Json]) -> Objects:
    """Take every document apart into objects; a line of a watch stays whole."""
    reading = _Reading()
    items = tuple(item for value in values for item in _taken_apart(value, "", reading))
    return Objects(items, _is_recording(items), tuple(reading.remarks))


def is_watch_line(value: Object) -> bool:
    """Tell whether an object is one line of a recorded watch."""
    return str(value.get("type")) in WATCHED and isinstance(value.get("object"), dict)


def _is_recording(items: tuple[Object, ...]) -> bool:
    """Tell a recorded watch, whose lines come in order, from lists of what was there at one time."""
    if any(is_watch_line(item) for item in items):
        return True
    own = [part(item, "metadata") for item in items if item.get("kind") != "Event"]
    versions = [(str(facts["uid"]), str(facts.get("resourceVersion"))) for facts in own if facts.get("uid")]
    return len(set(versions)) > len({uid for uid, _ in versions})


def _taken_apart(value: Json, kind: str, reading: _Reading) -> Iterator[Object]:
    if isinstance(value, list):
        for part in value:
            yield from _taken_apart(part, kind, reading)
    elif isinstance(value, dict):
        yield from _of_mapping(value, kind, reading)


def _of_mapping(value: dict[str, Json], kind: str, reading: _Reading) -> Iterator[Object]:
    value = _camel(value) if "api_version" in value or _has_snake_metadata(value) else value
    if is_watch_line(value):
        yield {**value, "object": _normal(part(value, "object"), "", reading)}
        return
    items = next((value[name] for name in ("items", *parents.LISTS, *LISTS) if isinstance(value.get(name), list)), None)
    if isinstance(items, list):
        listed = str(value.get("kind") or "").removesuffix("List")
        yield from _taken_apart(items, listed or _kind_of_item(items), reading)
        return
    if read_record(value) is None and not kind and not {"kind", "detail-type"} & set(value):
        wrapped = [inner for inner in value.values() if isinstance(inner, dict) and _is_object(inner)]
        if wrapped:
            for inner in wrapped:
                yield from _taken_apart(inner, "", reading)
            return
    yield _normal(value, kind, reading)


def _is_object(value: Object) -> bool:
    """Tell an object, or a SageMaker reply, from a mapping that is only a part of one."""
    named = isinstance(value.get("kind"), str) and isinstance(value.get("metadata"), dict)
    return named or read_record(value) is not None


def _kind_of_item(items: list[Json]) -> str:
    """Guess what a list without a kind holds by what only a Job's, a Pod's or an Event's item has."""
    first = next((item for item in items if isinstance(item, dict)), {})
    if "kind" in first:
        return ""
    if "involvedObject" in first or "regarding" in first:
        return "Event"
    spec = first.get("spec")
    if isinstance(spec, dict) and "containers" in spec:
        return "Pod"
    return "Job" if isinstance(spec, dict) and "template" in spec and "selector" in spec else ""


def _normal(value: dict[str, Json], kind: str, reading: _Reading) -> dict[str, Json]:
    if kind and "kind" not in value:
        value = {"kind": kind, "apiVersion": _GROUP.get(kind, "v1"), **value}
    group = _GROUP.get(str(value.get("kind")))
    if group and not value.get("apiVersion"):
        value = {**value, "apiVersion": group}
    if value.get("kind") == "Event" and ("regarding" in value or str(value.get("apiVersion")).startswith("events.k8s")):
        value = _core_event(value)
    zoned = _zoned(value, "", reading)
    return zoned if isinstance(zoned, dict) else value


def _core_event(value: dict[str, Json]) -> dict[str, Json]:
    """Put an event of events.k8s.io/v1 into the shape of core/v1."""
    told = {old: value[new] for new, old in _NEW_EVENT.items() if value.get(new) is not None}
    rest = {name: part for name, part in value.items() if name not in _NEW_EVENT}
    return {**rest, **told, "apiVersion": "v1"}


def _zoned(value: Json, key: str, reading: _Reading) -> Json:
    """Give times that have no zone one; Kubernetes and SageMaker print UTC, people's scripts drop it."""
    if isinstance(value, dict):
        read = {name: zoned for name, part in value.items() if (zoned := _zoned(part, name, reading)) is not part}
        return {**value, **read} if read else value  # most objects hold none, and need no copy
    if isinstance(value, list):
        every = [_zoned(part, key, reading) for part in value]
        return every if any(zoned is not part for zoned, part in zip(every, value, strict=True)) else value
    if isinstance(value, str) and _TIME_KEY.search(key) and _NAIVE.fullmatch(value):
        reading.remarks[NAIVE_TIMES] = None
        return f"{value.replace(' ', 'T')}Z"
    return value


# -- what the Python client's to_dict() prints -------------------------------------------------------------------------


def _has_snake_metadata(value: Object) -> bool:
    metadata = value.get("metadata")
    return isinstance(metadata, dict) and "creation_timestamp" in metadata


def _camel(value: Json) -> dict[str, Json]:
    found = _renamed(value)
    return found if isinstance(found, dict) else {}


def _renamed(value: Json) -> Json:
    """Write field names as the API does; keys of maps that are the user's own stay, and nulls are dropped."""
    if isinstance(value, list):
        return [_renamed(part) for part in value]
    if not isinstance(value, dict):
        return value
    return {
        _camel_word(name): part if name in _OPEN_MAPS else _renamed(part)
        for name, part in value.items()
        if part is not None
    }


def _camel_word(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join({"id": "ID", "ip": "IP", "uid": "UID"}.get(word, word.capitalize()) for word in rest)
