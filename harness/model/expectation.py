"""What an output's tables have to be on both sides, whatever the other side holds. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.model.plain import Json

LEGACY_DEFECT = "legacy-defect"
"""Rule of a finding that both sides fail the same expectations alike: it waits for an acceptance."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """One expectation of a suite, as great-expectations 1.x names it."""

    type: str
    kwargs: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Expectations:
    """What is expected of an output: by a suite that we validate, by what the job itself wrote of it, or by both."""

    suite: str = ""
    """File of the suite, as written; empty: only the job's own result is read."""
    digest: str = ""
    """Of the file's bytes, as they were read."""
    expected: tuple[Expectation, ...] = ()
    files: str = "*"
    """Pattern of the tables that it is about."""
    result: str = ""
    """File of the output in which the job itself says how its validation went; empty: it says nothing."""
