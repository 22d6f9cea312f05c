"""What level a campaign may spend: looking again is paid for, within one campaign's plan and over all of them. Pure."""

from __future__ import annotations

from dataclasses import dataclass

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


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a campaign may claim equal (docs/adr/0051)."""

    spent: float = 0.0
    """Level that earlier campaigns of the repository spent."""
    proven: frozenset[str] = frozenset()
    """`job/metric` that an earlier campaign proved; this one confirms it at the plan's level, and spends nothing."""
    confirms_only: bool = False
    """The campaign was entered to confirm, so it has no level for anything new."""

    def alpha(self, policy: Policy, subject: str) -> float:
        """Give the level of a subject's tests."""
        return policy.alpha if subject in self.proven else alpha_at_look(policy)

    def withheld(self, policy: Policy, subject: str) -> str:
        """Say why a subject may not be called equal by a test; empty where it may."""
        if subject in self.proven:
            return ""
        if self.confirms_only:
            return "this campaign was entered to confirm what is proven, so it has no level for anything new"
        return spent_reason(policy, self.spent)

    def too_few(self, policy: Policy, subject: str, pairs: int) -> str:
        """Say why so few pairs confirm nothing; empty where they are enough or nothing is to be confirmed."""
        if subject not in self.proven or pairs >= policy.confirming_pairs:
            return ""
        return f"{pairs} pairs have a value, and {policy.confirming_pairs} must confirm what an earlier campaign proved"
