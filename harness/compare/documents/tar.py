"""Archives of tar inside of outputs, packed or not → their members by name: kind, size and digest; never extracted.

Times, owners, order and compression are the packer's affair. What ends early, or whose checksums do not fit, is damage.
Headers are read as POSIX and GNU tar write them (pax(1), "ustar Interchange Format"; tar(5)); `tarfile` of the standard
library costs twenty times the unpacking of small members.
"""

# ruff: noqa: EM102 - the reason is the message

from __future__ import annotations

import bz2
import gzip
import hashlib
import lzma
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, BinaryIO, cast

from harness.compare.documents.unreadable import Unreadable
from harness.model.job import Json

BLOCK = 512
READ_BYTES = 1 << 20
MEMBERS_MAX = 1_000_000
TEXT_BYTES_MAX = 1 << 20
"""Of a long name, or of the extended header of one member."""
OPENERS: dict[bytes, Callable[..., Any]] = {b"\x1f\x8b": gzip.open, b"BZ": bz2.open, b"\xfd7": lzma.open}
ZEROS = bytes(BLOCK)
FILES, LINKS, DIRECTORY, SPECIAL = b"0\x007", b"12", b"5", b"346"
LONG = {b"L": "path", b"K": "linkpath"}
"""Members of GNU tar that hold a long name of the next one."""
UNSOUND = (EOFError, OSError, zlib.error, lzma.LZMAError)


def read_archive(path: Path) -> Json:
    """Digest every member.

    Raises:
        Unreadable: it is none, ends early, has two members of one name, or what this reader does not know.
    """
    with path.open("rb") as raw:
        opener = OPENERS.get(raw.read(2))
    try:
        with cast("BinaryIO", opener(path, "rb") if opener else path.open("rb")) as stream:
            members = _members(stream)
            _read_end(stream)
    except UNSOUND as error:
        raise Unreadable(f"it is cut or damaged: {error}") from error
    return {"members": members}


def _members(stream: IO[bytes]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    said: dict[str, str] = {}
    while (head := _exactly(stream, BLOCK)) != ZEROS:
        _check(head)
        kind, size = head[156:157], _number(head[124:136])
        if kind in LONG:
            said[LONG[kind]] = _text(stream, size).rstrip(b"\x00").decode("utf-8", "surrogateescape")
            continue
        if kind in {b"x", b"g"}:
            told = _extended(_text(stream, size))
            if kind == b"x":
                said |= told
            elif told.keys() & {"path", "linkpath", "size"}:
                raise Unreadable("a header for all members names one of them")
            continue
        name = _shown(said.get("path") or _name(head)).removeprefix("./").rstrip("/")
        value = _value(stream, kind, int(said.get("size", size)), _shown(said.get("linkpath") or _cut(head[157:257])))
        said = {}
        if kind == DIRECTORY:
            continue
        if name in found:
            raise Unreadable(f"two members are called {name!r}")
        if len(found) >= MEMBERS_MAX:
            raise Unreadable(f"more than {MEMBERS_MAX} members")
        found[name] = value
    return found


def _value(stream: IO[bytes], kind: bytes, size: int, target: str) -> Json:
    """Digest the content of a member, or say what else it is."""
    if kind in FILES or kind == b"":
        return {"bytes": size, "sha256": _digest(stream, size)}
    if kind == DIRECTORY:
        return None
    if kind in LINKS:
        return {"link": target}
    if kind in SPECIAL:
        return {"special file": kind.decode()}
    raise Unreadable(f"a member of the kind {kind!r}, which is not known")


def _digest(stream: IO[bytes], size: int) -> str:
    digest = hashlib.sha256()
    left = size
    while left:
        block = _exactly(stream, min(left, READ_BYTES))
        digest.update(block)
        left -= len(block)
    _exactly(stream, -size % BLOCK)
    return digest.hexdigest()


def _exactly(stream: IO[bytes], size: int) -> bytes:
    data = stream.read(size) if size else b""
    while len(data) < size:
        more = stream.read(size - len(data))
        if not more:
            raise Unreadable("it is cut")
        data += more
    return data


def _text(stream: IO[bytes], size: int) -> bytes:
    if size > TEXT_BYTES_MAX:
        raise Unreadable(f"a header of {size} bytes, more than {TEXT_BYTES_MAX}")
    data = _exactly(stream, size)
    _exactly(stream, -size % BLOCK)
    return data


def _check(head: bytes) -> None:
    if sum(head) - sum(head[148:156]) + 8 * 32 != _number(head[148:156]):
        raise Unreadable("the checksum of a header does not fit: it is no archive, or damaged")


def _number(field: bytes) -> int:
    if field[0] & 0x80:  # GNU's way to write what 11 octal digits do not hold
        return int.from_bytes(bytes([field[0] & 0x7F]) + field[1:], "big")
    digits = field.strip(b" \x00")
    try:
        return int(digits or b"0", 8)
    except ValueError as error:
        raise Unreadable("a number of a header is none: it is no archive, or damaged") from error


def _name(head: bytes) -> str:
    prefix = _cut(head[345:500]) if head[257:263] == b"ustar\x00" else ""
    return f"{prefix}/{_cut(head[:100])}" if prefix else _cut(head[:100])


def _cut(field: bytes) -> str:
    return field.partition(b"\x00")[0].decode("utf-8", "surrogateescape")


def _shown(name: str) -> str:
    """Write bytes that are no UTF-8 as escapes, so that the name can be kept."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def _extended(data: bytes) -> dict[str, str]:
    """Read records `length keyword=value` of a pax header."""
    told: dict[str, str] = {}
    while data:
        length, _, rest = data.partition(b" ")
        if not length.isdigit() or not len(length) + 1 < int(length) <= len(data):
            raise Unreadable("an extended header is damaged")
        keyword, _, value = rest[: int(length) - len(length) - 2].partition(b"=")
        told[keyword.decode("utf-8", "replace")] = value.decode("utf-8", "surrogateescape")
        data = data[int(length) :]
    if any(keyword.startswith("GNU.sparse") for keyword in told):
        raise Unreadable("a file with holes, as GNU tar packs them, is not read")
    if not told.get("size", "0").isdigit():
        raise Unreadable("an extended header is damaged")
    return told


def _read_end(stream: IO[bytes]) -> None:
    """Read the second block of zeros and what follows, so that the packer's checksum is checked as well."""
    if _exactly(stream, BLOCK) != ZEROS:
        raise Unreadable("it is cut: one block of zeros ends it, where two are expected")
    while block := stream.read(READ_BYTES):
        if block.strip(b"\x00"):
            raise Unreadable("something follows its end")
