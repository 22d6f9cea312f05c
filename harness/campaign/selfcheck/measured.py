"""What the last whole selfcheck measured, as each report tells it."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files

from harness.store import codec

FILE = "measured.json"


@dataclass(frozen=True, slots=True)
class Measured:
    """The table of docs/selfcheck.md in short."""

    tool: str
    seed: int
    day: str
    limits_hold: bool
    margin_trials: int
    """Campaigns whose metric differs by exactly the margin, with noise that both sides share."""
    margin_go: int
    never_trials: int
    """Campaigns with a fault that must never pass."""
    never_go: int
    sound_trials: int
    """Campaigns of equal sides with realistic noise."""
    sound_no_go: int
    sound_inconclusive: int


def load() -> Measured:
    """Read the numbers that travel with the tool; `nox -s selfcheck` writes them."""
    return codec.decode((files(__package__) / FILE).read_bytes(), Measured, FILE)


def sentence(found: Measured) -> str:
    """Say how often the judge was wrong, with seed, version and date."""
    limits = "every limit holds" if found.limits_hold else "LIMITS ARE BROKEN"
    return (
        f"false GO at the margin {found.margin_go} of {found.margin_trials:,}; "
        f"for faults that must never pass {found.never_go} of {found.never_trials:,}; "
        f"sound campaigns: {found.sound_no_go} NO-GO and {found.sound_inconclusive} INCONCLUSIVE "
        f"of {found.sound_trials:,}; {limits} (seed {found.seed}, {found.tool}, {found.day})"
    )
