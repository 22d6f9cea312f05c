"""What a verdict's evidence leaves possible, in plain words: shifts, bad runs and wrong endings. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from harness.report import brief
from harness.report.values import MeasureView, ReportView
from harness.report.wording import counted

BAD_RUNS = "metrics.runs"
METRIC = "metrics.equivalence"
WRONG_ENDINGS = "Wrong endings"
"""Rule of the gate table."""


def possible(view: ReportView) -> tuple[tuple[str, str], ...]:
    """Give the largest shift of each critical metric, and the largest rates of bad runs and of wrong endings."""
    return tuple(_rows(view))


def _rows(view: ReportView) -> Iterator[tuple[str, str]]:
    for finding in view.findings:
        if finding.check == METRIC and finding.required and finding.measure is not None:
            yield f"Largest shift of {finding.subject}", _shift(finding.measure)
    for finding in view.findings:
        if finding.check == BAD_RUNS:
            yield f"Bad runs of {finding.subject.partition('/')[0]}", finding.summary
    for row in view.gate:
        if row.rule == WRONG_ENDINGS:
            yield WRONG_ENDINGS, f"{row.seen}; the policy asks for {row.needed}"


def _shift(measure: MeasureView) -> str:
    words = dict(measure.words)
    over = words.get("pairs of all campaigns") or counted(int(words.get("pairs", "0")), "pair")
    if measure.interval is None:
        return f"any is still possible, after {over}; {brief.limit_of(measure)} is allowed"
    largest = max(abs(bound) for bound in measure.interval)
    return f"{brief.sized(measure, largest)}, by {over}; {brief.limit_of(measure)} is allowed"
