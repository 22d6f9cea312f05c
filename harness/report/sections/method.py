"""By which rules it was judged, and where it ran."""

from __future__ import annotations

from harness.report.section import Section

SECTION = Section("method", "Method", template="harness.report.sections/method.html", appendix=True)
