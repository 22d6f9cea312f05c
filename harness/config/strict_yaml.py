"""The one YAML reader: plain data with the place of every key and value; the only file that imports ruamel.yaml.

It reads parser events and builds the data itself, so that nothing is constructed before size, depth, nodes and aliases
are within their caps (reliability.md T11), words keep the meaning that editors show (YAML 1.2: `on` and `no` are text),
and duplicate keys, tags and merge keys are refused with their place, all at once.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, cast

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from harness.config.scalar import NotPlainError, plain
from harness.errors import ConfigError, Problem
from harness.fields.paths import Path, key_path
from harness.model.job import Json

DOCUMENT = "the document"
"""The key of what concerns the whole file."""
BYTES_MAX = 1024 * 1024
"""A thousand repositories fit; the parser needs about 3 s for so much."""
DEPTH_MAX = 32
"""`repos.yaml` needs 12, a Job of a cluster 14."""
NODES_MAX = 200_000
"""Keys and values, each alias counted with all that it repeats."""
ALIASES_MAX = 200
ANCHORS_MAX = 100


@dataclass(frozen=True, slots=True)
class Place:
    """Line and column, both from 1."""

    line: int
    column: int
    file: str = ""
    """Empty: the document's own."""


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says, and where it says it; places of what other files say of it name their file."""

    file: str
    data: Json
    values: Mapping[Path, Place]
    keys: Mapping[Path, Place]

    def value_place(self, path: Path) -> Place:
        """Find the place of a value, or of the nearest value around it."""
        return _nearest(self.values, path)

    def key_place(self, path: Path) -> Place:
        """Find the place of a key; list members have none, their value's place is given."""
        return self.keys.get(path) or _nearest(self.values, path)

    def file_of(self, place: Place) -> str:
        """Name the file that a place is in."""
        return place.file or self.file


def _nearest(places: Mapping[Path, Place], path: Path) -> Place:
    for length in range(len(path), -1, -1):
        if place := places.get(path[:length]):
            return place
    return Place(1, 1)


@dataclass(slots=True)
class _Anchor:
    value: Json
    nodes: int
    values: dict[Path, Place]
    keys: dict[Path, Place]
    path: Path


@dataclass(slots=True)
class _Build:
    """A document while it is read."""

    file: str
    events: Iterator[Any]
    word: Callable[[str], bool | int | float | str | None] = plain
    """Says what an unquoted word means."""
    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)
    anchors: dict[str, _Anchor | None] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    nodes: int = 0
    aliases: int = 0

    def refuse(self, place: Place, path: Path, found: str, expected: str, hint: str = "") -> None:  # noqa: PLR0917 - a problem in the order in which it is told
        key = key_path(path) or DOCUMENT
        self.problems.append(Problem(self.file, place.line, place.column, key, found, expected, hint))


class _StopError(Exception):
    """A cap is exceeded: reading goes no further; the problem is noted."""


def read(data: bytes, file: str) -> Document:
    """Read one YAML document.

    Raises:
        ConfigError: over a cap, not UTF-8, no YAML, a duplicate key, tag, merge key or number that cannot be held; all
            problems that could be found.
    """
    return _read(data, _Build(file, iter(())), _document)[0]


def read_all(data: bytes, file: str, word: Callable[[str], bool | int | float | str | None] = plain) -> list[Document]:
    """Read every document of a file that is not empty; `word` says what an unquoted word means, as `scalar.plain` does.

    Raises:
        ConfigError: as `read` does.
    """
    return _read(data, _Build(file, iter(()), word), _documents)


def _read(data: bytes, build: _Build, take: Callable[[_Build], list[Document]]) -> list[Document]:
    _check_bytes(build, data)
    if not build.problems:
        build.events = YAML(typ="safe", pure=True).parse(data.decode("utf-8-sig"))
        found = _guarded(build, take)
        if not build.problems:
            return found
    raise ConfigError(tuple(build.problems))


def _check_bytes(build: _Build, data: bytes) -> None:
    if len(data) > BYTES_MAX:
        build.refuse(Place(1, 1), (), f"more than {BYTES_MAX} bytes", f"at most {BYTES_MAX} bytes")
        return
    try:
        data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = len(before.rpartition(b"\n")[2].decode(errors="replace")) + 1
        build.refuse(Place(line, column), (), f"byte 0x{data[error.start]:02x}", "UTF-8 text")


def _guarded(build: _Build, take: Callable[[_Build], list[Document]]) -> list[Document]:
    """Read; turn the parser's complaints into problems."""
    try:
        return take(build)
    except _StopError:
        pass
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)
        context = " ".join(str(error.context or "").split())
        said = " ".join(str(error.problem or "nothing readable").split())
        build.refuse(place, (), f"something else: {said}", "YAML", context)
    except (YAMLError, ValueError) as error:
        build.refuse(Place(1, 1), (), " ".join(str(error).split())[:200], "YAML")
    return []


def _document(build: _Build) -> list[Document]:
    _next(build)
    start = _next(build)
    if _kind(start) == "StreamEnd":
        return [Document(build.file, None, build.values, build.keys)]
    value = _body(build, start)
    after = _next(build)
    if _kind(after) != "StreamEnd":
        build.refuse(_place(after), (), "a second document", "one document")
    return [Document(build.file, value, build.values, build.keys)]


def _documents(build: _Build) -> list[Document]:
    """Read all documents; anchors are a document's own, the caps hold for the whole file."""
    found: list[Document] = []
    _next(build)
    while _kind(start := _next(build)) != "StreamEnd":
        build.values, build.keys, build.anchors = {}, {}, {}
        value = _body(build, start)
        if value is not None:
            found.append(Document(build.file, value, build.values, build.keys))
    return found


def _body(build: _Build, start: Any) -> Json:  # noqa: ANN401 - see _next
    """Read the document that starts with this event, to its end."""
    if start.version not in (None, (1, 2)) or start.tags:
        build.refuse(_place(start), (), "a directive", "no %YAML or %TAG line")
        raise _StopError
    value = _value(build, _next(build), ())
    _next(build)
    return value


def _next(build: _Build) -> Any:  # noqa: ANN401 - the parser's events are not typed
    return next(build.events)


def _kind(event: object) -> str:
    return type(event).__name__.removesuffix("Event")


def _place(event: Any) -> Place:  # noqa: ANN401 - see _next
    return Place(event.start_mark.line + 1, event.start_mark.column + 1)


def _value(build: _Build, event: Any, path: Path) -> Json:  # noqa: ANN401 - see _next
    """Read the value that starts with this event."""
    place = _place(event)
    build.values[path] = place
    _count(build, place, path, 1)
    if _kind(event) == "Alias":
        return _alias(build, event.anchor, place, path)
    if len(path) > DEPTH_MAX:
        build.refuse(place, path[:3], "deeper nesting", f"at most {DEPTH_MAX} levels")
        raise _StopError
    if event.tag is not None and event.tag != "!":
        build.refuse(place, path, f"the tag {event.tag}", "no tag: values are plain")
    nodes, values, keys = build.nodes, len(build.values), len(build.keys)
    if event.anchor is not None:
        build.anchors[event.anchor] = None
        if len(build.anchors) > ANCHORS_MAX:
            build.refuse(place, path, f"more than {ANCHORS_MAX} anchors", f"at most {ANCHORS_MAX}")
            raise _StopError
    value = _content(build, event, path)
    if event.anchor is not None:
        inner_values = dict(islice(build.values.items(), values, None))
        inner_keys = dict(islice(build.keys.items(), keys, None))
        build.anchors[event.anchor] = _Anchor(value, build.nodes - nodes, inner_values, inner_keys, path)
    return value


def _content(build: _Build, event: Any, path: Path) -> Json:  # noqa: ANN401 - see _next
    if _kind(event) == "MappingStart":
        return _mapping(build, path)
    if _kind(event) == "SequenceStart":
        return _sequence(build, path)
    if not event.implicit[0]:
        text = cast("str", event.value)
        if not _encodable(text):
            build.refuse(_place(event), path, "a lone surrogate", "text that UTF-8 can hold")
        return text
    try:
        return build.word(event.value)
    except NotPlainError as error:
        build.refuse(_place(event), path, event.value[:60], error.expected, error.hint)
        return None


def _sequence(build: _Build, path: Path) -> list[Json]:
    value: list[Json] = []
    while _kind(event := _next(build)) != "SequenceEnd":
        value.append(_value(build, event, (*path, len(value))))
    return value


def _mapping(build: _Build, path: Path) -> dict[str, Json]:
    value: dict[str, Json] = {}
    while _kind(event := _next(build)) != "MappingEnd":
        name = _key(build, event, path)
        inner = (*path, name)
        if name in value:
            first = build.keys[inner]
            build.refuse(_place(event), inner, "the same key again", "each key once", f"first in line {first.line}")
            _value(build, _next(build), (*path, f"{name} (again)"))
            continue
        build.keys[inner] = _place(event)
        value[name] = _value(build, _next(build), inner)
    return value


def _key(build: _Build, event: Any, path: Path) -> str:  # noqa: ANN401 - see _next
    """Read a key; only text is a key."""
    place = _place(event)
    if _kind(event) != "Scalar":
        build.refuse(place, path, "a key that is no text", "a key that is text")
        raise _StopError
    _count(build, place, path, 1)
    name = cast("str", event.value)
    if event.tag is not None:
        build.refuse(place, (*path, name), f"the tag {event.tag}", "no tag: keys are plain")
    if event.implicit[0] and name == "<<":
        build.refuse(place, (*path, name), "a merge key", "no merge keys", "put what is shared under defaults:")
    elif event.implicit[0] and _is_no_text(build, name):
        build.refuse(place, (*path, name), f"the key {name}", "a key that is text", f'write "{name}"')
    return name


def _is_no_text(build: _Build, name: str) -> bool:
    try:
        return not isinstance(build.word(name), str)
    except NotPlainError:
        return True


def _alias(build: _Build, name: str, place: Place, path: Path) -> Json:
    build.aliases += 1
    if build.aliases > ALIASES_MAX:
        build.refuse(place, path, f"more than {ALIASES_MAX} aliases", f"at most {ALIASES_MAX}")
        raise _StopError
    anchor = build.anchors.get(name)
    if anchor is None:
        build.refuse(place, path, f"*{name}", "an alias of an anchor that stands before it and does not contain it")
        return None
    _count(build, place, path, anchor.nodes)
    inside = len(anchor.path)
    build.values.update({path + below[inside:]: at for below, at in anchor.values.items()})
    build.keys.update({path + below[inside:]: at for below, at in anchor.keys.items()})
    return anchor.value


def _count(build: _Build, place: Place, path: Path, nodes: int) -> None:
    build.nodes += nodes
    if build.nodes > NODES_MAX:
        build.refuse(
            place, path[:3], f"more than {NODES_MAX} values", f"at most {NODES_MAX}", "aliases repeat too much"
        )
        raise _StopError


def _encodable(text: str) -> bool:
    return re.search("[\ud800-\udfff]", text) is None
