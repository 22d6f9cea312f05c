"""Paths inside a written document."""

from __future__ import annotations

from typing import TypeAlias

Path: TypeAlias = tuple[str | int, ...]


def key_path(path: Path) -> str:
    """Write a path as people do: `repositories.wine.jobs.train.command[0]`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
