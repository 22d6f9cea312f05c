"""The policy's rules, what each needs and what was seen."""

from __future__ import annotations

from harness.report.section import Section

SECTION = Section("gate", "Gate", template="harness.report.sections/gate.html", appendix=True)
