"""What was not checked, and what would change the verdict."""

from __future__ import annotations

from harness.report.section import Section

SECTION = Section("open-points", "", lead=True, template="harness.report.sections/open_points.html")
