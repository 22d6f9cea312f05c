"""Both sides of one output, written by a test's own code and compared by a format."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from harness.compare.format import Difference
from harness.compare.formats import FORMATS
from harness.model.job import CompareRule

EXACT = CompareRule("*")
Write = Callable[[Path], object]


def compare(folder: Path, form: str, legacy: Write, candidate: Write, rule: CompareRule = EXACT) -> Difference:
    """Write both sides, and compare them."""
    folder.mkdir(exist_ok=True)
    legacy(folder / "legacy")
    candidate(folder / "candidate")
    compares = FORMATS.get(form).compare
    assert compares is not None
    return compares(folder / "legacy", folder / "candidate", rule)
