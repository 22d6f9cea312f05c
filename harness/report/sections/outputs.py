"""What each output holds on both sides: files, schema, rows, changed columns and some cells, the worst first."""

from __future__ import annotations

from collections.abc import Mapping

from harness.report.section import PageContent, Section
from harness.report.values import ReportView

OPEN = 4
"""Outputs that differ and are shown unfolded."""


def _values(page: PageContent) -> Mapping[str, object]:
    differing = [output for output in page.view.outputs if output.outcome != "MATCH"][: page.budget.cards]
    equal = [output for output in page.view.outputs if output.outcome == "MATCH"][: page.budget.lines]
    left = len(page.view.outputs) - len(differing) - len(equal)
    return {"open": differing[:OPEN], "folded": differing[OPEN:], "equal": equal, "outputs_left": left}


def _has_content(view: ReportView) -> bool:
    return bool(view.outputs)


SECTION = Section(
    "outputs",
    "Outputs",
    template="harness.report.sections/outputs.html",
    values=_values,
    has_content=_has_content,
)
