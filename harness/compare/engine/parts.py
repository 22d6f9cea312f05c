"""The files of one side, as a request names them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Part:
    """One file, and the values of the partition folders it was in."""

    file: str
    partition: Mapping[str, str | None] = field(default_factory=dict)
    name: str = ""
    """Its path below the table's folder, where a log says which files are the table's."""


def parts_of(value: list[dict[str, Any]]) -> list[Part]:
    """Read the parts of one side from a request."""
    return [Part(str(part["file"]), dict(part.get("partition", {})), str(part.get("name", ""))) for part in value]
