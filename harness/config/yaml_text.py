"""Plain data as YAML that people like to edit; `strict_yaml.read` reads the same data back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from harness.config.scalar import NotPlainError, plain

_SAFE = re.compile(r"[A-Za-z0-9_./][A-Za-z0-9_./:@%+ -]*")
_ESCAPED = re.compile(
    "[^ -~\u00a1-\u2027\u202f-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]|[\u00ad\u200b-\u200f\u2061-\u2069]"
)
"""What YAML does not take as it is, and what a reader would not see: characters that hide or turn the text."""
_OLD_WORDS = frozenset({"y", "n", "yes", "no", "on", "off"})
"""Text in YAML 1.2; quoted for readers that still know them as truth values."""


def dump(value: Mapping[str, Any], notes: Mapping[str, str]) -> str:
    """Write a map as block YAML; `notes` are comments for lines, by their dotted key.

    The first line of a note stands beside its key, any more below it.
    """
    return "".join(f"{line}\n" for line in lines_of(value, "", "", notes))


def lines_of(value: Mapping[str, Any], indent: str, base: str, notes: Mapping[str, str]) -> Iterator[str]:
    """Write the lines of a map that stands at a dotted key, `base`."""
    for key, part in value.items():
        path = f"{base}.{key}" if base else key
        first, *more = _comments(notes.get(path, ""))
        note = f"  # {first}" if first else ""
        below = [f"{indent}  # {line}" for line in more]
        if isinstance(part, dict) and part:
            yield f"{indent}{_scalar(key)}:{note}"
            yield from below
            yield from lines_of(part, f"{indent}  ", path, notes)
        elif isinstance(part, list) and any(isinstance(member, dict) for member in part):
            yield f"{indent}{_scalar(key)}:{note}"
            yield from below
            yield from (f"{indent}  - {_flow(member)}" for member in part)
        else:
            yield f"{indent}{_scalar(key)}: {_flow(part)}{note}"
            yield from below


def _comments(note: str) -> list[str]:
    """Give the lines of a comment, in which nothing hides, turns or ends the line."""
    return [_ESCAPED.sub(lambda found: f"\\U{ord(found[0]):08x}", line) for line in note.split("\n")]


def _flow(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_scalar(key)}: {_flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flow, value)) + "]"
    return _scalar(value)


def _scalar(value: object) -> str:
    if isinstance(value, str) and _is_plain(value):
        return value
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return _ESCAPED.sub(lambda found: f"\\U{ord(found[0]):08x}", text)


def _is_plain(text: str) -> bool:
    if (
        not _SAFE.fullmatch(text)
        or text != text.strip()
        or ": " in text
        or text.endswith(":")
        or text.lower() in _OLD_WORDS
    ):
        return False
    try:
        return plain(text) == text
    except NotPlainError:
        return False
