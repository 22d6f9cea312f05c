"""What the clerk said, on the page."""

from __future__ import annotations

from collections.abc import Mapping

from harness.report.section import PageContent, Section


def _values(page: PageContent) -> Mapping[str, object]:
    return {"tickets": [found.summary for found in page.view.findings if found.check == "tickets"]}


SECTION = Section("tickets", "Tickets", "paper_page/tickets.html", _values)
