"""Metrics computed from test examples, and how sure a finite test set lets one be of them. Pure; numpy only.

Two variances are kept apart. Run to run: the same test set, other runs; judged like any metric. From the examples: the
same runs, another test set; the paired bootstrap over examples says it. The second is no substitute for the first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from harness.judge.metric import MetricDecision
from harness.model.metric import Score
from harness.model.sample import ExampleSample, PairedSample
from harness.statistics.results import Equivalence

RESAMPLES = 4000
"""The end of a 96.7 % interval is then the 67th value from below; its own standard error is 2 % of the half-width."""
EXAMPLES_MIN = 200
"""Below it the percentile interval is too narrow and skewed (Hesterberg 2015)."""
CLASS_MIN = 20
"""Examples of each label that an AUC needs."""
_CELLS = 1 << 21
"""Counts drawn at once; bounds memory."""

Row = NDArray[np.float64]
Statistic = Callable[[Row], Row]
"""Weights of the examples, shape (b, n) → the statistic of each of the b samples, shape (b,)."""


@dataclass(frozen=True, slots=True)
class ExampleInterval:
    """What the examples say of candidate minus legacy, mean over the pairs."""

    estimate: float
    low: float
    high: float
    examples: int


def bootstrap_interval(
    statistic: Statistic, n: int, alpha: float, random: np.random.Generator, *, resamples: int = RESAMPLES
) -> tuple[float, float]:
    """Give the percentile interval of a statistic over n examples drawn with replacement (Efron 1979).

    Args:
        statistic: of weights, which are how often each example was drawn.
        n: examples.
        alpha: each end leaves out this share; the interval covers 1 - 2 alpha.
        random: seeded by the caller.
        resamples: samples drawn.
    """
    rows = max(1, _CELLS // n)
    found = [statistic(_drawn(random, min(rows, resamples - first), n)) for first in range(0, resamples, rows)]
    low, high = np.quantile(np.concatenate(found), [alpha, 1 - alpha])
    return float(low), float(high)


def _drawn(random: np.random.Generator, rows: int, n: int) -> Row:
    chosen = random.integers(0, n, (rows, n)) + n * np.arange(rows)[:, None]
    return np.bincount(chosen.ravel(), minlength=rows * n).reshape(rows, n).astype(np.float64)


# -- scores -----------------------------------------------------------------------------------------------------------


def statistic_of(score: Score, labels: Row, predictions: Row) -> Statistic:
    """Make a score a function of weights: all ones give the score itself.

    Args:
        score: auc needs labels 0 and 1; accuracy takes a prediction as right where it equals its label.
        labels: shape (n,).
        predictions: shape (n,).

    Raises:
        ValueError: labels that the score can't use.
    """
    if score is Score.AUC:
        return _auc(labels, predictions)
    apart = np.abs(labels - predictions)
    each = {Score.ACCURACY: (apart == 0).astype(np.float64), Score.SQUARED_ERROR: apart**2}.get(score, apart)
    return lambda weights: np.asarray(weights @ each / weights.sum(axis=1))


def _auc(labels: Row, predictions: Row) -> Statistic:
    """Give the chance that a positive is ranked above a negative, ties half (Hanley and McNeil 1982)."""
    counts = [int((labels == literal).sum()) for literal in (0, 1)]
    if sum(counts) != labels.size or min(counts) < CLASS_MIN:
        message = f"an AUC needs labels 0 and 1, {CLASS_MIN} of each; there are {counts[0]} and {counts[1]}"
        raise ValueError(message)
    order = np.argsort(predictions, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(predictions[order]) > 0])
    positive = labels[order] == 1

    def area(weights: Row) -> Row:
        ranked = weights[:, order]
        above, below = (np.add.reduceat(ranked * mine, starts, axis=1) for mine in (positive, ~positive))
        lower = np.cumsum(below, axis=1) - below / 2
        return np.asarray((above * lower).sum(axis=1) / (above.sum(axis=1) * below.sum(axis=1)))

    return area


# -- both variances ---------------------------------------------------------------------------------------------------


def scored(name: str, score: Score, sample: ExampleSample) -> PairedSample:
    """Compute the metric of every run from its predictions; what can't be computed is a problem of the sample."""
    labels = np.asarray(sample.labels, dtype=np.float64)
    ones = np.ones((1, labels.size))
    problems = list(sample.problems)
    values: dict[str, float] = {}
    try:
        for run, predictions in sample.predictions.items():
            values[run] = float(statistic_of(score, labels, np.asarray(predictions, dtype=np.float64))(ones)[0])
    except ValueError as error:
        problems.append(str(error))
        values = {}
    if not problems and labels.size < EXAMPLES_MIN:
        problems.append(f"{labels.size} examples, and {EXAMPLES_MIN} are needed to tell how sure they let one be")
    if not problems and score is Score.ACCURACY and not any(values.values()):
        problems.append("no prediction of any run equals its label: they may be chances of a class")
    pairs = [pair for pair in sample.pairs if pair[1] in values and pair[2] in values]
    return PairedSample(
        name=name,
        unit="",
        legacy=tuple(values[legacy] for _, legacy, _ in pairs),
        candidate=tuple(values[candidate] for *_, candidate in pairs),
        pairs=tuple(pair for pair, *_ in pairs),
        legacy_repeats=tuple(values[run] for run in sample.legacy_runs if run in values),
        candidate_repeats=tuple(values[run] for run in sample.candidate_runs if run in values),
        error_seconds=None,
        problems=tuple(problems),
        source="computed from the examples",
        evidence=sample.evidence,
    )


def example_interval(
    score: Score, sample: ExampleSample, alpha: float, random: np.random.Generator
) -> ExampleInterval | None:
    """Bootstrap candidate minus legacy over the examples, paired by example and averaged over the pairs of runs.

    None: no pair, or a score that can't be computed.
    """
    labels = np.asarray(sample.labels, dtype=np.float64)
    runs = {name: np.asarray(each, dtype=np.float64) for name, each in sample.predictions.items()}
    pairs = [(legacy, candidate) for _, legacy, candidate in sample.pairs if legacy in runs and candidate in runs]
    if not pairs or labels.size < EXAMPLES_MIN:
        return None
    try:
        known = {run: statistic_of(score, labels, runs[run]) for pair in pairs for run in pair}
    except ValueError:
        return None
    differing = [pair for pair in pairs if not np.array_equal(runs[pair[0]], runs[pair[1]])]

    def moved(weights: Row) -> Row:
        total = np.zeros(weights.shape[0])
        for legacy, candidate in differing:
            total += known[candidate](weights) - known[legacy](weights)
        return total / len(pairs)

    estimate = float(moved(np.ones((1, labels.size)))[0])
    low, high = bootstrap_interval(moved, labels.size, alpha, random) if differing else (0.0, 0.0)
    return ExampleInterval(estimate, low, high, labels.size)


def with_examples(decided: MetricDecision, examples: ExampleInterval) -> MetricDecision:
    """Let the examples lower a decision: equal and different must hold on both variances, each by itself."""
    inside = -decided.margin < examples.low and examples.high < decided.margin
    still = examples.low == examples.high == 0
    outside = examples.low > decided.margin or examples.high < -decided.margin
    rule = decided.rule if still or decided.rule != "exact" else "examples"
    kept = replace(decided, rule=rule)
    agrees = {Equivalence.EQUIVALENT: inside or still, Equivalence.DIFFERENT: outside}
    if agrees.get(decided.outcome, True):
        return kept
    reason = f"{examples.examples:,} examples are too few to tell: their interval crosses the margin"
    return replace(kept, outcome=Equivalence.INCONCLUSIVE, reason=reason, units_needed=None)
