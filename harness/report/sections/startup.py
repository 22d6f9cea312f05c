"""How long each phase before the first instruction took."""

from __future__ import annotations

from harness.report.section import Section

SECTION = Section("startup", "Startup", template="harness.report.sections/startup.html")
