"""A/A by stratum: a published example, SciPy's F quantiles, coverage, and what an owner is told."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from scipy import stats

from harness.judge.strata import Answer, between_strata, strata_finding
from harness.model.finding import Outcome
from harness.model.job import Side
from harness.model.sample import Repeat, Stratum
from harness.statistics.variances import variance_ratio

LOOMS = [[98, 97, 99, 96], [91, 90, 93, 92], [96, 95, 97, 95], [95, 96, 99, 98]]
"""Strength of fabric from four looms (Montgomery, Design and Analysis of Experiments, random effects)."""


def runs(side: dict[str, Sequence[float]], stratum: Stratum = Stratum.NODE) -> list[Repeat]:
    """Make the runs of one side from node → values."""
    return [Repeat(value, {stratum: name}) for name, values in side.items() for value in values]


def test_the_looms_vary_as_published() -> None:
    """Within 1.90, between 6.96; the looms' share is 0.38 to 0.98, printed there from mean squares of two decimals."""
    found = variance_ratio(LOOMS)
    assert (round(found.within, 2), round(found.between, 2)) == (1.90, 6.96)
    shares = [number / (1 + number) for number in (found.low, found.high)]
    assert shares == pytest.approx([0.38, 0.98], abs=0.006)


def test_with_groups_of_one_size_the_interval_is_that_of_scipys_f() -> None:
    """(F / F quantile - 1) / n, the closed form of equal groups."""
    found = variance_ratio(LOOMS, 0.9)
    f = stats.f_oneway(*LOOMS).statistic
    low, high = ((f / stats.f.ppf(p, 3, 12) - 1) / 4 for p in (0.95, 0.05))
    assert (found.low, found.high) == pytest.approx((low, high))


def test_the_interval_covers_the_ratio_with_groups_of_any_sizes() -> None:
    """300 times, groups of 1 to 7 runs, true ratio 0.8; three standard errors of 90 % are 5.2 points."""
    random, covered = np.random.default_rng(20261127), 0
    for _ in range(300):
        groups = [random.normal(random.normal(0, np.sqrt(0.8)), 1, size) for size in (1, 2, 3, 7, 5)]
        found = variance_ratio(groups, 0.9)
        covered += found.low <= 0.8 <= found.high
    assert abs(covered / 300 - 0.9) < 0.052


@pytest.mark.parametrize("groups", [[[1.0, 2.0]], [[1.0], [2.0]], [[1.0, 2.0], []], [[1.0, float("nan")], [2.0]]])
def test_what_cannot_tell_between_from_within_is_refused(groups: list[list[float]]) -> None:
    """One group; no group with two values; an empty one; a value that is no number."""
    with pytest.raises(ValueError, match=r"tell nothing|not every value"):
        variance_ratio(groups)


MANY = {f"n{node}": list(np.random.default_rng(node).normal(10, 1, 8)) for node in range(8)}


@pytest.mark.parametrize(
    ("side", "answer"),
    [
        ({}, Answer.UNKNOWN),
        ({"a": [1.0, 1.1]}, Answer.ALONE),
        ({"a": [1.0], "b": [1.1]}, Answer.SINGLES),
        ({"a": [1.0], "b": [1.0]}, Answer.SAME),
        ({"a": [1.0, 1.1], "b": [1.05, 1.0]}, Answer.TOO_FEW),
        ({"a": [1.0] * 3, "b": [1.1] * 3}, Answer.TOO_FEW),
        ({"a": [1.0] * 4, "b": [1.1] * 4}, Answer.DIFFER),
        ({"a": [1.0, 1.01, 0.99], "b": [2.0, 2.01, 1.99], "c": [3.0, 3.01, 2.99]}, Answer.DIFFER),
        (MANY, Answer.ALIKE),
    ],
)
def test_each_answer_has_runs_that_give_it(side: dict[str, Sequence[float]], answer: Answer) -> None:
    """From nothing known to proven; the other side is empty."""
    told = between_strata({Side.LEGACY: runs(side)})
    assert {(between.stratum, between.side): between.answer for between in told}[Stratum.NODE, Side.LEGACY] is answer


def test_runs_of_one_node_that_are_the_same_bits_need_enough_of_them() -> None:
    """By chance 2 of the 20 orders of three and three look so, and 2 of the 70 of four and four."""
    few, many = (runs({"a": [1.0] * n, "b": [1.1] * n}) for n in (3, 4))
    rows = [strata_finding("train/rmse", {Side.LEGACY: part}).samples[0].legacy for part in (few, many)]
    assert rows == [
        "6 runs in 2: too few to tell; runs of one are the same bits, means up to 0.1 apart",
        "8 runs in 2: they differ; runs of one are the same bits, means up to 0.1 apart",
    ]


def test_runs_that_are_alike_are_seldom_said_to_differ() -> None:
    """200 metrics on 3 nodes and 2 days that move nothing, both sides: at most 5 % and three standard errors."""
    random, said = np.random.default_rng(7), 0
    for _ in range(200):
        repeats = {
            side: [
                Repeat(float(random.normal()), {Stratum.NODE: f"n{run % 3}", Stratum.DAY: f"d{run // 5}"})
                for run in range(10)
            ]
            for side in Side
        }
        said += any(between.answer is Answer.DIFFER for between in between_strata(repeats))
    assert said / 200 < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)


def test_an_owner_reads_how_far_nodes_lie_apart_beside_the_two_sides() -> None:
    """Two nodes of legacy differ more than the sides do; it informs and decides nothing."""
    legacy = runs({"node-a": [10.0, 10.01, 9.99], "node-b": [12.0, 12.01, 11.99]})
    candidate = runs({"ml.m5": [11.5, 11.51]}, Stratum.FAMILY)
    found = strata_finding("train/rmse", {Side.LEGACY: legacy, Side.CANDIDATE: candidate})
    assert (found.outcome, found.required, found.subject) == (Outcome.MISMATCH, False, "train/rmse by stratum")
    assert found.summary == (
        "rmse depends on where or when a run ran "
        "(node on legacy: means up to 2 apart; the means of the two sides lie 0.505 apart)."
    )
    rows = {sample.where: (sample.legacy, sample.candidate) for sample in found.samples}
    assert rows["node"][0].startswith("6 runs in 2: they differ; between over within 2e+04 (interval ")
    assert rows["node node-b"] == ("3 runs, mean 12", "no run")
    assert rows["instance family"] == ("not known", "2 runs, all in ml.m5")


def test_where_nothing_was_repeated_elsewhere_nobody_knows_and_the_same_bits_everywhere_settle_it() -> None:
    """One node tells nothing of another; the same bits on two nodes tell that they do not matter."""
    alone = strata_finding("train/rmse", {side: runs({"a": [1.0, 1.0]}) for side in Side})
    assert alone.outcome is Outcome.INCONCLUSIVE
    assert "is not known: no side ran in two strata of a kind" in alone.summary
    same = strata_finding("train/rmse", {side: runs({"a": [1.0], "b": [1.0]}) for side in Side})
    assert same.outcome is Outcome.MATCH
    assert same.summary.startswith("rmse does not depend on node (legacy), node (candidate)")
