"""The files that the verdict rests on, with their digests."""

from __future__ import annotations

from harness.report.section import Section
from harness.report.values import ReportView


def _has_content(view: ReportView) -> bool:
    return bool(view.files)


SECTION = Section(
    "evidence", "Evidence", template="harness.report.sections/evidence.html", appendix=True, has_content=_has_content
)
