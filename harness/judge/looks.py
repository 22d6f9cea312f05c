"""What level a campaign may spend: looking again is paid for, within one campaign's plan and over all of them. Pure."""

from __future__ import annotations

from harness.model.policy import Policy

ROUNDING = 1e-9
"""Relative; three thirds of a level are the whole."""
SPENT_REMEDY = (
    "nothing that varies can be proven for this repository any more at this level; "
    "its owner has to agree a higher one openly, or make the metric bit-identical"
)


def alpha_at_look(policy: Policy) -> float:
    """Give the level one look may spend: the plan's, split evenly over its looks (Bonferroni)."""
    return policy.alpha / len(policy.looks)


def level_at(policy: Policy, spent: float) -> float:
    """Give the level a campaign may spend after earlier ones spent theirs; 0 where the rest is less than one look.

    The sum over all campaigns never exceeds the plan's level, whatever the policy was at each of them (docs/adr/0050).
    """
    share = alpha_at_look(policy)
    return share if spent + share <= policy.alpha * (1 + ROUNDING) else 0.0


def spent_reason(policy: Policy, spent: float) -> str:
    """Say why equality may not be claimed; empty where it may."""
    if level_at(policy, spent) > 0:
        return ""
    return (
        f"earlier campaigns of this repository spent {spent:.3g} of its level of {policy.alpha:.3g}, "
        "and what is left is less than one look, so running again proves nothing equal"
    )
