"""JSON values to frozen values, one thread at a time.

msgspec 0.22 shows its description of a dataclass to other threads before it is whole; a thread that meets one half
made ends the process with a segmentation fault. Threads that fetch are the first to make observations.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")
_ALONE = threading.Lock()


def convert(value: object, kind: type[T], read: Callable[[type, Any], Any] | None = None) -> T:
    """Make a frozen value, strictly; `read` makes what msgspec does not know.

    Raises:
        msgspec.ValidationError: it does not have the shape.
    """
    with _ALONE:
        return msgspec.convert(value, kind, strict=True, str_keys=True, dec_hook=read)


def decode_json(data: bytes, kind: type[T], read: Callable[[type, Any], Any] | None = None) -> T:
    """Make a frozen value of JSON bytes at once; keys that it does not have are passed over.

    Raises:
        msgspec.DecodeError: the bytes are no JSON, or do not have the shape.
    """
    with _ALONE:
        return msgspec.json.decode(data, type=kind, strict=True, dec_hook=read)
