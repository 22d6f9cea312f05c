"""How all runs of both sides stand to one expectation → whether the candidate differs from legacy in it. Pure.

An expectation is no comparison: where both sides fail it alike, nothing differs, and both are wrong. Alike means that
what the candidate's runs fail with is what legacy's own runs fail with: the same numbers, or one between them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from harness.compare.validations import Met
from harness.model.job import Side
from harness.model.wording import counted


class State(StrEnum):
    """What both sides came to."""

    MET = "met by both sides"
    ALIKE = "failed by both sides alike"
    CANDIDATE_ONLY = "failed by the candidate only"
    LEGACY_ONLY = "failed by legacy only"
    OTHERWISE = "failed by both sides, not alike"
    UNDECIDED = "not validated"


DIFFERS = frozenset({State.CANDIDATE_ONLY, State.LEGACY_ONLY, State.OTHERWISE})


@dataclass(frozen=True, slots=True)
class ExpectationHistory:
    """One expectation of one table, over all runs of both sides."""

    label: str
    sides: Mapping[Side, tuple[Met, ...]]
    """One a run; what a run did not leave is told elsewhere."""

    @property
    def state(self) -> State:
        """Decide what both sides came to."""
        legacy, candidate = (self.sides[side] for side in (Side.LEGACY, Side.CANDIDATE))
        if not (legacy and candidate) or any(met.trouble for met in (*legacy, *candidate)):
            return State.UNDECIDED
        fails = [[met for met in side if not met.success] for side in (legacy, candidate)]
        if not any(fails):
            return State.MET
        if not fails[0]:
            return State.CANDIDATE_ONLY
        if not fails[1]:
            return State.LEGACY_ONLY
        always = len(fails[0]) == len(legacy), len(fails[1]) == len(candidate)
        alike = always[0] == always[1] and all(_as_legacy(met, fails[0]) for met in fails[1])
        return State.ALIKE if alike else State.OTHERWISE

    def trouble(self) -> str:
        """Say why it was not validated; empty where it was, or where runs left nothing."""
        return next((met.trouble for side in Side for met in self.sides[side] if met.trouble), "")

    def said(self, side: Side) -> str:
        """Say in a few words how one side's runs stand to it."""
        runs = self.sides[side]
        fails = [met for met in runs if not met.success]
        if not runs:
            return "nothing is known"
        if not fails:
            return f"met in {counted(len(runs), 'run')}"
        which = f"{len(fails)} of " if len(fails) < len(runs) else "all " if len(runs) > 1 else ""
        return f"failed in {which}{counted(len(runs), 'run')}{_shown(fails[0])}"

    def facts(self) -> list[object]:
        """Give all that both sides failed with, for a ruling to be bound to."""
        told = [sorted({_facts(met) for met in self.sides[side] if not met.success}) for side in Side]
        return [self.label, self.state.value, *told]


def _as_legacy(met: Met, legacy: Sequence[Met]) -> bool:
    """Tell whether a failure is one of legacy's: with the same numbers, or with numbers between theirs."""
    if any(_facts(met) == _facts(other) for other in legacy):
        return True
    size, sizes = _size(met), [_size(other) for other in legacy]
    known = [value for value in sizes if value is not None]
    return size is not None and len(known) == len(sizes) and min(known) <= size <= max(known)


def _size(met: Met) -> float | None:
    return float(met.counts["unexpected_count"]) if "unexpected_count" in met.counts else met.number


def _facts(met: Met) -> tuple[tuple[tuple[str, int], ...], str]:
    return tuple(sorted(met.counts.items())), met.observed


def _shown(met: Met) -> str:
    counts = met.counts
    if "unexpected_count" in counts and "element_count" in counts:
        such = f", such as {', '.join(met.unexpected[:3])}" if met.unexpected else ""
        return f": {counts['unexpected_count']} of {counted(counts['element_count'], 'value')} unexpected{such}"
    return f": observed {met.observed}" if met.observed else ""


def standings(seen: Mapping[Side, Sequence[Mapping[str, Met]]]) -> tuple[ExpectationHistory, ...]:
    """Put the runs of both sides together by what they are about."""
    labels = dict.fromkeys(label for side in Side for run in seen[side] for label in run)
    return tuple(
        ExpectationHistory(label, {side: tuple(run[label] for run in seen[side] if label in run) for side in Side})
        for label in labels
    )
