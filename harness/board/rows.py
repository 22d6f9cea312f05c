"""What a store says of a repository's campaign, as the row that the index keeps. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from harness.board.signatures import divergences_of
from harness.board.values import CampaignReading, CampaignRow, Cell, FalseFailure, Key, Reading, State
from harness.config import price
from harness.judge import rulings
from harness.judge.gate import waive
from harness.model.clock import parse_iso
from harness.model.finding import SEVERITY, Dimension, Finding, Outcome
from harness.model.plan import Plan
from harness.model.repository import Repository
from harness.model.verdict import Decision, LedgerPrefix, Verdict, approvals_needed
from harness.store import codec, ledger

STARTUP, METRIC = "startup.noninferiority", "metrics.equivalence"
KINDS: Mapping[str, str] = {METRIC: "metric", STARTUP: "startup"}
COST = "cost"
"""No finding speaks of it: the cell says the bound that was checked before each submit."""
TEXT_MAX = 400
"""Characters of a sentence that the index keeps; the report has all of it."""


@dataclass(frozen=True, slots=True)
class StoredFindings:
    """What the board reads of a judgement."""

    judged_at: str
    findings: tuple[Finding, ...]
    prefix: LedgerPrefix = LedgerPrefix()  # noqa: RUF009 - a frozen value


@dataclass(frozen=True, slots=True)
class Begun:
    """A campaign that the ledger knows to have begun, with its plan."""

    key: Key
    entry: ledger.Entry
    """Of its beginning; where that is not in the ledger, of its verdict."""
    plan: Plan

    @property
    def repository(self) -> Repository:
        """The repository as it was planned."""
        return next(known for known in self.plan.repositories if known.name == self.key.repository)


def open_row(begun: Begun, rules: str = "") -> CampaignRow:
    """Describe a campaign that has no verdict yet; `rules`: the policy's digest, where it is known already."""
    plan, repository = begun.plan, begun.repository
    planned_at, policy = parse_iso(plan.created_at), repository.policy
    identities = [plan.identities[name] for name in sorted(plan.identities) if _of(name, repository)]
    runs = Counter((run.job, run.side) for run in plan.runs if run.repository == repository.name)
    return CampaignRow(
        key=begun.key,
        state=State.OPEN,
        trouble="",
        owner=repository.owner,
        tier=repository.tier,
        base=", ".join(sorted({_image_name(job.base or job.image) for job in repository.jobs})),
        image=", ".join(identity.image.config_digest or identity.image.reference for identity in identities),
        policy=policy.preset,
        rules=rules or codec.digest_of(policy),
        author=begun.entry.facts.get(ledger.AUTHOR, ""),
        begun_at=parse_iso(begun.entry.at),
        planned_at=planned_at,
        judged_at=0.0,
        expires_at=planned_at + policy.evidence_seconds_max,
        due_at=parse_iso(begun.entry.at) + repository.limits.campaign_seconds_max,
        decision="",
        evidence="synthetic" if plan.is_synthetic(repository.name) else "real",
        verified_at=0.0,
        reason="",
        remedy="",
        blocking=0,
        clean=0,
        pairs=sum(pair.repository == repository.name for pair in plan.pairs),
        pairs_needed=policy.state_pairs or policy.runs_needed,
        approvers=tuple(approver.name for approver in policy.approvers),
        approvals=policy.approvals,
        alpha=policy.alpha,
        price=price.price_of(repository, runs),
        price_max=repository.limits.price_max,
        runs=sum(runs.values()),
        cells={},
    )


def damaged_row(row: CampaignRow, entry: ledger.Entry, trouble: str) -> CampaignRow:
    """Describe a judged campaign that can't be read as the ledger has it: it says so, and nothing else of it counts."""
    facts = entry.facts
    return replace(
        row,
        state=State.DAMAGED,
        trouble=trouble[:TEXT_MAX],
        judged_at=parse_iso(entry.at),
        decision=facts.get(ledger.DECISION, ""),
        evidence=facts.get(ledger.EVIDENCE, ""),
        verified_at=0.0,
        cells={},
    )


def unread_row(key: Key, entry: ledger.Entry, trouble: str) -> CampaignRow:
    """Describe a campaign of which not even the plan can be read."""
    at = parse_iso(entry.at)
    nothing = CampaignRow(
        key, State.DAMAGED, trouble[:TEXT_MAX], owner="", tier="", base="", image="", policy="", rules="", author="",
        begun_at=at, planned_at=at, judged_at=at, expires_at=at, due_at=0.0, decision="", evidence="", verified_at=0.0,
        reason="", remedy="", blocking=0, clean=0, pairs=0, pairs_needed=0, approvers=(), approvals=0, alpha=0.0,
        price=None, price_max=None, runs=0, cells={},
    )  # fmt: skip
    return replace(nothing, decision=entry.facts.get(ledger.DECISION, ""), author=entry.facts.get(ledger.AUTHOR, ""))


def judged(begun: Begun, entry: ledger.Entry, verdict: Verdict, stored: StoredFindings) -> CampaignReading:
    """Describe a judged campaign; `entry`: the ledger's last verdict or recomparison of it."""
    repository = begun.repository
    findings = effective(repository, stored)
    first = verdict.reasons[0] if verdict.reasons else None
    row = open_row(begun, entry.facts.get("policy", ""))
    made = replace(
        row,
        state=State.JUDGED,
        judged_at=parse_iso(entry.at),
        decision=entry.facts.get(ledger.DECISION, verdict.decision.value),
        evidence=entry.facts.get(ledger.EVIDENCE, verdict.evidence.value),
        reason=(first.sentence if first else "")[:TEXT_MAX],
        remedy=(first.remedy if first else "")[:TEXT_MAX],
        blocking=0 if verdict.decision is Decision.GO else len(verdict.reasons),
        clean=verdict.state.clean if verdict.state else verdict.pairs.clean,
        approvals=approvals_needed(repository.policy, verdict),
        cells=cells_of(findings, row.price),
    )
    return CampaignReading(
        made, divergences_of(findings, repository.name), tuple(_readings(findings)), false_failures_of(findings)
    )


def effective(repository: Repository, stored: StoredFindings) -> tuple[Finding, ...]:
    """Give the findings after accepted differences and waivers, by the rules of the day on which they were judged."""
    if not stored.prefix.rulings and not repository.waivers:
        return stored.findings
    day = datetime.fromisoformat(stored.judged_at).astimezone(UTC).date()
    ruled = rulings.apply(repository.name, stored.findings, stored.prefix.rulings, repository.policy)
    return waive(ruled, repository.waivers, day)[0]


def cells_of(findings: Iterable[Finding], bound: float | None) -> dict[str, Cell]:
    """Give the worst outcome by dimension: of what decides, or where nothing does of what informs."""
    groups: dict[Dimension, list[Finding]] = {}
    for finding in findings:
        groups.setdefault(finding.dimension, []).append(finding)
    cells = {dimension.value: _cell(members) for dimension, members in groups.items()}
    return {**cells, COST: Cell("" if bound is None else Outcome.MATCH.value, informs=True, count=0)}


def _cell(members: list[Finding]) -> Cell:
    deciding = [finding for finding in members if finding.required]
    outcome = max((finding.outcome for finding in deciding or members), key=SEVERITY.__getitem__)
    count = sum(finding.outcome is outcome for finding in deciding or members)
    return Cell(outcome.value, informs=not deciding, count=count)


def _readings(findings: Iterable[Finding]) -> Iterable[Reading]:
    for finding in findings:
        kind, measure = KINDS.get(finding.check), finding.measure
        if kind is not None and measure is not None:
            unit, margin = measure.unit, measure.margin_text
            yield Reading(kind, finding.subject, unit, measure.legacy, measure.candidate, margin, finding.outcome.value)


def false_failures_of(findings: Iterable[Finding]) -> tuple[FalseFailure, ...]:
    """Count explained legacy false failures by class, as the verdict counts them."""
    found = Counter(
        finding.rule or finding.check
        for finding in findings
        if finding.outcome is Outcome.EXPLAINED and finding.dimension is Dimension.TRUTH and finding.pair is not None
    )
    return tuple(FalseFailure(rule, runs) for rule, runs in sorted(found.items()))


def _of(identity: str, repository: Repository) -> bool:
    return identity.rpartition("/")[0] == repository.name


def _image_name(reference: str) -> str:
    """Give an image's name without registry, tag and digest."""
    name = reference.partition("@")[0].rpartition("/")[2]
    return name.partition(":")[0] or reference
