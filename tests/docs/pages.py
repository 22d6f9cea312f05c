"""Blocks of a page: what a reader types, and what the page shows for it."""

from __future__ import annotations

import re
from pathlib import Path

_BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def steps_of(page: Path) -> list[tuple[str, list[str]]]:
    """Give each command that a reader types, with the lines that the page shows for it."""
    steps: list[tuple[str, list[str]]] = []
    for language, text in _BLOCK.findall(page.read_text(encoding="utf-8")):
        if language == "text":
            steps[-1][1].extend(text.rstrip("\n").split("\n"))
        elif not language:
            steps += [(line, []) for line in text.splitlines() if not line.startswith("cd ")]
    return steps
