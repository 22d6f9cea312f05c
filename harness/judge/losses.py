"""Platform-caused endings as a rate a side: the candidate's must be proven rare, and not proven worse. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from harness.judge.rates import upper_bound
from harness.model.carry import CellContribution, EndingCounts, LossRate
from harness.model.finding import Outcome
from harness.model.policy import Policy
from harness.statistics.counts import excess_evidence, more_than_share

NOT_ASKED = 1.0
APART = "this repository's candidate loses more runs than those of other repositories, beyond chance"
APART_ALPHA = 0.01
"""Level of the claim that a repository's candidate loses more runs than the others; looked at in each campaign."""


def loss_rate(policy: Policy, own: EndingCounts, others: Sequence[CellContribution]) -> LossRate | None:
    """Bound how many candidate runs its platform cuts, as wrong endings are bounded; None: not asked.

    Own runs count alone or together with those of others. Proven is that fewer than the policy's share of bad runs are
    cut; that the candidate loses a little more than legacy remains possible, and is a difference once it is proven.
    """
    if policy.loss_margin >= NOT_ASKED:
        return None
    total = total_of(own, others)
    upper = min(_upper(own), _upper(total))

    def found(outcome: Outcome, why: str) -> LossRate:
        return LossRate(total, upper, policy.loss_margin, outcome, why, policy.bad_runs_max)

    sides = ((total.legacy_lost, total.legacy_runs), (total.candidate_lost, total.candidate_runs))
    if excess_evidence(*sides, policy.loss_margin) >= 1 / policy.alpha:
        more = f"by more than the {100 * policy.loss_margin:g} points that are allowed"
        return found(Outcome.MISMATCH, f"the candidate's platform cuts more runs than legacy's {more}")
    if apart(own, total):
        return found(Outcome.INCONCLUSIVE, APART)
    if upper <= policy.bad_runs_max:
        return found(Outcome.MATCH, "rare enough, and not proven worse than legacy")
    return found(Outcome.INCONCLUSIVE, "too few runs to say more")


def total_of(own: EndingCounts, others: Sequence[CellContribution]) -> EndingCounts:
    """Add up own runs and those of others."""
    for share in others:
        own = own.plus(share.ends)
    return own


def _upper(ends: EndingCounts) -> float:
    return upper_bound(ends.candidate_runs, ends.candidate_lost)


def apart(own: EndingCounts, total: EndingCounts) -> bool:
    """Tell whether a repository's candidate loses more than all alike do, beyond chance."""
    if not own.candidate_lost or own.candidate_runs == total.candidate_runs:
        return False
    chance = more_than_share(own.candidate_lost, own.candidate_runs, total.candidate_lost, total.candidate_runs)
    return chance <= APART_ALPHA
