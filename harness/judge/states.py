"""State pairs: which are void, clean, clean for a reason, or not clean. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from harness.judge.coverage import VOID_CHECK
from harness.model.finding import CLEAN, Dimension, Finding, Outcome

_STATE = frozenset({Dimension.TRUTH, Dimension.TRANSITIONS})


@dataclass(frozen=True, slots=True)
class StatePairs:
    """Ids of pairs by what their state facts came to."""

    judged: frozenset[str]
    """Not void, and spoken of by a required finding of truth or transitions."""
    clean: frozenset[str]
    explained: frozenset[str]
    """Clean, with a legacy false failure whose class is named."""
    voids: frozenset[str]
    false_success: frozenset[str]
    spoken: frozenset[str]
    """Void or spoken of."""


def state_pairs(findings: Iterable[Finding]) -> StatePairs:
    """Sort the pairs of findings: the state facts of a pair are clean only where every required one is."""
    by_pair: dict[str, list[Finding]] = {}
    voids = set()
    for finding in findings:
        if finding.pair is None:
            continue
        if finding.check == VOID_CHECK:
            voids.add(finding.pair)
        elif finding.dimension in _STATE and finding.required:
            by_pair.setdefault(finding.pair, []).append(finding)
    judged = {pair: each for pair, each in by_pair.items() if pair not in voids}
    clean = {pair for pair, each in judged.items() if all(one.outcome in CLEAN for one in each)}
    return StatePairs(
        judged=frozenset(judged),
        clean=frozenset(clean),
        explained=frozenset(p for p in clean if any(one.outcome is Outcome.EXPLAINED for one in judged[p])),
        voids=frozenset(voids),
        false_success=frozenset(p for p, each in by_pair.items() if any(one.false_success for one in each)),
        spoken=frozenset(by_pair) | voids,
    )
