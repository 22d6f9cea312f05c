"""Whether it matters where and when a run ran: A/A by node, processor, instance family and day. Pure.

It informs and decides nothing: noise never widens a margin, and neither does a node.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import factorial, prod

from harness.model.finding import Dimension, Finding, Outcome, Sample, worst
from harness.model.job import Side
from harness.model.sample import Repeat, Stratum
from harness.statistics.variances import VarianceRatio, variance_ratio

CHECK = "noise.strata"
CONFIDENCE = 0.95
"""Of all intervals of one metric together (Bonferroni)."""
ROWS_MAX = 20


# -- strata of one side -----------------------------------------------------------------------------------------------


class Answer(StrEnum):
    """What the runs of one side say of one kind of stratum."""

    UNKNOWN = "not known"
    ALONE = "all in one"
    SINGLES = "none has two runs"
    SAME = "the same bits"
    DIFFER = "they differ"
    ALIKE = "they differ less than runs of one do"
    TOO_FEW = "too few to tell"


_OUTCOME = {
    Answer.SINGLES: Outcome.INCONCLUSIVE,
    Answer.SAME: Outcome.MATCH,
    Answer.DIFFER: Outcome.MISMATCH,
    Answer.ALIKE: Outcome.MATCH,
    Answer.TOO_FEW: Outcome.INCONCLUSIVE,
}
"""Where nothing was repeated in another stratum there is nothing to say."""


@dataclass(frozen=True, slots=True)
class Between:
    """One side's runs by one kind of stratum."""

    stratum: Stratum
    side: Side
    groups: Mapping[str, tuple[float, ...]]
    """Stratum's name → values of its runs."""
    answer: Answer
    ratio: VarianceRatio | None = None

    @property
    def gap(self) -> float:
        """Give how far the means of two strata lie apart at most."""
        means = [sum(group) / len(group) for group in self.groups.values()]
        return max(means) - min(means)


def between_strata(repeats: Mapping[Side, Sequence[Repeat]]) -> tuple[Between, ...]:
    """Hold the runs of each side against each other by every kind of stratum, with intervals that hold together."""
    found = [(stratum, side, _groups(stratum, repeats.get(side, ()))) for stratum in Stratum for side in Side]
    tested = sum(_quick(groups) is None for _, _, groups in found)
    confidence = 1 - (1 - CONFIDENCE) / max(1, tested)
    return tuple(_between(*row, confidence) for row in found)


def _groups(stratum: Stratum, repeats: Sequence[Repeat]) -> dict[str, tuple[float, ...]]:
    names = sorted({repeat.strata[stratum] for repeat in repeats if stratum in repeat.strata})
    return {name: tuple(repeat.value for repeat in repeats if repeat.strata.get(stratum) == name) for name in names}


def _quick(groups: Mapping[str, tuple[float, ...]]) -> Answer | None:
    """Answer what needs no test."""
    values = [number for group in groups.values() for number in group]
    if len(groups) <= 1:
        return Answer.ALONE if groups else Answer.UNKNOWN
    if len(set(values)) == 1:
        return Answer.SAME
    return Answer.SINGLES if len(values) == len(groups) else None


def _between(stratum: Stratum, side: Side, groups: Mapping[str, tuple[float, ...]], confidence: float) -> Between:
    if (answer := _quick(groups)) is not None:
        return Between(stratum, side, groups, answer)
    ratio = variance_ratio(list(groups.values()), confidence)
    apart = ratio.low > 0 if ratio.within else _by_chance(list(groups.values())) <= 1 - confidence
    answer = Answer.DIFFER if apart else Answer.ALIKE if ratio.high <= 1 else Answer.TOO_FEW
    return Between(stratum, side, groups, answer, ratio)


def _by_chance(groups: Sequence[tuple[float, ...]]) -> float:
    """Bound the chance that every group has one value only, if the values fell on the runs in any order alike."""
    runs, strata = Counter(number for group in groups for number in group), Counter(group[0] for group in groups)
    kept = factorial(len(groups)) // prod(map(factorial, strata.values()))
    orders = factorial(runs.total()) // prod(map(factorial, runs.values()))
    return kept / orders


# -- finding ----------------------------------------------------------------------------------------------------------


def strata_finding(subject: str, repeats: Mapping[Side, Sequence[Repeat]], evidence: tuple[str, ...] = ()) -> Finding:
    """Say by every kind of stratum whether it moves a metric; `subject` is job/metric. It informs."""
    told = between_strata(repeats)
    outcome = worst(_OUTCOME[between.answer] for between in told if between.answer in _OUTCOME)
    rows = tuple(_rows(told))
    return Finding(
        check=CHECK,
        dimension=Dimension.METRICS,
        subject=f"{subject} by stratum",
        pair=None,
        outcome=outcome,
        summary=_sentence(subject.rpartition("/")[2], _apart(repeats), told),
        required=False,
        samples=rows[:ROWS_MAX],
        samples_left_out=max(0, len(rows) - ROWS_MAX),
        remedy=""
        if outcome is Outcome.MATCH
        else "runs of both sides on more nodes and days, some of them on the same",
        evidence=evidence,
    )


def _apart(repeats: Mapping[Side, Sequence[Repeat]]) -> float | None:
    """Give how far the means of the two sides lie apart: what a stratum is held against."""
    means = [sum(repeat.value for repeat in mine) / len(mine) for mine in repeats.values() if mine]
    return abs(means[0] - means[1]) if len(means) == len(Side) else None


def _sentence(name: str, difference: float | None, told: Sequence[Between]) -> str:
    """Answer "two nodes differ more than that" in a breath."""
    sides = f"; the means of the two sides lie {difference:.3g} apart" if difference is not None else ""
    apart = [
        f"{between.stratum.value} on {between.side.value}: means up to {between.gap:.3g} apart"
        for between in told
        if between.answer is Answer.DIFFER
    ]
    if apart:
        return f"{name} depends on where or when a run ran ({'; '.join(apart)}{sides})."
    alike = [between for between in told if between.answer in {Answer.SAME, Answer.ALIKE}]
    open_ = [between for between in told if between.answer in {Answer.SINGLES, Answer.TOO_FEW}]
    if not alike and not open_:
        return f"Whether {name} depends on where or when a run ran is not known: no side ran in two strata of a kind."
    parts = [f"does not depend on {_named(alike)}"] if alike else []
    parts += [f"was run too seldom to tell of {_named(open_)}"] if open_ else []
    return f"{name} {' and '.join(parts)}{sides}."


def _named(told: Sequence[Between]) -> str:
    return ", ".join(f"{between.stratum.value} ({between.side.value})" for between in told)


def _rows(told: Sequence[Between]) -> Iterator[Sample]:
    """Give one row a kind of stratum, then one for each stratum where there are several."""
    for stratum in Stratum:
        mine = {between.side: between for between in told if between.stratum is stratum}
        yield Sample(stratum.value, _text(mine[Side.LEGACY]), _text(mine[Side.CANDIDATE]))
        if any(len(between.groups) > 1 for between in mine.values()):
            for name in sorted({name for between in mine.values() for name in between.groups}):
                cells = (_values(mine[side].groups.get(name, ())) for side in (Side.LEGACY, Side.CANDIDATE))
                yield Sample(f"{stratum.value} {name}", *cells)


def _text(between: Between) -> str:
    runs, strata = sum(map(len, between.groups.values())), len(between.groups)
    if between.answer is Answer.UNKNOWN:
        return between.answer.value
    if between.answer is Answer.ALONE:
        return f"{runs} runs, all in {next(iter(between.groups))}"
    ratio = between.ratio
    if ratio is None:
        return f"{runs} runs in {strata}: {between.answer.value}"
    spread = f"between over within {ratio.ratio:.3g} (interval {ratio.low:.3g} to {ratio.high:.3g})"
    inside = spread if ratio.within else "runs of one are the same bits"
    return f"{runs} runs in {strata}: {between.answer.value}; {inside}, means up to {between.gap:.3g} apart"


def _values(values: Sequence[float]) -> str:
    return f"{len(values)} runs, mean {sum(values) / len(values):.6g}" if values else "no run"
