"""One fault: which row of the table it counts in, its seed, and a function that runs it and names what went wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Case:
    """One fault of one seed."""

    row: str
    seed: int
    name: str
    run: Callable[[Path], list[str]]
    """Runs in an empty folder; each failure begins with what is counted: `started twice`, `lost`, `verdict`, …"""
    at: str = ""
    """Where it strikes, for whoever repeats it. No part of the key: threads take steps in another order each time."""

    @property
    def key(self) -> str:
        """Name it across sessions."""
        return f"{self.row} / {self.seed} / {self.name}"
