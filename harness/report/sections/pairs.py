"""Every pair with its runs, its outcome and what is to be known of it."""

from __future__ import annotations

from collections.abc import Mapping

from harness.report.section import PageContent, Section
from harness.report.values import ReportView


def _values(page: PageContent) -> Mapping[str, object]:
    return {"drawn": {pair.anchor for pair in page.drawn}}


def _has_content(view: ReportView) -> bool:
    return bool(view.pairs)


SECTION = Section(
    "pairs",
    "Pairs",
    template="harness.report.sections/pairs.html",
    values=_values,
    appendix=True,
    has_content=_has_content,
)
