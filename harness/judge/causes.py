"""Blocking findings → reasons, causes first: what a reason follows from takes it beneath itself. Pure.

Order: what makes a NO-GO before what is open; then a false success, a crash, what can't be decided, what the process
saw, its outputs, its metrics. A crash explains what the run did not leave behind, in its own pairs and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from harness.model.finding import SEVERITY, Finding, Outcome, speaks_for
from harness.model.truth import Cause
from harness.model.verdict import Reason

BLOCKING = frozenset({Outcome.MISMATCH, Outcome.INCONCLUSIVE, Outcome.NOT_RUN})
FOLLOWING_MAX = 20
"""Reasons that are kept beneath one; findings of all others are on the page all the same."""
_ORDER = (
    "truth.false-success",
    "truth.expected",
    "truth.agreement",
    "truth.false-failure",
    "truth",
    "transitions.ending",
    "identity",
    "configuration",
    "transitions",
    "outputs",
    "predictions",
    "expectations",
    "metrics",
    "startup",
)
"""Checks by what can follow from what: a later one may follow from an earlier one and never the other way."""
_ENDINGS = frozenset({"truth.false-success", "truth.expected", "truth.agreement"})
"""What explains all that a run did not leave behind."""
UNKNOWN = Cause.UNKNOWN.value
_LEFT_BEHIND = (
    "truth.expected",
    "transitions",
    "outputs",
    "predictions",
    "expectations",
    "metrics",
    "startup",
    "coverage",
)
"""Checks that speak of what a run did and left, and not of what it was given or of the other side's truth."""


@dataclass(frozen=True, slots=True)
class _Group:
    """Findings of one check and subject with one outcome."""

    members: tuple[Finding, ...]

    @property
    def first(self) -> Finding:
        return self.members[0]

    @property
    def job(self) -> str:
        return self.first.subject.partition("/")[0]

    @property
    def pairs(self) -> frozenset[str]:
        return frozenset(finding.pair for finding in self.members if finding.pair is not None)

    @property
    def rank(self) -> tuple[int, int, int, int, str]:
        """Worst first, causes before consequences, what is seen in more pairs before what is seen in few."""
        first = self.first
        return (-SEVERITY[first.outcome], not first.false_success, _place(first), -len(self.members), first.id)


def finding_reasons(findings: Iterable[Finding]) -> list[Reason]:
    """Give the reasons of the findings that block, each with those that follow from it."""
    groups: dict[tuple[str, str, Outcome], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.check, finding.subject, finding.outcome), []).append(finding)
    ranked = sorted((_Group(tuple(members)) for members in groups.values()), key=lambda group: group.rank)
    return list(_nested(ranked))


def _nested(ranked: Sequence[_Group]) -> Iterator[Reason]:
    """Go from cause to consequence: each group stands by itself as far as no earlier one explains it."""
    beneath: dict[int, list[Reason]] = {}
    standing: list[tuple[int, _Group]] = []
    for place, group in enumerate(ranked):
        left = group.members
        for cause_place, cause in standing:
            explained = tuple(finding for finding in left if _follows(cause, finding))
            if explained:
                beneath.setdefault(cause_place, []).append(_reason(_Group(explained)))
                left = tuple(finding for finding in left if finding not in explained)
        if left:
            standing.append((place, _Group(left)))
    for place, group in standing:
        yield replace(_reason(group), following=tuple(beneath.get(place, ())[:FOLLOWING_MAX]))


def _follows(cause: _Group, finding: Finding) -> bool:
    """Tell whether a finding follows from how the runs of a job ended."""
    first = cause.first
    if first.check not in _ENDINGS or finding.subject.partition("/")[0] != cause.job:
        return False
    if finding.false_success or not (_is_left_behind(finding) or _is_told(first, finding)):
        return False
    if finding.check == first.check or SEVERITY[finding.outcome] > SEVERITY[first.outcome]:
        return False  # the same fact about the other side; or what would hide a NO-GO beneath an open question
    if finding.pair is None:
        return finding.outcome is not Outcome.MISMATCH  # over all pairs: a value that is there differs by itself
    return finding.pair in cause.pairs


def _is_left_behind(finding: Finding) -> bool:
    return any(speaks_for(name, finding.check) for name in _LEFT_BEHIND)


def _is_told(ending: Finding, finding: Finding) -> bool:
    """Tell whether a side whose work is open (it never ran) has a known ending, which the cause tells already."""
    side = finding.subject.rpartition("/")[2]
    known = next((sample for sample in ending.samples if sample.where == "ending"), None)
    if finding.check != "truth.agreement" or ending.check != "truth.expected" or known is None:
        return False
    return {"legacy": known.legacy, "candidate": known.candidate}.get(side, UNKNOWN) != UNKNOWN


def _place(finding: Finding) -> int:
    if finding.check == "truth.expected" and finding.outcome is not Outcome.MISMATCH:
        return _ORDER.index("truth")  # an ending is open because what happened is: that comes first
    return next((place for place, name in enumerate(_ORDER) if speaks_for(name, finding.check)), len(_ORDER))


def _reason(group: _Group) -> Reason:
    first, count = group.first, len(group.members)
    outcome = "mismatch" if first.outcome is Outcome.MISMATCH else "inconclusive"
    more = f" (in {count} pairs)" if count > 1 else ""
    ids = tuple(finding.id for finding in group.members)
    return Reason(f"{outcome}:{first.check}", f"{first.summary.rstrip('.')}{more}.", ids, first.remedy, first.subject)
