"""From a verdict to its raw evidence: each reason, its findings, their numbers, and the files they rest on. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from harness.judge.strata import CHECK as BY_STRATUM
from harness.model.finding import Dimension, Finding, Measure
from harness.model.verdict import Reason, Verdict
from harness.report.wording import counted

FILES_SHOWN = 4
FINDINGS_SHOWN = 3
_ENDINGS = frozenset({Dimension.TRUTH, Dimension.TRANSITIONS})
"""Findings whose samples are how both runs ended; others may show rows of outputs."""


def chain(
    verdict: Verdict,
    findings: Sequence[Finding],
    evidence: Mapping[str, str],
    damaged: Sequence[str],
    *,
    notes: Sequence[str],
) -> Iterator[str]:
    """Tell the chain, a line at a time; findings are those after waivers, evidence is file name to sha256."""
    known = {finding.id: finding for finding in findings}
    decided = f"{verdict.decision.value} on {verdict.evidence.value} evidence"
    yield f"{verdict.repository}: {decided}, judged {verdict.judged_at}"
    for number, reason in enumerate(verdict.reasons, 1):
        yield f"{number}. {reason.sentence}"
        yield from _reason(reason, known, evidence)
    yield from _strata(findings)
    for text in damaged:
        yield f"damaged: {text}"
    yield from (f"note: {note}" for note in notes)
    yield "policy, plan, findings and evidence by digest:"
    yield from (f"   {name} {digest}" for name, digest in sorted(verdict.digests.items()))


def _reason(reason: Reason, known: Mapping[str, Finding], evidence: Mapping[str, str]) -> Iterator[str]:
    for name in reason.findings[:FINDINGS_SHOWN]:
        if (found := known.get(name)) is None:
            yield f"   finding {name}: not among the stored findings"
            continue
        rule = f", rule {found.rule}" if found.rule else ""
        yield f"   finding {name}: {found.outcome.value}{rule}"
        if found.measure:
            yield f"      {_numbers(found.measure)}"
        if found.dimension in _ENDINGS:
            yield from (f"      {row.where}: legacy {row.legacy}; candidate {row.candidate}" for row in found.samples)
        yield from (f"      {name}: {evidence.get(name, 'not in evidence')}" for name in found.evidence[:FILES_SHOWN])
        if len(found.evidence) > FILES_SHOWN:
            yield f"      and {len(found.evidence) - FILES_SHOWN} more files"
    if len(reason.findings) > FINDINGS_SHOWN:
        yield f"   and {len(reason.findings) - FINDINGS_SHOWN} more findings"
    for beneath in reason.following:
        yield f"   from it follows: {beneath.sentence} ({counted(len(beneath.findings), 'finding')})"
    if reason.remedy:
        yield f"   would change it: {reason.remedy}"


def _strata(findings: Sequence[Finding]) -> Iterator[str]:
    """Tell what runs of one side say of where and when they ran, whatever was decided."""
    told = [finding for finding in findings if finding.check == BY_STRATUM]
    if told:
        yield "runs of one side by where and when they ran (decides nothing):"
    for each in told:
        yield f"   {each.subject.rpartition(' by ')[0]}: {each.summary}"
        yield from (f"      {row.where}: legacy {row.legacy}; candidate {row.candidate}" for row in each.samples)
        if each.samples_left_out:
            yield f"      and {each.samples_left_out} more"


def _numbers(measure: Measure) -> str:
    unit = f" {measure.unit}".rstrip()
    parts = [
        f"legacy {measure.legacy:.6g}{unit}" if measure.legacy is not None else "",
        f"candidate {measure.candidate:.6g}{unit}" if measure.candidate is not None else "",
        f"difference {measure.difference:.4g}{unit}" if measure.difference is not None else "",
        f"margin {measure.margin_text}" if measure.margin_text else "",
        f"{measure.pairs} pairs" if measure.pairs is not None else "",
    ]
    if measure.interval is not None:
        of = f"{measure.level:.1%} interval" if measure.level is not None else "possible"
        parts.append(f"{of} {measure.interval[0]:.4g} to {measure.interval[1]:.4g}")
    if measure.examples_interval is not None:
        low, high = measure.examples_interval
        parts.append(f"from {measure.examples:,} examples {low:.4g} to {high:.4g}")
    return ", ".join(part for part in parts if part)
