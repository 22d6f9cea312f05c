"""What a rule of truth is: a class of disagreement, who is to blame, and what the reader can do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from harness.model.truth import Blame

Seen = TypeVar("Seen")


@dataclass(frozen=True, slots=True)
class Rule(Generic[Seen]):
    """One class, decided from records alone."""

    id: str
    title: str
    mechanism: str
    when: str
    """The rule in words, as docs/truth.md prints it."""
    blames: Blame
    advice: str
    sources: str
    """Threads and pages, as owner/repository#number; `measured` where a real control plane showed it."""
    matches: Callable[[Seen], str]
    """The facts that make it this class, as half a sentence; empty: it is not."""
