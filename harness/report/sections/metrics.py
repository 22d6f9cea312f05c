"""Each metric's difference with its interval and margin, the worst first."""

from __future__ import annotations

from collections.abc import Mapping

from harness.model.finding import SEVERITY, Outcome
from harness.report import charts
from harness.report.possible import possible
from harness.report.section import PageContent, Section


def _values(page: PageContent) -> Mapping[str, object]:
    measured = [found for found in page.view.findings if found.dimension == "metrics" and found.measure is not None]
    measured.sort(key=lambda found: -SEVERITY[Outcome(found.outcome)])
    return {
        "possible": possible(page.view),
        "metrics": [
            (found, charts.interval_plot(found.measure), charts.series_plot(found.measure))
            for found in measured[: page.budget.cards]
            if found.measure is not None
        ],
    }


SECTION = Section("metrics", "Metrics", template="harness.report.sections/metrics.html", values=_values)
