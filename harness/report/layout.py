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
    ranked = sorted(view.findings, key=lambda finding: -SEVERITY[Outcome(finding.outcome)])
    loud = [finding_view for finding_view in ranked if finding_view.outcome != Outcome.MATCH.value]
    cards = {finding_view.anchor for finding_view in loud[: budget.cards]}
    rest = [finding_view for finding_view in ranked if finding_view.anchor not in cards]
    named = {anchor for reason in view.reasons for anchor, _ in reason.findings}
    rest.sort(key=lambda finding: finding.anchor not in named)
    rows = {finding_view.anchor for finding_view in rest[: budget.rows]}
    sections = []
    for name, title in TITLES.items():
        mine = [finding_view for finding_view in ranked if finding_view.dimension == name]
        left = [
            finding_view
            for finding_view in mine
            if finding_view.anchor not in cards and finding_view.anchor not in rows
        ]
        sections.append(
            FindingsOfDimension(
                name,
                title,
                _groups(finding_view for finding_view in mine if finding_view.anchor in cards),
                tuple(finding_view for finding_view in mine if finding_view.anchor in rows),
                _compact(left),
                len(left),
            )
        )
    sections.sort(
        key=lambda each: -max((SEVERITY[Outcome(one.outcome)] for group in each.cards for one in group), default=0)
    )
    return tuple(section for section in sections if section.cards or section.rows or section.compact)


def _groups(findings: Iterable[FindingView]) -> tuple[tuple[FindingView, ...], ...]:
    groups: dict[tuple[str, str, str], list[FindingView]] = {}
    for finding in findings:
        groups.setdefault((finding.outcome, finding.check, finding.subject), []).append(finding)
    return tuple(tuple(group) for group in groups.values())


_PAIRS_PER_LINE = 40


def _compact(findings: Iterable[FindingView]) -> tuple[str, ...]:
    """Write findings that say the same of different pairs as one line."""
    lines = []
    for group in _groups(findings):
        first, pairs = group[0], [finding_view.pair or "all pairs" for finding_view in group]
        more = f" and {len(pairs) - _PAIRS_PER_LINE} more pairs" if len(pairs) > _PAIRS_PER_LINE else ""
        lines.append(f"{first.outcome}  {first.check}  {first.subject}: {' '.join(pairs[:_PAIRS_PER_LINE])}{more}")
    return tuple(lines)
