"""How long each job takes to its first instruction: one waterfall a job, warm starts apart."""

from __future__ import annotations

from collections.abc import Mapping

from harness.report import waterfall
from harness.report.section import PageContent, Section
from harness.report.values import FindingView, ReportView

OPEN = 3
"""Waterfalls that are shown unfolded."""


def _values(page: PageContent) -> Mapping[str, object]:
    drawn = [
        (
            found,
            waterfall.draw_waterfall(found, waterfall.WIDE),
            waterfall.draw_waterfall(found, waterfall.NARROW),
            _judged(page.view, found.job) if found.start == "cold" else None,
        )
        for found in waterfall.waterfalls(page.view.pairs)
    ]
    images = [row for row in page.view.startup if not row.legacy and not row.candidate]
    return {"open": drawn[:OPEN], "folded": drawn[OPEN : page.budget.lines], "images": images}


def _judged(view: ReportView, job: str) -> FindingView | None:
    """Find what was judged of a job's time to its first instruction."""
    for found in view.findings:
        limited = found.measure is not None and found.measure.margin_text
        if found.dimension == "startup" and limited and found.subject.startswith(f"{job}/first"):
            return found
    return None


def _has_content(view: ReportView) -> bool:
    return bool(view.startup)


SECTION = Section(
    "startup",
    "Startup",
    template="harness.report.sections/startup.html",
    values=_values,
    has_content=_has_content,
)
