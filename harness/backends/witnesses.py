"""Witnesses that launch nothing, such as an orchestrator's task states or a job table: each a source of a campaign.

They are found by entry point `parity.sources`; none is built in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.backends.base import Source
from harness.model.clock import Clock
from harness.model.plan import Plan
from harness.model.repository import Repository
from harness.plugins import Registry


@dataclass(frozen=True, slots=True)
class WitnessOpening:
    """What a witness is opened with."""

    plan: Plan
    """Whose runs it may speak of, by their id; `Run.name` is what the platforms call them."""
    repositories: tuple[Repository, ...]
    """Those that it knows something of."""
    clock: Clock


@dataclass(frozen=True, slots=True)
class WitnessSource:
    """One sort of witness; settings of its own, such as an address, are its own business."""

    name: str
    knows: Callable[[Repository], bool]
    """Tell whether it has something to say of a repository's runs."""
    open: Callable[[WitnessOpening], Source]


SOURCES = Registry("parity.sources", WitnessSource, {})


def open_witnesses(plan: Plan, clock: Clock) -> tuple[Source, ...]:
    """Open every witness that knows something of a campaign's repositories.

    Raises:
        PluginUnusable: one can't be loaded.
    """
    opened = []
    for source in SOURCES:
        known = tuple(repository for repository in plan.repositories if source.knows(repository))
        if known:
            opened.append(source.open(WitnessOpening(plan, known, clock)))
    return tuple(opened)
