"""The phases of both runs of each pair but the worst, which has a section of its own."""

from __future__ import annotations

from collections.abc import Mapping

from harness.report import timeline
from harness.report.section import PageContent, Section
from harness.report.values import ReportView


def _values(page: PageContent) -> Mapping[str, object]:
    others = page.drawn[1:]
    return {
        "figures": [(pair, timeline.draw(pair), timeline.draw(pair, timeline.NARROW)) for pair in others],
        "timelines_left": max(0, len(timeline.drawable(page.view.pairs)) - len(page.drawn)),
        "legend": timeline.legend(others),
    }


def _has_content(view: ReportView) -> bool:
    return len(timeline.drawable(view.pairs)) > 1


SECTION = Section(
    "timelines",
    "Other timelines",
    template="harness.report.sections/timelines.html",
    values=_values,
    appendix=True,
    has_content=_has_content,
)
