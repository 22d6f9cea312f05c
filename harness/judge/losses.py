"""Platform-caused endings as a rate a side: the candidate's must be proven no worse than legacy's by a margin. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from harness.model.carry import Ends, LossRate, Share
from harness.model.finding import Outcome
from harness.model.policy import Policy
from harness.statistics.counts import more_than_share
from harness.statistics.means import tost_proportions

NOT_ASKED = 1.0
LOOKS_SHARE = 10
"""The rate is looked at with every campaign of a fleet. A tenth of the level keeps it over 39 weekly looks (a constant
boundary, Pocock 1977; measured in tests/judge/test_losses.py)."""
APART_ALPHA = 0.01
"""Level of the claim that a repository's candidate loses more runs than the others; looked at in each campaign."""


def loss_rate(policy: Policy, own: Ends, others: Sequence[Share]) -> LossRate | None:
    """Test whether the candidate loses more runs than legacy by more than the policy's margin; None: not asked.

    Two proportions by Agresti and Caffo (2000), one-sided, at a tenth of the policy's level.
    """
    if policy.loss_margin >= NOT_ASKED:
        return None
    total = own
    for share in others:
        total = total.plus(share.ends)
    if not (total.legacy_runs and total.candidate_runs):
        return LossRate(total, None, policy.loss_margin, Outcome.INCONCLUSIVE, "no runs to tell a rate from")
    counts = (total.legacy_lost, total.legacy_runs, total.candidate_lost, total.candidate_runs)
    alpha = policy.alpha / LOOKS_SHARE
    found = tost_proportions(*counts, policy.loss_margin, alpha)
    if found.estimate > 0 and found.p_different <= alpha:
        why = "the candidate's platform loses more runs than legacy's by more than is allowed"
        return LossRate(total, found.high, policy.loss_margin, Outcome.MISMATCH, why)
    if _apart(own, total):
        why = "this repository's candidate loses more runs than those of other repositories, beyond chance"
        return LossRate(total, found.high, policy.loss_margin, Outcome.INCONCLUSIVE, why)
    if found.p_upper <= alpha:
        return LossRate(total, found.high, policy.loss_margin, Outcome.MATCH, "no worse than legacy within the margin")
    why = "too few runs to prove the candidate no worse"
    return LossRate(total, found.high, policy.loss_margin, Outcome.INCONCLUSIVE, why)


def _apart(own: Ends, total: Ends) -> bool:
    if not own.candidate_lost or own.candidate_runs == total.candidate_runs:
        return False
    chance = more_than_share(own.candidate_lost, own.candidate_runs, total.candidate_lost, total.candidate_runs)
    return chance <= APART_ALPHA
