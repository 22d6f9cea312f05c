"""Every finding, by dimension: full cards, one-line rows, and a compact block for the rest."""

from __future__ import annotations

from collections.abc import Mapping

from harness.report.section import PageContent, Section


def _values(page: PageContent) -> Mapping[str, object]:
    return {"sections": page.findings}


SECTION = Section("findings", "Findings", template="harness.report.sections/findings.html", values=_values)
