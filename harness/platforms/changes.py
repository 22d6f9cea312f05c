"""Mutations of a document as they are made, each on what the earlier ones left. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from harness.fields.paths import Path
from harness.model.document import Mutation, at, mutated, put
from harness.model.job import Json


class Changes:
    """What was changed so far, and what the document is by now."""

    def __init__(self, content: Mapping[str, Json]) -> None:
        """Start with the document as it is."""
        self.content: dict[str, Json] = mutated(content, ())
        self.made: list[Mutation] = []

    def put(self, path: Path, new: Json, why: str) -> None:
        """Set a value; one that is there already is no change."""
        found = list(put(self.content, path, new, why))
        self.content = mutated(self.content, found)
        self.made += found

    def drop(self, path: Path, why: str) -> None:
        """Take a value away, if it is there."""
        if at(self.content, path) is not None:
            self.put(path, None, why)

    def add(self, path: Path, item: Json, why: str) -> None:
        """Add a member to a list, which may not be there yet."""
        held = at(self.content, path)
        self.put((*path, len(held) if isinstance(held, list) else 0), item, why)
