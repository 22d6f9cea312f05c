"""Every finding, by dimension: full cards, one-line rows, and a compact block or a file for the rest."""

from __future__ import annotations

from collections.abc import Mapping

from harness.report.section import PageContent, Section
from harness.report.values import ReportView


def _values(page: PageContent) -> Mapping[str, object]:
    return {"sections": page.findings, "spilled": page.spilled}


def _has_content(view: ReportView) -> bool:
    return bool(view.findings)


SECTION = Section(
    "findings",
    "Findings",
    template="harness.report.sections/findings.html",
    values=_values,
    appendix=True,
    has_content=_has_content,
)
