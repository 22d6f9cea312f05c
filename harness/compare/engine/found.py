"""What a comparison found, while it is being counted."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from harness.compare.engine.declared import FOREIGN

SAMPLES, SAMPLE_COLUMNS = 10, 20
TEXT_MAX = 200
"""Characters of a value or row that are shown."""


@dataclass(slots=True)
class Cells:
    """Cells of one column."""

    name: str
    differing: int = 0
    within: int = 0
    largest: float | None = None
    samples: list[dict[str, Any]] = field(default_factory=list)

    def add(self, differing: int, within: int, largest: float | None, samples: list[dict[str, Any]]) -> None:
        """Count the cells of one more window."""
        self.differing += differing
        self.within += within
        if largest is not None:
            self.largest = largest if self.largest is None else max(self.largest, largest)
        self.samples = (self.samples + samples)[:SAMPLES]


@dataclass(slots=True)
class Counts:
    """Rows and cells of all windows and column groups."""

    only: dict[str, int] = field(default_factory=lambda: {"legacy": 0, "candidate": 0})
    only_samples: dict[str, list[str]] = field(default_factory=lambda: {"legacy": [], "candidate": []})
    rows_differing: int = 0
    rows_within: int = 0
    cells: dict[str, Cells] = field(default_factory=dict)

    def answer(self, order: list[str], *, by_rows: bool = False) -> dict[str, Any]:
        """Write what was found as the parent reads it; columns in their order."""
        shown = [self.cells[name] for name in order if name in self.cells and self.cells[name].differing]
        columns = [
            {
                "name": cell.name,
                "cells": cell.differing,
                "largest": cell.largest if cell.largest is not None and math.isfinite(cell.largest) else None,
                "samples": cell.samples if n < SAMPLE_COLUMNS else [],
            }
            for n, cell in enumerate(shown)
        ]
        return {
            "not_compared": "",
            "only_legacy": self.only["legacy"],
            "only_candidate": self.only["candidate"],
            "only_legacy_samples": self.only_samples["legacy"],
            "only_candidate_samples": self.only_samples["candidate"],
            "rows_differing": self.rows_differing,
            "within": self.rows_within if by_rows else sum(cell.within for cell in self.cells.values()),
            "columns": columns,
        }


def named(pairs: list[tuple[str, str | None]]) -> str:
    """Name a row by its columns and values."""
    text = ", ".join(f"{name}={'NULL' if value is None else shown(value)}" for name, value in pairs)
    return text if len(text) <= TEXT_MAX else f"{text[: TEXT_MAX - 1]}…"


def shown(value: str | None) -> str | None:
    """Give a value as its file has it; of a number of another dialect say that it is none here."""
    if value is None or not value.endswith(FOREIGN):
        return value
    return f"{value.removesuffix(FOREIGN)} (text)"
