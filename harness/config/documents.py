"""Bytes of a file → the documents in it: JSON (one, one a line, or one after the other), or YAML. Pure."""

from __future__ import annotations

import json
import re

from harness.errors import ConfigError, Problem
from harness.model import strict_json
from harness.model.job import Json

_SPACE = re.compile(r"[ \t\n\r]*")
_BOM = b"\xef\xbb\xbf"
_YAML_MARK = re.compile(rb"^---[ \t]*(#.*)?\r?$", re.MULTILINE)
_DESCRIBED = re.compile(rb"\AName:[ \t]+\S+\r?\n(Namespace|Priority|Labels|Selector|Start Time|Service Account):")
_TABLE = re.compile(rb"\A(NAMESPACE +)?NAME +[A-Z]")


def documents(name: str, data: bytes, expected: str) -> tuple[Json, ...]:
    """Read every document strictly; what begins with no bracket is YAML, whose documents `---` parts.

    Raises:
        ConfigError: a document is no strict JSON or YAML, there is none, or it is what `kubectl describe` or a plain
            `kubectl get` prints; with line and column.
    """
    text = data.removeprefix(_BOM)
    if not _is_text(text):
        return _json(name, text, expected)
    _refuse_printed(name, text, expected)
    if text.lstrip()[:1] in {b"{", b"["} or not text.strip():
        return _json(name, text, expected)
    return _yaml(name, text)


def _is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _refuse_printed(name: str, data: bytes, expected: str) -> None:
    """Name the command to run in place of one whose output is meant for people only."""
    for pattern, what in ((_DESCRIBED, "kubectl describe"), (_TABLE, "kubectl get")):
        if pattern.match(data.lstrip()):
            hint = "run instead: kubectl get job,pods,events -o json"
            raise ConfigError((Problem(name, 1, 1, "record", f"the text that `{what}` prints", expected, hint),))


def _yaml(name: str, data: bytes) -> tuple[Json, ...]:
    from harness.config import strict_yaml  # noqa: PLC0415 - only where a file is YAML

    parts = _YAML_MARK.split(data)[::2]
    return tuple(strict_yaml.read(part, name).data for part in parts if part.strip())


def _json(name: str, data: bytes, expected: str) -> tuple[Json, ...]:
    found: list[Json] = []
    start = 0
    for end in _ends(data):
        try:
            found.append(strict_json.read(data[start:end]))
        except strict_json.StrictError as error:
            raise ConfigError(
                (_problem(name, data, start + error.byte_offset, error.reason, expected=expected),)
            ) from error
        start = end
    if not found:
        raise ConfigError((_problem(name, data, 0, "nothing", expected=expected),))
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


def _problem(name: str, data: bytes, offset: int, found: str, *, expected: str) -> Problem:
    before = data[:offset]
    line = before.count(b"\n") + 1
    column = offset - (before.rfind(b"\n") + 1) + 1
    return Problem(name, line, column, f"byte {offset}", found, expected)
