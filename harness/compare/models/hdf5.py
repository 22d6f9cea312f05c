"""HDF5, and Keras models in it → arrays by path, attributes as values; nothing outside of the file is followed."""

# ruff: noqa: EM102 - the reason is the message

from __future__ import annotations

import importlib.util
import io
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np

from harness.compare.models.parts import BLOCK_BYTES, Array, Parts, Scalar, Trouble, array_type, gathered

MISSING = "h5py is not installed: pip install 'parity-harness[formats]'"
DEPTH_MAX = 50
TEXTS_MAX = 1_000_000
"""Values of an array whose items have no fixed size, which are compared one by one."""


def read_hdf5(path: Path) -> Parts:
    """Find all arrays and attributes of a file.

    Raises:
        Trouble: it is none, points outside of itself, or holds what can't be read; or its library is not there.
    """
    if importlib.util.find_spec("h5py") is None:
        raise Trouble(MISSING)
    os.environ["HDF5_PLUGIN_PRELOAD"] = "::"  # no filters from files of the machine (HDF5 manual, H5PL)
    import h5py  # noqa: PLC0415 - an extra, and only where a file is HDF5

    with h5py.File(path, "r") as file:
        return gathered(_of_group(h5py, file, path, ()))


def _of_group(h5py: Any, group: Any, path: Path, place: tuple[str, ...]) -> Iterator[tuple[str, Array | Scalar]]:  # noqa: ANN401 - its package has no types
    if len(place) > DEPTH_MAX:
        raise Trouble(f"groups nest deeper than {DEPTH_MAX}")
    yield from _attributes(group, "/".join(place))
    for name in sorted(group):
        if not isinstance(group.get(name, getlink=True), h5py.HardLink):
            raise Trouble(f"{'/'.join((*place, name))} is a link, which may lead out of the file")
        item = group[name]
        if isinstance(item, h5py.Group):
            yield from _of_group(h5py, item, path, (*place, name))
        elif isinstance(item, h5py.Dataset):
            yield from _of_dataset(item, path, "/".join((*place, name)))
        else:
            raise Trouble(f"{'/'.join((*place, name))} is neither a group nor an array")


def _of_dataset(item: Any, path: Path, name: str) -> Iterator[tuple[str, Array | Scalar]]:  # noqa: ANN401 - the same
    yield from _attributes(item, name)
    if item.is_virtual or item.external:
        raise Trouble(f"the values of {name} are in other files")
    if item.shape is None:
        yield name, None
    elif item.dtype.hasobject:
        if item.size > TEXTS_MAX:
            raise Trouble(f"{name} has {item.size} texts, more than {TEXTS_MAX}")
        yield f"{name}.shape", str(item.shape)
        for number, value in enumerate(np.asarray(item[()], dtype=object).ravel()):
            yield f"{name}[{number}]", _scalar(value)
    else:
        yield name, Array(array_type(item.dtype), item.dtype, tuple(item.shape), False, partial(_open, path, name))


def _attributes(item: Any, name: str) -> Iterator[tuple[str, Scalar]]:  # noqa: ANN401 - the same
    for key in sorted(item.attrs):
        value = item.attrs[key]
        if isinstance(value, np.ndarray):
            yield f"{name}@{key}.shape", str(value.shape)
            for number, entry in enumerate(value.ravel()[:TEXTS_MAX]):
                yield f"{name}@{key}[{number}]", _scalar(entry)
        else:
            yield f"{name}@{key}", _scalar(value)


def _scalar(value: Any) -> Scalar:  # noqa: ANN401 - whatever HDF5 has
    plain = value.item() if isinstance(value, np.generic) else value
    return plain if plain is None or isinstance(plain, str | int | float | bool | bytes) else repr(plain)


def _open(path: Path, name: str) -> BinaryIO:
    return cast("BinaryIO", io.BufferedReader(_Values(path, name), BLOCK_BYTES))


class _Values(io.RawIOBase):
    """The bytes of one array in the order of its rows, some rows at a time."""

    def __init__(self, path: Path, name: str) -> None:
        """Open the file a second time: one stream is read while another one is."""
        import h5py  # noqa: PLC0415 - it is there, see `read_hdf5`

        self._file = h5py.File(path, "r")
        self._item = self._file[name]
        self._left = b""
        self._blocks = self._read_blocks()

    def _read_blocks(self) -> Iterator[bytes]:
        item = self._item
        if not item.shape:
            yield np.ascontiguousarray(item[()]).tobytes()
            return
        row = max(1, item.dtype.itemsize * int(np.prod(item.shape[1:], dtype=object)))
        step = max(1, BLOCK_BYTES // row)
        for start in range(0, item.shape[0], step):
            yield np.ascontiguousarray(item[start : start + step]).tobytes()

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - a writable buffer
        """Give the next bytes."""
        if not self._left:
            self._left = next(self._blocks, b"")
        taken = self._left[: len(buffer)]
        buffer[: len(taken)] = taken
        self._left = self._left[len(taken) :]
        return len(taken)

    def close(self) -> None:
        """Close the file with the stream."""
        if not self.closed:
            self._file.close()
        super().close()
