"""Searches lines with Python's own engine, in a process of its own that may be stopped at any time.

Run by file path with CPU seconds and bytes of memory. Request as JSON on standard input: pattern, lines. Answer as JSON
on standard output: for every line group 1 of the first match, or null.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.bounded import process_limits
else:
    sys.path.append(str(Path(__file__).parent))  # last, so that nothing of it hides another module
    import process_limits


def search(pattern: str, lines: list[str]) -> list[str | None]:
    """Give group 1 of the first match in every line; a group that took no part is empty."""
    compiled = re.compile(pattern)
    return [None if (found := compiled.search(line)) is None else found[1] or "" for line in lines]


AFTER_CHARACTERS = 24


def last(pattern: str, lines: list[str], name: str) -> list[tuple[list[str | None], list[str]] | None]:
    """Give of the last match in every line its groups and what follows each, passing over parts of longer words."""
    compiled = re.compile(pattern)
    found: list[tuple[list[str | None], list[str]] | None] = []
    for line in lines:
        chosen = None
        for match in compiled.finditer(line):
            inside = line[: match.start()][-1:].isalnum() or line[: match.start()].endswith("_")
            other = name and inside and match[0].startswith(name)
            if not other and (match[0] or chosen is None):  # `(.*)` matches once more, empty, at the line's end
                chosen = match
        if chosen is None:
            found.append(None)
            continue
        ends = [chosen.end(n) for n in range(1, 1 + compiled.groups)]
        found.append((list(chosen.groups()), [line[end:][:AFTER_CHARACTERS] if end >= 0 else "" for end in ends]))
    return found


if __name__ == "__main__":
    process_limits.set_limits(int(sys.argv[1]), int(sys.argv[2]))
    asked = json.load(sys.stdin)
    name = asked.get("last_of")
    found = search(asked["pattern"], asked["lines"]) if name is None else last(asked["pattern"], asked["lines"], name)
    json.dump(found, sys.stdout)
