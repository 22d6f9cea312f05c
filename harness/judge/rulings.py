"""Rulings: which difference one may be bound to, and which findings it then covers. Pure.

A ruling covers the one difference that was signed and no second one: every fact of it by digest, and the size of a
measured one by equivalence, with the difference that was ruled as the new zero (docs/adr/0062).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from harness.judge.looks import alpha_at_look, level_at
from harness.judge.means import tost_paired, tost_welch
from harness.judge.medians import sign_tost
from harness.judge.results import Equivalence
from harness.model import strict_json
from harness.model.finding import Dimension, Finding, NoiseClass, Outcome, Ruling
from harness.model.policy import Policy

METRIC_CHECK = "metrics.equivalence"
_NEVER = frozenset({Dimension.EVIDENCE, Dimension.COVERAGE, Dimension.IDENTITY})
"""What nobody looked at, and runs that were no pair: there is no difference to accept."""


def refusal(finding: Finding) -> str:
    """Say why no ruling may cover a finding; empty where one may."""
    if finding.false_success:
        return "a false success is never accepted: the job failed, and its platform called it done"
    if not finding.required:
        return "it only informs and holds nothing up"
    if finding.dimension in _NEVER:
        return f"{finding.dimension.value} says what was looked at, not what differs"
    if finding.outcome is not Outcome.MISMATCH:
        return f"it is {finding.outcome.value}: only a difference that is known can be accepted"
    if not _facts(finding):
        return "the check can't tell all that differs, so a second difference could hide behind the ruling"
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
    held = tuple(each for each in rulings if not each.void)
    return tuple(_covered(repository, each, held, policy) for each in findings)


def _covered(repository: str, finding: Finding, held: tuple[Ruling, ...], policy: Policy) -> Finding:
    if not held or refusal(finding):
        return finding
    signature = signature_of(repository, finding)
    same = (each for each in held if each.signature == signature and _same(each, finding, policy))
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
    if measure.noise_class is NoiseClass.UNSTABLE or not level_at(policy, ruling.spent):
        return False
    moved = tuple(each - ruling.difference for each in measure.series_candidate)
    mean = tost_paired if finding.rule == "paired" else tost_welch
    locks = (test(measure.series_legacy, moved, margin, alpha_at_look(policy)) for test in (mean, sign_tost))
    return all(each.outcome is Equivalence.EQUIVALENT for each in locks)
