"""Permanent acceptances of one known difference each."""

from __future__ import annotations

from harness.report.section import Section

SECTION = Section("rulings", "Rulings", template="harness.report.sections/rulings.html")
