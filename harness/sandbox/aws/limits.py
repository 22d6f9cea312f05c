"""Request validation generated from the service's published model: required, type, length, range, pattern, enum."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping

import botocore.session

from harness.sandbox.aws.wire import ServiceError, invalid

_JSON_TYPES: Mapping[str, tuple[type, ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "timestamp": (int, float),
}
# The model's patterns are Java's. Letters and digits are what \w holds; Z are the separators.
_JAVA = (
    (r"\p{L}", r"\w"),
    (r"\p{N}", r"\d"),
    (r"\p{Z}", " \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"),
    (r"\p{Alnum}", "a-zA-Z0-9"),
    (r"\uD800\uDC00-\uDBFF\uDFFF", "\U00010000-\U0010ffff"),
)

Shape = Mapping[str, object]


class Limits:
    """The service's model, asked about operations and their inputs."""

    def __init__(self) -> None:
        """Load the model that the installed client library carries."""
        loader = botocore.session.get_session().get_component("data_loader")
        model = loader.load_service_model("sagemaker", "service-2")
        self._operations: Mapping[str, Mapping[str, Mapping[str, str]]] = model["operations"]
        self._shapes: Mapping[str, Mapping[str, object]] = model["shapes"]

    def knows(self, operation: str) -> bool:
        """Tell whether the service has that operation."""
        return operation in self._operations

    def members(self, shape: str) -> tuple[str, ...]:
        """List the members of a structure."""
        members = self._shapes[shape]["members"]
        return tuple(members) if isinstance(members, Mapping) else ()

    def check(self, operation: str, body: Mapping[str, object]) -> None:
        """Refuse a request that breaks the model, naming every place at once as the service does.

        Raises:
            ServiceError: ValidationException, or SerializationException for a value of another type.
        """
        found = list(self._faults(self._operations[operation]["input"]["shape"], body, ""))
        if found:
            count = f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected: "
            raise invalid(count + "; ".join(found))

    def _faults(self, name: str, value: object, path: str) -> Iterator[str]:
        shape = self._shapes[name]
        kind = str(shape["type"])
        good = isinstance(value, _JSON_TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool))
        if not good:
            message = f"{type(value).__name__} found where {kind} was expected: {path or 'request'}"
            raise ServiceError("SerializationException", message)
        yield from _own_faults(shape, value, path)
        match value:
            case dict() if kind == "structure":
                yield from self._structure(shape, value, path)
            case dict():
                yield from self._map(shape, value, path)
            case list():
                member = _ref(shape, "member")
                for index, item in enumerate(value, 1):
                    yield from self._faults(member, item, f"{path}.{index}.member")

    def _structure(self, shape: Shape, value: dict[str, object], path: str) -> Iterator[str]:
        required, members = shape.get("required", ()), shape["members"]
        if not isinstance(members, Mapping) or not isinstance(required, list | tuple):
            return
        for name, member in members.items():
            here = f"{path}.{_camel(name)}".lstrip(".")
            if value.get(name) is not None:
                yield from self._faults(member["shape"], value[name], here)
            elif name in required:
                yield f"Value null at '{here}' failed to satisfy constraint: Member must not be null"

    def _map(self, shape: Shape, value: dict[str, object], path: str) -> Iterator[str]:
        for key, item in value.items():
            yield from self._faults(_ref(shape, "key"), key, f"{path}.{key}.key")
            yield from self._faults(_ref(shape, "value"), item, f"{path}.{key}.member")


def _ref(shape: Shape, part: str) -> str:
    found = shape[part]
    return str(found["shape"]) if isinstance(found, Mapping) else ""


def _camel(name: str) -> str:
    return name[:1].lower() + name[1:]


def _own_faults(shape: Shape, value: object, path: str) -> Iterator[str]:
    """Check one value against its own shape's bounds."""
    shown = repr(value) if isinstance(value, str) else f"'{value}'"
    head = f"Value {shown} at '{path}' failed to satisfy constraint: Member must "
    size, noun = (value, "value") if isinstance(value, int | float) else (_length(value), "length")
    least, most = shape.get("min"), shape.get("max")
    if isinstance(least, int | float) and size < least:
        yield f"{head}have {noun} greater than or equal to {_plain(least)}"
    if isinstance(most, int | float) and size > most:
        yield f"{head}have {noun} less than or equal to {_plain(most)}"
    enum = shape.get("enum")
    if isinstance(enum, list) and value not in enum:
        yield f"{head}satisfy enum value set: [{', '.join(map(str, enum))}]"
    pattern = shape.get("pattern")
    if isinstance(pattern, str) and isinstance(value, str) and not compiled(pattern).fullmatch(value):
        yield f"{head}satisfy regular expression pattern: {pattern}"


def _plain(number: float) -> str:
    return str(int(number)) if number == int(number) else str(number)


def _length(value: object) -> int:
    return len(value) if isinstance(value, str | list | dict) else 0


@functools.cache
def compiled(pattern: str) -> re.Pattern[str]:
    """Compile one of the model's patterns; the service matches the whole value."""
    for java, ours in _JAVA:
        pattern = pattern.replace(java, ours)
    return re.compile(pattern)
