"""What was written otherwise for each side, and what the processes saw; what a platform sets by itself is folded."""

from __future__ import annotations

from collections.abc import Mapping

from harness.report.section import PageContent, Section
from harness.report.values import ReportView


def _values(page: PageContent) -> Mapping[str, object]:
    seen = page.view.seen
    return {
        "unlike": [row for row in seen if not (row.same or row.by_platform)],
        "by_platform": [row for row in seen if row.by_platform and not row.same],
        "alike": [row for row in seen if row.same],
    }


def _has_content(view: ReportView) -> bool:
    return bool(view.differences or view.seen)


SECTION = Section(
    "configuration",
    "Configuration",
    template="harness.report.sections/configuration.html",
    values=_values,
    has_content=_has_content,
)
