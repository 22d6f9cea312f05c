"""What a rule over resolved repositories complains of."""

from __future__ import annotations

from dataclasses import dataclass

from harness.fields.paths import Path


@dataclass(frozen=True, slots=True)
class Fault:
    """One value that no platform, or no honest comparison, could live with."""

    path: Path
    """Inside the repository's entry, effective form."""
    found: str
    expected: str
    hint: str = ""
