"""The documents that the verdict speaks of, and each change that the harness made to them."""

from __future__ import annotations

from harness.report.section import Section

SECTION = Section("documents", "Documents", template="harness.report.sections/documents.html")
