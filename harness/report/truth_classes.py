"""What really happened, one row a class, with the runs that it hits. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from harness.report.values import TruthRow

RUNS_NAMED = 6
"""Runs of a class that are listed by name; more are counted."""


@dataclass(frozen=True, slots=True)
class TruthClass:
    """Runs of one side of which the same is true."""

    side: str
    klass: str
    """Empty: work and platform agree, or no rule was needed."""
    work: str
    platform: str
    cause: str
    exit_code: str
    because: str
    """As it is said of the first of them."""
    agrees: bool
    runs: tuple[str, ...]

    @property
    def named(self) -> tuple[str, ...]:
        """List the runs that are named."""
        return self.runs[:RUNS_NAMED]

    @property
    def left(self) -> int:
        """Count the runs that are not."""
        return len(self.runs) - len(self.named)


def truth_classes(rows: Iterable[TruthRow]) -> tuple[TruthClass, ...]:
    """Gather runs by class, what disagrees first, then by size."""
    groups: dict[tuple[str, str, str, str, str, str], list[TruthRow]] = {}
    for row in rows:
        key = (row.side, row.klass, row.work, row.platform, row.cause, row.exit_code)
        groups.setdefault(key, []).append(row)
    classes = [
        TruthClass(*key, rows[0].because, rows[0].agrees, tuple(row.run for row in rows))
        for key, rows in groups.items()
    ]
    return tuple(sorted(classes, key=lambda found: (found.agrees, -len(found.runs), found.side != "legacy")))
