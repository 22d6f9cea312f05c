"""The service's own model, as botocore ships it: what a request may hold. Pure after loading.

botocore checks required members, types and minima only (measured, 1.44.5); maximum, pattern and enum are left to the
service, where a breach costs a call and, in a campaign, a run.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import botocore
import botocore.session

API = "SageMaker API 2017-07-24"
# The patterns are Java's: classes that Python lacks, and a dot that also stops at more line ends than ours.
_JAVA = (
    (r"\p{L}", r"\w"),
    (r"\p{N}", r"\d"),
    (r"\p{Z}", " \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"),
    (r"\p{Alnum}", "a-zA-Z0-9"),
    (r"\uD800\uDC00-\uDBFF\uDFFF", "\U00010000-\U0010ffff"),
)
_DOT_ONLY = ".*"
_LINE_ENDS = re.compile("[\n\r\u0085\u2028\u2029]")
_ENUM_SHOWN = 8

Shape = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Breach:
    """One value that the service would refuse."""

    field: str
    """Dotted path in the request; list members by position from 0."""
    found: str
    limit: str
    source: str
    way_out: str = ""


@functools.cache
def _model() -> Mapping[str, Mapping[str, Mapping[str, object]]]:
    loader = botocore.session.get_session().get_component("data_loader")
    model: Mapping[str, Mapping[str, Mapping[str, object]]] = loader.load_service_model("sagemaker", "service-2")
    return model


_FORMS: Mapping[str, tuple[tuple[type, ...], str]] = {  # a boolean is an integer to Python, and never to the service
    "structure": ((Mapping,), "a map"),
    "map": ((Mapping,), "a map"),
    "list": ((list, tuple), "a list"),
    "string": ((str,), "text"),
    "integer": ((int,), "a whole number"),
    "long": ((int,), "a whole number"),
    "float": ((int, float), "a number"),
    "double": ((int, float), "a number"),
    "boolean": ((bool,), "true or false"),
}
"""Type of a shape → what its values are in Python, and its name; any other shape takes what comes."""


def _form(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool() | int() | float():
            return f"{value!r}"[:60]
        case str():
            return f"text {value[:60]!r}"
        case Mapping():
            return "a map"
    return "a list"


def breaches(operation: str, request: Mapping[str, object]) -> tuple[Breach, ...]:
    """Find everything that the model forbids in a request.

    Raises:
        KeyError: the service has no such operation.
    """
    shape = _model()["operations"][operation]["input"]
    assert isinstance(shape, Mapping)  # noqa: S101 # nosec B101 # so the model is made
    return tuple(_walk(str(shape["shape"]), request, ""))


def has_operation(name: str) -> bool:
    """Tell whether the service has an operation, such as `CreateTrainingJob`."""
    return name in _model()["operations"]


def has_shape(name: str) -> bool:
    """Tell whether the model has a shape, such as `TrainingInstanceType`."""
    return name in _model()["shapes"]


def limit_of(shape: str, name: str) -> object:
    """Give one bound of a shape, such as `max` of `HyperParameterValue`; None where the model has none."""
    return _model()["shapes"][shape].get(name)


def _walk(name: str, value: object, path: str) -> Iterator[Breach]:
    shape = _model()["shapes"][name]
    kinds, noun = _FORMS.get(str(shape["type"]), ((), ""))
    if kinds and not (isinstance(value, kinds) and isinstance(value, bool) == (bool in kinds)):
        yield Breach(path, _form(value), noun, _source(name))
        return  # nothing else can be said of a value of another form
    yield from _own(name, shape, value, path)
    match value:
        case Mapping() if shape["type"] == "structure":
            yield from _members(name, shape, value, path)
        case Mapping():
            for key, item in value.items():
                yield from _walk(_part(shape, "key"), key, f"{path}.{key}")
                yield from _walk(_part(shape, "value"), item, f"{path}.{key}")
        case list() | tuple():
            for number, item in enumerate(value):
                yield from _walk(_part(shape, "member"), item, f"{path}[{number}]")


def _members(name: str, shape: Shape, value: Mapping[str, object], path: str) -> Iterator[Breach]:
    members, required = shape["members"], shape.get("required", ())
    assert isinstance(members, Mapping) and isinstance(required, list | tuple)  # noqa: S101, PT018 # nosec B101 # so the model is made
    for given, item in value.items():
        where = f"{path}.{given}".lstrip(".")
        if given not in members:
            yield Breach(where, "a field", "no such field", _source(name))
        elif item is not None:
            yield from _walk(str(members[given]["shape"]), item, where)
    for missing in required:
        if value.get(missing) is None:
            yield Breach(f"{path}.{missing}".lstrip("."), "nothing", "required", _source(name))


def _own(name: str, shape: Shape, value: object, path: str) -> Iterator[Breach]:
    source, (size, noun) = _source(name), _size(value)
    least, most = shape.get("min"), shape.get("max")
    if isinstance(least, int | float) and size < least:
        yield Breach(path, f"{size:g} {noun}", f"at least {least:g}", source)
    if isinstance(most, int | float) and size > most:
        yield Breach(path, f"{size:g} {noun}", f"at most {most:g}", source)
    enum = shape.get("enum")
    if isinstance(enum, list) and value not in enum:
        shown = ", ".join(map(str, enum[:_ENUM_SHOWN])) + (", …" if len(enum) > _ENUM_SHOWN else "")
        yield Breach(path, repr(value), f"one of {len(enum)} words: {shown}", source)
    pattern = shape.get("pattern")
    if isinstance(pattern, str) and isinstance(value, str) and not matches(pattern, value):
        several = pattern == _DOT_ONLY
        found = "text of several lines" if several else repr(value[:60])
        yield Breach(path, found, "text of one line" if several else f"pattern {pattern}", source)


def matches(pattern: str, value: str) -> bool:
    """Tell whether a whole value matches one of the model's patterns."""
    if pattern == _DOT_ONLY:
        return not _LINE_ENDS.search(value)
    return compiled(pattern).fullmatch(value) is not None


@functools.cache
def compiled(pattern: str) -> re.Pattern[str]:
    """Compile one of the model's patterns."""
    for java, ours in _JAVA:
        pattern = pattern.replace(java, ours)
    return re.compile(pattern)


def _size(value: object) -> tuple[float, str]:
    match value:
        case bool():
            return 0, "value"
        case int() | float():
            return value, "as value"
        case str():
            return len(value), "characters"
        case Mapping() | list() | tuple():
            return len(value), "entries"
    return 0, "value"


def _part(shape: Shape, name: str) -> str:
    found = shape[name]
    return str(found["shape"]) if isinstance(found, Mapping) else ""


def _source(shape: str) -> str:
    return f"{API}, shape {shape} (botocore {botocore.__version__})"
