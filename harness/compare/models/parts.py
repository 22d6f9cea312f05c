"""What a file of a model is taken apart into: arrays and plain values, each under a path."""

# ruff: noqa: EM102 - the reason is the message

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np

BLOCK_BYTES = 1 << 20
"""Of one array at a time; small enough to stay in the processor's cache."""
PARTS_MAX = 5_000_000
BFLOAT16 = "bfloat16"
"""NumPy has no such type: its values are the upper halves of 32-bit floats."""
OPAQUE = "float8"
"""Types that are compared by their bytes only begin with it."""


class Trouble(Exception):  # noqa: N818 - an answer, not a fault
    """Why a file can't be read as what it should be."""


@dataclass(frozen=True, slots=True)
class Array:
    """An array whose values are read in blocks."""

    type: str
    """As NumPy writes it without byte order (`f4`), or a name that NumPy does not know (`bfloat16`)."""
    raw: np.dtype[Any]
    """How its bytes are read."""
    shape: tuple[int, ...]
    fortran: bool
    open: Callable[[], BinaryIO]
    """Opens the file where its values begin."""

    @property
    def values(self) -> int:
        """Count its values."""
        return int(np.prod(self.shape, dtype=object)) if self.shape else 1

    def blocks(self) -> Iterator[bytes]:
        """Give its bytes, some values at a time.

        Raises:
            Trouble: the file ends before its values do.
        """
        size = self.raw.itemsize
        left = self.values * size
        step = max(size, BLOCK_BYTES // size * size) if size else 0
        with self.open() as stream:
            while left:
                wanted = min(step, left)
                block = _exactly(stream, wanted)
                left -= wanted
                yield block


def _exactly(stream: BinaryIO, wanted: int) -> bytes:
    block = stream.read(wanted)
    while len(block) < wanted:
        more = stream.read(wanted - len(block))
        if not more:
            raise Trouble("it ends before the values of an array do")
        block += more
    return block


Scalar = str | int | float | bool | bytes | None
Parts = Mapping[str, Array | Scalar]
"""By path, in the order of the file."""


def gathered(found: Iterable[tuple[str, Array | Scalar]]) -> Parts:
    """Put what a reader finds under its paths.

    Raises:
        Trouble: more parts than can be held, or a path that two of them have: one would hide the other.
    """
    parts: dict[str, Array | Scalar] = {}
    for name, value in found:
        if len(parts) >= PARTS_MAX:
            raise Trouble(f"more than {PARTS_MAX} parts")
        if name in parts:
            raise Trouble(f"{name!r} is there twice")
        parts[name] = value
    return parts


def file_at(path: Path, at: int) -> BinaryIO:
    """Open a file at a place in it."""
    stream = path.open("rb")
    stream.seek(at)
    return stream


def member(path: Path, name: str) -> BinaryIO:
    """Open a member of a zip archive; the archive is closed with it."""
    return cast("BinaryIO", zipfile.ZipFile(path).open(name))


def array_type(raw: np.dtype[Any]) -> str:
    """Name a type without its byte order."""
    return raw.newbyteorder("=").str[1:] if raw.names is None else str(raw.newbyteorder("="))
