"""Examples that others printed, to their printed digits; the source stands in each."""

from __future__ import annotations

import math

import numpy as np
import pytest

from harness.statistics.equivalence import (
    Equivalence,
    agreement_upper_bound,
    binomial_two_sided,
    holm,
    sign_tost,
    tost_one_sample,
    tost_paired,
    tost_welch,
)

SLEEP = (
    [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0],
    [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4],
)
"""Cushny and Peebles 1905, as used by Student 1908; R's data set `sleep`."""


def two_sided(p_lower: float) -> float:
    """At margin 0 both one-sided tests together are the classic two-sided one."""
    return 2 * min(p_lower, 1 - p_lower)


def test_student_1908_paired_as_printed_by_r() -> None:
    """R manual, t.test on `sleep`, paired: p 0.002833, 95 % interval -2.4598858 to -0.7001142, mean -1.58."""
    found = tost_paired(SLEEP[1], SLEEP[0], 0.0, 0.025)
    assert round(found.estimate, 2) == -1.58
    assert (round(found.low, 7), round(found.high, 7)) == (-2.4598858, -0.7001142)
    assert round(two_sided(found.p_lower), 6) == 0.002833


def test_welch_on_the_same_data_as_printed_by_r() -> None:
    """R manual, t.test(extra ~ group): p 0.07939, 95 % interval -3.3654832 to 0.2054832."""
    found = tost_welch(SLEEP[1], SLEEP[0], 0.0, 0.025)
    assert (round(found.low, 7), round(found.high, 7)) == (-3.3654832, 0.2054832)
    assert round(two_sided(found.p_lower), 5) == 0.07939


def test_tost_of_the_sleep_data_as_printed_by_toster() -> None:
    """Caldwell, TOSTER vignette "An Introduction to t_TOST", bounds of 0.5: TOST lower p 0.890, upper p 0.012."""
    found = tost_welch(SLEEP[1], SLEEP[0], 0.5, 0.05)
    assert (round(found.p_lower, 2), round(found.p_upper, 3)) == (0.89, 0.012)
    assert found.outcome is not Equivalence.EQUIVALENT


def test_welchs_example_of_fifteen_a_side_as_printed_by_rosetta_code() -> None:
    """Rosetta Code, "Welch's t-test", d1 and d2: p 0.021378 (Wikipedia prints 0.021 for the same numbers)."""
    one = [27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4]
    other = [27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0, 24.8, 20.2, 21.9, 22.1, 22.9, 20.5, 24.4]
    assert round(two_sided(tost_welch(one, other, 0.0, 0.025).p_lower), 6) == 0.021378


def test_two_machines_screws_as_printed_by_wikipedia() -> None:
    """Wikipedia, "Student's t-test", unequal variances: difference 0.095, two-tailed p 0.09077."""
    one = [30.02, 29.99, 30.11, 29.97, 30.01, 29.99]
    other = [29.89, 29.93, 29.72, 29.98, 30.02, 29.98]
    found = tost_welch(other, one, 0.0, 0.025)
    assert (round(found.estimate, 3), round(two_sided(found.p_lower), 5)) == (0.095, 0.09077)


def test_darwins_maize_as_printed_by_fisher() -> None:
    """Fisher 1935, The Design of Experiments, section 17: 15 pairs, sum 314, t 2.148, P 4.97 %."""
    differences = [49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48]
    found = tost_one_sample(differences, 0.0, 0.0, 0.025)
    assert round(found.estimate * 15) == 314
    assert round(100 * two_sided(found.p_lower), 2) == 4.97


@pytest.mark.parametrize(("freedom", "printed"), [(5, 2.015), (7, 1.895), (10, 1.812), (23, 1.714)])
def test_the_interval_is_as_wide_as_the_t_table_says(freedom: int, printed: float) -> None:
    """NIST/SEMATECH e-Handbook 1.3.6.7.2, upper 5 % points of Student's t."""
    values = np.arange(freedom + 1.0)
    error = values.std(ddof=1) / math.sqrt(values.size)
    found = tost_one_sample(values, values.mean(), 1.0, 0.05)
    assert round(found.high / error, 3) == printed


def test_deers_legs_by_the_sign_test_as_printed_by_wikipedia() -> None:
    """Wikipedia, "Sign test" (Zar): 8 of 10 legs are longer, two-sided p 0.109375."""
    found = sign_tost(np.zeros(10), [1.0] * 8 + [-1.0] * 2, 0.0, 0.05)
    assert round(2 * found.p_lower, 6) == round(binomial_two_sided(8, 10), 6) == 0.109375


def test_four_claims_by_holm_as_printed_by_wikipedia() -> None:
    """Wikipedia, "Holm-Bonferroni method": of 0.01, 0.04, 0.03, 0.005 the first and the last hold at 0.05."""
    assert holm([0.01, 0.04, 0.03, 0.005], 0.05) == (True, False, False, True)


def test_seven_of_fifty_as_printed_by_scipy() -> None:
    """SciPy manual, BinomTestResult.proportion_ci: 0.05819170033997342 to 0.26739600249700846 at 95 %, two-sided."""
    assert agreement_upper_bound(7, 50, 0.975).upper == pytest.approx(0.26739600249700846, rel=1e-14)
    assert 1 - agreement_upper_bound(43, 50, 0.975).upper == pytest.approx(0.05819170033997342, rel=1e-13)


def test_mendelian_inheritance_as_printed_by_r() -> None:
    """R manual, binom.test (Conover 1971, p. 97): 682 of 925, 95 % interval 0.7076683 to 0.7654066."""
    assert round(agreement_upper_bound(682, 925, 0.975).upper, 7) == 0.7654066
    assert round(1 - agreement_upper_bound(243, 925, 0.975).upper, 7) == 0.7076683


@pytest.mark.parametrize(
    ("count", "n", "low", "high"),
    [(81, 263, 0.2527, 0.3676), (15, 148, 0.0578, 0.1617), (0, 20, 0.0, 0.1684), (1, 29, 0.0009, 0.1776)],
)
def test_the_exact_intervals_of_newcombe(count: int, n: int, low: float, high: float) -> None:
    """Newcombe 1998, Statistics in Medicine 17:857, table I, method 5 (Clopper-Pearson)."""
    assert round(agreement_upper_bound(count, n, 0.975).upper, 4) == high
    assert round(1 - agreement_upper_bound(n - count, n, 0.975).upper, 4) == low


def test_nothing_went_wrong_by_the_exact_rule_of_three() -> None:
    """Hanley and Lippman-Hand 1983, JAMA 249:1743: 0 of 100 bounds the risk at 3 % (95 %)."""
    assert round(100 * agreement_upper_bound(0, 100).upper) == 3


def test_the_median_of_six_lies_between_the_extremes() -> None:
    """Dixon and Mood 1946: six of six on one side has chance 1/64, so the range covers the median in 96.9 %."""
    found = sign_tost(np.zeros(6), [1.0, 2, 3, 4, 5, 6], 10.0, 0.016)
    assert (found.low, found.high, round(1 - 2 * found.p_lower, 3)) == (1.0, 6.0, 0.969)
