"""How judgements made before docs/adr/0150 bound wrong endings, and say so: verdicts keep their words. Pure."""

from __future__ import annotations

from harness.model.carry import StateEvidence
from harness.model.policy import Policy
from harness.statistics.counts import agreement_upper_bound

CONFIDENCE, FAILED_CONFIDENCE = 0.95, 0.995
"""Of the bound (Clopper and Pearson 1934) without and with an unclean pair."""


def upper(clean: int, unclean: int) -> float:
    """Bound the rate of pairs that disagree."""
    total = clean + unclean
    return agreement_upper_bound(unclean, total, FAILED_CONFIDENCE if unclean else CONFIDENCE).upper if total else 1.0


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
