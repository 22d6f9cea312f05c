"""What level was spent, by each metric and over a fleet, and how many false GOs that lets one expect. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from harness.model.finding import Finding
from harness.model.policy import Policy
from harness.model.verdict import LedgerPrefix
from harness.report.values import ReportView
from harness.report.wording import counted, number, shown

STARTUP = "startup.noninferiority"
METRIC = "metrics.equivalence"
ROUNDING = 1e-9
"""Relative; three thirds of a level are the whole."""


def per_look(policy: Policy) -> float:
    """Give the level of one planned look."""
    return policy.alpha / max(1, len(policy.looks))


def level_rows(
    policy: Policy, prefix: LedgerPrefix, findings: Sequence[Finding], *, synthetic: bool
) -> tuple[tuple[str, str], ...]:
    """Say what was spent, what is spent now and what is left, and the level of each metric's test."""
    left = max(0.0, round(policy.alpha - prefix.spent - prefix.level, 12))
    tests = int(left / per_look(policy) * (1 + ROUNDING))
    now = "nothing: synthetic campaigns neither spend nor pay" if synthetic else f"α = {number(prefix.level)}"
    return (
        ("Level spent before", f"α = {number(prefix.spent)} of {number(policy.alpha)}, by earlier campaigns"),
        ("Level spent by this campaign", now),
        ("Level left", f"α = {number(left)}; enough for {counted(tests, 'more campaign')} with tests"),
        *((f"Level of {shown(each.subject, 200)}", _metric(each, policy)) for each in findings if each.check == METRIC),
    )


def _metric(finding: Finding, policy: Policy) -> str:
    level = _tested_at(finding, policy)
    if level is None:
        return "none: it could not be tested"
    if not level:
        return "none: bit-identical in A/A, compared exactly"
    confirms = level > per_look(policy) * (1 + ROUNDING)
    return f"α = {number(level)}" + (", to confirm an earlier proof; it spends nothing" if confirms else "")


def _tested_at(finding: Finding, policy: Policy) -> float | None:
    """Give the level of a finding's tests: 0 where it was compared exactly, None where it was not tested at all."""
    if finding.measure is None:
        return None
    if finding.check == STARTUP:
        return per_look(policy)
    if finding.rule == "exact":
        return 0.0
    return None if finding.measure.level is None else round((1 - finding.measure.level) / 2, 12)


def level_at_stake(policy: Policy, findings: Sequence[Finding]) -> float:
    """Give the chance of a false GO if one deciding metric lay exactly at its margin: the largest level of a test."""
    levels = [_tested_at(each, policy) or 0.0 for each in findings if each.required and each.check in {METRIC, STARTUP}]
    return max(levels, default=0.0)


def fleet_lines(views: Sequence[ReportView]) -> tuple[str, ...]:
    """Say how many false GOs these verdicts let one expect at their settings and by what the selfcheck measured."""
    if not views:
        return ()
    now, ever = sum(each.level_at_stake for each in views), sum(each.alpha for each in views)
    tested = sum(each.level_at_stake > 0 for each in views)
    bound = (
        f"If every candidate differed by exactly its margin, at most {now:.3g} of "
        f"{counted(len(views), 'verdict')} would be a false GO (the levels of their tests, added up), and at most "
        f"{ever:.3g} by all campaigns of these repositories together, confirmations of earlier proofs not counted."
    )
    go, trials = views[0].at_margin
    if not trials:
        return (bound,)
    measured = (
        f"The selfcheck measured {go:,} of {trials:,} at the margin: {tested * go / trials:.3g} of "
        f"{counted(tested, 'verdict')} that rest on a test."
    )
    return bound, measured
