"""ONNX models → weights as arrays by name, the graph as values (onnx.proto of github.com/onnx/onnx, IR version 10).

Read by a reader of our own: a message is its fields, and nothing of a model is run. Who wrote it and when, names of
nodes, documentation and metadata do nothing when it runs, and are not compared.
"""

# ruff: noqa: EM102 - the reason is the message

from __future__ import annotations

import hashlib
import io
import mmap
from collections.abc import Callable, Iterator
from functools import partial
from math import prod
from pathlib import Path
from typing import BinaryIO

import numpy as np

from harness.compare.models.parts import BFLOAT16, OPAQUE, Array, Parts, Scalar, Trouble, array_type, file_at, gathered
from harness.compare.models.protobuf import BYTES, Field, fields, integers, numbers, text

DEPTH_MAX = 30
TYPE_BYTES = 500
"""Of a type that is shown; of longer ones the digest is compared."""
TYPES = {
    1: "f4", 2: "u1", 3: "i1", 4: "u2", 5: "i2", 6: "i4", 7: "i8", 9: "?", 10: "f2", 11: "f8", 12: "u4", 13: "u8",
    14: "c8", 15: "c16",
}  # fmt: skip
"""TensorProto.DataType → as NumPy names it."""
STRINGS, BFLOATS, EXTERNAL = 8, 16, 1
_FLOATS8 = {17: "e4m3fn", 18: "e4m3fnuz", 19: "e5m2", 20: "e5m2fnuz"}
_GRAPH, _OPSET, _FUNCTION = 7, 8, 25
Found = Iterator[tuple[str, Array | Scalar]]


def read_onnx(path: Path) -> Parts:
    """Find all weights and what the graph does.

    Raises:
        Trouble: it is no model, is cut, or nests too deeply.
    """
    if not path.stat().st_size:
        raise Trouble("an empty file is no model")
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        data = memoryview(mapped)
        try:
            parts = gathered(_Reader(path, data).model())
        finally:
            data.release()
    if not any(name.startswith("graph.") for name in parts):
        raise Trouble("it holds no graph")
    return parts


class _Reader:
    def __init__(self, path: Path, data: memoryview) -> None:
        self._path = path
        self._data = data

    def model(self) -> Found:
        opsets: list[str] = []
        for n, field in enumerate(fields(self._data, 0, len(self._data))):
            if field.number == _GRAPH:
                yield from self._graph(_message(field), "graph", 0)
            elif field.number == _OPSET:
                opsets.append(self._opset(field))
            elif field.number == _FUNCTION:
                yield f"function[{n}]", self._digest(field)
        yield "opsets", ", ".join(sorted(opsets))

    def _opset(self, field: Field) -> str:
        domain, version = "", 0
        for item in fields(self._data, field.start, field.end):
            if item.number == 1:
                domain = text(self._data, item)
            elif item.number == 2:  # noqa: PLR2004 - OperatorSetIdProto.version
                version = item.value
        return f"{domain or 'ai.onnx'} {version}"

    def _graph(self, field: Field, at: str, depth: int) -> Found:
        if depth > DEPTH_MAX:
            raise Trouble(f"graphs in graphs, deeper than {DEPTH_MAX}")
        nodes = 0
        kinds = {11: "input", 12: "output"}
        for item in fields(self._data, field.start, field.end):
            if item.number == 1:
                yield from self._node(item, f"{at}.node[{nodes}]", depth)
                nodes += 1
            elif item.number == 5:  # noqa: PLR2004 - GraphProto.initializer
                yield from self._tensor(item, "" if at == "graph" else f"{at}.")
            elif item.number in kinds:
                yield from self._value_info(item, f"{at}.{kinds[item.number]}")
            elif item.number in {14, 15}:  # quantization_annotation, sparse_initializer
                yield f"{at}.{item.number}@{self._digest(item)}", "there"
        yield f"{at}.nodes", nodes

    def _node(self, field: Field, at: str, depth: int) -> Found:
        counts = {1: 0, 2: 0}
        names = {1: "input", 2: "output"}
        for item in fields(self._data, field.start, field.end):
            if item.number in counts:
                yield f"{at}.{names[item.number]}[{counts[item.number]}]", text(self._data, item)
                counts[item.number] += 1
            elif item.number in {4, 7}:
                yield f"{at}.{'op' if item.number == 4 else 'domain'}", text(self._data, item)  # noqa: PLR2004 - NodeProto
            elif item.number == 5:  # noqa: PLR2004 - NodeProto.attribute
                yield from self._attribute(item, at, depth)

    def _attribute(self, field: Field, at: str, depth: int) -> Found:
        items = list(fields(self._data, field.start, field.end))
        name = next((text(self._data, item) for item in items if item.number == 1), "")
        at = f"{at}.{name}"
        count = 0
        for item in items:
            values: list[Scalar] = []
            if item.number in {2, 7}:
                values += numbers(self._data, item, "f")
            elif item.number in {3, 8}:
                values += integers(self._data, item)
            elif item.number in {4, 9}:
                values.append(self._word(item))
            elif item.number in {5, 10}:
                yield from self._tensor(item, f"{at}[{count}].")
                count += 1
            elif item.number in {6, 11}:
                yield from self._graph(_message(item), f"{at}[{count}]", depth + 1)
                count += 1
            elif item.number in {14, 15, 22, 23}:
                values.append(self._digest(item))
            for value in values:
                yield f"{at}[{count}]", value
                count += 1
        yield f"{at}.count", count

    def _value_info(self, field: Field, at: str) -> Found:
        """Give the name of an input or output with its type: TypeProto, whose bytes say type and shape."""
        name, kind = "", ""
        for item in fields(self._data, field.start, field.end):
            if item.number == 1:
                name = text(self._data, item)
            elif item.number == 2:  # noqa: PLR2004 - ValueInfoProto.type
                long = item.end - item.start > TYPE_BYTES
                kind = self._digest(item) if long else bytes(self._data[item.start : item.end]).hex()
        yield f"{at}.{name}", kind

    def _tensor(self, field: Field, at: str) -> Found:
        items = list(fields(self._data, field.start, field.end))
        shape = tuple(n for item in items if item.number == 1 for n in integers(self._data, item))
        kind = next((item.value for item in items if item.number == 2), 0)  # noqa: PLR2004 - TensorProto.data_type
        name = next((text(self._data, item) for item in items if item.number == 8), "")  # noqa: PLR2004 - TensorProto.name
        at = f"{at}{name}"
        if any(n < 0 for n in shape):
            raise Trouble(f"{at!r} has a negative extent")
        if any(item.number == 14 and item.value == EXTERNAL for item in items):  # noqa: PLR2004 - data_location
            yield from self._external(items, at)
        elif kind == STRINGS:
            yield f"{at}.shape", str(shape)
            for n, item in enumerate(item for item in items if item.number == 6):  # noqa: PLR2004 - string_data
                yield f"{at}[{n}]", self._word(item)
        else:
            yield at, self._array(items, at, kind, shape)

    def _external(self, items: list[Field], at: str) -> Found:
        """Name the place of weights in another file, which is compared as a file of its own."""
        for item in items:
            if item.number == 13:  # noqa: PLR2004 - TensorProto.external_data
                entry = [text(self._data, part) for part in fields(self._data, item.start, item.end)]
                yield f"{at}.{entry[0] if entry else ''}", entry[-1] if entry else ""

    def _array(self, items: list[Field], at: str, kind: int, shape: tuple[int, ...]) -> Array:
        name, raw = _type_of(kind, at)
        size = prod(shape) * raw.itemsize
        stored = next((item for item in items if item.number == 9), None)  # noqa: PLR2004 - TensorProto.raw_data
        opened: Callable[[], BinaryIO]
        if stored is not None and stored.end > stored.start:
            found = stored.end - stored.start
            opened = partial(file_at, self._path, stored.start)
        else:
            values = self._typed(items, kind, raw)
            found = len(values)
            opened = partial(io.BytesIO, values)
        if found != size:
            raise Trouble(f"{at!r} has {found} bytes, its shape and type say {size}")
        return Array(name, raw, shape, fortran=False, open=opened)

    def _typed(self, items: list[Field], kind: int, raw: np.dtype) -> bytes:
        """Read values that are written one by one, in the field of their type."""
        floats = {4: "f", 10: "d"}
        made: list[bytes] = []
        whole: list[int] = []
        for item in items:
            if item.number in floats:
                values = numbers(self._data, item, floats[item.number])
                made.append(np.array(values, f"<f{4 if item.number == min(floats) else 8}").tobytes())
            elif item.number in {5, 7, 11}:
                whole += integers(self._data, item)
        if made:
            return b"".join(made)
        bits = np.dtype(f"<u{raw.itemsize}") if kind in {10, BFLOATS, *_FLOATS8} or raw.kind == "b" else raw
        mask = (1 << 8 * raw.itemsize) - 1
        if bits.kind in "ub":
            return np.array([value & mask for value in whole], bits).tobytes()
        return np.array(whole, bits).tobytes()

    def _word(self, field: Field) -> Scalar:
        raw = bytes(self._data[field.start : field.end])
        try:
            return raw.decode()
        except UnicodeDecodeError:
            return raw

    def _digest(self, field: Field) -> str:
        return hashlib.sha256(self._data[field.start : field.end]).hexdigest()


def _message(field: Field) -> Field:
    if field.wire != BYTES:
        raise Trouble("a number stands where a message is expected")
    return field


def _type_of(kind: int, at: str) -> tuple[str, np.dtype]:
    if kind == BFLOATS:
        return BFLOAT16, np.dtype("<u2")
    if kind in _FLOATS8:
        return f"{OPAQUE}_{_FLOATS8[kind]}", np.dtype("u1")
    if kind not in TYPES:
        raise Trouble(f"{at!r} has values of the type {kind}, which is not known")
    raw = np.dtype(f"<{TYPES[kind]}") if TYPES[kind] != "?" else np.dtype("?")
    return array_type(raw), raw
