"""What a section of a page is, and what a page has to show. Values only."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from harness.report import timeline
from harness.report.layout import Budget, FindingsOfDimension, findings_layout
from harness.report.values import PairView, ReportView


@dataclass(frozen=True)
class PageContent:
    """What a page shows, and how much room it has for it."""

    view: ReportView
    budget: Budget
    data_file: str
    """Name of the JSON beside the page, which has all that the page leaves out."""
    spilled: str = ""
    """Name of the page beside it that lists all findings; empty: they are on this page."""

    @cached_property
    def findings(self) -> tuple[FindingsOfDimension, ...]:
        """Share the page's room among the findings; where they have a page of their own, only cards have some here."""
        budget = replace(self.budget, rows=0) if self.spilled else self.budget
        return findings_layout(self.view, budget)

    @cached_property
    def anchors(self) -> frozenset[str]:
        """Give the anchors of all findings that have a place on the page."""
        return frozenset(
            finding.anchor
            for dimension in self.findings
            for group in (*dimension.cards, dimension.rows)
            for finding in group
        )

    @cached_property
    def drawn(self) -> tuple[PairView, ...]:
        """Give the pairs whose timelines are drawn."""
        return timeline.drawable(self.view.pairs)[: self.budget.timelines]


def _no_values(page: PageContent) -> Mapping[str, object]:
    del page
    return {}


def _always(view: ReportView) -> bool:
    del view
    return True


@dataclass(frozen=True, slots=True)
class Section:
    """One section: what it is called, its template, and what the template is given besides the page's own values.

    A template has `view` (`ReportView`), `budget`, `data_file`, `outcomes` and `classes`, and imports `macros.html` as
    it needs. Whatever it shows is escaped; the page's policy lets it load nothing and run no script.
    """

    name: str
    """Also the section's anchor on the page."""
    title: str
    """In the table of contents; empty: it is not listed there."""
    template: str
    """`package/file`, beside the section's code."""
    values: Callable[[PageContent], Mapping[str, object]] = _no_values
    lead: bool = False
    """It stands before the table of contents."""
    appendix: bool = False
    """It stands folded behind all others, its title given by the page's frame, and is printed only in full."""
    has_content: Callable[[ReportView], bool] = _always
    """Tell whether there is anything to show; without it the section is left out."""
