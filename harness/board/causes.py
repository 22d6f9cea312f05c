"""Divergences that several repositories share, each once. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from harness.board.fleet import NAME_MAX, OUTCOMES
from harness.board.weeks import day_of
from harness.model.finding import SEVERITY, Outcome
from harness.report.wording import shown


@dataclass(frozen=True, slots=True)
class Hit:
    """One repository that shows a divergence in its newest campaign."""

    store: str
    repository: str
    outcome: str
    summary: str
    owner: str = ""
    base: str = ""
    """Base image."""


@dataclass(frozen=True, slots=True)
class Shared:
    """What the index has of one signature."""

    signature: str
    title: str
    rule: str
    check: str
    dimension: str
    advice: str
    first_at: float
    last_at: float
    campaigns: int
    """In which it was ever found."""
    hits: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Cause:
    """One row of the page."""

    signature: str
    title: str
    rule: str
    """Of a named class, for `parity explain`; empty: the check's own sentence is the title."""
    dimension: str
    outcome: str
    klass: str
    advice: str
    first: str
    last: str
    campaigns: int
    hits: tuple[Hit, ...]
    bases: tuple[tuple[str, int], ...]
    """Base images of the repositories that it hits, with how many run on each, the most first."""
    gone: bool
    """No repository shows it in its newest campaign."""


def causes_view(shared: Iterable[Shared]) -> tuple[Cause, ...]:
    """Order divergences: those that decide before those that are explained, then by repositories they hit now."""
    return tuple(sorted((_cause(divergence) for divergence in shared), key=_order))


def _cause(shared: Shared) -> Cause:
    worst = max((Outcome(hit.outcome) for hit in shared.hits), key=SEVERITY.__getitem__, default=None)
    return Cause(
        signature=shared.signature,
        title=shown(shared.title),
        rule=shared.rule,
        dimension=shared.dimension,
        outcome=worst.value if worst else "",
        klass=OUTCOMES[worst] if worst else "notrun",
        advice=shown(shared.advice),
        first=day_of(shared.first_at),
        last=day_of(shared.last_at),
        campaigns=shared.campaigns,
        hits=tuple(sorted(shared.hits, key=lambda hit: (hit.repository, hit.store))),
        bases=_bases(shared.hits),
        gone=not shared.hits,
    )


def _bases(hits: Iterable[Hit]) -> tuple[tuple[str, int], ...]:
    counts = Counter(shown(hit.base, NAME_MAX) for hit in hits if hit.base)
    return tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _order(cause: Cause) -> tuple[object, ...]:
    severity = SEVERITY[Outcome(cause.outcome)] if cause.outcome else -1
    blocks = severity >= SEVERITY[Outcome.NOT_RUN]
    return (cause.gone, not blocks, -len(cause.hits), -severity, cause.title, cause.signature)
