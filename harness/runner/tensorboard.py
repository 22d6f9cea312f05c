"""TensorBoard's event files: records with a length and checksums, each an Event of protocol buffers.

Sources: tensorflow/core/lib/io/record_writer.h, core/util/event.proto, core/framework/summary.proto.
Only scalars are read: `simple_value`, and tensors of one float or double.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from harness.runner.single_precision import as_written

STEP, SUMMARY = 2, 5
VALUE = 1
TAG, SIMPLE_VALUE, TENSOR = 1, 2, 8
DTYPE, CONTENT, FLOATS, DOUBLES = 1, 4, 5, 6
DT_FLOAT, DT_DOUBLE = 1, 2
_WIDTHS = {1: 8, 5: 4}
"""Bytes of a field by its wire type, where that is fixed."""
_CASTAGNOLI = 0x82F63B78


class BadEvents(Exception):  # noqa: N818 - an answer, not a fault
    """Why a file is no sound event file."""


def scalars(data: bytes, tag: str) -> Iterator[tuple[int | None, float | None]]:
    """Give step and value of a tag, in the order of the file.

    Raises:
        BadEvents: the file is cut or its checksums do not fit.
    """
    for record in _records(data):
        step, summaries = 0, []
        for field in _fields(record):
            if field.number == STEP:
                step = field.integer
            elif field.number == SUMMARY:
                summaries.append(field.content)
        for summary in summaries:
            for field in _fields(summary):
                if field.number == VALUE:
                    yield from ((step, value) for value in _value(field.content, tag))


def _value(content: bytes, tag: str) -> Iterator[float | None]:
    fields = list(_fields(content))
    if not any(field.number == TAG and field.content == tag.encode() for field in fields):
        return
    for field in fields:
        if field.number == SIMPLE_VALUE:
            yield _finite(as_written(struct.unpack("<f", field.content)[0]))
        elif field.number == TENSOR:
            yield _tensor(field.content)


def _tensor(content: bytes) -> float | None:
    fields = {field.number: field for field in _fields(content)}
    kind = fields[DTYPE].integer if DTYPE in fields else 0
    if kind not in {DT_FLOAT, DT_DOUBLE}:
        return None
    form = "<f" if kind == DT_FLOAT else "<d"
    numbers = fields.get(CONTENT) or fields.get(FLOATS if kind == DT_FLOAT else DOUBLES)
    if numbers is None or len(numbers.content) != struct.calcsize(form):
        return None
    (value,) = struct.unpack(form, numbers.content)
    return _finite(as_written(value) if kind == DT_FLOAT else value)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _records(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        head = data[at : at + 12]
        if len(head) < 12:  # noqa: PLR2004 - length and its checksum
            message = f"it is cut at byte {at}"
            raise BadEvents(message)
        length, check = struct.unpack("<QI", head)
        end = at + 12 + length
        if check != masked_crc(head[:8]) or end + 4 > len(data):
            message = f"it is cut or spoiled at byte {at}"
            raise BadEvents(message)
        record = data[at + 12 : end]
        if struct.unpack("<I", data[end : end + 4])[0] != masked_crc(record):
            message = f"the checksum of the record at byte {at} does not fit"
            raise BadEvents(message)
        yield record
        at = end + 4


@dataclass(frozen=True, slots=True)
class _Field:
    number: int
    integer: int
    content: bytes


def _fields(message: bytes) -> Iterator[_Field]:
    """Take a message apart (protobuf.dev, Encoding)."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        number, wire = key >> 3, key & 7
        if wire == 0:
            value, at = _varint(message, at)
            yield _Field(number, value, b"")
            continue
        if wire == 2:  # noqa: PLR2004 - length-delimited
            size, at = _varint(message, at)
        elif wire in _WIDTHS:
            size = _WIDTHS[wire]
        else:
            said = f"an unknown wire type {wire}"
            raise BadEvents(said)
        if at + size > len(message):
            raise BadEvents("a field ends behind its message")
        yield _Field(number, 0, message[at : at + size])
        at += size


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(message) and shift < 64:  # noqa: PLR2004 - bits of the widest integer
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if not byte & 0x80:
            return value, at
    raise BadEvents("a number ends behind its message")


def _table() -> tuple[int, ...]:
    rows = []
    for number in range(256):
        value = number
        for _ in range(8):
            value = value >> 1 ^ (_CASTAGNOLI if value & 1 else 0)
        rows.append(value)
    return tuple(rows)


_ROWS = _table()


def masked_crc(data: bytes) -> int:
    """Give the masked CRC-32C that records carry."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _ROWS[(crc ^ byte) & 0xFF]
    crc ^= 0xFFFFFFFF
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF
