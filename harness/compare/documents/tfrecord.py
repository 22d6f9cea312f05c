"""TFRecord files → one document a record: the features of a tf.train.Example, or the bytes of another message.

A record is its length, a checksum of it, its bytes and their checksum (tensorflow.org, TFRecord and tf.train.Example;
masked CRC-32C). A file that ends within one is damage. Files packed by gzip or zlib are unpacked.
"""

# ruff: noqa: EM102 - the reason is the message

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from harness.compare.documents.unreadable import Unreadable
from harness.compare.models.parts import Trouble
from harness.compare.models.protobuf import BYTES, Field, fields, integers, numbers, text
from harness.model.job import Json

MISSING = "google-crc32c is not installed: pip install 'parity-harness[formats]'"
RECORD_BYTES_MAX = 256 * 1024 * 1024
SHOWN_BYTES = 1024
"""Of a value of bytes; of longer ones the digest is compared."""
_LENGTH = struct.Struct("<QI")
_MASK = 0xA282EAD8
"""Added to every checksum, after a rotation by 15 bits."""
_FEATURES, _FEATURE, _KEY, _VALUE = 1, 1, 1, 2
_BYTES_LIST, _FLOAT_LIST, _INT64_LIST = 1, 2, 3


def read_tfrecord(path: Path) -> Iterator[Json]:
    """Give the records in their order.

    Raises:
        Unreadable: a record is cut or has another checksum, or the library for checksums is not there.
    """
    if importlib.util.find_spec("google_crc32c") is None:
        raise Unreadable(MISSING)
    import google_crc32c  # noqa: PLC0415 - an extra, and only where a file is one

    def masked(data: bytes) -> int:
        crc = int(google_crc32c.value(data))
        return ((crc >> 15 | crc << 17) + _MASK) & 0xFFFFFFFF

    number = 0
    try:
        with _opened(path) as stream:
            while head := stream.read(_LENGTH.size):
                number += 1
                if len(head) < _LENGTH.size:
                    raise Unreadable(f"record {number} is cut")
                length, check = _LENGTH.unpack(head)
                if masked(head[:8]) != check:
                    raise Unreadable(f"record {number}: its length has another checksum")
                if length > RECORD_BYTES_MAX:
                    raise Unreadable(f"record {number}: {length} bytes, more than {RECORD_BYTES_MAX}")
                data, end = stream.read(length), stream.read(4)
                if len(data) < length or len(end) < 4:  # noqa: PLR2004 - the checksum's own bytes
                    raise Unreadable(f"record {number} is cut")
                if masked(data) != int.from_bytes(end, "little"):
                    raise Unreadable(f"record {number}: its bytes have another checksum")
                yield _document(data)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise Unreadable(f"after {number} records: {error}") from error


def _opened(path: Path) -> BinaryIO:
    with path.open("rb") as stream:
        head = stream.read(2)
    if head == b"\x1f\x8b":
        return cast("BinaryIO", gzip.open(path))
    return path.open("rb")


def _document(data: bytes) -> Json:
    try:
        found = _example(memoryview(data))
    except Trouble:
        found = None
    return {"bytes": _shown(data)} if found is None else {"features": found}


def _example(data: memoryview) -> dict[str, Json] | None:
    """Read a tf.train.Example; None where the bytes are another message."""
    found: dict[str, Json] = {}
    for field in fields(data, 0, len(data)):
        if field.number != _FEATURES or field.wire != BYTES:
            return None
        for entry in fields(data, field.start, field.end):
            parts = {item.number: item for item in fields(data, entry.start, entry.end)}
            if entry.number != _FEATURE or parts.keys() - {_KEY, _VALUE} or _KEY not in parts:
                return None
            name = text(data, parts[_KEY])
            if name in found:
                return None
            found[name] = _values(data, parts[_VALUE]) if _VALUE in parts else []
    return found


def _values(data: memoryview, feature: Field) -> Json:
    kinds: dict[str, list[Json]] = {}
    for of_kind in fields(data, feature.start, feature.end):
        for item in fields(data, of_kind.start, of_kind.end):
            if of_kind.number == _FLOAT_LIST:
                kinds.setdefault("float", []).extend(numbers(data, item, "f"))
            elif of_kind.number == _INT64_LIST:
                kinds.setdefault("int64", []).extend(integers(data, item))
            elif of_kind.number == _BYTES_LIST:
                kinds.setdefault("bytes", []).append(_shown(bytes(data[item.start : item.end])))
            else:
                raise Trouble("a feature of an unknown kind")
    return cast("Json", kinds)


def _shown(data: bytes) -> Json:
    """Write bytes: as text where they are one, else in hexadecimal digits, and long ones by their digest."""
    if len(data) > SHOWN_BYTES:
        return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    try:
        return data.decode()
    except UnicodeDecodeError:
        return {"hex": data.hex()}
