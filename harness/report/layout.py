"""How a page's room is shared among the findings: cards, one-line rows, and a compact block. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from harness.model.finding import SEVERITY, Outcome
from harness.report.values import FindingView, ReportView

TITLES: Mapping[str, str] = {
    "truth": "What really happened",
    "transitions": "State transitions",
    "outputs": "Outputs",
    "metrics": "Metrics",
    "startup": "Startup latency",
    "configuration": "Configuration",
    "coverage": "Coverage",
    "identity": "Identity",
    "evidence": "Evidence",
}


@dataclass(frozen=True, slots=True)
class Budget:
    """How much of a repository a page spells out; all of it is in the JSON beside it."""

    cards: int
    rows: int
    timelines: int
    lines: int


BUDGETS = (Budget(200, 2_000, 24, 500), Budget(60, 500, 8, 150), Budget(20, 100, 3, 40), Budget(5, 0, 1, 10))
"""Tried in turn until a page keeps its budget; the last is used whatever its size."""


@dataclass(frozen=True, slots=True)
class FindingsOfDimension:
    """Findings of one dimension: full cards, one-line rows, and a compact block for the rest."""

    name: str
    title: str
    cards: tuple[tuple[FindingView, ...], ...]
    """Groups that say the same of different pairs; the first of a group stands for it."""
    rows: tuple[FindingView, ...]
    compact: tuple[str, ...]
    compact_count: int


def findings_layout(view: ReportView, budget: Budget) -> tuple[FindingsOfDimension, ...]:
    """Share a page's room among findings, worst first: cards, then rows, then the compact block."""
    ranked = sorted(view.findings, key=lambda each: -SEVERITY[Outcome(each.outcome)])
    loud = [each for each in ranked if each.outcome != Outcome.MATCH.value]
    cards = {each.anchor for each in loud[: budget.cards]}
    rest = [each for each in ranked if each.anchor not in cards]
    named = {anchor for reason in view.reasons for anchor, _ in reason.findings}
    rest.sort(key=lambda each: each.anchor not in named)
    rows = {each.anchor for each in rest[: budget.rows]}
    sections = []
    for name, title in TITLES.items():
        mine = [each for each in ranked if each.dimension == name]
        left = [each for each in mine if each.anchor not in cards and each.anchor not in rows]
        sections.append(
            FindingsOfDimension(
                name,
                title,
                _groups(each for each in mine if each.anchor in cards),
                tuple(each for each in mine if each.anchor in rows),
                _compact(left),
                len(left),
            )
        )
    sections.sort(
        key=lambda each: -max((SEVERITY[Outcome(one.outcome)] for group in each.cards for one in group), default=0)
    )
    return tuple(each for each in sections if each.cards or each.rows or each.compact)


def _groups(findings: Iterable[FindingView]) -> tuple[tuple[FindingView, ...], ...]:
    groups: dict[tuple[str, str, str], list[FindingView]] = {}
    for each in findings:
        groups.setdefault((each.outcome, each.check, each.subject), []).append(each)
    return tuple(tuple(each) for each in groups.values())


_PAIRS_PER_LINE = 40


def _compact(findings: Iterable[FindingView]) -> tuple[str, ...]:
    """Write findings that say the same of different pairs as one line."""
    lines = []
    for group in _groups(findings):
        first, pairs = group[0], [each.pair or "all pairs" for each in group]
        more = f" and {len(pairs) - _PAIRS_PER_LINE} more pairs" if len(pairs) > _PAIRS_PER_LINE else ""
        lines.append(f"{first.outcome}  {first.check}  {first.subject}: {' '.join(pairs[:_PAIRS_PER_LINE])}{more}")
    return tuple(lines)
