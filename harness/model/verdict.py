"""The verdict of one repository with its reasons. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from harness.model.carry import Carried, History, JobSummary, LossRate, StateEvidence
from harness.model.finding import Finding, Requirement, Ruling
from harness.model.policy import Policy
from harness.model.repository import Repository


class Decision(StrEnum):
    """What the gate says."""

    GO = "GO"
    INCONCLUSIVE = "INCONCLUSIVE"
    NO_GO = "NO-GO"


class EvidenceKind(StrEnum):
    """Whether real platforms testified."""

    REAL = "real"
    SYNTHETIC = "synthetic"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason of a verdict, with the findings it rests on."""

    code: str
    sentence: str
    findings: tuple[str, ...]
    remedy: str = ""
    subject: str = ""
    """What it is about, such as `train/model`; empty: the whole repository."""
    following: tuple[Reason, ...] = ()
    """What follows from it, such as the outputs that a run which crashed did not leave."""


@dataclass(frozen=True, slots=True)
class PairCount:
    """Pairs of one repository by what became of them."""

    planned: int
    clean: int
    explained: int
    void: int
    unclean: int
    stopped: int = 0
    """Set aside because we stopped them before they told anything; each has a replacement."""


def stops_max(repository: Repository, pairs: PairCount) -> int:
    """Give how many pairs may have been stopped: the policy's share of voids, but never fewer than fly at once.

    One interruption can stop that many, whatever the job does; a share of three pairs would allow none.
    """
    total = pairs.stopped + pairs.void + pairs.clean + pairs.unclean
    return max(int(repository.policy.void_share_max * total), repository.limits.pairs_in_flight)


@dataclass(frozen=True, slots=True)
class RuleChange:
    """A margin, rule, waiver or key of the policy that is another one than in an earlier campaign."""

    key: str
    old: str
    """As canonical JSON, or `not there`."""
    new: str
    campaign: str
    """The first one that was planned with the new one."""
    at: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says of one repository: a pure function of findings, policy, ledger prefix and judged_at."""

    schema: str
    repository: str
    campaign: str
    decision: Decision
    evidence: EvidenceKind
    judged_at: str
    policy: str
    """Preset name."""
    reasons: tuple[Reason, ...]
    """Why not GO, worst first; or why GO."""
    totals: Mapping[str, int]
    """All six outcomes; adds up to the number of findings."""
    pairs: PairCount
    false_failures: int
    """Legacy runs whose work was done though the job was marked failed."""
    waivers: Mapping[str, int]
    """Waiver id to hits; a waiver never hit is shown with 0."""
    not_checked: tuple[str, ...]
    would_change: tuple[str, ...]
    attempts: int
    """Campaigns of this repository in the ledger up to and with this one."""
    digests: Mapping[str, str]
    """findings, policy, plan, evidence, tool."""
    carried: tuple[Carried, ...] = ()
    """Earlier campaigns of the repository: what of each counts, and why."""
    state: StateEvidence | None = None
    """How well states are known to agree, carried and pooled pairs included."""
    losses: LossRate | None = None
    """Platform-caused endings a side; None: the policy does not ask."""
    rulings: Mapping[str, int] = field(default_factory=dict)
    """Ruling id to hits; a ruling never hit is shown with 0."""
    rule_changes: tuple[RuleChange, ...] = ()
    """Made after an earlier campaign may have shown data."""


CRITICAL_APPROVALS = 2
"""Approvers that `critical`, and a verdict that needs a waiver, ask for at least (issue: report, board, sign-off)."""


def relied_on(verdict: Verdict) -> tuple[str, ...]:
    """Name the waivers and accepted differences that a verdict needs."""
    return tuple(sorted(name for hits in (verdict.waivers, verdict.rulings) for name, count in hits.items() if count))


def approvals_needed(policy: Policy, verdict: Verdict) -> int:
    """Say how many approvers must sign: two at least where the policy is critical or the verdict needs a waiver."""
    strict = policy.preset == "critical" or bool(relied_on(verdict))
    return max(policy.approvals, CRITICAL_APPROVALS if strict else 1)


@dataclass(frozen=True, slots=True)
class PastVerdict:
    """A verdict that the ledger holds of a repository, on evidence of one kind."""

    campaign: str
    at: str
    decision: Decision


@dataclass(frozen=True, slots=True)
class LedgerPrefix:
    """What the ledger said of a repository when it was judged."""

    rulings: tuple[Ruling, ...] = ()
    """In force or not."""
    verdicts: tuple[PastVerdict, ...] = ()
    """In the order of the ledger; on real evidence only for a real campaign, on synthetic for a synthetic one."""
    changes: tuple[RuleChange, ...] = ()
    """Up to this campaign, the oldest first."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the checks found of one repository: findings with what the verdict needs besides them."""

    schema: str
    repository: str
    campaign: str
    judged_at: str
    engine: str
    """Tool version whose checks made the findings."""
    evidence: Mapping[str, str]
    """Evidence file → sha256: what the findings rest on."""
    attempts: int
    findings: tuple[Finding, ...]
    tallies: tuple[JobSummary, ...] = ()
    """What this campaign leaves behind for later ones, by job."""
    history: History = History()  # noqa: RUF009 - a frozen value
    """What earlier campaigns left, as far as it may count."""
    prefix: LedgerPrefix = LedgerPrefix()
    required: tuple[Requirement, ...] = ()
    """What the checks of that version required; empty: made before this was kept."""
    rule: str = ""
    """By which metrics and rates were judged; empty: tests at planned looks, as before docs/adr/0150."""
