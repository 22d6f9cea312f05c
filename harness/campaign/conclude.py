"""Compare, judge, decide, conclude: from stored evidence alone. No platform is asked, nothing is started."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.metadata import version

from harness.campaign import history, pages, rulings
from harness.campaign.changes import changes_of
from harness.campaign.checked import Checked, check
from harness.campaign.checks import requirements_of
from harness.campaign.listing import evidence_of
from harness.campaign.recomparison import check_unchanged
from harness.campaign.schedules import load_schedule, observations
from harness.campaign.verified import (
    JUDGEMENT_SCHEMA,
    damages,
    derive,
    digests_of,
    verified,
)
from harness.compare.output_rules import OpenPayload
from harness.errors import Refused
from harness.judge.gate import Case, decide
from harness.judge.rulings import apply
from harness.model.clock import Clock, iso
from harness.model.plan import Plan
from harness.model.repository import Repository
from harness.model.schedule import Schedule
from harness.model.verdict import Decision, EvidenceKind, Judgement, LedgerPrefix, PastVerdict, Verdict
from harness.store import ledger
from harness.store.archive import Archive

ENGINE = "parity-harness"
RULE = "bets/2"
"""Of this version's judge (docs/adr/0150)."""


def begun(plan: Plan, archive: Archive) -> bool:
    """Tell whether the ledger holds a verdict of a campaign already: from then on its evidence is closed."""
    entries = archive.ledger.entries()
    return any(ledger.judged(entries, repository.name, plan.campaign) for repository in plan.repositories)


def _silent(verdict: Verdict) -> None:
    del verdict


def conclude(
    plan: Plan,
    archive: Archive,
    clock: Clock,
    kind: str = ledger.VERDICT,
    *,
    tell: Callable[[Verdict], None] = _silent,
    early: Mapping[str, Checked] | None = None,
) -> tuple[Verdict, ...]:
    """Make and save findings and verdicts, enter them into the ledger as `kind`, write the pages.

    A repository that was concluded before a crash keeps its verdict. `tell` hears of each verdict once it is entered.
    `early`: by repository, what its checks found while other repositories still ran.
    """
    judged_at, schedule = iso(clock.now()), load_schedule(archive, plan)
    for repository in plan.repositories:
        entries = archive.ledger.entries()
        if kind == ledger.VERDICT and ledger.judged(entries, repository.name, plan.campaign):
            continue
        before = (early or {}).get(repository.name)
        judgement = judge(schedule, repository, archive, judged_at, entries=entries, checked_before=before)
        archive.save_judgement(judgement)
        damaged, digests = damages(schedule, judgement, archive), digests_of(repository, judgement, archive)
        verdict = decide(Case(schedule, repository, judgement, damaged, digests, required=requirements_of(repository)))
        archive.save_verdict(verdict)
        archive.check_writer()
        facts = _facts(verdict, judgement, archive)
        ledger.append(
            archive.ledger, kind, iso(clock.now()), repository=repository.name, campaign=plan.campaign, facts=facts
        )
        tell(verdict)
    pages.write_pages(archive)
    return rejudge(archive)


def recompare(archive: Archive, clock: Clock) -> tuple[Verdict, ...]:
    """Read the stored artifacts again with the checks of this version, over the bytes that were judged first.

    Raises:
        EvidenceDamaged: they are other bytes, or the ledger does not know which they were.
        Refused: payloads were deleted when their time was over.
    """
    for found in verified(archive):
        if found.expired.files:
            what = f"{found.repository.name}: {'; '.join(found.expired.notes)}"
            message = f"{what}: they can't be compared again; parity rejudge decides from the facts"
            raise Refused(message)
    plan, entries = archive.load_plan(), archive.ledger.entries()
    schedule = load_schedule(archive, plan)
    for repository in plan.repositories:
        check_unchanged(schedule, repository, archive, entries)
    return conclude(plan, archive, clock, ledger.RECOMPARISON)


def _facts(verdict: Verdict, judgement: Judgement, archive: Archive) -> dict[str, str]:
    """Give what the ledger keeps of a verdict: digests of all that it rests on, and what it said."""
    digests = {**verdict.digests, ledger.EVIDENCE_DIGEST: verdict.digests["evidence"]}
    return {
        **digests,
        ledger.VERDICT_DIGEST: archive.digest(archive.verdict_name(verdict.repository)),
        **history.facts(judgement.tallies),
        ledger.DECISION: verdict.decision.value,
        ledger.EVIDENCE: verdict.evidence.value,
    }


def checked(
    schedule: Schedule,
    repository: Repository,
    archive: Archive,
    open_payload: OpenPayload,
    *,
    entries: tuple[ledger.Entry, ...],
) -> Checked:
    """Run all checks of one repository over stored evidence, beside what the ledger has of earlier campaigns."""
    seen = observations(schedule, archive.load_observation, repository.name)
    past = history.history_of(schedule.plan, repository, history.before(entries, schedule.plan.campaign))
    return check(schedule, repository, seen, open_payload, own=past.own)


def judge(
    schedule: Schedule,
    repository: Repository,
    archive: Archive,
    judged_at: str,
    *,
    entries: tuple[ledger.Entry, ...],
    checked_before: Checked | None = None,
) -> Judgement:
    """Judge one repository by its stored evidence, together with what the ledger has of earlier campaigns.

    `checked_before`: what its checks found; they run again where they would look at anything else.
    """
    plan = schedule.plan
    seen = observations(schedule, archive.load_observation, repository.name)
    prefix = prefix_of(plan, repository, entries)
    past = history.history_of(plan, repository, history.before(entries, plan.campaign))
    if checked_before is not None and checked_before.holds_for(seen, past.own):
        findings = checked_before.findings
    else:
        findings = check(schedule, repository, seen, archive.payload, own=past.own).findings
    ruled = apply(repository.name, findings, prefix.rulings, repository.policy)
    return Judgement(
        schema=JUDGEMENT_SCHEMA,
        repository=repository.name,
        campaign=plan.campaign,
        judged_at=judged_at,
        engine=f"{ENGINE} {version(ENGINE)}",
        evidence=evidence_of(archive, seen),
        attempts=ledger.attempts(entries, repository.name),
        findings=findings,
        tallies=history.tallies_of(schedule, repository, seen, ruled),
        history=past,
        prefix=prefix,
        required=requirements_of(repository),
        rule=RULE,
    )


def prefix_of(plan: Plan, repository: Repository, entries: tuple[ledger.Entry, ...]) -> LedgerPrefix:
    """Say what the ledger holds that bears on a verdict of this campaign."""
    synthetic = plan.is_synthetic(repository.name)
    return LedgerPrefix(
        rulings=rulings.read(repository, entries, plan.campaign, synthetic=synthetic),
        verdicts=_verdicts(plan, repository, entries),
        changes=changes_of(plan, repository, entries),
    )


def _verdicts(plan: Plan, repository: Repository, entries: tuple[ledger.Entry, ...]) -> tuple[PastVerdict, ...]:
    """Give each campaign's last decision, in the order in which its runs were judged first.

    A recomparison looks at old runs again: it is no newer campaign, and no day of soak.
    """
    kind = EvidenceKind.SYNTHETIC if plan.is_synthetic(repository.name) else EvidenceKind.REAL
    found: dict[str, PastVerdict] = {}
    for entry in entries:
        judged = entry.kind in {ledger.VERDICT, ledger.RECOMPARISON} and entry.repository == repository.name
        if not judged or entry.facts.get(ledger.EVIDENCE) != kind.value:
            continue
        first = found.get(entry.campaign)
        decision = Decision(entry.facts[ledger.DECISION])
        found[entry.campaign] = PastVerdict(entry.campaign, first.at if first else entry.at, decision)
    return tuple(found.values())


def rejudge(archive: Archive) -> tuple[Verdict, ...]:
    """Decide again from the stored findings, as they were judged: it gives the stored bytes, offline.

    Raises:
        EvidenceDamaged: the plan or the ledger can't be read, so that nothing at all can be decided.
    """
    return tuple(derive(found) for found in verified(archive))


def exit_code(verdicts: tuple[Verdict, ...]) -> int:
    """Give the code over several repositories: NO-GO 1 before INCONCLUSIVE 3 before GO 0; nothing selected is 5."""
    if not verdicts:
        return 5
    decisions = {verdict.decision for verdict in verdicts}
    if Decision.NO_GO in decisions:
        return 1
    return 3 if Decision.INCONCLUSIVE in decisions else 0
