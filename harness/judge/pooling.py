"""Runs that ended as they should, own and of the cell → whether wrong endings are rare enough. Pure.

Own failures always count against. Other repositories' pairs only tighten the bound: never below the floor of own runs,
never beside an own failure, and never where the cell's repositories differ beyond chance.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.judge import before_bets
from harness.judge.rates import upper_bound
from harness.model.carry import CellContribution, StateEvidence
from harness.model.policy import Policy
from harness.statistics.counts import agreement_upper_bound, more_than_share

ALIKE_ALPHA = 0.05
"""Level of the claim that one repository of a cell fails more than the others; shared by all of the cell."""
ROUNDING = 1e-9


def state_evidence(
    policy: Policy, clean: int, unclean: int, others: Sequence[CellContribution], *, by_bets: bool = True
) -> StateEvidence:
    """Bound the rate of wrong endings of a repository by its own runs, and where those do not reach by its cell's.

    `by_bets`: False for what was judged by the rule before.
    """
    upper_of, of = (_by_bets, "runs") if by_bets else (before_bets.upper, "pairs")
    bound = policy.bad_runs_max if by_bets else agreement_upper_bound(0, policy.state_pairs).upper
    upper = upper_of(clean, unclean)
    names = len({share.repository for share in others})
    if _within(upper, bound):
        return StateEvidence(clean, unclean, upper, bound, names, 0, True, f"own {of} are enough")
    why = _why_not(policy, clean, unclean, others, of=of)
    if why:
        return StateEvidence(clean, unclean, upper, bound, names, 0, False, why)
    pooled = sum(min(share.clean, policy.state_pairs_own) for share in others)
    joint = upper_of(clean + pooled, sum(share.unclean for share in others))
    enough = _within(joint, bound)
    told = f"{pooled} clean {of} of {names} other repositories of the cell count as well"
    return StateEvidence(clean, unclean, joint, bound, names, pooled, enough, told)


def _by_bets(clean: int, unclean: int) -> float:
    return upper_bound(clean + unclean, unclean)


def _within(upper: float, bound: float) -> bool:
    return upper <= bound * (1 + ROUNDING)


def _why_not(policy: Policy, clean: int, unclean: int, others: Sequence[CellContribution], *, of: str) -> str:
    if unclean:
        return f"{unclean} own pairs are not clean, so that no other repository's pairs may be pooled"
    if clean < policy.state_pairs_own:
        return f"pooling needs {policy.state_pairs_own} own clean {of}"
    if not others:
        return "no other repository of the cell has pairs"
    worst = unlike(clean, others)
    return f"{worst} fails more than the others of its cell beyond chance, so that nothing is pooled" if worst else ""


def unlike(clean: int, others: Sequence[CellContribution]) -> str:
    """Name a repository that fails more than its cell beyond chance (hypergeometric, Bonferroni); empty: none does."""
    counts: dict[str, tuple[int, int]] = {}
    for share in others:
        good, bad = counts.get(share.repository, (0, 0))
        counts[share.repository] = (good + share.clean, bad + share.unclean)
    failures = sum(bad for _, bad in counts.values())
    total = clean + sum(good + bad for good, bad in counts.values())
    for name, (good, bad) in sorted(counts.items()):
        if bad and more_than_share(bad, good + bad, failures, total) <= ALIKE_ALPHA / len(counts):
            return name
    return ""
