"""How judgements made before docs/adr/0150 bound wrong endings and losses, and say so: verdicts keep their words."""

from __future__ import annotations

from collections.abc import Sequence

from harness.judge import losses
from harness.model.carry import CellContribution, EndingCounts, LossRate, StateEvidence
from harness.model.finding import Outcome
from harness.model.policy import Policy
from harness.statistics.counts import agreement_upper_bound
from harness.statistics.means import tost_proportions

LOOKS_SHARE = 10
"""The rate was looked at with every campaign of a fleet, so each look had a tenth of the level (Pocock 1977)."""

CONFIDENCE, FAILED_CONFIDENCE = 0.95, 0.995
"""Of the bound (Clopper and Pearson 1934) without and with an unclean pair."""


def upper(clean: int, unclean: int) -> float:
    """Bound the rate of pairs that disagree."""
    total = clean + unclean
    return agreement_upper_bound(unclean, total, FAILED_CONFIDENCE if unclean else CONFIDENCE).upper if total else 1.0


def loss_rate(policy: Policy, own: EndingCounts, others: Sequence[CellContribution]) -> LossRate | None:
    """Test whether the candidate loses more runs than legacy by more than the policy's margin; None: not asked.

    Two proportions by Agresti and Caffo (2000), one-sided, at a tenth of the policy's level.
    """
    if policy.loss_margin >= losses.NOT_ASKED:
        return None
    total = losses.total_of(own, others)
    if not (total.legacy_runs and total.candidate_runs):
        return LossRate(total, None, policy.loss_margin, Outcome.INCONCLUSIVE, "no runs to tell a rate from")
    counts = (total.legacy_lost, total.legacy_runs, total.candidate_lost, total.candidate_runs)
    alpha = policy.alpha / LOOKS_SHARE
    found = tost_proportions(*counts, margin=policy.loss_margin, alpha=alpha)
    outcome, why = Outcome.INCONCLUSIVE, "too few runs to prove the candidate no worse"
    if found.estimate > 0 and found.p_different <= alpha:
        outcome = Outcome.MISMATCH
        why = "the candidate's platform loses more runs than legacy's by more than is allowed"
    elif losses.apart(own, total):
        why = losses.APART
    elif found.p_upper <= alpha:
        outcome, why = Outcome.MATCH, "no worse than legacy within the margin"
    return LossRate(total, found.high, policy.loss_margin, outcome, why)


def loss_bound(rate: LossRate) -> str:
    """Say what is known of the difference of two rates, and what is allowed."""
    bound = f"; the difference is at most {rate.upper:.1%}" if rate.upper is not None else ""
    return f"{bound}, allowed are {rate.margin:.1%}"


def state_sentence(policy: Policy, state: StateEvidence, *, carries: bool) -> tuple[str, str]:
    """Say that too few pairs were clean, and what to do."""
    text = f"{state.clean} clean state pairs; the policy asks for {policy.state_pairs}."
    if state.unclean or carries:
        text = (
            f"{state.clean} clean and {state.unclean} unclean state pairs, carried ones included, bound the rate of "
            f"disagreement at {state.upper:.1%}; the policy asks for {state.bound:.1%} ({state.why})."
        )
    lacking = max(1, policy.state_pairs - state.clean)
    return text, f"run {'1 more pair that ends' if lacking == 1 else f'{lacking} more pairs that end'} cleanly"


def go_sentence(policy: Policy, state: StateEvidence, clean: int, explained: str) -> str:
    """Say what a GO rests on."""
    carried = f", {state.clean - clean} clean state pairs are carried over" if state.clean > clean else ""
    pooled = f", {state.pooled} are pooled from the cell" if state.pooled else ""
    asked = f"; the policy asks for {policy.state_pairs}."
    return f"All required checks are clean in {clean} pairs{explained}{carried}{pooled}{asked}"
