"""Pickle, joblib and PyTorch files → their arrays and values by path, read by opcodes."""

# ruff: noqa: EM102 - the reason is the message

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import shutil
import zipfile
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np

from harness.compare.models.parts import BFLOAT16, PARTS_MAX, Array, Parts, Scalar, Trouble, array_type, file_at
from harness.compare.models.pickle_machine import Global, Items, Made, Persistent, build, pairs_of

NUMPY = ("numpy._core.", "numpy.core.")
WRAPPER = Global("joblib.numpy_pickle", "NumpyArrayWrapper")
DEPTH_MAX = 200
_OPENERS: tuple[tuple[bytes, Callable[..., Any]], ...] = (
    (b"\x1f\x8b", gzip.open),
    (b"BZh", bz2.open),
    (b"\xfd7zXZ", lzma.open),
    (b"\x5d\x00\x00", lzma.open),
)
STORAGES = {
    "DoubleStorage": "f8", "FloatStorage": "f4", "HalfStorage": "f2", "LongStorage": "i8", "IntStorage": "i4",
    "ShortStorage": "i2", "CharStorage": "i1", "ByteStorage": "u1", "BoolStorage": "?", "BFloat16Storage": "u2",
}  # fmt: skip


def read_pickle(path: Path) -> Parts:
    """Read a pickle or a file of joblib, also a compressed one.

    Raises:
        Trouble: it is none, or holds what only unpickling would tell.
    """
    plain = _plain(path)
    with plain.open("rb") as stream:
        whole = build(stream, partial(_joblib, plain))
        if stream.read(1):
            raise Trouble("bytes follow the end of the pickle")
    return _flat(whole)


def read_torch(path: Path) -> Parts:
    """Read a file of `torch.save`: a zip archive with a pickle and one file a storage.

    Raises:
        Trouble: it is none, or of the form before PyTorch 1.6.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            pickled = next((name for name in names if name.endswith("/data.pkl")), "")
            if not pickled:
                raise Trouble("no data.pkl in it: a file of PyTorch before 1.6 is saved anew with a later one")
            root = pickled.removesuffix("data.pkl")
            order = archive.read(f"{root}byteorder").decode() if f"{root}byteorder" in names else "little"
            whole = build(cast("BinaryIO", io.BytesIO(archive.read(pickled))))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise Trouble(f"no sound zip archive: {error}") from error
    return _flat(whole, _Storages(path, f"{root}data/", big=order != "little"))


# -- joblib -----------------------------------------------------------------------------------------------------------


def _plain(path: Path) -> Path:
    """Write a compressed file anew, so that an array's values can be found again."""
    with path.open("rb") as stream:
        first = stream.read(8)
    opener = next((opener for magic, opener in _OPENERS if first.startswith(magic)), None)
    plain = Path(f"{path.name}.plain")
    try:
        if opener is not None:
            with opener(path, "rb") as packed, plain.open("wb") as out:
                shutil.copyfileobj(packed, out)
            return plain
        if first[:1] == b"x" and int.from_bytes(first[:2], "big") % 31 == 0:  # RFC 1950, 2.2
            _inflate(path, plain)
            return plain
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise Trouble(f"it can't be unpacked: {error}") from error
    return path


def _inflate(path: Path, plain: Path) -> None:
    inflate = zlib.decompressobj()
    with path.open("rb") as packed, plain.open("wb") as out:
        while chunk := packed.read(1 << 20):
            out.write(inflate.decompress(chunk))
        out.write(inflate.flush())
    if not inflate.eof:
        raise Trouble("it is cut")


def _joblib(path: Path, made: Made, stream: BinaryIO) -> Any:  # noqa: ANN401 - a pickle may be anything
    """Put an array in the place of joblib's wrapper, and step over its values, which follow in the stream."""
    if made.of != WRAPPER or not made.state:
        return made
    said = {key: value for state in made.state for key, value in pairs_of(state) if isinstance(key, str)}
    raw = _dtype(said["dtype"])
    if raw.hasobject:
        return build(stream, partial(_joblib, path))
    if said.get("numpy_array_alignment_bytes"):
        stream.read(stream.read(1)[0])
    at, shape = stream.tell(), tuple(int(size) for size in said["shape"])
    array = Array(array_type(raw), raw, shape, said.get("order") == "F", partial(file_at, path, at))
    stream.seek(array.values * raw.itemsize, io.SEEK_CUR)
    return array


# -- NumPy ------------------------------------------------------------------------------------------------------------


def _dtype(value: Any) -> np.dtype[Any]:  # noqa: ANN401 - a pickle may be anything
    """Read a NumPy type, with the byte order that its state says."""
    if not (isinstance(value, Made) and value.of == Global("numpy", "dtype")):
        raise Trouble(f"an array of a type that only unpickling would tell ({_named(value)})")
    order = value.state[-1][1] if value.state and isinstance(value.state[-1], tuple) else "|"
    try:
        raw = np.dtype(str(value.arguments[0]))
        if order == ">":
            return raw.newbyteorder(">")
        return raw.newbyteorder("<") if order == "<" else raw
    except TypeError as error:
        raise Trouble(f"an array of the unknown type {value.arguments[0]!r}") from error


def _bytes(value: Any) -> Any:  # noqa: ANN401 - a pickle may be anything
    """Give the bytes that protocols before 3 write as a text to be encoded; the same object where it is none."""
    if not isinstance(value, Made) or not isinstance(value.arguments, tuple):
        return value
    if str(value.of) == "_codecs.encode" and value.arguments[1:] == ("latin1",):
        return str(value.arguments[0]).encode("latin-1")
    return b"" if str(value.of) in {"__builtin__.bytes", "builtins.bytes"} and not value.arguments else value


def _numpy(made: Any) -> Any:  # noqa: ANN401 - a pickle may be anything
    """Give the array or scalar that NumPy would have made; the same object where it is none."""
    name = str(made.of) if isinstance(made, Made) else ""
    if not name.startswith(NUMPY) and name != "numpy.frombuffer":
        return made
    if name.endswith("multiarray._reconstruct") and made.state:
        _, shape, kind, fortran, data = made.state[-1]
        return _array(kind, shape, data, fortran=bool(fortran))
    if name.endswith("numeric._frombuffer"):
        data, kind, shape, order = made.arguments
        return _array(kind, shape, data, fortran=order == "F")
    if name.endswith("multiarray.scalar"):
        raw = _dtype(made.arguments[0])
        data = _bytes(made.arguments[-1])
        return (
            _array(made.arguments[0], (), data, fortran=False)
            if isinstance(data, bytes) and not raw.hasobject
            else made
        )
    return made


def _array(kind: Any, shape: Any, data: Any, *, fortran: bool) -> Any:  # noqa: ANN401 - a pickle may be anything
    raw = _dtype(kind)
    if raw.hasobject:
        return Items("list", [tuple(shape), data])
    if isinstance(data, str):
        data = data.encode("latin-1")
    data = _bytes(data)
    array = Array(array_type(raw), raw, tuple(int(size) for size in shape), fortran, partial(io.BytesIO, data))
    if len(data) != array.values * raw.itemsize:
        raise Trouble("an array has other bytes than its shape and type say")
    return array


# -- PyTorch ----------------------------------------------------------------------------------------------------------


class _Storages:
    """Tensors by the storages that their pickle names."""

    def __init__(self, path: Path, root: str, *, big: bool) -> None:
        self._path, self._root, self._big = path, root, big

    def tensor(self, made: Made) -> Any:  # noqa: ANN401 - a pickle may be anything
        """Give the tensor that PyTorch would have made; the same object where it is none."""
        name = str(made.of)
        if name == "torch._utils._rebuild_parameter":
            return made.arguments[0]
        if name != "torch._utils._rebuild_tensor_v2":
            return made
        storage, offset, shape, strides = made.arguments[:4]
        _, kind, key, *_ = storage.id
        type_name = kind.name if isinstance(kind, Global) else str(kind)
        code = STORAGES.get(type_name)
        if code is None:
            raise Trouble(f"tensors of the type {type_name!r} are not known")
        raw = np.dtype(code).newbyteorder(">" if self._big else "<")
        shape, strides = tuple(map(int, shape)), tuple(map(int, strides))
        called = BFLOAT16 if type_name == "BFloat16Storage" else array_type(raw)
        fortran = _is_order(shape, strides, reverse=True) and not _is_order(shape, strides, reverse=False)
        if not fortran and not _is_order(shape, strides, reverse=False):
            raise Trouble("a tensor is a view with strides of its own: save it `.contiguous()`")
        at = int(offset) * raw.itemsize
        return Array(called, raw, shape, fortran, partial(self._open, str(key), at))

    def _open(self, key: str, at: int) -> BinaryIO:
        archive = zipfile.ZipFile(self._path)
        stream = cast("BinaryIO", archive.open(f"{self._root}{key}"))
        stream.seek(at)
        return stream


def _is_order(shape: tuple[int, ...], strides: tuple[int, ...], *, reverse: bool) -> bool:
    """Tell whether strides are those of values in the order of rows (or, reversed, of columns)."""
    expected, step = [], 1
    for size in shape if reverse else reversed(shape):
        expected.append(step)
        step *= size
    ordered = expected if reverse else expected[::-1]
    return all(size <= 1 or a == b for size, a, b in zip(shape, strides, ordered, strict=True)) or 0 in shape


# -- paths ------------------------------------------------------------------------------------------------------------


def _flat(whole: Any, storages: _Storages | None = None) -> Parts:  # noqa: ANN401 - a pickle may be anything
    found: dict[str, Array | Scalar] = {}
    _Flat(found, storages).add("$", whole, 0)
    return found


class _Flat:
    """Takes a value apart; what holds itself is told by where it is, so that the walk ends."""

    def __init__(self, found: dict[str, Array | Scalar], storages: _Storages | None) -> None:
        self._found, self._storages = found, storages
        self._open: dict[int, str] = {}

    def add(self, path: str, value: Any, depth: int) -> None:  # noqa: ANN401 - a pickle may be anything
        """Add a value and all below it."""
        if depth > DEPTH_MAX or len(self._found) > PARTS_MAX:
            raise Trouble(f"nested deeper than {DEPTH_MAX}, or more than {PARTS_MAX} values")
        if isinstance(value, Made):
            value = _numpy(_bytes(value))
        if isinstance(value, Made) and self._storages is not None:
            value = self._storages.tensor(value)
        if isinstance(value, Array | str | int | float | bool | bytes | None):
            self._put(path, value)
            return
        if id(value) in self._open:
            self._put(path, f"the same as {self._open[id(value)]}")
            return
        self._open[id(value)] = path
        self._parts(path, value, depth + 1)
        del self._open[id(value)]

    def _put(self, path: str, value: Array | Scalar) -> None:
        """Keep a value; a path that two values have would hide one of them."""
        if path in self._found:
            raise Trouble(f"two values are called {path!r}")
        self._found[path] = value

    def _parts(self, path: str, value: Any, depth: int) -> None:  # noqa: ANN401 - a pickle may be anything
        match value:
            case Global():
                self._put(path, f"the name {value}")
            case tuple():
                self._put(f"{path} (tuple)", len(value))
                self._list(path, list(value), depth)
            case Items(kind="list"):
                self._put(f"{path} (list)", len(value.items))
                self._list(path, value.items, depth)
            case Items(kind="set"):
                self._put(f"{path} (set)", len(value.items))
                self._list(path, sorted(value.items, key=repr), depth)
            case Items(kind="dict"):
                self._put(f"{path} (dict)", len(value.items))
                self._pairs(path, value.items, depth)
            case Persistent():
                self.add(f"{path} (kept outside)", value.id, depth)
            case Made():
                self._made(path, value, depth)
            case _:
                raise Trouble(f"a value that only unpickling would tell ({type(value).__name__})")

    def _made(self, path: str, value: Made, depth: int) -> None:
        self._put(f"{path} (made by)", _named(value.of))
        arguments = value.arguments if isinstance(value.arguments, tuple) else (value.arguments,)
        self._list(f"{path}()", list(arguments), depth)
        for state in value.state:
            if isinstance(state, Items) and state.kind == "dict":
                self._pairs(path, state.items, depth)
            else:
                self.add(f"{path} (state)", state, depth)
        self._list(path, value.items, depth)
        self._pairs(path, value.pairs, depth)

    def _list(self, path: str, values: list[Any], depth: int) -> None:
        for n, value in enumerate(values):
            self.add(f"{path}[{n}]", value, depth)

    def _pairs(self, path: str, pairs: list[tuple[Any, Any]], depth: int) -> None:
        for key, value in pairs:
            if isinstance(key, str):
                self.add(f"{path}.{key}", value, depth)
            elif isinstance(key, int | float | bool | bytes | None):
                self.add(f"{path}[{key!r}]", value, depth)
            else:
                raise Trouble("a dict with keys that only unpickling would tell")


def _named(value: Any) -> str:  # noqa: ANN401 - a pickle may be anything
    if isinstance(value, Made):
        return f"{_named(value.of)}(…)"
    return str(value) if isinstance(value, Global | str) else type(value).__name__
