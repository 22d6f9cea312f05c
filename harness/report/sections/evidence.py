"""The files that the verdict rests on, with their digests."""

from __future__ import annotations

from harness.report.section import Section

SECTION = Section("evidence", "Evidence", template="harness.report.sections/evidence.html")
