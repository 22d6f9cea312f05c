"""The documents that the verdict speaks of, and each change that the harness made to them."""

from __future__ import annotations

from harness.report.section import Section
from harness.report.values import ReportView


def _has_content(view: ReportView) -> bool:
    return bool(view.documents)


SECTION = Section("documents", "Documents", template="harness.report.sections/documents.html", has_content=_has_content)
