"""Dated acceptances of differences, and how often each was used."""

from __future__ import annotations

from harness.report.section import Section
from harness.report.values import ReportView


def _has_content(view: ReportView) -> bool:
    return bool(view.waivers)


SECTION = Section(
    "waivers", "Waivers", template="harness.report.sections/waivers.html", appendix=True, has_content=_has_content
)
