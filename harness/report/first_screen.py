"""Verdict and what is known besides → the first screen: cause and size, at most three reasons, the next step. Pure."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from harness.model.clock import iso, parse_iso
from harness.model.finding import SEVERITY, Outcome
from harness.model.observation import Observation
from harness.model.repository import Repository
from harness.model.verdict import Decision, EvidenceKind, Reason, Verdict
from harness.report import brief, next_step
from harness.report.next_step import Campaign
from harness.report.opening import FirstScreen, LedgerFacts, ReasonLine, SinceLast
from harness.report.possible import BAD_RUNS
from harness.report.values import FindingView, MeasureView, ReasonView, SampleView
from harness.report.wording import counted, listed, shown

REASONS_MAX = 3
LINE_WORDS = 12
DIFFERENCE_WORDS = 10
CELL_WORDS = 4
_BEFORE_DETAILS = re.compile(r" \(|; ")
"""Where the details of a statement begin."""
NOT_CHECKED = "not checked"
NOT_CHECKED_MAX = 2
ENDPOINTS = "configuration.endpoints"
"""Check that names what the process is told to ask."""
WOULD_BE_GO = "would be GO"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the first screen is made of."""

    repository: Repository
    verdict: Verdict
    created_at: str
    """When the campaign was planned: evidence ages from then on."""
    reasons: Sequence[ReasonView]
    findings: Sequence[FindingView]
    observations: Mapping[str, Observation]
    ledger: LedgerFacts
    options: tuple[str, ...] = ()
    """Of the command that the campaign was run by."""


def headline(verdict: Verdict) -> str:
    """Give the verdict in the words of a title: on synthetic evidence nothing is a GO."""
    used = [
        counted(hit, noun)
        for noun, hits in (("waiver", verdict.waivers), ("accepted difference", verdict.rulings))
        if (hit := sum(count > 0 for count in hits.values()))
    ]
    if verdict.decision is not Decision.GO:
        return verdict.decision.value
    word = WOULD_BE_GO if verdict.evidence is EvidenceKind.SYNTHETIC else Decision.GO.value
    return f"{word} with {listed(used)}" if used else word


def first_screen(of: Facts) -> FirstScreen:
    """Build the first screen of one repository."""
    deciding = [view for view in of.reasons if _weight(view) == of.verdict.decision] or list(of.reasons)
    by_anchor = {finding.anchor: finding for finding in of.findings}
    cause = _cause(of, deciding, by_anchor)
    lines = list(_lines(of, deciding, by_anchor, cause))
    told = sum(reason is not None for _, reason in lines)
    return FirstScreen(
        verdict=headline(of.verdict),
        sentence=_ended(brief.cut_words(cause)),
        reasons=tuple(line for line, _ in lines[:REASONS_MAX]),
        more=max(0, len(of.reasons) - max(1, min(told, REASONS_MAX))) if of.verdict.decision is not Decision.GO else 0,
        not_checked=_not_checked(of),
        next=next_step.next_step(of.repository, of.verdict, _campaign(of)),
        signoff=next_step.signoff_state(of.repository, of.verdict, of.ledger.signers),
        judged_at=f"{shown(of.verdict.judged_at[:16]).replace('T', ' ')} UTC",
        counts_until=_counts_until(of),
        since=since_last(of.verdict, of.ledger),
    )


# -- why --------------------------------------------------------------------------------------------------------------


def _weight(reason: ReasonView) -> Decision:
    code = reason.code
    return Decision.GO if code == "go" else Decision.NO_GO if code.startswith("mismatch") else Decision.INCONCLUSIVE


def _cause(of: Facts, deciding: Sequence[ReasonView], by_anchor: Mapping[str, FindingView]) -> str:
    """Say the verdict's cause with its size, in words of its own."""
    if not deciding:
        return "No reason was recorded"
    first = deciding[0]
    if of.verdict.decision is Decision.GO:
        return _go_cause(of)
    finding = _finding(first, by_anchor)
    if finding is not None and finding.dimension == "metrics" and finding.check == "metrics.equivalence":
        return brief.metric_sentence(_name(of, finding), finding)
    return brief.first_sentence(first.sentence)


def _ended(text: str) -> str:
    return text if text.endswith("…") else f"{text}."


def _go_cause(of: Facts) -> str:
    pairs = of.verdict.pairs
    explained = f"; {counted(pairs.explained, 'false failure')} of legacy explained" if pairs.explained else ""
    real = of.verdict.evidence is EvidenceKind.REAL
    where = "" if real else " on stand-ins for the platforms, so nothing is proven yet"
    return f"All required checks agree in {counted(pairs.clean, 'pair')}{where}{explained}"


def _finding(reason: ReasonView, by_anchor: Mapping[str, FindingView]) -> FindingView | None:
    return next((by_anchor[anchor] for anchor, _ in reason.findings if anchor in by_anchor), None)


def _name(of: Facts, finding: FindingView) -> str:
    """Name what a finding is about; the job is left out where there is only one."""
    job, slash, rest = finding.subject.partition("/")
    return finding.subject if not slash else rest if len(of.repository.jobs) == 1 else f"{rest} of {job}"


def _lines(
    of: Facts, deciding: Sequence[ReasonView], by_anchor: Mapping[str, FindingView], cause: str
) -> Iterator[tuple[ReasonLine, ReasonView | None]]:
    """Give one line a reason; of a GO, the metrics that came closest to their limits; first what runs were bad."""
    deciders = {anchor for reason in deciding for anchor, _ in reason.findings}
    yield from ((line, None) for line in _bad_runs(of, deciders))
    if of.verdict.decision is Decision.GO:
        yield from ((line, None) for line in _closest(of))
        return
    for reason in deciding:
        line = _line(of, reason, _finding(reason, by_anchor), cause)
        if line is not None:
            yield line, reason


def _bad_runs(of: Facts, deciders: Container[str]) -> Iterator[ReasonLine]:
    """Name candidate runs that were seen to be off, whatever the verdict: one such run may not block, and is told."""
    for finding in of.findings:
        if finding.check == BAD_RUNS and finding.samples and finding.anchor not in deciders:
            sample = finding.samples[0]
            others = len(finding.samples) + finding.samples_left_out - 1
            yield ReasonLine(
                what=f"{sample.where} of one run" + (f", and of {others} more" if others else ""),
                legacy=sample.legacy,
                candidate=sample.candidate,
                difference="more than a margin off",
                limit="shown, whatever the verdict",
                anchor=finding.anchor,
            )


def _line(of: Facts, reason: ReasonView, finding: FindingView | None, cause: str) -> ReasonLine | None:
    """Write one reason in numbers where there are some, else in a few words that the sentence has not said."""
    if finding is not None and finding.measure is not None and finding.measure.difference is not None:
        return _measured(_name(of, finding), finding, finding.measure)
    if finding is not None and finding.samples:
        sample = finding.samples[0]
        legacy, candidate = (brief.cell(text, CELL_WORDS) for text in (sample.legacy, sample.candidate))
        if sample.where == "ending" and reason.samples:
            legacy, candidate = _endings(reason)
        where = "ending" if sample.where == "ending" else sample.where
        what = f"{_name(of, finding)}: {brief.cut_words(where, 6)}"
        told = brief.first_sentence(reason.sentence)
        repeats = cause.startswith(told[:20]) or bool(reason.samples)
        difference = "" if repeats else _in_words(sample, told)
        return ReasonLine(what, legacy, candidate, difference, "none", anchor=finding.anchor)
    if finding is not None and finding.outcome == Outcome.NOT_RUN.value:
        return ReasonLine(_name(of, finding), text=NOT_CHECKED, anchor=finding.anchor)
    text = brief.cut_words(brief.first_sentence(reason.sentence), LINE_WORDS)
    if cause.startswith(text.rstrip(" …")):
        return None
    return ReasonLine(_name(of, finding) if finding else "", text=text, anchor=finding.anchor if finding else "")


def _in_words(sample: SampleView, sentence: str) -> str:
    """Say how two values differ where few words do; nothing is cut to fit, for the values stand beside it."""
    texts = (sample.note, sentence, _BEFORE_DETAILS.split(sentence, maxsplit=1)[0])
    short = (text for text in texts if 0 < len(text.split()) <= DIFFERENCE_WORDS)
    return next((text for text in short if not (sample.legacy in text and sample.candidate in text)), "")


def _endings(reason: ReasonView) -> tuple[str, str]:
    rows = {sample.where: sample for sample in reason.samples}
    code = rows.get("exit code")
    parts = [
        (rows["ending"].legacy, code.legacy if code else ""),
        (rows["ending"].candidate, code.candidate if code else ""),
    ]
    legacy, candidate = (f"{ending} ({number})" if number.isdigit() else ending for ending, number in parts)
    return legacy, candidate


def _measured(name: str, finding: FindingView, measure: MeasureView) -> ReasonLine:
    words = dict(measure.words)
    held = "" if finding.outcome == Outcome.MATCH.value or not brief.holds_zero(measure) else " (may be none)"
    return ReasonLine(
        what=name,
        legacy=words["legacy"],
        candidate=words["candidate"],
        difference=f"{brief.sized(measure, measure.difference, sign=True)}{held}",
        limit=brief.limit_of(measure),
        anchor=finding.anchor,
    )


def _closest(of: Facts) -> Iterator[ReasonLine]:
    """Give the critical metrics of a GO, the one that used most of its limit first."""
    judged = [
        finding
        for finding in of.findings
        if finding.check == "metrics.equivalence" and finding.required and finding.measure and finding.measure.margin
    ]
    for finding in sorted(judged, key=_used, reverse=True):
        if finding.measure:
            yield _measured(_name(of, finding), finding, finding.measure)


def _used(finding: FindingView) -> tuple[float, int]:
    measure = finding.measure
    if measure is None or not measure.margin:
        return 0.0, 0
    bounds = measure.interval or (measure.difference or 0.0,)
    return max(abs(bound) for bound in bounds) / measure.margin, SEVERITY[Outcome(finding.outcome)]


def _not_checked(of: Facts) -> tuple[str, ...]:
    """Name what was not checked; endpoints that the process is told of stand there however much else was not."""
    endpoints = tuple(sorted({finding.summary for finding in of.findings if finding.check == ENDPOINTS}))
    others = [shown(text) for text in of.verdict.not_checked if shown(text) not in endpoints]
    told = (*endpoints, *others[:NOT_CHECKED_MAX])
    texts = tuple(brief.cut_words(text.removesuffix(f" was {NOT_CHECKED}"), LINE_WORDS) for text in told)
    left = len(others) - NOT_CHECKED_MAX
    return (*texts, f"{left} more") if left > 0 else texts


# -- when -------------------------------------------------------------------------------------------------------------


def _campaign(of: Facts) -> Campaign:
    """Measure what one campaign took, from the first to the last thing that was seen of the repository's runs."""
    seen = [
        event.received_seconds
        for observation in of.observations.values()
        if observation.run.repository == of.repository.name
        for event in observation.events
    ]
    needed = (finding.measure.pairs_needed for finding in of.findings if finding.required and finding.measure)
    more = max((pairs for pairs in needed if pairs), default=0)
    return Campaign(max(seen) - min(seen) if seen else None, more, of.options)


def _counts_until(of: Facts) -> str:
    """Give the last day of the evidence; a time that can't be read is nobody's to guess."""
    try:
        last = parse_iso(of.created_at) + timedelta(seconds=of.repository.policy.evidence_seconds_max).total_seconds()
    except ValueError:
        return ""
    return iso(last)[:10]


def reason_keys(reasons: Sequence[Reason]) -> dict[str, str]:
    """Name what each reason is about, whatever its numbers are today, and how it is said."""
    return {f"{reason.code.partition(':')[2]} {reason.subject}".strip(): reason.sentence for reason in reasons}


def since_last(verdict: Verdict, facts: LedgerFacts) -> SinceLast:
    """Hold the reasons against those of the previous report: new, fixed, still there."""
    before = facts.previous
    if before is None:
        return SinceLast()
    if before.reasons is None:
        return SinceLast(before.campaign, before.at, before.decision, known=False)
    now = reason_keys(verdict.reasons) if verdict.decision is not Decision.GO else {}
    new = tuple(shown(text) for key, text in now.items() if key not in before.reasons)
    fixed = tuple(shown(text) for key, text in before.reasons.items() if key not in now)
    return SinceLast(before.campaign, before.at, before.decision, new, fixed, len(now) - len(new))
