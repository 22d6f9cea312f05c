"""Spoiling documents: one seeded change of a JSON value, or of the bytes that hold one."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any

DEEP = 200_000
"""Levels of nesting at which a recursive reader overflows its stack."""
WORDS: Mapping[str, str] = {
    "escape codes": "\x1b[2J\x1b]0;owned\x07\x1b]8;;http://evil.example\x07",
    "markup": "[/red][bold]<script>alert(1)</script>{{7*7}}${jndi:x}",
    "new lines": "ok\nverdict: GO\r\n::error::forged",
    "bidi": "GO\u202eON\u2066\u200b\u00ad",
    "climbing path": "../../../outside/escaped",
    "absolute path": "/outside/escaped",
    "format": "%s%n{0.__class__}{{x}}",
    "long": "A" * 2_000_000,
    "nul": "a\x00b",
    "half a character": "\ud800",
    "empty": "",
    "option": "--help",
    "pattern": "(a+)+$",
}
"""Texts that some reader, terminal, page or file system takes for more than a text."""
VALUES: Mapping[str, Any] = {
    "null": None,
    "true": True,
    "list": [],
    "map": {},
    "nested list": [[[[[]]]]],
    "list of null": [None] * 3,
    "number": 7,
    "negative": -1,
    "float": 1.5,
    "not a number": float("nan"),
    "infinite": float("inf"),
    "wide integer": 10**400,
    "beyond 64 bits": 2**64,
    "date": "0000-13-45T99:99:99Z",
    "far date": "9999-12-31T23:59:59.999999999999Z",
    "many": {f"k{number}": number for number in range(5000)},
}
Bytes = Callable[[bytes, random.Random], bytes]


def paths(value: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """List the place of every value in a document, the whole one first."""
    yield here
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in members:
        yield from paths(member, (*here, name))


def replaced(document: Any, path: tuple[Any, ...], value: Any) -> Any:
    """Give the document with another value at a place."""
    if not path:
        return value
    changed = copy.deepcopy(document)
    owner = changed
    for step in path[:-1]:
        owner = owner[step]
    owner[path[-1]] = value
    return changed


def spoiled_value(document: Any, draw: random.Random) -> tuple[str, bytes]:
    """Put a nasty value, or a nasty name, somewhere in a document; say what."""
    path = draw.choice([place for place in paths(document) if place])
    kind, value = draw.choice([*WORDS.items(), *VALUES.items()])
    if draw.random() < 0.15 and isinstance(path[-1], str):  # the name instead of the value
        owner = document
        for step in path[:-1]:
            owner = owner[step]
        renamed = {(str(value)[:5000] if name == path[-1] else name): member for name, member in owner.items()}
        return f"name {kind}", dumped(replaced(document, path[:-1], renamed))
    return kind, dumped(replaced(document, path, value))


def dumped(document: Any) -> bytes:
    """Write what JSON can't hold as Python does: NaN, Infinity, halves of characters."""
    return json.dumps(document).encode()


def _cut(data: bytes, draw: random.Random) -> bytes:
    return data[: draw.randrange(len(data))]


def _flipped(data: bytes, draw: random.Random) -> bytes:
    at = draw.randrange(len(data))
    return data[:at] + bytes([data[at] ^ (1 << draw.randrange(8))]) + data[at + 1 :]


def _doubled_name(data: bytes, draw: random.Random) -> bytes:
    places = [at for at in range(len(data) - 1) if data[at : at + 2] == b'{"']
    at = draw.choice(places) + 1 if places else 0
    end = data.find(b":", at)
    return data[:at] + data[at:end] + b":0," + data[at:]


BYTES: Mapping[str, Bytes] = {
    "cut": _cut,
    "flipped bit": _flipped,
    "name twice": _doubled_name,
    "byte order mark": lambda data, _: b"\xef\xbb\xbf" + data,
    "UTF-16": lambda data, _: data.decode("utf-8", "replace").encode("utf-16"),
    "no text": lambda _, draw: draw.randbytes(4000),
    "nothing": lambda *_: b"",
    "zeros": lambda *_: bytes(5000),
    "deep lists": lambda *_: b"[" * DEEP,
    "deep maps": lambda *_: b'{"a":' * DEEP,
    "closed deep lists": lambda *_: b"[" * DEEP + b"]" * DEEP,
    "wide number": lambda *_: b'{"kind":' + b"9" * 100_000 + b"}",
    "far exponent": lambda *_: b'{"kind":1e99999999}',
    "twice": lambda data, _: data + b"\n" + data,
    "spaces": lambda data, _: b" " * 3_000_000 + data,
    "bytes that are no UTF-8": lambda data, _: data.replace(b'"', b'"\xff\xfe', 3),
    "long line": lambda data, _: b'{"kind":"' + b"x" * 8_000_000 + b'"}' + data,
}


def spoiled(document: Any, draw: random.Random) -> tuple[str, bytes]:
    """Spoil a document in its values, or, one time of three, in its bytes."""
    if draw.random() < 1 / 3:
        kind = draw.choice(sorted(BYTES))
        return kind, BYTES[kind](json.dumps(document).encode(), draw)
    return spoiled_value(document, draw)
