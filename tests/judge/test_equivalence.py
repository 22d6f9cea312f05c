"""Every test against an oracle that somebody else wrote, or a printed number."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import tost_proportions_2indep
from statsmodels.stats.weightstats import ttost_ind, ttost_paired

from harness.judge.margin import Margin
from harness.statistics.equivalence import (
    Equivalence,
    agreement_upper_bound,
    binomial_two_sided,
    holm,
    noninferiority_log_ratio,
    sign_critical,
    sign_tost,
    tost_one_sample,
    tost_paired,
    tost_proportions,
    tost_welch,
)

EQUIVALENT, DIFFERENT, INCONCLUSIVE = Equivalence.EQUIVALENT, Equivalence.DIFFERENT, Equivalence.INCONCLUSIVE
VALUES = st.lists(st.floats(-100, 100), min_size=6, max_size=24)


def two_sides(seed: int, n: int = 8, shift: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Draw pairs with noise of their own and noise in common."""
    random = np.random.default_rng(seed)
    common = random.normal(10, 0.5, n)
    return common + random.normal(0, 1, n), common + shift + random.normal(0, 1, n)


@pytest.mark.parametrize("seed", range(20))
def test_paired_tost_gives_the_p_values_of_statsmodels(seed: int) -> None:
    """Both one-sided p values, for shifts inside and outside the margin."""
    legacy, candidate = two_sides(seed, n=5 + seed, shift=seed / 10)
    found = tost_paired(legacy, candidate, 1.5, 0.05)
    _, lower, upper = ttost_paired(candidate, legacy, -1.5, 1.5)
    assert (found.p_lower, found.p_upper) == pytest.approx((lower[1], upper[1]))


@pytest.mark.parametrize("seed", range(20))
def test_welch_tost_gives_the_p_values_of_statsmodels(seed: int) -> None:
    """The same without pairs and with unequal variances."""
    legacy, candidate = two_sides(seed, n=6 + seed)
    found = tost_welch(legacy, candidate[:-2] * 2, 3.0, 0.05)
    _, lower, upper = ttost_ind(candidate[:-2] * 2, legacy, -3.0, 3.0, usevar="unequal")
    assert (found.p_lower, found.p_upper) == pytest.approx((lower[1], upper[1]))


@pytest.mark.parametrize("counts", [(3, 50, 5, 60), (0, 29, 1, 29), (1, 100, 5, 100), (10, 20, 10, 20)])
def test_tost_of_rates_gives_the_p_values_of_statsmodels(counts: tuple[int, int, int, int]) -> None:
    """Agresti and Caffo's interval, rates near zero included."""
    legacy_count, legacy_n, candidate_count, candidate_n = counts
    found = tost_proportions(*counts, margin=0.1, alpha=0.05)
    with np.errstate(divide="ignore"):  # it also works out the ratio of both rates, which a rate of 0 has not
        oracle = tost_proportions_2indep(
            candidate_count, candidate_n, legacy_count, legacy_n, -0.1, 0.1, method="agresti-caffo"
        )
    assert max(found.p_lower, found.p_upper) == pytest.approx(oracle.pvalue)


def test_the_interval_is_that_of_scipy_at_one_minus_two_alpha() -> None:
    """90 % at alpha 0.05."""
    values = np.array([1.1, 0.9, 1.3, 1.2, 0.7])
    found = tost_one_sample(values, 1.0, 0.5, 0.05)
    low, high = stats.ttest_1samp(values, 1.0).confidence_interval(0.9)
    assert (found.low + 1.0, found.high + 1.0) == pytest.approx((low, high))


@pytest.mark.parametrize(
    ("n", "out", "level"), [(5, 0, 0.031), (7, 0, 0.008), (8, 1, 0.035), (11, 2, 0.033), (20, 5, 0.021)]
)
def test_sign_tost_has_the_levels_of_the_sign_test_tables(n: int, out: int, level: float) -> None:
    """So many outside of so many pairs: the printed level (Dixon and Mood 1946, table 1)."""
    differences = np.zeros(n)
    differences[:out] = 2.0
    found = sign_tost(np.zeros(n), differences, 1.0, 0.05)
    assert found.outcome is EQUIVALENT
    assert found.p_upper == pytest.approx(level, abs=6e-4)
    assert found.p_upper == pytest.approx(stats.binomtest(n - out, n, alternative="greater").pvalue)


def test_sign_tost_cannot_pass_below_five_pairs_nor_below_six_at_a_third_of_the_level() -> None:
    """Even when every pair is identical."""
    same = np.ones(6)
    assert sign_tost(same[:4], same[:4], 1.0, 0.05).outcome is INCONCLUSIVE
    assert sign_tost(same[:5], same[:5], 1.0, 0.05).outcome is EQUIVALENT
    assert sign_tost(same[:5], same[:5], 1.0, 0.05 / 3).outcome is INCONCLUSIVE
    assert sign_tost(same, same, 1.0, 0.05 / 3).outcome is EQUIVALENT


@pytest.mark.parametrize(("n", "bound"), [(29, 0.10), (59, 0.05), (299, 0.01)])
def test_agreement_bounds_are_the_printed_ones(n: int, bound: float) -> None:
    """Zero of n: the rule of three's exact form, 1 - 0.05^(1/n)."""
    found = agreement_upper_bound(0, n)
    assert found.upper == pytest.approx(1 - 0.05 ** (1 / n))
    assert found.upper <= bound < agreement_upper_bound(0, n - 1).upper


def test_the_agreement_bound_is_clopper_and_pearsons() -> None:
    """With disagreements too, and 1 when all disagree."""
    oracle = stats.binomtest(3, 40, alternative="less").proportion_ci(0.95, "exact").high
    assert agreement_upper_bound(3, 40).upper == pytest.approx(oracle)
    assert agreement_upper_bound(4, 4).upper == 1.0


@pytest.mark.parametrize(("count", "n"), [(0, 0), (0, 5), (5, 5), (2, 7), (4, 8)])
def test_the_balance_of_voids_is_the_exact_binomial_test(count: int, n: int) -> None:
    """Two-sided at one half."""
    oracle = stats.binomtest(count, n).pvalue if n else 1.0
    assert binomial_two_sided(count, n) == pytest.approx(oracle)


def test_holm_steps_down_and_stops_at_the_first_that_fails() -> None:
    """0.01 and 0.02 hold of four at 0.05? Only the first: 0.02 > 0.05 / 3."""
    assert holm([0.02, 0.01, 0.5, 0.03], 0.05) == (False, True, False, False)
    assert holm([0.01, 0.01, 0.01], 0.05) == (True, True, True)
    assert holm([], 0.05) == ()


@given(VALUES, st.floats(0.1, 10), st.integers(0, 2**32 - 1))
def test_swapping_sides_mirrors_every_symmetric_test(values: list[float], margin: float, seed: int) -> None:
    """Estimate and interval change sign, p values change places, the outcome stays."""
    legacy = np.array(values)
    candidate = legacy + np.random.default_rng(seed).normal(0, 1, legacy.size)
    for test in (tost_paired, tost_welch, sign_tost):
        one, other = test(legacy, candidate, margin, 0.05), test(candidate, legacy, margin, 0.05)
        assert one.outcome is other.outcome
        assert (one.p_lower, one.p_upper) == pytest.approx((other.p_upper, other.p_lower))
        assert (one.low, one.high) == pytest.approx((-other.high, -other.low))


@given(VALUES, st.floats(0.1, 10), st.floats(1, 5))
def test_a_wider_margin_never_takes_equivalence_away(values: list[float], margin: float, factor: float) -> None:
    """What passes a margin passes every wider one."""
    legacy = np.zeros(len(values))
    if sign_tost(legacy, values, margin, 0.05).outcome is EQUIVALENT:
        assert sign_tost(legacy, values, margin * factor, 0.05).outcome is EQUIVALENT
    if tost_paired(legacy, values, margin, 0.05).outcome is EQUIVALENT:
        assert tost_paired(legacy, values, margin * factor, 0.05).outcome is EQUIVALENT


def test_latency_passes_by_ratio_or_by_floor_and_fails_beyond_both() -> None:
    """Slower by a tenth passes 1.25; short waits pass a floor of 30 s; twice as long does neither."""
    legacy = np.array([100.0, 101, 99, 102, 98, 100, 101, 99])
    jitter = np.linspace(-0.5, 0.5, 8)
    assert noninferiority_log_ratio(legacy, legacy * 1.1 + jitter, 1.25, 0.0, alpha=0.05).outcome is EQUIVALENT
    assert noninferiority_log_ratio(legacy / 50, legacy / 10 + jitter, 1.25, 30.0, alpha=0.05).outcome is EQUIVALENT
    assert noninferiority_log_ratio(legacy, legacy * 2 + jitter, 1.25, 30.0, alpha=0.05).outcome is DIFFERENT
    assert noninferiority_log_ratio(legacy, legacy / 2 + jitter, 1.25, 0.0, alpha=0.05).outcome is EQUIVALENT


def test_runs_that_never_started_are_censored_and_not_dropped() -> None:
    """One of eight: nothing is proven; all: later for certain; on legacy they hold against nobody."""
    waits, never = np.array([100.0, 101, 99, 102, 98, 100, 101, 99]), math.inf
    one_lost = np.where(np.arange(8) < 1, never, waits)
    all_lost = np.full(8, never)
    assert noninferiority_log_ratio(waits, waits, 1.25, 30.0, alpha=0.05).outcome is EQUIVALENT
    assert noninferiority_log_ratio(waits, one_lost, 1.25, 30.0, alpha=0.05).outcome is INCONCLUSIVE
    assert noninferiority_log_ratio(waits, all_lost, 1.25, 30.0, alpha=0.05).outcome is DIFFERENT
    assert noninferiority_log_ratio(one_lost, waits, 1.25, 30.0, alpha=0.05).outcome is INCONCLUSIVE
    assert noninferiority_log_ratio(all_lost, all_lost, 1.25, 30.0, alpha=0.05).outcome is INCONCLUSIVE


@pytest.mark.parametrize(("legacy", "candidate"), [([1.0, 0.0], [1.0, 1.0]), ([1.0, 1.0], [1.0, -math.inf])])
def test_a_duration_is_positive(legacy: list[float], candidate: list[float]) -> None:
    """Zero, and minus infinity."""
    with pytest.raises(ValueError, match=r"positive|finite"):
        noninferiority_log_ratio(legacy, candidate, 1.25, 30.0, alpha=0.05)


@pytest.mark.parametrize(
    ("legacy", "candidate", "margin", "alpha"),
    [
        ([1.0], [1.0], 1.0, 0.05),
        ([1.0, 2.0], [1.0, math.nan], 1.0, 0.05),
        ([1.0, 2.0], [1.0, 2.0, 3.0], 1.0, 0.05),
        ([1.0, 2.0], [1.0, 2.0], -1.0, 0.05),
        ([1.0, 2.0], [1.0, 2.0], 1.0, 0.5),
    ],
)
def test_what_cannot_be_tested_is_refused(
    legacy: list[float], candidate: list[float], margin: float, alpha: float
) -> None:
    """Too few, not finite, unpaired, no margin, no level."""
    with pytest.raises(ValueError, match=r"."):
        tost_paired(legacy, candidate, margin, alpha)


def test_without_a_margin_nothing_is_decided() -> None:
    """Neither absolute nor relative."""
    with pytest.raises(ValueError, match="no usable margin"):
        Margin().resolve(1.0)
    assert Margin(absolute=0.1, relative=0.01).resolve(-20.0) == pytest.approx(0.2)


def test_the_critical_count_is_the_smallest_that_proves() -> None:
    """And one more than all where nothing proves."""
    assert [sign_critical(n, 0.05) for n in (4, 5, 8, 20)] == [5, 5, 7, 15]
