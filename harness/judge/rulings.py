"""Rulings: which difference one may be bound to, and which findings it then covers. Pure.

A ruling covers the one difference that was signed and no second one: every fact of it by digest, and the size of a
measured one by equivalence, with the difference that was ruled as the new zero (docs/adr/0062).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from harness.judge.bets import equal
from harness.model import strict_json
from harness.model.expectation import LEGACY_DEFECT
from harness.model.finding import Dimension, Finding, Outcome, Ruling
from harness.model.policy import Policy

METRIC_CHECK = "metrics.equivalence"
CAMPAIGNS_MAX = 3
"""Campaigns that may look at one ruled difference by themselves; each has its share of the level."""
_NEVER = frozenset({Dimension.EVIDENCE, Dimension.COVERAGE, Dimension.IDENTITY})
"""What nobody looked at, and runs that were no pair: there is no difference to accept."""


def refusal(finding: Finding) -> str:
    """Say why no ruling may cover a finding; empty where one may."""
    if finding.false_success:
        return "a false success is never accepted: the job failed, and its platform called it done"
    if not finding.required:
        return "it decides nothing and holds nothing up"
    if finding.dimension in _NEVER:
        return f"{finding.dimension.value} says what was looked at, not what differs"
    defect = finding.outcome is Outcome.INCONCLUSIVE and finding.rule == LEGACY_DEFECT  # known, and the same on both
    if finding.outcome is not Outcome.MISMATCH and not defect:
        return f"it is {finding.outcome.value}: only a difference that is known can be accepted"
    if not _facts(finding):
        return "the check can't tell all that differs, so a second difference could hide behind the accepted one"
    return ""


def signature_of(repository: str, finding: Finding) -> str:
    """Name what differs, without the size of a measured difference; empty where it can't be told."""
    facts = _facts(finding)
    if not facts:
        return ""
    told = [repository, finding.check, finding.subject, "" if finding.check == METRIC_CHECK else finding.rule, facts]
    return "sha256:" + hashlib.sha256(strict_json.write(told)).hexdigest()


def _facts(finding: Finding) -> list[str]:
    measure = finding.measure
    if finding.check != METRIC_CHECK:
        return [finding.difference] if finding.difference else []
    if measure is None or not measure.difference or measure.margin is None:
        return []
    return [measure.unit, "rose" if measure.difference > 0 else "fell"]


def apply(
    repository: str, findings: Iterable[Finding], rulings: tuple[Ruling, ...], policy: Policy
) -> tuple[Finding, ...]:
    """Cover the differences that were ruled."""
    held = tuple(ruling for ruling in rulings if not ruling.void)
    return tuple(_covered(repository, finding, held, policy) for finding in findings)


def _covered(repository: str, finding: Finding, held: tuple[Ruling, ...], policy: Policy) -> Finding:
    if not held or refusal(finding):
        return finding
    signature = signature_of(repository, finding)
    same = (ruling for ruling in held if ruling.signature == signature and _same(ruling, finding, policy))
    ruling = next(same, None)
    return replace(finding, outcome=Outcome.WAIVED, ruling=ruling.id) if ruling else finding


def _same(ruling: Ruling, finding: Finding, policy: Policy) -> bool:
    """Tell whether a difference has the size that was ruled.

    That is a claim of equality, so it needs proof; it is another claim than that of no difference, with its own level.
    """
    measure = finding.measure
    if ruling.difference is None or ruling.margin is None:
        return finding.check != METRIC_CHECK
    if finding.check != METRIC_CHECK or measure is None or measure.difference is None or measure.margin is None:
        return False
    margin = min(ruling.margin, measure.margin)
    if finding.rule == "exact":
        return abs(measure.difference - ruling.difference) <= margin
    if margin <= 0 or not measure.series_candidate or ruling.looked >= CAMPAIGNS_MAX:
        return False
    pairs = zip(measure.series_legacy, measure.series_candidate, strict=True)
    units = np.array([[(candidate - legacy - ruling.difference) / margin for legacy, candidate in pairs]])
    return bool(equal(units, units, policy.alpha / CAMPAIGNS_MAX)[0])
