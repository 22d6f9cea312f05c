"""The phases of both runs of each pair, drawn on one axis."""

from __future__ import annotations

from collections.abc import Mapping

from harness.report import timeline
from harness.report.section import PageContent, Section


def _values(page: PageContent) -> Mapping[str, object]:
    drawn = page.drawn
    return {
        "timelines": [(pair, timeline.draw(pair)) for pair in drawn],
        "timelines_left": max(0, len(timeline.drawable(page.view.pairs)) - len(drawn)),
        "legend": timeline.legend(drawn),
    }


SECTION = Section("timelines", "Timelines", template="harness.report.sections/timelines.html", values=_values)
