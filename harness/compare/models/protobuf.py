"""Messages of Protocol Buffers as their fields (protobuf.dev, Encoding), without a schema and bounded."""

# ruff: noqa: EM102 - the reason is the message

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from harness.compare.models.parts import Trouble

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
VARINT_BYTES_MAX = 10
FIELDS_MAX = 20_000_000


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a message: its number, and an integer, or where its bytes begin and end."""

    number: int
    wire: int
    value: int
    """Of a varint; of the others 0."""
    start: int
    end: int


def fields(data: memoryview, start: int, end: int) -> Iterator[Field]:
    """Give the fields between two places.

    Raises:
        Trouble: it is no message, or ends early.
    """
    at = start
    for _ in range(FIELDS_MAX):
        if at >= end:
            return
        tag, at = varint(data, at, end)
        number, wire = tag >> 3, tag & 7
        if not number:
            raise Trouble("a field without a number")
        value, begin = 0, at
        if wire == VARINT:
            value, at = varint(data, at, end)
        elif wire in {FIXED64, FIXED32}:
            at += 8 if wire == FIXED64 else 4
        elif wire == BYTES:
            length, begin = varint(data, at, end)
            at = begin + length
        else:
            raise Trouble(f"a field of the unknown wire type {wire}")
        if at > end:
            raise Trouble("it ends within a field")
        yield Field(number, wire, value, begin, at)
    raise Trouble(f"more than {FIELDS_MAX} fields")


def varint(data: memoryview, at: int, end: int) -> tuple[int, int]:
    """Read an unsigned integer of seven bits a byte, and give the place after it."""
    value = 0
    for shift in range(0, 7 * VARINT_BYTES_MAX, 7):
        if at >= end:
            raise Trouble("it ends within a number")
        byte = data[at]
        value |= (byte & 127) << shift
        at += 1
        if byte < 128:  # noqa: PLR2004 - the eighth bit says that more follow
            return value & (2**64 - 1), at
    raise Trouble("a number of more than 64 bits")


def signed(value: int) -> int:
    """Read a varint as int32 and int64 are written: two's complement of 64 bits."""
    return value - 2**64 if value >= 2**63 else value


def text(data: memoryview, field: Field) -> str:
    """Read a field as text."""
    try:
        return bytes(data[field.start : field.end]).decode()
    except UnicodeDecodeError as error:
        raise Trouble("a text that is no UTF-8") from error


def numbers(data: memoryview, field: Field, form: str) -> list[float]:
    """Read a field of floating-point numbers, packed or a single one; `form`: as `struct` names it."""
    raw = bytes(data[field.start : field.end])
    if len(raw) % struct.calcsize(form):
        raise Trouble("packed numbers that end early")
    return [value for (value,) in struct.iter_unpack(f"<{form}", raw)]


def integers(data: memoryview, field: Field) -> list[int]:
    """Read a field of integers, packed or a single one."""
    if field.wire == VARINT:
        return [signed(field.value)]
    found, at = [], field.start
    while at < field.end:
        value, at = varint(data, at, field.end)
        found.append(signed(value))
    return found
