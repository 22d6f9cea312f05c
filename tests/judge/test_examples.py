"""Metrics from test examples: SciPy and scikit-learn as oracles, and two variances that are kept apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from judge import cases
from scipy import stats
from sklearn import metrics as sklearn

from harness.judge.classify import JudgingContext, metric_findings
from harness.judge.examples import (
    EXAMPLES_MIN,
    ExampleInterval,
    bootstrap_interval,
    example_interval,
    scored,
    statistic_of,
    with_examples,
)
from harness.judge.metric import MetricDecision
from harness.model.finding import Finding, Outcome
from harness.model.metric import Better, Examples, Metric, Score
from harness.model.sample import ExampleSample
from harness.statistics.results import Equivalence

N = 400
RANDOM = np.random.default_rng(7)
LABELS = np.array([0.0, 1.0] * (N // 2))
RANKED = LABELS + RANDOM.normal(0, 1, N)
OTHER = LABELS + RANDOM.normal(0, 1, N)
ROUNDED = np.round(RANKED)
"""Predictions with many ties."""


# -- oracles ----------------------------------------------------------------------------------------------------------


def test_the_interval_is_scipys_paired_percentile_bootstrap() -> None:
    """The same draws give the same interval (scipy.stats.bootstrap, method percentile, paired)."""
    one, other = (LABELS - RANKED) ** 2, (LABELS - OTHER) ** 2

    def difference(x: np.ndarray, y: np.ndarray, axis: int = -1) -> np.ndarray:
        return np.asarray((y - x).mean(axis=axis))

    known = [statistic_of(Score.SQUARED_ERROR, LABELS, each) for each in (RANKED, OTHER)]
    mine = bootstrap_interval(lambda w: known[1](w) - known[0](w), N, 0.05, np.random.default_rng(3), resamples=500)
    found = stats.bootstrap(
        (one, other), difference, paired=True, confidence_level=0.9, method="percentile", n_resamples=500,
        rng=np.random.default_rng(3),
    )  # fmt: skip
    assert mine == pytest.approx(tuple(found.confidence_interval), rel=1e-12)


@pytest.mark.parametrize("predictions", [RANKED, ROUNDED], ids=["no ties", "ties"])
def test_auc_is_scikit_learns_with_and_without_weights(predictions: np.ndarray) -> None:
    """Weights are how often each example was drawn."""
    weights = np.random.default_rng(1).integers(0, 4, (5, N)).astype(float)
    found = statistic_of(Score.AUC, LABELS, predictions)(weights)
    wanted = [sklearn.roc_auc_score(LABELS, predictions, sample_weight=weight) for weight in weights]
    assert found == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize(
    ("score", "oracle"),
    [
        (Score.ACCURACY, sklearn.accuracy_score),
        (Score.ABSOLUTE_ERROR, sklearn.mean_absolute_error),
        (Score.SQUARED_ERROR, sklearn.mean_squared_error),
    ],
)
def test_scores_are_scikit_learns(score: Score, oracle: object) -> None:
    """Of whole numbers, so that some predictions are right."""
    weights = np.random.default_rng(1).integers(0, 4, (1, N)).astype(float)
    wanted = oracle(LABELS, ROUNDED, sample_weight=weights[0])  # type: ignore[operator]
    assert statistic_of(score, LABELS, ROUNDED)(weights)[0] == pytest.approx(wanted, rel=1e-12)


def test_hanley_and_mcneils_radiologist_as_printed() -> None:
    """Hanley and McNeil 1982, Radiology 143:29, table I: 109 CT images in five classes, area 0.893."""
    normal, abnormal = (33, 6, 6, 11, 2), (3, 2, 2, 11, 33)
    ratings = np.repeat([1.0, 2, 3, 4, 5] * 2, [*normal, *abnormal])
    labels = np.repeat([0.0, 1.0], [sum(normal), sum(abnormal)])
    found = statistic_of(Score.AUC, labels, ratings)(np.ones((1, labels.size)))
    assert round(float(found[0]), 3) == 0.893


def test_the_interval_covers_what_it_says() -> None:
    """1,000 test sets of 200 examples with skewed differences: 90 % is nominal, three standard errors are 2.8 %."""
    random = np.random.default_rng(20261127)
    hits = 0
    for _ in range(1000):
        moved = random.exponential(1, EXAMPLES_MIN)
        low, high = bootstrap_interval(lambda w, m=moved: w @ m / m.size, moved.size, 0.05, random, resamples=400)  # type: ignore[misc]
        hits += low <= 1.0 <= high
    assert abs(hits / 1000 - 0.9) <= 0.03


# -- both variances ---------------------------------------------------------------------------------------------------


def sample(legacy: np.ndarray, candidate: np.ndarray, labels: np.ndarray = LABELS) -> ExampleSample:
    """Make a pair of each two rows."""
    runs = {f"l{n}": tuple(row) for n, row in enumerate(legacy)} | {
        f"c{n}": tuple(row) for n, row in enumerate(candidate)
    }
    pairs = tuple((f"p{n}", f"l{n}", f"c{n}") for n in range(len(legacy)))
    both = [tuple(name for name in runs if name.startswith(side)) for side in "lc"]
    return ExampleSample(tuple(labels), runs, pairs, both[0], both[1], ())


def judged(of: ExampleSample, margin: float, score: Score = Score.AUC) -> Finding:
    """Judge one metric from examples."""
    metric = Metric("auc", "", Better.HIGHER, margin, None, examples=Examples("model", "p.csv", "y", "p", score))
    known = example_interval(score, of, cases.POLICY.alpha, np.random.default_rng(1))
    besides = JudgingContext(examples={"auc": known} if known else {})
    return metric_findings("train", [(metric, scored("auc", score, of))], cases.POLICY, besides)[0]


STILL = np.tile(RANKED, (8, 1))
JITTER = RANKED + np.random.default_rng(5).normal(0, 0.01, (8, N))
OTHER_MODEL = OTHER + np.random.default_rng(6).normal(0, 0.01, (8, N))


def test_both_intervals_are_told_apart() -> None:
    """Between runs, and between test sets."""
    found = judged(sample(JITTER, OTHER_MODEL), 0.2)
    assert found.outcome is Outcome.MATCH
    assert found.measure is not None
    run, example = found.measure.interval, found.measure.examples_interval
    assert run is not None
    assert example is not None
    told = f"from the examples (400): {example[0]:.3g} to {example[1]:.3g}; from run to run: "
    assert told + f"{run[0]:.3g} to {run[1]:.3g}." in found.summary


def test_too_few_examples_are_inconclusive_however_still_the_runs_are() -> None:
    """Run to run alone would be a match: that is what the examples add."""
    of = sample(np.tile(JITTER, (3, 1)), np.tile(OTHER_MODEL, (3, 1)))
    found = judged(of, 0.1)
    assert found.outcome is Outcome.INCONCLUSIVE
    assert "400 examples are too few to tell" in found.summary
    plain = Metric("auc", "", Better.HIGHER, 0.1, None)
    alone = metric_findings("train", [(plain, scored("auc", Score.AUC, of))], cases.POLICY)[0]
    assert alone.outcome is Outcome.MATCH


def test_runs_that_vary_are_inconclusive_however_many_examples_there_are() -> None:
    """Many examples are no substitute for runs: every run has its own luck."""
    labels = np.tile(LABELS, 10)
    random = np.random.default_rng(2)
    luck = random.normal(1, 0.3, (16, 1))
    runs = labels * luck + random.normal(0, 1, (16, labels.size))
    found = judged(sample(runs[:8], runs[8:], labels), 0.03)
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.measure is not None
    assert found.measure.examples_interval is not None
    assert max(map(abs, found.measure.examples_interval)) < max(map(abs, found.measure.interval or (9, 9)))


def test_the_same_predictions_are_a_match_without_a_test() -> None:
    """Bit-identical on both sides: nothing to resample; another model is resampled."""
    same = judged(sample(STILL, STILL), 0.001)
    assert (same.outcome, same.rule) == (Outcome.MATCH, "exact")
    other = np.tile(OTHER, (8, 1))
    assert judged(sample(STILL, other), 0.2).rule == "examples"
    assert judged(sample(STILL, other), 0.2).outcome is Outcome.MATCH


def test_a_model_that_is_worse_on_every_test_set_and_in_every_run_is_a_mismatch() -> None:
    """Both variances say so."""
    worse = LABELS + 3 * np.random.default_rng(9).normal(0, 1, (8, N))
    assert judged(sample(JITTER, worse), 0.02).outcome is Outcome.MISMATCH


@pytest.mark.parametrize(
    ("labels", "score", "why"),
    [
        (LABELS[:100], Score.ACCURACY, "100 examples, and 200 are needed"),
        (LABELS, Score.ACCURACY, "no prediction of any run equals its label"),
        (LABELS + 1, Score.AUC, "labels 0 and 1"),
        (np.zeros(N), Score.AUC, "there are 400 and 0"),
    ],
)
def test_what_cannot_be_computed_is_inconclusive_and_says_why(labels: np.ndarray, score: Score, why: str) -> None:
    """Few examples; chances where classes are compared; labels of another kind; only one kind."""
    runs = JITTER[:, : labels.size]
    found = judged(sample(runs, runs, labels), 0.2, score)
    assert found.outcome is Outcome.INCONCLUSIVE
    assert why in found.summary


def test_a_run_without_examples_is_never_dropped() -> None:
    """Its pair has no value, so the metric could not be judged."""
    of = replace(sample(JITTER, JITTER), problems=("run l3 left no p.csv in model",))
    assert "left no p.csv" in judged(of, 0.2).summary
    assert judged(of, 0.2).outcome is Outcome.INCONCLUSIVE


def test_a_metric_from_examples_that_were_not_resampled_is_inconclusive() -> None:
    """Whoever forgets them gets no match."""
    metric = Metric("auc", "", Better.HIGHER, 0.2, None, examples=Examples("model", "p.csv", "y", "p", Score.AUC))
    found = metric_findings("train", [(metric, scored("auc", Score.AUC, sample(JITTER, JITTER)))], cases.POLICY)[0]
    assert (found.outcome, "not resampled" in found.summary) == (Outcome.INCONCLUSIVE, True)


@pytest.mark.parametrize("outcome", list(Equivalence))
@pytest.mark.parametrize(("low", "high"), [(-0.1, 0.1), (0.3, 0.7), (0.6, 0.7), (-0.7, -0.6), (0.0, 0.0)])
def test_examples_only_lower_a_decision(outcome: Equivalence, low: float, high: float) -> None:
    """Equal and different stay where both agree, else inconclusive; inconclusive stays."""
    decided = MetricDecision(outcome, 0.0, -0.1, 0.1, 0.5, None, "pairs", "", 8, 1)
    found = with_examples(decided, ExampleInterval(0.0, low, high, 400)).outcome
    agrees = {Equivalence.EQUIVALENT: abs(low) < 0.5 > abs(high), Equivalence.DIFFERENT: low > 0.5 or high < -0.5}
    assert found is (outcome if agrees.get(outcome, True) else Equivalence.INCONCLUSIVE)
