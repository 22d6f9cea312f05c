"""The one JSON reader and writer for evidence: what it reads means one thing only (design section 9).

Reading is done by the standard library's C scanner with hooks that refuse; only a document that was refused is walked a
second time, slowly, to name the byte (`json_fault`).
"""

from __future__ import annotations

import json
import math
import re
from typing import cast

from harness.model.job import Json
from harness.model.json_fault import StrictError, explain_fault

__all__ = ["BYTES_MAX", "DEPTH_MAX", "StrictError", "read", "write"]

DEPTH_MAX = 100
"""Far above any evidence of ours (8 levels) and far below the recursion limit of a C scanner."""
BYTES_MAX = 256 * 1024 * 1024
"""Largest document that is held in memory; journals are read line by line."""

_INTEGER_DIGITS = 20
"""No 64-bit integer is longer, its sign included; longer ones are refused before the costly conversion."""
_STRING = re.compile(rb'"(?:[^"\\]+|\\.)*+"', re.DOTALL)
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_HUGE = re.compile(rb"[0-9]{19}|[eE]\+?[0-9]{3}")
"""Where a number may stand that no 64 bits hold. Without one the scanner converts by itself, five times as fast."""
_NOT_BRACKETS = bytes(code for code in range(256) if code not in b"[]{}")
_ONE_BRACKET = bytes.maketrans(b"{}", b"[]")


class _RefusedError(ValueError):
    """A hook said no; the byte is found afterwards."""


def read(data: bytes, *, depth_max: int = DEPTH_MAX, bytes_max: int = BYTES_MAX, constants: bool = False) -> Json:
    """Read one JSON document of UTF-8 bytes; `constants`: NaN and Infinity, which Python writes, are numbers.

    Raises:
        StrictError: duplicate key, NaN or Infinity, a number beyond 64 bits, a lone surrogate, a byte order mark, too
            deep, too long, not UTF-8, trailing data or no JSON; carries the byte offset.
    """
    if len(data) > bytes_max:
        raise StrictError(bytes_max, f"longer than {bytes_max} bytes")
    if _too_deep(data, depth_max):
        raise explain_fault(data, depth_max)
    plain = not _HUGE.search(data)
    try:
        value = json.loads(
            data.decode(),
            object_pairs_hook=_pairs,
            parse_int=int if plain else _integer,
            parse_float=float if plain else _number,
            parse_constant=float if constants else _constant,
        )
        if _SURROGATE.search(data):
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise explain_fault(data, depth_max) from error
    return cast("Json", value)


def write(value: object) -> bytes:
    """Write canonical JSON: sorted keys, no spaces, UTF-8, one newline at the end; `write(read(x))` is stable.

    Raises:
        ValueError: the value holds NaN, Infinity or a lone surrogate.
    """
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode() + b"\n"


def _too_deep(data: bytes, depth_max: int) -> bool:
    """Tell whether brackets nest deeper, in linear passes in C: each pass takes the innermost level away."""
    if data.count(b"[") + data.count(b"{") <= depth_max:
        return False
    left = _STRING.sub(b"", data).translate(_ONE_BRACKET, _NOT_BRACKETS)
    for _ in range(depth_max):
        inner = left.replace(b"[]", b"")
        if len(inner) == len(left):
            break
        left = inner
    return left.count(b"[") > 0 and (b"[]" in left or left.count(b"[") > depth_max)


def _pairs(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise _RefusedError
    return value


def _integer(text: str) -> int:
    if len(text) > _INTEGER_DIGITS:
        raise _RefusedError
    value = int(text)
    if not -(2**63) <= value < 2**63:
        raise _RefusedError
    return value


def _number(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise _RefusedError
    return value


def _constant(_text: str) -> float:
    raise _RefusedError


def text_of(value: Json) -> str:
    """Give a text as it is, and any other value as JSON."""
    return value if isinstance(value, str) else write(value).decode().strip()
