"""One verdict with its evidence → everything a report says. Pure; every format is counted and worded here."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from harness.model.finding import Finding, Outcome
from harness.model.job import Side
from harness.model.observation import Observation
from harness.model.plan import Plan
from harness.model.policy import wider_than_preset
from harness.model.repository import Repository
from harness.model.schedule import Schedule
from harness.model.verdict import Decision, EvidenceKind, Judgement, Reason, Verdict
from harness.report import findings as found
from harness.report import runs
from harness.report.accepted import change_rows, ruling_rows, waiver_rows
from harness.report.documents import document_views
from harness.report.first_screen import Facts, first_screen
from harness.report.gate import gate_rows
from harness.report.opening import LedgerFacts
from harness.report.outputs import output_views
from harness.report.values import (
    FindingView,
    GateRow,
    MeasureView,
    MetricPicture,
    Outlook,
    PairView,
    Phase,
    ReasonView,
    ReportView,
    RunStory,
    Transition,
)
from harness.report.wording import NAME_MAX, counted, listed, number, rule_words, shown
from harness.scrub import scrubber

__all__ = [
    "OUTCOMES",
    "SCHEMA",
    "FindingView",
    "MeasureView",
    "PairView",
    "Phase",
    "ReportView",
    "RunStory",
    "Transition",
    "view_of",
]

SCHEMA = "parity.report/1"
OUTCOMES = tuple(outcome.value for outcome in Outcome)
NOTHING_KNOWN = LedgerFacts()
NO_OUTLOOK = Outlook()


@dataclass(frozen=True, slots=True)
class _Material:
    """What a view is made of."""

    schedule: Schedule
    repository: Repository
    verdict: Verdict
    judgement: Judgement
    observations: Mapping[str, Observation]
    differences: tuple[tuple[str, str, str], ...]
    selfcheck: str
    anchor: str
    stories: Mapping[str, RunStory] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    facts: LedgerFacts = NOTHING_KNOWN
    outlook: Outlook = NO_OUTLOOK
    pictures: tuple[MetricPicture, ...] = ()

    @property
    def plan(self) -> Plan:
        """The plan that the schedule amends."""
        return self.schedule.plan


def view_of(  # noqa: PLR0913 - one parameter a source
    schedule: Schedule,
    repository: Repository,
    verdict: Verdict,
    judgement: Judgement,
    *,
    observations: Mapping[str, Observation],
    differences: tuple[tuple[str, str, str], ...],
    selfcheck: str,
    stories: Mapping[str, RunStory] | None = None,
    notes: tuple[str, ...] = (),
    anchor: str = "",
    facts: LedgerFacts = NOTHING_KNOWN,
    outlook: Outlook = NO_OUTLOOK,
    pictures: tuple[MetricPicture, ...] = (),
) -> ReportView:
    """Build the view of one repository.

    `judgement.findings` are those the verdict was made from: waivers applied, NOT RUN findings added.
    `differences`: key, legacy, candidate of the owner's configuration. `stories`: by run id, seconds after submit.
    `notes`: what a reader must know besides the verdict. `anchor`: where the ledger's entry of the verdict is anchored;
    empty: it is not. `facts`: what else the ledger knows of the verdict. `outlook`: how long GO takes.
    `pictures`: of each metric that was judged by its pairs.
    `selfcheck`: how often the judge was wrong when it was measured, in words.
    """
    shown_stories = {run: runs.story_view(story) for run, story in (stories or {}).items()}
    material = (schedule, repository, verdict, judgement, observations, differences)
    return _view(_Material(*material, selfcheck, anchor, shown_stories, notes, facts, outlook, pictures))


def _pinned(plan: Plan, repository: Repository) -> Mapping[str, str]:
    """Give the pinned image of each job."""
    identities = {job.name: plan.identities.get(f"{repository.name}/{job.name}") for job in repository.jobs}
    return {name: identity.image.reference for name, identity in identities.items() if identity}


def _view(of: _Material) -> ReportView:
    plan, repository, verdict, findings = of.plan, of.repository, of.verdict, of.judgement.findings
    views = found.finding_views(findings)
    pairs = runs.pair_views(of.schedule, repository.name, findings, of.stories)
    truth = runs.truth_rows(pairs)
    score = found.scorecard(views)
    gate = gate_rows(repository, verdict, findings)
    reasons = _reasons(verdict.reasons, findings, views)
    facts = Facts(repository, verdict, plan.created_at, reasons, views, of.observations, of.facts, plan.options)
    first = first_screen(facts)
    return ReportView(
        schema=SCHEMA,
        repository=shown(repository.name, NAME_MAX),
        owner=shown(repository.owner, NAME_MAX),
        tier=shown(repository.tier, NAME_MAX),
        campaign=shown(verdict.campaign, NAME_MAX),
        decision=verdict.decision.value,
        headline=first.verdict,
        sentence=first.sentence,
        first=first,
        judged_at=shown(verdict.judged_at, NAME_MAX),
        evidence_kind=verdict.evidence.value,
        synthetic=verdict.evidence is EvidenceKind.SYNTHETIC,
        not_real=tuple(shown(reason) for reason in of.plan.reality_now(of.repository.name).reasons),
        anchored="anchored" if of.anchor else "not anchored",
        anchor=shown(of.anchor),
        isolation=_isolation(of),
        policy=shown(verdict.policy, NAME_MAX),
        attempts=verdict.attempts,
        false_failures=verdict.false_failures,
        reasons=reasons,
        not_checked=tuple(shown(name) for name in verdict.not_checked),
        would_change=tuple(shown(name) for name in verdict.would_change),
        warnings=_warnings(verdict, views, gate),
        notes=tuple(shown(text) for text in (*of.notes, *_wide_margins(repository))),
        totals={outcome: int(verdict.totals.get(outcome, 0)) for outcome in OUTCOMES},
        informs={outcome: sum(row.informs[n] for row in score) for n, outcome in enumerate(OUTCOMES)},
        scorecard=score,
        gate=gate,
        pair_counts={
            name: getattr(verdict.pairs, name)
            for name in ("planned", "clean", "explained", "void", "unclean", "stopped")
        },
        pairs=pairs,
        stops=runs.stop_rows(of.schedule, repository.name),
        findings=views,
        truth=truth,
        truth_counts=runs.truth_counts(truth),
        differences=tuple((shown(key, NAME_MAX), shown(old), shown(new)) for key, old, new in of.differences),
        documents=document_views(repository, plan.mutations, _pinned(plan, repository)),
        seen=runs.seen_rows(repository, of.observations),
        startup=runs.startup_rows(pairs, findings),
        outputs=output_views(findings, of.observations, {pair.id: pair.runs for pair in of.schedule.pairs}),
        waivers=waiver_rows(repository, verdict),
        rule_changes=change_rows(verdict),
        rulings=ruling_rows(of.judgement.prefix.rulings, verdict),
        files=_files(of),
        method=_method(of),
        environment=_environment(of),
        digests=tuple((shown(name, NAME_MAX), shown(text, NAME_MAX)) for name, text in sorted(verdict.digests.items())),
        selfcheck=shown(of.selfcheck),
        tool=shown(plan.tool, NAME_MAX),
        rebuild=f"parity report {shown(shlex.quote(verdict.campaign), NAME_MAX)}",
        outlook=of.outlook,
        pictures=tuple(replace(picture, subject=shown(picture.subject)) for picture in of.pictures),
    )


# -- verdict ----------------------------------------------------------------------------------------------------------


def _wide_margins(repository: Repository) -> Iterator[str]:
    """Tell margins that are wider than 100 % or than the preset's, each with the reason its owner gave."""
    policy = repository.policy
    for key in wider_than_preset(policy):
        reason = policy.margin_reason or "no reason is given"
        yield f"{key} is {getattr(policy, key):g}, wider than that of the preset {policy.preset}: {reason}"
    for job in repository.jobs:
        for metric in job.metrics:
            if (metric.margin_relative or 0) > 1:
                reason = metric.margin_reason or "no reason is given"
                yield f"the margin of {job.name}/{metric.name} is {metric.margin_relative:.0%}: {reason}"


def _reasons(
    reasons: Sequence[Reason], findings: Sequence[Finding], views: Sequence[FindingView]
) -> tuple[ReasonView, ...]:
    by_id: dict[str, tuple[Finding, FindingView]] = {}
    for finding, view in zip(findings, views, strict=True):
        by_id.setdefault(finding.id, (finding, view))
    return tuple(_reason(reason, by_id) for reason in reasons)


def _reason(reason: Reason, by_id: Mapping[str, tuple[Finding, FindingView]]) -> ReasonView:
    known = [by_id[finding] for finding in reason.findings if finding in by_id]
    value, margin = _value_and_margin(known)
    remedy = reason.remedy or next((finding.remedy for finding, _ in known if finding.remedy), "")
    return ReasonView(
        code=shown(reason.code, NAME_MAX),
        sentence=shown(reason.sentence),
        value=value,
        margin=margin,
        remedy=shown(remedy),
        findings=tuple((view.anchor, view.ref) for _, view in known),
        absent=tuple(shown(finding, NAME_MAX) for finding in reason.findings if finding not in by_id),
        samples=next((view.samples for finding, view in known if found.is_ending(finding)), ()),
        following=tuple(replace(_reason(beneath, by_id), remedy="") for beneath in reason.following),
    )


def _value_and_margin(known: Sequence[tuple[Finding, FindingView]]) -> tuple[str, str]:
    """Take the number behind a reason: a measure if there is one, else the first concrete difference."""
    for finding, view in known:
        if view.measure is not None and finding.measure is not None:
            words = dict(view.measure.words)
            value = f"legacy {words['legacy']}, candidate {words['candidate']}"
            if "difference" in words:
                value += f", difference {words['difference']}"
            return value, found.margin_words(finding.measure) or "none given"
    for finding, view in known:
        if view.samples and found.is_ending(finding):
            return found.endings_words(view.samples), "both end as the job is meant to"
        if view.samples:
            sample = view.samples[0]
            return f"{sample.where}: legacy {sample.legacy}, candidate {sample.candidate}", "no such difference"
    return "", ""


def _warnings(verdict: Verdict, views: Sequence[FindingView], gate: Sequence[GateRow]) -> tuple[str, ...]:
    """Say where the page and the verdict disagree, so that neither is believed blindly."""
    warnings = []
    counts = Counter(view.outcome for view in views)
    off = [
        f"{outcome}: verdict {verdict.totals.get(outcome, 0)}, page {counts[outcome]}"
        for outcome in OUTCOMES
        if verdict.totals.get(outcome, 0) != counts[outcome]
    ]
    if off:
        warnings.append(f"The totals of the verdict differ from the findings on this page ({'; '.join(off)}).")
    unmet = [gate_row.rule for gate_row in gate if gate_row.met == "no"]
    if verdict.decision is Decision.GO and unmet:
        warnings.append(
            f"The verdict is GO, yet this page counts as not met: {listed(unmet)}. Do not sign before this is settled."
        )
    return tuple(warnings)


# -- tables -----------------------------------------------------------------------------------------------------------


def _files(of: _Material) -> tuple[tuple[str, str], ...]:
    files = dict(of.judgement.evidence)
    for observation in of.observations.values():
        if observation.run.repository == of.repository.name:
            for name, digest in observation.files.items():
                files.setdefault(name, digest)
    return tuple((shown(name, NAME_MAX), shown(digest, NAME_MAX)) for name, digest in sorted(files.items()))


def _isolation(of: _Material) -> tuple[str, ...]:
    return tuple(sorted({shown(said["isolation"], NAME_MAX) for _, said in _said(of) if "isolation" in said}))


def _said(of: _Material) -> list[tuple[str, Mapping[str, str]]]:
    """List what each side's platform said of itself."""
    return [(side.value, of.plan.endpoints.get(f"{of.repository.name}/{side.value}", {})) for side in Side]


def _scrubbed(of: _Material) -> str:
    """Count the secrets that were replaced by a word in this repository's evidence, by place; empty: there was none."""
    runs_seen = tuple(of.observations.values())
    counts = {
        "logs": sum(observation.log.scrubbed for observation in runs_seen if observation.log),
        "events": sum(scrubber.count(observation.events) for observation in runs_seen),
        "records": sum(scrubber.count(observation.record) for observation in runs_seen),
        "messages": sum(
            scrubber.count(
                (
                    observation.notes,
                    observation.not_submitted,
                    observation.record_damage,
                    [out.damage for out in observation.outputs],
                )
            )
            for observation in runs_seen
        ),
        "findings": sum(scrubber.count(finding) for finding in of.judgement.findings),
    }
    told = [f"{count} in {place}" for place, count in counts.items() if count]
    return f"{counted(sum(counts.values()), 'secret')}: {listed(told)}" if told else ""


def _method(of: _Material) -> tuple[tuple[str, str], ...]:
    policy, pairs = of.repository.policy, of.verdict.pairs
    rows = [
        ("Policy", shown(policy.preset, NAME_MAX)),
        *_rule_rows(of),
        ("Pairs", f"{pairs.planned} planned; {pairs.clean} clean, {pairs.unclean} unclean, {pairs.void} void"),
        ("Start order", f"drawn at plan time with seed {of.plan.seed}"),
        ("Attempts", f"{counted(of.verdict.attempts, 'campaign')} of this repository in the ledger, this one included"),
        ("Campaign planned", shown(of.plan.created_at, NAME_MAX)),
        ("Findings made by", shown(of.judgement.engine, NAME_MAX)),
    ]
    if told := _scrubbed(of):
        rows.append(("Scrubbed before it was stored", f"{told}; a word such as [scrubbed: github-pat] names the rule"))
    return tuple(rows)


def _rule_rows(of: _Material) -> tuple[tuple[str, str], ...]:
    """Say by which rule metrics and rates were judged, and how often it may be wrong."""
    policy = of.repository.policy
    if not of.judgement.rule:
        return (("Judged by", rule_words("")),)
    unit = f"the mean of a day's pairs, of {policy.days} days or more" if policy.days > 1 else "a pair"
    return (
        ("Judged by", rule_words(of.judgement.rule)),
        ("Unit of evidence", unit),
        (
            "Chance of ever calling a shift of a margin equal",
            f"at most α = {number(policy.alpha)}, however often judged",
        ),
        ("Share of bad runs and of wrong endings", f"proven below {policy.bad_runs_max:.0%}; wrong once in 20 at most"),
    )


def _environment(of: _Material) -> tuple[tuple[str, str], ...]:
    rows = [("Tool", shown(of.plan.tool, NAME_MAX)), ("Evidence", of.verdict.evidence.value)]
    rows += [("Evidence is not real", shown(reason)) for reason in of.plan.reality_now(of.repository.name).reasons]
    rows.append(("Ledger", shown(of.anchor) or "not anchored: nothing shows a ledger that was rewritten as a whole"))
    for side, said in _said(of):
        rows += [(f"{side}: {shown(key, NAME_MAX)}", shown(text, NAME_MAX)) for key, text in sorted(said.items())]
    for name, identity in sorted(of.plan.identities.items()):
        if name.startswith(f"{of.repository.name}/"):
            job = shown(name.removeprefix(f"{of.repository.name}/"), NAME_MAX)
            rows.append((f"image of {job}", shown(identity.image.reference, NAME_MAX)))
            rows += [
                (f"input {shown(key, NAME_MAX)} of {job}", shown(pin, NAME_MAX))
                for key, pin in sorted(identity.inputs.items())
            ]
    return tuple(rows)
