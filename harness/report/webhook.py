"""Changes of verdicts → the body of a webhook that Slack reads, and others that take its form. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence

from harness.report.tally import word_of
from harness.report.values import ReportView

BLOCKS_MAX = 50
"""Slack's own limit; a section's text may have 3,000 characters."""
TEXT_MAX = 600
CHANGES_MAX = 20
"""Together below 13,000 characters, above which Slack was seen to refuse a message."""


def changed(views: Sequence[ReportView]) -> tuple[ReportView, ...]:
    """Give the repositories whose verdict is another one than in the report before."""
    return tuple(view for view in views if view.first.since.decision not in {"", view.decision})


def body_of(views: Sequence[ReportView], place: str) -> bytes | None:
    """Write the message; None: no verdict changed. `place`: where the report is, as text."""
    told = changed(views)
    if not told:
        return None
    texts = [_text(view) for view in told[:CHANGES_MAX]]
    if len(told) > CHANGES_MAX:
        texts.append(f"{len(told) - CHANGES_MAX} more verdicts changed.")
    if place:
        texts.append(f"Report: {place}")
    blocks = [{"type": "section", "text": {"type": "plain_text", "text": text[:TEXT_MAX]}} for text in texts]
    summary = "; ".join(f"{view.repository}: {view.first.since.decision} → {word_of(view)}" for view in told[:5])
    return json.dumps({"text": _escaped(summary), "blocks": blocks}, ensure_ascii=False).encode()


def _text(view: ReportView) -> str:
    step = view.first.next
    told = " ".join(part for part in (step.text, step.command) if part)
    head = f"{view.repository}: {view.first.since.decision} → {word_of(view)}"
    return f"{head}\n{view.sentence}\nNext: {told}"


def _escaped(text: str) -> str:
    """Leave nothing in the line of a notification that Slack would read as a link or a mention."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
