"""NumPy's .npy and .npz (numpy.lib.format, NEP 1)."""

# ruff: noqa: EM102 - the reason is the message

from __future__ import annotations

import ast
import io
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np

from harness.compare.models.parts import PARTS_MAX, Array, Parts, Trouble, array_type, member

MAGIC = b"\x93NUMPY"
HEADER_BYTES_MAX = 1 << 20
SINGLE = "array"
"""What the one array of a .npy file is called in rules and findings."""


def read_npy(path: Path) -> Parts:
    """Read the header of a .npy file.

    Raises:
        Trouble: it is none, or holds Python objects.
    """
    with path.open("rb") as stream:
        array = _array(stream, partial(_file, path))
        _check_end(stream, array, path.stat().st_size)
    return {SINGLE: array}


def read_npz(path: Path) -> Parts:
    """Read the headers of all arrays of a .npz file.

    Raises:
        Trouble: it is none, or holds Python objects.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            found: dict[str, Array] = {}
            for entry in archive.infolist()[: PARTS_MAX + 1]:
                name = entry.filename.removesuffix(".npy")
                if name in found:
                    raise Trouble(f"two arrays are called {name!r}")
                with archive.open(entry) as stream:
                    found[name] = _array(cast("BinaryIO", stream), partial(member, path, entry.filename))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise Trouble(f"no sound zip archive: {error}") from error
    return found


def array_at(reopen: Callable[[], BinaryIO]) -> Array:
    """Read the header of an array that stands in another file.

    Raises:
        Trouble: it is none, or holds Python objects.
    """
    with reopen() as stream:
        return _array(stream, reopen)


def _file(path: Path) -> BinaryIO:
    return path.open("rb")


def _array(stream: BinaryIO, reopen: Callable[[], BinaryIO]) -> Array:
    start, header = _header(stream)
    try:
        described = ast.literal_eval(header.decode("latin-1"))
        raw = np.dtype(described["descr"])
        shape = tuple(int(size) for size in described["shape"])
        fortran = bool(described["fortran_order"])
    except (ValueError, SyntaxError, TypeError, KeyError, MemoryError, RecursionError) as error:
        raise Trouble("its header describes no array") from error
    if raw.hasobject:
        raise Trouble("it holds Python objects, which are never unpickled: save arrays of numbers or texts")
    if any(size < 0 for size in shape):
        raise Trouble("its header describes no array")

    def opened() -> BinaryIO:
        values = reopen()
        values.read(start)
        return values

    return Array(array_type(raw), raw, shape, fortran, opened)


def _header(stream: BinaryIO) -> tuple[int, bytes]:
    """Give where the values begin, and the text before them."""
    first = stream.read(8)
    if len(first) < 8 or not first.startswith(MAGIC):  # noqa: PLR2004 - magic and version
        raise Trouble("it does not begin as a .npy file does")
    width = 2 if first[6] == 1 else 4
    length = int.from_bytes(stream.read(width), "little")
    if length > HEADER_BYTES_MAX:
        raise Trouble(f"its header has {length} bytes, more than {HEADER_BYTES_MAX}")
    header = stream.read(length)
    if len(header) < length:
        raise Trouble("it ends within its header")
    return 8 + width + length, header


def _check_end(stream: BinaryIO, array: Array, size: int) -> None:
    wanted = stream.seek(0, io.SEEK_CUR) + array.values * array.raw.itemsize
    if wanted != size:
        raise Trouble(f"it has {size} bytes where its header says {wanted}")
