"""The schema of Arrow that its writers leave in Parquet files → columns that are lengths of time, and in which unit.

Parquet has no such type: 5 ms and 5 µs are both written as the integer 5. The schema is a message of Flatbuffers
(arrow.apache.org, Schema.fbs and Message.fbs), of which this reads nothing else.
"""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Mapping

KEY = "ARROW:schema"
NANOSECONDS = (10**9, 10**6, 10**3, 1)
"""In one second, millisecond, microsecond and nanosecond, as the schema numbers them."""
_DURATION, _MILLISECOND = 18, 1
_FIELDS_MAX = 10_000


def durations(encoded: bytes) -> Mapping[str, int]:
    """Give nanoseconds in one unit, by column; empty where the text is no such schema."""
    try:
        message = base64.b64decode(encoded, validate=True)
        found = _Table(message[8:], _at(message[8:], 0)) if message[:4] == b"\xff" * 4 else None
        schema = found.table(2) if found else None
        return dict(_named(schema)) if schema else {}
    except (binascii.Error, struct.error, IndexError, UnicodeDecodeError):
        return {}


def _named(schema: _Table) -> list[tuple[str, int]]:
    found = []
    for field in schema.tables(1)[:_FIELDS_MAX]:
        kind = field.table(3)
        if field.number(2, "B", 0) == _DURATION and kind is not None:
            found.append((field.text(0), NANOSECONDS[kind.number(0, "h", _MILLISECOND)]))
    return found


def _at(data: bytes, place: int) -> int:
    """Follow an offset from where it stands."""
    offset: int = struct.unpack_from("<I", data, place)[0]
    return place + offset


class _Table:
    """A table of Flatbuffers: fields by their number, some of which are not there."""

    def __init__(self, data: bytes, place: int) -> None:
        self._data = data
        self._place = place
        self._shape = place - struct.unpack_from("<i", data, place)[0]
        self._fields = (struct.unpack_from("<H", data, self._shape)[0] - 4) // 2

    def _field(self, number: int) -> int:
        """Give where a field stands; 0 where it does not."""
        if number >= self._fields:
            return 0
        offset: int = struct.unpack_from("<H", self._data, self._shape + 4 + 2 * number)[0]
        return self._place + offset if offset else 0

    def number(self, number: int, form: str, default: int) -> int:
        place = self._field(number)
        return int(struct.unpack_from(f"<{form}", self._data, place)[0]) if place else default

    def table(self, number: int) -> _Table | None:
        place = self._field(number)
        return _Table(self._data, _at(self._data, place)) if place else None

    def tables(self, number: int) -> list[_Table]:
        place = self._field(number)
        if not place:
            return []
        start = _at(self._data, place)
        (count,) = struct.unpack_from("<I", self._data, start)
        return [_Table(self._data, _at(self._data, start + 4 + 4 * n)) for n in range(min(count, _FIELDS_MAX))]

    def text(self, number: int) -> str:
        start = _at(self._data, self._field(number))
        (length,) = struct.unpack_from("<I", self._data, start)
        return self._data[start + 4 : start + 4 + length].decode()
