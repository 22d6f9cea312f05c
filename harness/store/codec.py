"""Frozen values to canonical JSON and back, strictly."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from harness.errors import EvidenceDamaged
from harness.model import strict_json
from harness.platforms import read_home
from harness.scrub.typed import convert, decode_json

T = TypeVar("T")


def encode(value: object) -> bytes:
    """Write a value as canonical JSON: sorted keys, no NaN, one newline at the end."""
    return strict_json.write(msgspec.to_builtins(value, str_keys=True))


def decode(data: bytes, kind: type[T], name: str) -> T:
    """Read a value back, field by field.

    Raises:
        EvidenceDamaged: the bytes are no strict JSON or do not have the shape; names the file.
    """
    try:
        return convert(strict_json.read(data), kind, read_home)
    except (strict_json.StrictError, msgspec.ValidationError) as error:
        message = f"{name}: {error}"
        raise EvidenceDamaged(message) from error


def decode_known(data: bytes, kind: type[T], name: str) -> T:
    """Read bytes whose digest the ledger holds, in one pass; keys that the kind does not have are passed over.

    Such bytes are those that `encode` wrote: the strict reader's look for what it never writes is not needed again.

    Raises:
        EvidenceDamaged: they do not have the shape; names the file.
    """
    try:
        return decode_json(data, kind, read_home)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        message = f"{name}: {error}"
        raise EvidenceDamaged(message) from error


def line(value: Any) -> bytes:  # noqa: ANN401 - any JSON value or frozen value
    """Write a value as one canonical JSON line without the newline."""
    return encode(value).rstrip(b"\n")


def digest(data: bytes) -> str:
    """Name bytes by their SHA-256, as `sha256:…`."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def digest_of_chunks(chunks: Iterable[bytes]) -> str:
    """Name bytes that come in pieces; no more than one piece is held at a time."""
    hashed = hashlib.sha256()
    for chunk in chunks:
        hashed.update(chunk)
    return "sha256:" + hashed.hexdigest()


def digest_of_file(path: Path) -> str:
    """Name a file's bytes, in bounded memory."""
    with path.open("rb") as file:
        return "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()


def digest_of(value: object) -> str:
    """Name a value by the digest of its canonical JSON."""
    return digest(encode(value))
