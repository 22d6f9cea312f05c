"""Compare, judge, decide, conclude: from stored evidence alone. No platform is asked, nothing is started."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from pathlib import Path

from harness.campaign import evidence, history, repeats, rulings, stories
from harness.campaign.changes import changes_of
from harness.campaign.schedules import load_schedule, observations
from harness.campaign.selfcheck import measured
from harness.config.load import side_differences
from harness.errors import EvidenceDamaged
from harness.judge.expiry import Current, reasons_today
from harness.judge.gate import Case, decide, effective_findings
from harness.judge.rulings import apply
from harness.model.clock import Clock, iso
from harness.model.observation import Observation
from harness.model.plan import Plan
from harness.model.repository import Repository
from harness.model.schedule import Schedule
from harness.model.verdict import Decision, EvidenceKind, Judgement, LedgerPrefix, PastVerdict, Reason, Verdict
from harness.report import render
from harness.report.view import ReportView, view_of
from harness.store import codec, ledger
from harness.store.archive import Archive

JUDGEMENT_SCHEMA = "parity.judgement/1"
ENGINE = "parity-harness"


def conclude(
    plan: Plan, archive: Archive, book: Path | ledger.Ledger, clock: Clock, kind: str = ledger.VERDICT
) -> tuple[Verdict, ...]:
    """Make and save findings and verdicts, enter them into the ledger as `kind`, write the pages."""
    judged_at, schedule = iso(clock.now()), load_schedule(archive, plan)
    verdicts = []
    for repository in plan.repositories:
        judgement = judge(schedule, repository, archive, judged_at, ledger.read(book))
        archive.save_judgement(judgement)
        verdict = verdict_of(schedule, repository, archive, judgement)
        archive.save_verdict(verdict)
        said = {ledger.DECISION: verdict.decision.value, ledger.EVIDENCE: verdict.evidence.value}
        facts = {**verdict.digests, **history.facts(judgement.tallies), **said}
        ledger.append(book, kind, judged_at, repository.name, plan.campaign, facts)
        verdicts.append(verdict)
    write_pages(plan, archive)
    return tuple(verdicts)


def judge(
    schedule: Schedule, repository: Repository, archive: Archive, judged_at: str, entries: tuple[ledger.Entry, ...]
) -> Judgement:
    """Run all checks of one repository over stored evidence, at the level that the ledger leaves it."""
    plan = schedule.plan
    seen = observations(schedule, archive.load_observation, repository.name)
    prefix = prefix_of(plan, repository, entries)
    past = history.history_of(plan, repository, history.before(entries, plan.campaign))
    allowance = history.allowance_of(plan, repository, past.own, prefix.spent)
    findings = (
        *evidence.findings_of(schedule, repository, seen, archive.payload, allowance=allowance),
        *repeats.findings_of(schedule, repository, seen, past.own),
    )
    ruled = apply(repository.name, findings, prefix.rulings, repository.policy)
    names = ("plan.json", "journal.log", *(f"runs/{run}/observation.json" for run in sorted(seen)))
    fetched = {name: digest for _, each in sorted(seen.items()) for name, digest in each.files.items()}
    return Judgement(
        schema=JUDGEMENT_SCHEMA,
        repository=repository.name,
        campaign=plan.campaign,
        judged_at=judged_at,
        engine=f"{ENGINE} {version(ENGINE)}",
        evidence={**archive.digests(names), **fetched},
        attempts=ledger.attempts(entries, repository.name),
        findings=findings,
        tallies=history.tallies_of(schedule, repository, seen, ruled),
        history=past,
        prefix=prefix,
    )


def prefix_of(plan: Plan, repository: Repository, entries: tuple[ledger.Entry, ...]) -> LedgerPrefix:
    """Say what the ledger holds that bears on a verdict of this campaign."""
    spent = 0.0 if plan.synthetic else ledger.spent(entries, repository.name, plan.campaign)
    return LedgerPrefix(
        spent=spent,
        level=ledger.entered(entries, repository.name, plan.campaign),
        rulings=rulings.read(repository, entries, plan.campaign, synthetic=plan.synthetic),
        verdicts=_verdicts(plan, repository, entries),
        changes=changes_of(plan, repository, entries),
    )


def _verdicts(plan: Plan, repository: Repository, entries: tuple[ledger.Entry, ...]) -> tuple[PastVerdict, ...]:
    """Give each campaign's last decision, in the order in which its runs were judged first.

    A recomparison looks at old runs again: it is no newer campaign, and no day of soak.
    """
    kind = EvidenceKind.SYNTHETIC if plan.synthetic else EvidenceKind.REAL
    found: dict[str, PastVerdict] = {}
    for each in entries:
        judged = each.kind in {ledger.VERDICT, ledger.RECOMPARISON} and each.repository == repository.name
        if not judged or each.facts.get(ledger.EVIDENCE) != kind.value:
            continue
        first = found.get(each.campaign)
        decision = Decision(each.facts[ledger.DECISION])
        found[each.campaign] = PastVerdict(each.campaign, first.at if first else each.at, decision)
    return tuple(found.values())


def verdict_of(
    schedule: Schedule, repository: Repository, archive: Archive, judgement: Judgement, today: tuple[Reason, ...] = ()
) -> Verdict:
    """Decide from findings, policy, schedule and state of the evidence; `today`: what only a look at today shows."""
    return decided(schedule, repository, judgement, archive.damaged(judgement.evidence), today)


def decided(
    schedule: Schedule,
    repository: Repository,
    judgement: Judgement,
    damaged: tuple[str, ...],
    today: tuple[Reason, ...] = (),
) -> Verdict:
    """Decide where it is known already which evidence is missing or changed."""
    digests = {
        "findings": codec.digest_of(judgement),
        "policy": codec.digest_of(repository.policy),
        "plan": codec.digest_of(schedule.plan),
        "evidence": codec.digest_of(judgement.evidence),
        "tool": judgement.engine,
    }
    return decide(Case(schedule, repository, judgement, damaged, digests, today))


@dataclass(frozen=True, slots=True)
class Today:
    """What a stored campaign is looked at with, instead of what was known when it was judged."""

    judged_at: str
    entries: tuple[ledger.Entry, ...]
    current: Mapping[str, Current] = field(default_factory=dict)
    """What is known of the jobs that would cut over today, by repository/job."""


def rejudge(archive: Archive, today: Today | None = None) -> tuple[Verdict, ...]:
    """Decide again from the stored findings; without `today` it gives the stored bytes, anywhere and offline.

    Raises:
        EvidenceDamaged: the plan itself can't be read, so that nothing at all can be decided.
    """
    plan = archive.load_plan()
    try:
        schedule = load_schedule(archive, plan)
    except EvidenceDamaged as error:
        return tuple(_undecided(Schedule(plan), repository, error) for repository in plan.repositories)
    return tuple(_rejudge_one(schedule, each, archive, today) for each in plan.repositories)


def _rejudge_one(schedule: Schedule, repository: Repository, archive: Archive, today: Today | None) -> Verdict:
    try:
        judgement = archive.load_judgement(repository.name)
    except EvidenceDamaged as error:
        return _undecided(schedule, repository, error)
    if not today:
        return verdict_of(schedule, repository, archive, judgement)
    plan = schedule.plan
    prefix = prefix_of(plan, repository, today.entries)
    judgement = replace(judgement, judged_at=today.judged_at, prefix=prefix)
    return verdict_of(schedule, repository, archive, judgement, reasons_today(plan, repository, prefix, today.current))


def _undecided(schedule: Schedule, repository: Repository, error: EvidenceDamaged) -> Verdict:
    """Say that nothing can be decided, because what would have to be read is damaged."""
    plan = schedule.plan
    empty = Judgement(JUDGEMENT_SCHEMA, repository.name, plan.campaign, plan.created_at, "", {}, 0, ())
    return decide(Case(schedule, repository, empty, (str(error),), {}))


def write_pages(plan: Plan, archive: Archive) -> Path:
    """Write the report's pages from what is stored; return the index page."""
    render.render_campaign(views_of(plan, archive), archive.report)
    archive.publish_report()
    return archive.report / "index.html"


def views_of(plan: Plan, archive: Archive) -> tuple[ReportView, ...]:
    """Build what the report says of every repository, from what is stored."""
    schedule = load_schedule(archive, plan)
    return tuple(_view(schedule, each, archive) for each in plan.repositories)


def damages(plan: Plan, archive: Archive) -> Mapping[str, tuple[str, ...]]:
    """List the evidence of each repository that is missing or changed since it was judged, each with what is wrong."""
    names = [each.name for each in plan.repositories]
    return {name: archive.damaged(archive.load_judgement(name).evidence) for name in names}


def _view(schedule: Schedule, repository: Repository, archive: Archive) -> ReportView:
    """Show the stored verdict, or, where its evidence is no longer what was judged, what is left of it."""
    judgement = archive.load_judgement(repository.name)
    damaged = archive.damaged(judgement.evidence)
    verdict = decided(schedule, repository, judgement, damaged) if damaged else archive.load_verdict(repository.name)
    findings, _ = effective_findings(Case(schedule, repository, judgement, (), {}))
    seen = observations(schedule, lambda run: _readable(archive, run), repository.name)
    differences = tuple(each for job in repository.jobs for each in side_differences(job))
    known = measured.load()
    return view_of(
        schedule,
        repository,
        verdict,
        replace(judgement, findings=findings),
        seen,
        differences,
        selfcheck=measured.sentence(known),
        at_margin=(known.margin_go, known.margin_trials),
        stories=stories.stories_of(schedule, repository, seen, findings),
    )


def _readable(archive: Archive, run: str) -> Observation | None:
    """Load one run's facts; what can't be read is told as damaged, and the page has the rest."""
    try:
        return archive.load_observation(run)
    except EvidenceDamaged:
        return None


def exit_code(verdicts: tuple[Verdict, ...]) -> int:
    """Give the code over several repositories: NO-GO 1 before INCONCLUSIVE 3 before GO 0; nothing selected is 5."""
    if not verdicts:
        return 5
    decisions = {each.decision for each in verdicts}
    if Decision.NO_GO in decisions:
        return 1
    return 3 if Decision.INCONCLUSIVE in decisions else 0
