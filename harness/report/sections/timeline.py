"""Both runs of the pair that is most worth a look, on one axis."""

from __future__ import annotations

from collections.abc import Mapping

from harness.report import timeline
from harness.report.section import PageContent, Section
from harness.report.values import ReportView


def _values(page: PageContent) -> Mapping[str, object]:
    worst = timeline.drawable(page.view.pairs)[:1]
    return {
        "figures": [(pair, timeline.draw(pair), timeline.draw(pair, timeline.NARROW)) for pair in worst],
        "others": len(page.drawn) - 1,
        "legend": timeline.legend(worst),
    }


def _has_content(view: ReportView) -> bool:
    return bool(timeline.drawable(view.pairs))


SECTION = Section(
    "timeline",
    "Timeline",
    template="harness.report.sections/timeline.html",
    values=_values,
    has_content=_has_content,
)
