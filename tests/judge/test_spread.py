"""Spread against SciPy's Brown-Forsythe test and against counting orders by hand."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from scipy import stats

from harness.judge.spread import compare_spread


@pytest.mark.parametrize("seed", range(10))
def test_wider_is_scipys_brown_forsythe_test_one_sided(seed: int) -> None:
    """With two groups F is t squared, so half of its p value belongs to each side."""
    random = np.random.default_rng(seed)
    legacy, candidate = random.normal(0, 1, 8 + seed), random.normal(0, 1 + seed / 5, 9)
    both = stats.levene(legacy, candidate, center="median").pvalue
    wider = np.abs(candidate - np.median(candidate)).mean() > np.abs(legacy - np.median(legacy)).mean()
    assert compare_spread(legacy, candidate).p_wider == pytest.approx(both / 2 if wider else 1 - both / 2)


@pytest.mark.parametrize(("n", "m"), [(2, 3), (3, 4), (4, 3)])
def test_the_tail_is_counted_over_all_orders(n: int, m: int) -> None:
    """Every order of n + m different values is equally likely when all runs are alike."""
    shares = []
    for order in permutations(range(n + m), n):
        rest = [each for each in range(n + m) if each not in order]
        shares.append(sum(not min(order) < each < max(order) for each in rest))
    for wanted in range(m + 1):
        legacy = np.arange(n) / n
        candidate = np.array([5.0 + each for each in range(wanted)] + [0.1] * (m - wanted))
        found = compare_spread(legacy, candidate)
        assert found.tail_share == wanted / m
        assert found.p_tail == pytest.approx(np.mean([each >= wanted for each in shares]))


def test_the_same_mean_but_wilder_is_seen_and_the_same_spread_is_not() -> None:
    """Eight runs a side, ten times the spread; control: a shift only."""
    legacy = np.array([9.7, 10.1, 10.3, 9.9, 10.0, 10.2, 9.8, 10.0])
    wilder = compare_spread(legacy, 10 + (legacy[::-1] - 10) * 10)
    assert (wilder.variance_ratio, wilder.p_wider < 0.01) == (pytest.approx(100), True)
    assert compare_spread(legacy, legacy + 5).p_wider == pytest.approx(0.5)


def test_a_side_that_never_varies_has_no_spread_to_divide_by() -> None:
    """Neither varies: alike. Only the candidate varies: wider for certain."""
    assert (compare_spread([1, 1], [2, 2]).variance_ratio, compare_spread([1, 1], [2, 2]).p_wider) == (1.0, 1.0)
    assert compare_spread([1, 1, 1], [2, 4, 3]).variance_ratio == float("inf")
