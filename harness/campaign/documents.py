"""Bytes of a file → the JSON documents in it: one, one a line, or one after the other as kubectl prints. Pure."""

from __future__ import annotations

import json
import re

from harness.config import strict_json
from harness.errors import ConfigError, Problem
from harness.model.job import Json

_SPACE = re.compile(r"[ \t\n\r]*")


def documents(name: str, data: bytes, expected: str) -> tuple[Json, ...]:
    """Read every document strictly.

    Raises:
        ConfigError: a document is no strict JSON, or there is none; with line and column.
    """
    found: list[Json] = []
    start = 0
    for end in _ends(data):
        try:
            found.append(strict_json.read(data[start:end]))
        except strict_json.StrictError as error:
            raise ConfigError((_problem(name, data, start + error.byte_offset, error.reason, expected),)) from error
        start = end
    if not found:
        raise ConfigError((_problem(name, data, 0, "nothing", expected),))
    return tuple(found)


def _ends(data: bytes) -> list[int]:
    """Find where each document ends, in bytes; from the first fault on all is one document, which will be refused."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return [len(data)]
    decoder, ends = json.JSONDecoder(), list[int]()
    at, seen, length = _skip(text, 0), 0, 0
    while at < len(text):
        try:
            _, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            return [*ends, len(data)]
        at = _skip(text, end)
        length += len(text[seen:at].encode())
        seen = at
        ends.append(length)
    return ends


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _problem(name: str, data: bytes, offset: int, found: str, expected: str) -> Problem:
    before = data[:offset]
    line = before.count(b"\n") + 1
    column = offset - (before.rfind(b"\n") + 1) + 1
    return Problem(name, line, column, f"byte {offset}", found, expected)
