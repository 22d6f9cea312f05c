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

from harness.judge.equivalence import (
    Equivalence,
    Margin,
    agreement_upper_bound,
    binomial_two_sided,
    decide_metric,
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


def test_at_the_margin_the_two_locks_pass_at_most_at_their_level() -> None:
    """2,000 metrics exactly at the margin: at most 5 % and four standard errors are called equivalent."""
    passed = 0
    for seed in range(2000):
        legacy, candidate = two_sides(seed, n=12, shift=2.0)
        passed += _decide(legacy, candidate, absolute=2.0).outcome is EQUIVALENT
    assert passed <= 2000 * 0.05 + 4 * math.sqrt(2000 * 0.05 * 0.95)
    assert passed > 0


def _decide(legacy: object, candidate: object, absolute: float) -> object:
    return decide_metric(
        legacy, candidate, Margin(absolute=absolute), 0.05, legacy_repeats=legacy, candidate_repeats=candidate
    )


def test_a_clear_difference_is_different_and_no_difference_with_little_noise_is_equivalent() -> None:
    """The two ends, and between them INCONCLUSIVE with what is missing."""
    legacy, candidate = two_sides(1, n=12)
    assert _decide(legacy, candidate, 8.0).outcome is EQUIVALENT
    assert _decide(legacy, candidate + 30, 8.0).outcome is DIFFERENT
    steady = [10.0, 11.0, 9.0, 10.5, 9.5, 10.0]
    between = _decide(steady, [12.5, 12.0, 12.5, 12.0, 12.5, 13.5], 2.6)
    assert (between.outcome, between.pairs_needed is not None) == (INCONCLUSIVE, True)


def test_noise_above_the_margin_is_inconclusive_and_says_so() -> None:
    """Noise never widens a margin, and more pairs do not lessen it."""
    found = _decide([1.0, 9.0, 2.0, 8.0, 1.5, 8.5, 1.0, 9.0], [1.1, 9.1, 2.1, 8.1, 1.6, 8.6, 1.1, 9.1], 1.0)
    assert (found.outcome, "noise is larger than the margin" in found.reason) == (INCONCLUSIVE, True)
    assert found.pairs_needed is None


def test_a_metric_that_never_varies_is_compared_exactly() -> None:
    """Three pairs are enough then; outside the margin it is different for certain."""
    same = _decide([0.5] * 3, [0.5] * 3, 0.01)
    assert (same.outcome, same.rule, same.p_different) == (EQUIVALENT, "exact", 1.0)
    other = _decide([0.5] * 3, [0.7] * 3, 0.01)
    assert (other.outcome, other.rule, other.p_different) == (DIFFERENT, "exact", 0.0)
    assert other.smallest_margin == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("legacy", "candidate", "outcome"),
    [
        (0.93, 0.91, EQUIVALENT),  # as floats 0.020000000000000018
        (0.95, 0.93, EQUIVALENT),  # as floats 0.019999999999999907
        (0.97, 0.95, EQUIVALENT),
        (0.93, 0.9099, DIFFERENT),
        (0.93, 0.95, EQUIVALENT),
        (1e-7, 0.0200001, EQUIVALENT),
    ],
)
def test_values_that_never_vary_are_compared_as_they_were_written(
    legacy: float, candidate: float, outcome: Equivalence
) -> None:
    """The same difference of 0.02 has one outcome, whichever two numbers have it; what is a hair beyond differs."""
    assert _decide([legacy] * 3, [candidate] * 3, 0.02).outcome is outcome


def test_a_relative_margin_is_taken_of_the_value_as_it_was_written() -> None:
    """One per cent of 0.7 is 0.007; as floats the difference is a hair more."""
    found = decide_metric(
        [0.7] * 3, [0.707] * 3, Margin(relative=0.01), 0.05, legacy_repeats=[0.7] * 3, candidate_repeats=[0.707] * 3
    )
    assert (found.outcome, found.estimate, found.margin) == (EQUIVALENT, 0.007, 0.007)


@pytest.mark.parametrize("side", ["legacy", "candidate"])
def test_a_pair_that_differs_from_all_repeats_ends_the_exact_rule(side: str) -> None:
    """A replaced pair is none of the repeats; what every run gave is said of every run."""
    sides = {"legacy": [0.5, 0.5, 0.5], "candidate": [0.5, 0.5, 0.5], side: [0.5, 0.5, 0.9]}
    found = decide_metric(
        sides["legacy"], sides["candidate"], Margin(0.01, None), 0.05,
        legacy_repeats=[0.5, 0.5], candidate_repeats=[0.5, 0.5],
    )  # fmt: skip
    assert found.rule != "exact"
    assert found.outcome is not EQUIVALENT


def test_the_smallest_margin_is_the_one_that_would_have_passed() -> None:
    """A hair above it passes, a hair below does not."""
    legacy, candidate = two_sides(5, n=12, shift=0.5)
    smallest = _decide(legacy, candidate, 5.0).smallest_margin
    above, below = (max(tests, key=lambda each: each.p_upper) for tests in (
        [t(legacy, candidate, smallest * 1.0001, 0.05) for t in (tost_paired, sign_tost)],
        [t(legacy, candidate, smallest * 0.9999, 0.05) for t in (tost_paired, sign_tost)],
    ))  # fmt: skip
    assert above.outcome is EQUIVALENT
    assert below.outcome is not EQUIVALENT


def test_latency_passes_by_ratio_or_by_floor_and_fails_beyond_both() -> None:
    """Slower by a tenth passes 1.25; short waits pass a floor of 30 s; twice as long does neither."""
    legacy = np.array([100.0, 101, 99, 102, 98, 100, 101, 99])
    jitter = np.linspace(-0.5, 0.5, 8)
    assert noninferiority_log_ratio(legacy, legacy * 1.1 + jitter, 1.25, 0.0, 0.05).outcome is EQUIVALENT
    assert noninferiority_log_ratio(legacy / 50, legacy / 10 + jitter, 1.25, 30.0, 0.05).outcome is EQUIVALENT
    assert noninferiority_log_ratio(legacy, legacy * 2 + jitter, 1.25, 30.0, 0.05).outcome is DIFFERENT
    assert noninferiority_log_ratio(legacy, legacy / 2 + jitter, 1.25, 0.0, 0.05).outcome is EQUIVALENT


def test_runs_that_never_started_are_censored_and_not_dropped() -> None:
    """One of eight: nothing is proven; all: later for certain; on legacy they hold against nobody."""
    waits, never = np.array([100.0, 101, 99, 102, 98, 100, 101, 99]), math.inf
    one_lost = np.where(np.arange(8) < 1, never, waits)
    all_lost = np.full(8, never)
    assert noninferiority_log_ratio(waits, waits, 1.25, 30.0, 0.05).outcome is EQUIVALENT
    assert noninferiority_log_ratio(waits, one_lost, 1.25, 30.0, 0.05).outcome is INCONCLUSIVE
    assert noninferiority_log_ratio(waits, all_lost, 1.25, 30.0, 0.05).outcome is DIFFERENT
    assert noninferiority_log_ratio(one_lost, waits, 1.25, 30.0, 0.05).outcome is INCONCLUSIVE
    assert noninferiority_log_ratio(all_lost, all_lost, 1.25, 30.0, 0.05).outcome is INCONCLUSIVE


@pytest.mark.parametrize(("legacy", "candidate"), [([1.0, 0.0], [1.0, 1.0]), ([1.0, 1.0], [1.0, -math.inf])])
def test_a_duration_is_positive(legacy: list[float], candidate: list[float]) -> None:
    """Zero, and minus infinity."""
    with pytest.raises(ValueError, match=r"positive|finite"):
        noninferiority_log_ratio(legacy, candidate, 1.25, 30.0, 0.05)


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
