"""Universal Binary JSON (ubjson.org, draft 12) as XGBoost writes it → values as JSON has them."""

# ruff: noqa: EM102 - the reason is the message

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

from harness.compare.models.parts import Trouble

DEPTH_MAX = 200
FILE_BYTES_MAX = 1 << 30
_FIXED = {b"i": ">b", b"U": ">B", b"I": ">h", b"l": ">i", b"L": ">q", b"d": ">f", b"D": ">d"}
_CONSTANTS = {b"Z": None, b"T": True, b"F": False}


def read_ubjson(path: Path) -> Any:  # noqa: ANN401 - JSON may be anything
    """Read a whole document.

    Raises:
        Trouble: it is none, too large, or goes on behind its end.
    """
    if path.stat().st_size > FILE_BYTES_MAX:
        raise Trouble(f"more than {FILE_BYTES_MAX} bytes")
    reader = _Reader(path.read_bytes())
    try:
        value = reader.value(reader.marker(), 0)
    except (struct.error, UnicodeDecodeError, RecursionError) as error:
        raise Trouble(f"no sound UBJSON at byte {reader.at}: {error}") from error
    if reader.at != len(reader.data):
        raise Trouble(f"bytes follow the end of the document, from byte {reader.at}")
    return value


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def taken(self, count: int) -> bytes:
        """Take some bytes."""
        if count < 0 or self.at + count > len(self.data):
            raise Trouble(f"it ends within a value at byte {self.at}")
        self.at += count
        return self.data[self.at - count : self.at]

    def marker(self) -> bytes:
        """Take the marker of a value; no-ops are none."""
        found = self.taken(1)
        while found == b"N":
            found = self.taken(1)
        return found

    def value(self, marker: bytes, depth: int) -> Any:  # noqa: ANN401 - JSON may be anything
        """Read the value behind its marker."""
        if depth > DEPTH_MAX:
            raise Trouble(f"nested deeper than {DEPTH_MAX}")
        if marker in _FIXED:
            form = _FIXED[marker]
            return struct.unpack(form, self.taken(struct.calcsize(form)))[0]
        if marker in _CONSTANTS:
            return _CONSTANTS[marker]
        if marker == b"C":
            return self.taken(1).decode("ascii")
        if marker in {b"S", b"H"}:
            return self.text()
        if marker == b"[":
            return self.array(depth + 1)
        if marker == b"{":
            return self.object(depth + 1)
        raise Trouble(f"an unknown marker {marker!r} at byte {self.at - 1}")

    def length(self) -> int:
        """Read a count."""
        marker = self.marker()
        found = self.value(marker, 0)
        if not isinstance(found, int) or isinstance(found, bool) or found < 0:
            raise Trouble(f"a length that is none at byte {self.at}")
        return found

    def text(self) -> str:
        """Read a text behind its length."""
        return self.taken(self.length()).decode()

    def array(self, depth: int) -> list[Any]:
        """Read an array: with a type and count, with a count, or up to its end."""
        kind, count = self._header()
        if kind in _FIXED and count is not None:
            form = _FIXED[kind]
            size = struct.calcsize(form)
            return list(struct.unpack(f">{count}{form[1]}", self.taken(count * size)))
        values: list[Any] = []
        while count is None or len(values) < count:
            marker = kind or self.marker()
            if count is None and marker == b"]":
                break
            values.append(self.value(marker, depth))
        return values

    def object(self, depth: int) -> dict[str, Any]:
        """Read an object; two members of one name are refused."""
        kind, count = self._header()
        found: dict[str, Any] = {}
        while count is None or len(found) < count:
            if count is None and self.data[self.at : self.at + 1] == b"}":
                self.at += 1
                break
            name = self.text()
            if name in found:
                raise Trouble(f"two members are called {name!r}")
            found[name] = self.value(kind or self.marker(), depth)
        return found

    def _header(self) -> tuple[bytes, int | None]:
        kind, count = b"", None
        if self.data[self.at : self.at + 1] == b"$":
            self.at += 1
            kind = self.taken(1)
        if self.data[self.at : self.at + 1] == b"#":
            self.at += 1
            count = self.length()
        if kind and count is None:
            raise Trouble(f"a type without a count at byte {self.at}")
        return kind, count
