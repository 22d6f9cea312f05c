"""Findings and policy → verdict. Pure: reads nothing, writes nothing, and no fault may raise a verdict.

Rules: design section 5. GO needs complete coverage, the policy's clean state pairs, no false success, every required
check clean. MISMATCH is NO-GO; anything missing, damaged, thin or unrun is INCONCLUSIVE.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase

from harness.judge import before_bets, rulings
from harness.judge.bad_runs import SUBJECT
from harness.judge.causes import BLOCKING, finding_reasons
from harness.judge.coverage import VOID_CHECK, missing
from harness.judge.expiry import expired
from harness.judge.standing import VerdictBasis, ground_of
from harness.judge.standing import reasons as ground_reasons
from harness.judge.states import state_pairs
from harness.model.finding import CRASHED, Dimension, Finding, Outcome, Requirement, Waiver, of_job
from harness.model.plan import COMPARED, Grade, Plan
from harness.model.policy import Policy
from harness.model.repository import Repository
from harness.model.schedule import Schedule
from harness.model.verdict import Decision, EvidenceKind, Judgement, PairCount, Reason, Verdict, stops_max
from harness.statistics.counts import binomial_two_sided

SCHEMA = "parity.verdict/1"
VOID_IMBALANCE_ALPHA = 0.05
"""Voids of one side against the other beyond chance: exact two-sided sign test."""
REASONS_MAX = 50
DAMAGES_SHOWN = 5
LONE_NOT_COMPARED = frozenset({"", "bets/1"})
"""Rules of judgements in which outputs of runs in no pair were not compared."""
_NEVER_WAIVED = frozenset({Dimension.EVIDENCE, Dimension.COVERAGE})
"""What nobody looked at, nobody can accept."""
_WAIVABLE = frozenset({Outcome.MISMATCH, Outcome.INCONCLUSIVE})


@dataclass(frozen=True, slots=True)
class Case:
    """All that a verdict is a function of."""

    schedule: Schedule
    repository: Repository
    judgement: Judgement
    damaged: tuple[str, ...]
    """Evidence files that are missing or changed, each with what is wrong."""
    digests: Mapping[str, str]
    besides: tuple[Reason, ...] = ()
    """What no finding shows: what the ledger lacks, and what only a look at today tells (`expiry.reasons_today`)."""

    required: tuple[Requirement, ...] = ()
    """What the checks of this version require, besides what the judgement says that they required then."""

    @property
    def plan(self) -> Plan:
        """The plan that the schedule amends."""
        return self.schedule.plan


def decide(case: Case) -> Verdict:
    """Decide one repository."""
    findings, hits = effective_findings(case)
    ruled = Counter(finding.ruling for finding in findings)
    pairs = count_pairs(case, findings)
    clean = {job.name: len(state_pairs(of_job(findings, job.name)).clean) for job in case.repository.jobs}
    accepted = {finding.subject for finding in findings if finding.outcome is Outcome.WAIVED}
    ground = ground_of(case.repository.policy, case.judgement, clean, accepted)
    standing = _standing_reasons(case, findings, pairs, ground, hits=hits)
    reasons = sorted((*_evidence_reasons(case), *_finding_reasons(findings), *standing), key=_order)
    decision = _decision(reasons)
    shown = tuple(reasons[:REASONS_MAX]) or (_go_reason(case.repository.policy, pairs, ground),)
    return Verdict(
        schema=SCHEMA,
        repository=case.repository.name,
        campaign=case.plan.campaign,
        decision=decision,
        evidence=EvidenceKind.SYNTHETIC if case.plan.is_synthetic(case.repository.name) else EvidenceKind.REAL,
        judged_at=case.judgement.judged_at,
        policy=case.repository.policy.preset,
        reasons=shown,
        totals={outcome.value: sum(finding.outcome is outcome for finding in findings) for outcome in Outcome},
        pairs=pairs,
        false_failures=sum(
            finding.outcome is Outcome.EXPLAINED and finding.dimension is Dimension.TRUTH and finding.pair is not None
            for finding in findings
        ),
        waivers={waiver.id: hits[waiver.id] for waiver in case.repository.waivers},
        not_checked=tuple(sorted({finding.summary for finding in findings if finding.outcome is Outcome.NOT_RUN})),
        would_change=_remedies(reasons, decision),
        attempts=case.judgement.attempts,
        digests=case.digests,
        carried=ground.carried,
        state=ground.state,
        losses=ground.losses,
        rulings={ruling.id: ruled[ruling.id] for ruling in case.judgement.prefix.rulings},
        rule_changes=case.judgement.prefix.changes,
    )


def effective_findings(case: Case) -> tuple[tuple[Finding, ...], Counter[str]]:
    """Give the findings a verdict is made from: those of the checks, after rulings and waivers, and those never run."""
    today = datetime.fromisoformat(case.judgement.judged_at).astimezone(UTC).date()
    prefix, policy = case.judgement.prefix, case.repository.policy
    ruled = rulings.apply(case.repository.name, case.judgement.findings, prefix.rulings, policy)
    found, hits = waive(ruled, case.repository.waivers, today)
    asked = (*case.judgement.required, *case.required)
    required = tuple(
        requirement for requirement in asked if case.judgement.rule or not requirement.subject.endswith(f"/{SUBJECT}")
    )
    lone = case.judgement.rule not in LONE_NOT_COMPARED
    return (*found, *missing(case.schedule, case.repository, found, required, lone_compared=lone)), hits


def _remedies(reasons: Iterable[Reason], decision: Decision) -> tuple[str, ...]:
    """List what would change the verdict: of a NO-GO what mends it, for more pairs do not while the defect stands."""
    return tuple(dict.fromkeys(reason.remedy for reason in reasons if reason.remedy and _weight(reason) is decision))


_PREFIX = {Decision.NO_GO: 0, Decision.INCONCLUSIVE: 1}


def _order(reason: Reason) -> int:
    return _PREFIX[_weight(reason)]


def _weight(reason: Reason) -> Decision:
    """Every reason's code begins with what it leads to."""
    return Decision.NO_GO if reason.code.startswith("mismatch") else Decision.INCONCLUSIVE


def _decision(reasons: Iterable[Reason]) -> Decision:
    weights = {_weight(reason) for reason in reasons}
    if Decision.NO_GO in weights:
        return Decision.NO_GO
    return Decision.INCONCLUSIVE if weights else Decision.GO


# -- waivers ----------------------------------------------------------------------------------------------------------


def _covers(waiver: Waiver, finding: Finding) -> bool:
    """Tell whether a finding is in a waiver's scope: an output's in any pair also where runs are in none."""
    in_none = finding.dimension is Dimension.OUTPUTS and finding.pair is None
    return fnmatchcase(finding.id, waiver.scope) or (in_none and fnmatchcase(f"{finding.id}/", waiver.scope))


def waive(
    findings: Iterable[Finding], waivers: tuple[Waiver, ...], today: date
) -> tuple[tuple[Finding, ...], Counter[str]]:
    """Cover differences by waivers that are in force; never a false success, nor what was not looked at."""
    hits: Counter[str] = Counter()
    covered = []
    for finding in findings:
        waiver = next((waiver for waiver in waivers if waiver.last_day >= today and _covers(waiver, finding)), None)
        if (
            waiver is None
            or finding.outcome not in _WAIVABLE
            or finding.false_success
            or finding.dimension in _NEVER_WAIVED
            or finding.check.endswith(CRASHED)
        ):
            covered.append(finding)
            continue
        hits[waiver.id] += 1
        covered.append(replace(finding, outcome=Outcome.WAIVED, waiver=waiver.id))
    return tuple(covered), hits


# -- pairs ------------------------------------------------------------------------------------------------------------


def count_pairs(case: Case, findings: Iterable[Finding]) -> PairCount:
    """Count the repository's pairs: clean and explained in their state facts, void, or unclean."""
    states = state_pairs(findings)
    mine = [
        pair
        for pair in case.schedule.pairs
        if pair.repository == case.repository.name and pair.grade in COMPARED and pair.replaces is None
    ]
    unclean = len(states.judged) - len(states.clean)
    stopped = sum(
        pair.id in case.schedule.set_aside
        for pair in case.schedule.pairs
        if pair.repository == case.repository.name and pair.grade is Grade.LAUNCHED
    )
    return PairCount(len(mine), len(states.clean), len(states.explained), len(states.voids), unclean, stopped)


# -- reasons ----------------------------------------------------------------------------------------------------------


def _finding_reasons(findings: Iterable[Finding]) -> list[Reason]:
    """Give a reason for what blocks, causes first; void pairs block by their number only."""
    return finding_reasons(
        finding
        for finding in findings
        if finding.required and finding.outcome in BLOCKING and finding.check != VOID_CHECK
    )


def _evidence_reasons(case: Case) -> Iterator[Reason]:
    """Say first what the evidence is not: nothing that follows is worth more than that."""
    if case.damaged:
        text = f"Evidence is missing or changed: {'; '.join(case.damaged[:DAMAGES_SHOWN])}."
        if len(case.damaged) > DAMAGES_SHOWN:
            text = f"{text[:-1]} and {len(case.damaged) - DAMAGES_SHOWN} more."
        remedy = "restore the evidence from its copy, or run the campaign again"
        yield Reason("inconclusive:evidence", text, (), remedy)
    yield from case.besides
    yield from _observed_reasons(case)


def _observed_reasons(case: Case) -> Iterator[Reason]:
    """Keep pairs that others ran from a GO: whatever was handed to them, nobody fixed it before."""
    observed = [
        pair for pair in case.schedule.pairs if pair.repository == case.repository.name and pair.grade is Grade.OBSERVED
    ]
    if observed:
        text = (
            "Others started both runs: image, parameters and inputs were not fixed before they ran, and nobody looked "
            "at their processes from inside. Such a pair can show a difference, never equality."
        )
        remedy = "launch pairs: parity init writes an entry from the same records, parity run starts both sides"
        yield Reason("inconclusive:observed", text, (), remedy)


def _standing_reasons(
    case: Case, findings: Iterable[Finding], pairs: PairCount, ground: VerdictBasis, *, hits: Counter[str]
) -> list[Reason]:
    policy = case.repository.policy
    reasons = [*ground_reasons(policy, ground), *_void_reasons(case, pairs), *_stop_reasons(case, pairs)]
    reasons += expired(case.plan, policy, case.judgement.judged_at)
    return [*reasons, *_waiver_reasons(policy, findings, hits)]


def waived_differences(findings: Iterable[Finding]) -> int:
    """Count what waivers cover: each check and subject once, in however many pairs it was found."""
    return len({(finding.check, finding.subject) for finding in findings if finding.waiver})


def _waiver_reasons(policy: Policy, findings: Iterable[Finding], hits: Counter[str]) -> Iterator[Reason]:
    """Hold waivers in use and what they cover against the policy: one waiver over many differences is many."""
    used, covered = sum(count > 0 for count in hits.values()), waived_differences(findings)
    if max(used, covered) > policy.waivers_max:
        text = f"{used} waivers were needed, for {covered} differences; the policy allows {policy.waivers_max} of each."
        yield Reason("inconclusive:waivers", text, (), "mend what is waived, or ask for another policy")


def _void_reasons(case: Case, pairs: PairCount) -> list[Reason]:
    total = pairs.void + pairs.clean + pairs.unclean
    reasons = []
    if total and pairs.void / total > case.repository.policy.void_share_max:
        text = f"{pairs.void} of {total} pairs are void; at most {case.repository.policy.void_share_max:.0%} may be."
        reasons.append(Reason("inconclusive:voids", text, (), "mend what voids pairs, then run again"))
    sides: Counter[str] = Counter(
        finding.subject.rpartition("/")[2] for finding in case.judgement.findings if finding.check == VOID_CHECK
    )
    legacy, candidate = sides["legacy"], sides["candidate"]
    if binomial_two_sided(legacy, legacy + candidate) <= VOID_IMBALANCE_ALPHA:
        text = f"Voids are unequal between the sides beyond chance: {legacy} legacy, {candidate} candidate."
        reasons.append(Reason("inconclusive:void-balance", text, (), "find out why one platform loses more runs"))
    return reasons


def _stop_reasons(case: Case, pairs: PairCount) -> list[Reason]:
    most = stops_max(case.repository, pairs)
    if pairs.stopped <= most:
        return []
    text = f"{pairs.stopped} pairs were stopped and run again; at most {most} may be."
    return [Reason("inconclusive:stops", text, (), "run a new campaign, and let it come to its end")]


def _go_reason(policy: Policy, pairs: PairCount, ground: VerdictBasis) -> Reason:
    state = ground.state
    explained = f", {pairs.explained} of them with a legacy false failure that is explained" if pairs.explained else ""
    if not ground.by_bets:
        return Reason("go", before_bets.go_sentence(policy, state, pairs.clean, explained), ())
    runs = f"{state.clean} runs{f' of {state.job}' if state.job else ''} ended as they should"
    pooled = f", and {state.pooled} of the cell" if state.pooled else ""
    asked = f"fewer than {state.upper:.1%} can end wrongly; the policy asks for fewer than {state.bound:.0%}."
    return Reason("go", f"All required checks are clean in {pairs.clean} pairs{explained}. {runs}{pooled}: {asked}", ())
