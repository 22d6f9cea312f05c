"""What each run did, and what its platform said of it: one row a class."""

from __future__ import annotations

from collections.abc import Mapping

from harness.report.section import PageContent, Section
from harness.report.truth_classes import truth_classes
from harness.report.values import ReportView


def _values(page: PageContent) -> Mapping[str, object]:
    classes = truth_classes(page.view.truth)
    return {"truths": classes[: page.budget.lines], "disagree": sum(not row.agrees for row in page.view.truth)}


def _has_content(view: ReportView) -> bool:
    return bool(view.truth)


SECTION = Section(
    "truth", "Truth", template="harness.report.sections/truth.html", values=_values, has_content=_has_content
)
