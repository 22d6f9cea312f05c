"""What each run did, and what its platform said of it."""

from __future__ import annotations

from harness.report.section import Section

SECTION = Section("truth", "Truth", template="harness.report.sections/truth.html")
