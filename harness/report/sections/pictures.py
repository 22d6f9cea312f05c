"""What each metric's evidence looks like: its pairs by day beside the margin, and how close that is to an answer."""

from __future__ import annotations

from collections.abc import Mapping

from harness.report.pictures import drawn
from harness.report.section import PageContent, Section
from harness.report.values import ReportView


def _values(page: PageContent) -> Mapping[str, object]:
    return {"pictures": [drawn(picture) for picture in page.view.pictures[: page.budget.cards]]}


def _any(view: ReportView) -> bool:
    return bool(view.pictures)


SECTION = Section(
    "pictures",
    "Metric by metric",
    template="harness.report.sections/pictures.html",
    values=_values,
    appendix=True,
    has_content=_any,
)
