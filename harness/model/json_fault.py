"""Why a JSON document was refused, and at which byte: a slow, iterative scanner that only runs on refused documents."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field

_SPACE = re.compile(rb"[ \t\n\r]*")
_STRING = re.compile(rb'"((?:[^"\\\x00-\x1f]+|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+)"')
_NUMBER = re.compile(rb"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_WORD = re.compile(rb"true|false|null")
_CONSTANT = re.compile(rb"-?Infinity|NaN")
_INTEGER_DIGITS = 20

UNKNOWN = "not readable as JSON"
"""No fault was found; a property test holds both scanners to agree that this never happens."""


class StrictError(ValueError):
    """A document that could mean two things, or nothing: refused with the byte where reading stopped."""

    def __init__(self, byte_offset: int, reason: str) -> None:
        """Keep the place, counted in bytes from 0, and the reason."""
        self.byte_offset = byte_offset
        self.reason = reason
        super().__init__(f"byte {byte_offset}: {reason}")


@dataclass(slots=True)
class _Open:
    """A container that is not closed yet; `keys` is None for a list."""

    keys: set[str] | None
    wants: str = "first"
    """first: a member or the end; member: a member; rest: a comma or the end."""


@dataclass(slots=True)
class _Scan:
    data: bytes
    depth_max: int
    at: int = 0
    stack: list[_Open] = field(default_factory=list)


def explain_fault(data: bytes, depth_max: int) -> StrictError:
    """Find the first fault of a document that the reader refused."""
    if data.startswith(b"\xef\xbb\xbf"):
        return StrictError(0, "byte order mark")
    try:
        data.decode()
    except UnicodeDecodeError as error:
        return StrictError(error.start, "not UTF-8")
    scan = _Scan(data, depth_max)
    try:
        _document(scan)
    except StrictError as error:
        return error
    return StrictError(0, UNKNOWN)


def _document(scan: _Scan) -> None:
    _space(scan)
    _value(scan)
    while scan.stack:
        _space(scan)
        _step(scan)
    _space(scan)
    if scan.at < len(scan.data):
        raise StrictError(scan.at, "data after the end of the document")


def _space(scan: _Scan) -> None:
    found = _SPACE.match(scan.data, scan.at)
    scan.at = found.end() if found else scan.at


def _step(scan: _Scan) -> None:
    """Read one member, one comma or one end of the innermost container."""
    top = scan.stack[-1]
    end = b"]" if top.keys is None else b"}"
    here = scan.data[scan.at : scan.at + 1]
    if here == end and top.wants != "member":
        scan.stack.pop()
        scan.at += 1
    elif top.wants == "rest":
        _expect(scan, b",", f"',' or '{end.decode()}'")
        top.wants = "member"
    else:
        top.wants = "rest"
        if top.keys is not None:
            _key(scan, top.keys)
        _value(scan)


def _key(scan: _Scan, keys: set[str]) -> None:
    start = scan.at
    key = _string(scan)
    if key in keys:
        raise StrictError(start, f"duplicate key {json.dumps(key)}")
    keys.add(key)
    _space(scan)
    _expect(scan, b":", "':'")
    _space(scan)


def _value(scan: _Scan) -> None:
    here = scan.data[scan.at : scan.at + 1]
    if here and here in b"[{":
        if len(scan.stack) >= scan.depth_max:
            raise StrictError(scan.at, f"nested deeper than {scan.depth_max}")
        scan.stack.append(_Open(set() if here == b"{" else None))
        scan.at += 1
    elif here == b'"':
        _string(scan)
    else:
        _plain(scan)


def _plain(scan: _Scan) -> None:
    if word := _WORD.match(scan.data, scan.at):
        scan.at = word.end()
        return
    if _CONSTANT.match(scan.data, scan.at):
        raise StrictError(scan.at, "NaN and Infinity are no JSON")
    number = _NUMBER.match(scan.data, scan.at)
    if number is None:
        raise StrictError(scan.at, f"{_here(scan)} in the place of a value")
    if number[1] or number[2]:
        if math.isinf(float(number[0])):
            raise StrictError(scan.at, "number too large for a double")
    elif len(number[0]) > _INTEGER_DIGITS or not -(2**63) <= int(number[0]) < 2**63:
        raise StrictError(scan.at, "integer beyond 64 bits")
    scan.at = number.end()


def _string(scan: _Scan) -> str:
    found = _STRING.match(scan.data, scan.at)
    if found is None and not scan.data.startswith(b'"', scan.at):
        raise StrictError(scan.at, f"{_here(scan)} in the place of a string")
    if found is None:
        raise StrictError(scan.at, "a string that is not closed, or holds raw control characters or unknown escapes")
    text = str(json.loads(found[0]))
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise StrictError(scan.at, "lone surrogate in a string") from error
    scan.at = found.end()
    return text


def _expect(scan: _Scan, mark: bytes, name: str) -> None:
    if not scan.data.startswith(mark, scan.at):
        raise StrictError(scan.at, f"{_here(scan)} in the place of {name}")
    scan.at += len(mark)


def _here(scan: _Scan) -> str:
    """Name what stands where reading stopped."""
    character = scan.data[scan.at : scan.at + 4].decode(errors="ignore")[:1]
    return repr(character) if character else "the end"
