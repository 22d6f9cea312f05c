"""A document that remembers what was taken from it, so that everything else can be named."""

from __future__ import annotations

from collections.abc import Iterator

from harness.fields.paths import Path, key_path
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

    def give_back(self, *path: str | int) -> None:
        """Say that what was taken could not be translated after all."""
        self._taken.discard(path)

    def untranslated(self) -> tuple[str, ...]:
        """Name everything that nobody took, each as the largest part in which nothing was taken."""
        around = {path[:length] for path in self._taken for length in range(len(path))}
        return tuple(key_path(path) for path in self._left(self._data, (), around))

    def _left(self, data: Json, path: Path, around: set[Path]) -> Iterator[Path]:
        if path in self._taken:
            return
        if path and path not in around:
            yield path
        elif isinstance(data, dict):
            for name, each in data.items():
                yield from self._left(each, (*path, name), around)
        elif isinstance(data, list):
            for number, each in enumerate(data):
                yield from self._left(each, (*path, number), around)
