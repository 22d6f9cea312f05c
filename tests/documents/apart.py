"""What differs between a document and what is sent, found without the code that changes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Path = tuple[str | int, ...]


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """List all values of plain data that are no maps or lists with members."""
    if isinstance(value, Mapping) and value:
        for name, item in value.items():
            yield from leaves(item, (*path, name))
    elif isinstance(value, list) and value:
        for number, item in enumerate(value):
            yield from leaves(item, (*path, number))
    else:
        yield path, value


def apart(one: Any, other: Any, named: list[Path]) -> list[Path]:
    """List the places at which two documents differ and that lie at or below no named path."""
    first, second = dict(leaves(one)), dict(leaves(other))
    places = [path for path in {**first, **second} if first.get(path) != second.get(path)]
    return [
        path for path in places if not any(path[: len(name)] == name for name in named) and not _emptied(path, named)
    ]


def _emptied(path: Path, named: list[Path]) -> bool:
    """Tell of a map or list that is empty on one side, because all that it has on the other is named."""
    return any(name[: len(path)] == path for name in named)
