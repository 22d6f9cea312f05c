"""What is known of a platform, as one value. Pure: no client and no clock; how it is reached is its backend's."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from harness.model.event import Event
from harness.model.observation import OutputSeen, Record
from harness.model.truth import Truth
from harness.platforms.rule import OutOfScope, Rule


@dataclass(frozen=True, slots=True)
class TruthEvidence:
    """What the truth of one run is decided from."""

    events: Sequence[Event]
    record: Record | None
    outputs: tuple[OutputSeen, ...]
    """Declared outputs, but for those that the shim says it failed to carry: their absence says nothing."""
    outputs_known: bool
    """Outputs were declared, and every one of them was looked for."""
    complaint: str = ""
    """Last line of the log that looks like an error."""


@dataclass(frozen=True, slots=True)
class Platform:
    """One platform: its words, and its rules of truth."""

    name: str
    """As in `repos.yaml`, in plans and in runs."""
    title: str
    """As people are told of it."""
    truth: Callable[[TruthEvidence], Truth]
    """Decide what really happened in one run."""
    rules: tuple[Rule[Any], ...]
    """Classes of disagreement that records decide."""
    out_of_scope: tuple[OutOfScope, ...]
    """Classes that no record of this platform decides."""
    swallowed: str
    """Class of a run that ended with 0, complained in its log, and left less than its partner."""
    phase_source: str
    """Who tells the phases of a run's startup."""
    ending_is_known: Callable[[Iterable[Event]], bool]
    """Tell of a run that has ended whether every witness of its ending was heard."""
    carries_outputs: bool
    """Outputs reach the harness without the shim."""
