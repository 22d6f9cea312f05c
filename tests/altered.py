"""Documents with parts taken away or of another type, for properties: the answer is always a clear one."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from random import Random
from typing import Any

JUNK = (None, [], {}, "", 0, -1, True, "x", [1], {"a": 1}, ["a", {"b": []}], "$(A)", "9" * 40, "\u202e", {"": ""})


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for key, part in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*path, key)
        yield from _paths(part, (*path, key))


def altered(document: Any, random: Random) -> Any:
    """Take a part away, or put something else in its place, in up to three places."""
    changed = copy.deepcopy(document)
    for _ in range(random.randint(1, 3)):
        paths = list(_paths(changed))
        if not paths:
            break
        *around, last = random.choice(paths)
        inner = changed
        for key in around:
            inner = inner[key]
        if random.random() < 0.3:
            del inner[last]
        else:
            inner[last] = copy.deepcopy(random.choice(JUNK))
    return changed
