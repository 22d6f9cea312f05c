"""How long GO takes, by how often the image and its base change."""

from __future__ import annotations

from harness.report.section import Section

SECTION = Section("outlook", "Weeks to GO", template="harness.report.sections/outlook.html", appendix=True)
