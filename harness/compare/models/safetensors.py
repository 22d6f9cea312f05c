"""Safetensors: a length, a JSON header, and the bytes of all tensors (github.com/huggingface/safetensors, Format)."""

# ruff: noqa: EM102 - the reason is the message

from __future__ import annotations

import itertools
from functools import partial
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from harness.compare.models.parts import BFLOAT16, OPAQUE, Array, Parts, Trouble, array_type, file_at
from harness.model import strict_json

HEADER_BYTES_MAX = 100_000_000
"""As the format's own reader."""
METADATA = "__metadata__"
TYPES = {
    "F64": "f8", "F32": "f4", "F16": "f2", "I64": "i8", "I32": "i4", "I16": "i2", "I8": "i1", "U64": "u8", "U32": "u4",
    "U16": "u2", "U8": "u1", "BOOL": "?", "C64": "c8",
}  # fmt: skip
_BYTES = {"BF16": (BFLOAT16, "u2"), "F8_E4M3": (f"{OPAQUE}_e4m3", "u1"), "F8_E5M2": (f"{OPAQUE}_e5m2", "u1")}


def read_safetensors(path: Path) -> Parts:
    """Read the header; metadata is no weight, and is not compared.

    Raises:
        Trouble: it is no such file, or its tensors do not fill it without gaps.
    """
    size = path.stat().st_size
    with path.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        if size < 8 or length > min(HEADER_BYTES_MAX, size - 8):  # noqa: PLR2004 - the length's own bytes
            raise Trouble("its header is longer than the file")
        try:
            header = strict_json.read(stream.read(length).rstrip(b" "), bytes_max=HEADER_BYTES_MAX)
        except strict_json.StrictError as error:
            raise Trouble(f"its header: {error}") from error
    if not isinstance(header, dict):
        raise Trouble("its header describes no tensors")
    start = 8 + length
    described = {name: value for name, value in header.items() if name != METADATA}
    _check_places(described, size - start)
    return {name: _tensor(path, start, value) for name, value in described.items()}


def _tensor(path: Path, start: int, described: Any) -> Array:  # noqa: ANN401 - JSON, checked here
    begin, end = described["data_offsets"]
    shape = tuple(described["shape"])
    name, raw = _BYTES.get(described["dtype"], ("", TYPES.get(described["dtype"], "")))
    if not raw:
        raise Trouble(f"tensors of the type {described['dtype']!r} are not known")
    kind = np.dtype(f"<{raw}") if raw != "?" else np.dtype(raw)
    if prod(shape) * kind.itemsize != end - begin:
        raise Trouble("a tensor has other bytes than its shape and type say")
    return Array(name or array_type(kind), kind, shape, fortran=False, open=partial(file_at, path, start + begin))


def _check_places(described: dict[str, Any], size: int) -> None:
    """Hold the places of all tensors against each other and the end of the file."""
    try:
        places = sorted((value["data_offsets"][0], value["data_offsets"][1]) for value in described.values())
        sound = all(isinstance(at, int) for place in places for at in place)
        sound = sound and all(
            isinstance(extent, int) and extent >= 0 for value in described.values() for extent in value["shape"]
        )
    except (KeyError, TypeError, IndexError) as error:
        raise Trouble("its header describes no tensors") from error
    gaps = any(left[1] != right[0] for left, right in itertools.pairwise(places))
    if not sound or gaps or (places and (places[0][0] != 0 or places[-1][1] != size)):
        raise Trouble("its tensors do not fill the file without gaps")
