"""How many findings of each dimension had which outcome."""

from __future__ import annotations

from collections.abc import Mapping

from harness.report.layout import TITLES
from harness.report.section import PageContent, Section


def _values(page: PageContent) -> Mapping[str, object]:
    return {"titles": TITLES, "rows": [row for row in page.view.scorecard if row.total]}


SECTION = Section(
    "scorecard", "Scorecard", template="harness.report.sections/scorecard.html", values=_values, appendix=True
)
