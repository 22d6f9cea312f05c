"""Why the verdict is what it is."""

from __future__ import annotations

from collections.abc import Mapping

from harness.report.section import PageContent, Section

OPEN = 5
"""Reasons that are shown unfolded."""


def _values(page: PageContent) -> Mapping[str, object]:
    return {"anchors": page.anchors, "reasons_open": OPEN}


SECTION = Section("reasons", "", lead=True, template="harness.report.sections/reasons.html", values=_values)
