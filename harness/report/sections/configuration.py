"""What the owner configured otherwise on each side, and what the processes saw."""

from __future__ import annotations

from harness.report.section import Section

SECTION = Section("configuration", "Configuration", template="harness.report.sections/configuration.html")
