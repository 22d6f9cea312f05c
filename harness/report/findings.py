"""Findings and measures as the report shows them, and their counts. Pure."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Sequence

from harness.model.finding import Dimension, Finding, Measure, Outcome
from harness.model.wording import hosts_text
from harness.report.values import FindingView, MeasureView, SampleView, ScoreRow
from harness.report.wording import NAME_MAX, counted, finite, number, shown, signed, two_numbers, with_unit

VOID_CHECK = "identity.void"
"""The judge's check that voids a pair; it counts as a void and never as a result."""
ENDING = "ending"
"""Of the sample that holds how both runs ended, by cause."""
SAMPLES_MAX = 20
SAMPLE_TEXT_MAX = 300
EVIDENCE_MAX = 20
CHECK_ORDER = tuple(dimension.value for dimension in Dimension)
_SLUG = re.compile(r"[^a-z0-9]+")


def anchor_of(kind: str, name: str) -> str:
    """Name an address on the page: readable, stable, and safe whatever the name holds."""
    slug = _SLUG.sub("-", name.lower())[:40].strip("-")
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return "-".join(part for part in (kind, slug, digest) if part)


def finding_views(findings: Iterable[Finding]) -> tuple[FindingView, ...]:
    """Show findings, one unique ref each: a second finding under one id gets a number."""
    seen: Counter[str] = Counter()
    views = []
    for finding in findings:
        seen[finding.id] += 1
        again = seen[finding.id]
        views.append(_finding_view(finding, finding.id if again == 1 else f"{finding.id} #{again}"))
    return tuple(views)


def _finding_view(finding: Finding, ref: str) -> FindingView:
    return FindingView(
        ref=shown(ref),
        anchor=anchor_of("f", ref),
        check=shown(finding.check, NAME_MAX),
        dimension=finding.dimension.value,
        subject=shown(finding.subject, NAME_MAX),
        pair=shown(finding.pair or "", NAME_MAX),
        outcome=finding.outcome.value,
        summary=shown(finding.summary),
        rule=shown(finding.rule, NAME_MAX),
        required=finding.required and finding.check != VOID_CHECK,
        measure=measure_view(finding.measure) if finding.measure else None,
        samples=tuple(
            SampleView(*(shown(name, SAMPLE_TEXT_MAX) for name in (one.where, one.legacy, one.candidate, one.note)))
            for one in finding.samples[:SAMPLES_MAX]
        ),
        samples_left_out=finding.samples_left_out + max(0, len(finding.samples) - SAMPLES_MAX),
        remedy=shown(finding.remedy),
        evidence=_evidence(finding.evidence),
        waiver=shown(finding.waiver, NAME_MAX),
        false_success=finding.false_success,
        ruling=shown(finding.ruling, NAME_MAX),
    )


def is_ending(finding: Finding) -> bool:
    """Tell whether a finding's samples are how both runs of a pair ended."""
    return finding.dimension in {Dimension.TRUTH, Dimension.TRANSITIONS} and any(
        sample.where == ENDING for sample in finding.samples
    )


def endings_words(samples: Sequence[SampleView]) -> str:
    """Write both endings with their exit codes."""
    rows = {sample.where: sample for sample in samples}
    ending, code = rows[ENDING], rows.get("exit code")
    legacy, candidate = (
        f" (exit code {text})" if text else "" for text in ((code.legacy, code.candidate) if code else ("", ""))
    )
    return f"legacy {ending.legacy}{legacy}, candidate {ending.candidate}{candidate}"


def _evidence(names: Sequence[str]) -> tuple[str, ...]:
    kept = tuple(shown(name, NAME_MAX) for name in names[:EVIDENCE_MAX])
    left = len(names) - len(kept)
    return (*kept, f"and {counted(left, 'more file')}") if left else kept


def measure_view(measure: Measure) -> MeasureView:
    """Show a measure: finite numbers for charts, words for readers."""
    low, high = (finite(measure.interval[0]), finite(measure.interval[1])) if measure.interval else (None, None)
    return MeasureView(
        unit=shown(measure.unit, NAME_MAX),
        legacy=finite(measure.legacy),
        candidate=finite(measure.candidate),
        difference=finite(measure.difference),
        margin=finite(measure.margin),
        margin_text=shown(measure.margin_text, NAME_MAX),
        interval=(low, high) if low is not None and high is not None else None,
        level=finite(measure.level),
        pairs=measure.pairs,
        noise_legacy=finite(measure.noise_legacy),
        noise_candidate=finite(measure.noise_candidate),
        noise_class=measure.noise_class.value if measure.noise_class else "",
        smallest_margin=finite(measure.smallest_margin),
        pairs_needed=measure.pairs_needed,
        error=finite(measure.error),
        series_legacy=_series(measure.series_legacy),
        series_candidate=_series(measure.series_candidate),
        words=_measure_words(measure),
    )


def _series(values: Sequence[float]) -> tuple[float, ...]:
    return tuple(number for number in values if finite(number) is not None)


def margin_words(measure: Measure) -> str:
    """Write the allowed difference; an owner's own words come first."""
    unit = shown(measure.unit, NAME_MAX)
    band = with_unit(f"±{number(measure.margin)}", unit) if measure.margin is not None else ""
    text = shown(measure.margin_text, NAME_MAX)
    return f"{text} ({band})" if text and band and text != band else text or band


def _measure_words(measure: Measure) -> tuple[tuple[str, str], ...]:
    unit = shown(measure.unit, NAME_MAX)
    legacy, candidate = two_numbers(measure.legacy, measure.candidate)
    rows: list[tuple[str, str]] = [("legacy", with_unit(legacy, unit)), ("candidate", with_unit(candidate, unit))]
    if measure.difference is not None:
        rows.append(("difference", with_unit(signed(measure.difference), unit)))
    if margin_words(measure):
        rows.append(("margin", margin_words(measure)))
    if measure.interval is not None:
        level = f"{measure.level:.1%} interval" if measure.level is not None else "possible shifts"
        rows.append((level, with_unit(f"{signed(measure.interval[0])} to {signed(measure.interval[1])}", unit)))
    if measure.examples_interval is not None:
        told = f"{signed(measure.examples_interval[0])} to {signed(measure.examples_interval[1])}"
        rows.append((f"interval from {measure.examples:,} examples", with_unit(told, unit)))
    if measure.error is not None:
        rows.append(("error bar", with_unit(f"±{number(measure.error)}", unit)))
    rows += [
        (label, with_unit(number(value), unit))
        for label, value in (
            ("noise, legacy vs legacy", measure.noise_legacy),
            ("noise, candidate vs candidate", measure.noise_candidate),
        )
        if value is not None
    ]
    if measure.noise_class is not None:
        rows.append(("noise class", measure.noise_class.value))
    if measure.pairs is not None:
        rows.append(("pairs", str(measure.pairs)))
    if measure.pairs_all is not None and measure.days is not None:
        over = f"{counted(measure.pairs_all, 'pair')} on {counted(measure.days, 'day')}"
        over += f" and {hosts_text(measure.hosts)}" if measure.hosts is not None else ""
        rows.append(("pairs of all campaigns", over))
    if measure.pairs_needed is not None:
        rows.append(("further pairs or days needed", str(measure.pairs_needed)))
    return tuple(rows)


def scorecard(findings: Iterable[FindingView]) -> tuple[ScoreRow, ...]:
    """Count outcomes by dimension; every row lists all six and adds up."""
    by_dimension: dict[str, list[FindingView]] = {name: [] for name in CHECK_ORDER}
    for finding in findings:
        by_dimension[finding.dimension].append(finding)
    rows = []
    for dimension, members in by_dimension.items():
        counts = Counter(member.outcome for member in members)
        informs = Counter(member.outcome for member in members if not member.required)
        rows.append(
            ScoreRow(
                dimension,
                tuple(counts[outcome.value] for outcome in Outcome),
                len(members),
                tuple(informs[outcome.value] for outcome in Outcome),
            )
        )
    return tuple(rows)
