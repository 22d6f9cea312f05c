"""How long GO takes, by how often the image and its base change."""

from __future__ import annotations

from harness.report.section import Section
from harness.report.values import ReportView


def _any(view: ReportView) -> bool:
    return bool(view.outlook.weeks)


SECTION = Section(
    "outlook", "Weeks to GO", template="harness.report.sections/outlook.html", appendix=True, has_content=_any
)
