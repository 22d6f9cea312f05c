"""Clean state pairs, own and of the cell → whether the bound on disagreement holds. Pure.

Own failures always count against. Other repositories' pairs only tighten the bound: never below the floor of own pairs,
never beside an own failure, and never where the cell's repositories differ beyond chance.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.judge.counts import agreement_upper_bound, more_than_share
from harness.model.carry import Share, StateEvidence
from harness.model.policy import Policy

ALIKE_ALPHA = 0.05
"""Level of the claim that one repository of a cell fails more than the others; shared by all of the cell."""
ROUNDING = 1e-9


def state_evidence(policy: Policy, clean: int, unclean: int, others: Sequence[Share]) -> StateEvidence:
    """Bound the rate of disagreement of a repository by its own pairs, and where those do not reach by its cell's."""
    bound = agreement_upper_bound(0, policy.state_pairs).upper
    upper = _upper(clean, unclean)
    names = len({each.repository for each in others})
    if _within(upper, bound):
        return StateEvidence(clean, unclean, upper, bound, names, 0, True, "own pairs are enough")
    why = _why_not(policy, clean, unclean, others)
    if why:
        return StateEvidence(clean, unclean, upper, bound, names, 0, False, why)
    pooled = sum(min(each.clean, policy.state_pairs_own) for each in others)
    joint = _upper(clean + pooled, sum(each.unclean for each in others))
    enough = _within(joint, bound)
    told = f"{pooled} clean pairs of {names} other repositories of the cell count as well"
    return StateEvidence(clean, unclean, joint, bound, names, pooled, enough, told)


def _upper(clean: int, unclean: int) -> float:
    total = clean + unclean
    return agreement_upper_bound(unclean, total).upper if total else 1.0


def _within(upper: float, bound: float) -> bool:
    return upper <= bound * (1 + ROUNDING)


def _why_not(policy: Policy, clean: int, unclean: int, others: Sequence[Share]) -> str:
    if unclean:
        return f"{unclean} own pairs are not clean, so that no other repository's pairs may be pooled"
    if clean < policy.state_pairs_own:
        return f"pooling needs {policy.state_pairs_own} own clean pairs"
    if not others:
        return "no other repository of the cell has pairs"
    worst = unlike(clean, others)
    return f"{worst} fails more than the others of its cell beyond chance, so that nothing is pooled" if worst else ""


def unlike(clean: int, others: Sequence[Share]) -> str:
    """Name a repository that fails more than its cell beyond chance (hypergeometric, Bonferroni); empty: none does."""
    counts: dict[str, tuple[int, int]] = {}
    for each in others:
        good, bad = counts.get(each.repository, (0, 0))
        counts[each.repository] = (good + each.clean, bad + each.unclean)
    failures = sum(bad for _, bad in counts.values())
    total = clean + sum(good + bad for good, bad in counts.values())
    for name, (good, bad) in sorted(counts.items()):
        if bad and more_than_share(bad, good + bad, failures, total) <= ALIKE_ALPHA / len(counts):
            return name
    return ""
