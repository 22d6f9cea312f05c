"""A document that remembers what was taken from it, so that everything else can be named."""

from __future__ import annotations

from collections.abc import Iterator

from harness.fields.paths import Path
from harness.model.job import Json


class Tracked:
    """Plain data with a list of the paths that somebody made use of."""

    def __init__(self, data: Json) -> None:
        """Start with nothing taken."""
        self._data = data
        self._taken: set[Path] = set()

    def look(self, *path: str | int) -> Json:
        """Give what stands at a path without taking it; None: nothing."""
        data = self._data
        for part in path:
            if isinstance(data, dict) and isinstance(part, str):
                data = data.get(part)
            elif isinstance(data, list) and isinstance(part, int) and part < len(data):
                data = data[part]
            else:
                return None
        return data

    def take(self, *path: str | int) -> Json:
        """Give what stands at a path, and count all of it as translated."""
        found = self.look(*path)
        if found is not None:
            self._taken.add(path)
        return found

    def text(self, *path: str | int) -> str:
        """Take text; empty where there is none, and then nothing is taken."""
        return str(self.take(*path)) if isinstance(self.look(*path), str) else ""

    def number(self, *path: str | int) -> int | None:
        """Take a whole number; None where there is none, and then nothing is taken."""
        found = self.look(*path)
        if isinstance(found, bool) or not isinstance(found, int):
            return None
        self._taken.add(path)
        return found

    def texts(self, *path: str | int) -> list[str]:
        """Take a list of texts; empty where there is none, and then nothing is taken."""
        found = self.look(*path)
        if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
            return []
        self._taken.add(path)
        return [str(item) for item in found]

    def count(self, *path: str | int) -> int:
        """Count the members of a list; 0 where there is none."""
        found = self.look(*path)
        return len(found) if isinstance(found, list) else 0

    def leaves(self) -> Iterator[tuple[Path, Json]]:
        """List every value that has no part, and every empty map and list."""
        yield from _leaves(self._data, ())

    def left(self) -> Iterator[tuple[Path, Path, Json]]:
        """List the leaves that nobody took, each with the largest part around it in which nothing was taken."""
        around = {path[:length] for path in self._taken for length in range(len(path))}
        for path, value in self.leaves():
            if any(path[:length] in self._taken for length in range(len(path) + 1)):
                continue
            whole = next((path[:length] for length in range(1, len(path)) if path[:length] not in around), path)
            yield path, whole, value


def _leaves(data: Json, path: Path) -> Iterator[tuple[Path, Json]]:
    if isinstance(data, dict) and data:
        for name, part in data.items():
            yield from _leaves(part, (*path, name))
    elif isinstance(data, list) and data:
        for number, part in enumerate(data):
            yield from _leaves(part, (*path, number))
    else:
        yield path, data
