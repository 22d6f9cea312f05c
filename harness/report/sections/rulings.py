"""Permanent acceptances of one known difference each."""

from __future__ import annotations

from harness.report.section import Section
from harness.report.values import ReportView


def _has_content(view: ReportView) -> bool:
    return bool(view.rulings)


SECTION = Section(
    "rulings",
    "Accepted differences",
    template="harness.report.sections/rulings.html",
    appendix=True,
    has_content=_has_content,
)
