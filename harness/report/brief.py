"""Short forms for a first screen: at most 25 words, at most four significant digits, cause and size. Pure."""

from __future__ import annotations

import re

from harness.model.finding import Outcome
from harness.report.values import FindingView, MeasureView
from harness.report.wording import number, signed, with_unit

WORDS_MAX = 25
_STATEMENT = (3, 6)
"""Words of a statement before its details; what is shorter is a name, or a part of a value."""
_BEGINNING = 4
"""Words of a clause of which so few say nothing: "its log says"."""
_IN_PAIRS = re.compile(r"\.? \(in \d+ pairs\)")
_SENTENCE_END = re.compile(r"(?<=[^\d\s])\. (?=[A-Z])|; what |\. \d+ pairs\b")


def cut_words(text: str, most: int = WORDS_MAX) -> str:
    """Keep so many words, less the beginning of a clause that says nothing yet; an ellipsis shows what was left out."""
    words = text.split()
    if len(words) <= most:
        return text
    clauses = [end for end, word in enumerate(words[:most], 1) if word.endswith(";") and end >= most - _BEGINNING]
    return f"{' '.join(words[: max(clauses, default=most)]).rstrip(',;:.')} …"


def cell(text: str, most: int) -> str:
    """Write a value for a cell: as it is where it has so few words, else what a statement says before its details."""
    statement, colon, _ = text.partition(": ")
    words = len(statement.split())
    said = colon and _STATEMENT[0] <= words <= _STATEMENT[1] and len(text.split()) > most
    return statement if said else cut_words(text, most)


def first_sentence(text: str) -> str:
    """Give the first sentence of a reason, without the number of its pairs and without its full stop."""
    return _SENTENCE_END.split(_IN_PAIRS.sub("", text), maxsplit=1)[0].rstrip(". ")


def is_relative(measure: MeasureView) -> bool:
    """Tell whether the owner wrote the limit as a share of legacy and nothing else."""
    return measure.margin_text.endswith("of legacy") and " or " not in measure.margin_text and bool(measure.legacy)


def holds_zero(measure: MeasureView) -> bool:
    """Tell whether the measured difference may be none at all."""
    return measure.interval is not None and measure.interval[0] <= 0 <= measure.interval[1]


def sized(measure: MeasureView, value: float | None, *, sign: bool = False) -> str:
    """Write a difference in the terms of the owner's limit: per cent of legacy, or the metric's unit."""
    if value is None:
        return ""
    write = signed if sign else number
    if is_relative(measure) and measure.legacy:
        return f"{write(_rounded(100 * value / abs(measure.legacy)))} %"
    return with_unit(write(_rounded(value)), measure.unit)


def _rounded(value: float) -> float:
    """Three significant digits are enough where the exact number stands further down."""
    return float(f"{value:.3g}")


def limit_of(measure: MeasureView) -> str:
    """Write what is allowed."""
    return sized(measure, measure.margin) or measure.margin_text


def metric_sentence(name: str, finding: FindingView) -> str:
    """Say what became of a metric: how far it moved against its limit, or how far it may have."""
    measure = finding.measure
    if measure is None or measure.difference is None or measure.margin is None:
        return first_sentence(finding.summary)
    limit = f"limit {limit_of(measure)}"
    if finding.outcome == Outcome.MISMATCH.value and not holds_zero(measure):
        way = "rose" if measure.difference > 0 else "fell"
        return f"{name} {way} {sized(measure, abs(measure.difference))} on the candidate, {limit}"
    if measure.difference == 0 and measure.interval in {None, (0.0, 0.0)}:
        return f"{name} is the same on both sides, {limit}"
    if measure.interval is None:
        return f"{name} differs by {sized(measure, abs(measure.difference))}, {limit}"
    most = max(abs(bound) for bound in measure.interval)
    return f"{name} may differ by up to {sized(measure, most)}, {limit}"
