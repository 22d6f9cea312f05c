"""Bets against a shift: exact chances by recursion, worked examples, and what each part is for."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from judge.exact import ever
from numpy.typing import NDArray

from harness.judge import bets
from harness.judge.bets import OUTCOMES, decide, different, equal, highest, interval
from harness.model.betting import FRACTIONS, fewest_units
from harness.statistics.results import Equivalence

ALPHA = 0.05


def on_a_coin(n: int, heads: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give the wealth after gains of 1 and -1: the hardest noise that is symmetric about the bound."""
    with np.errstate(over="ignore", under="ignore"):
        paths = [np.exp(heads * math.log1p(fraction) + (n - heads) * math.log1p(-fraction)) for fraction in FRACTIONS]
    return np.asarray(np.mean(paths, axis=0))


@pytest.mark.parametrize(("units", "chance"), [(24, 0.0275), (80, 0.034), (1000, 0.040)])
def test_a_shift_of_the_margin_is_ever_called_equal_at_most_once_in_20(units: int, chance: float) -> None:
    """Ville's 5 %, and how much of it a fair coin, the hardest symmetric noise, uses."""
    found = ever(on_a_coin, 0.5, 20, units)

    assert found <= ALPHA
    assert found == pytest.approx(chance, abs=0.0005)


def test_a_threshold_of_10_is_wrong_more_often_than_once_in_20() -> None:
    """The recursion sees a threshold that is too low."""
    assert ever(on_a_coin, 0.5, 10, 1000) == pytest.approx(0.075, abs=0.005)


def test_the_recursion_bets_as_the_judge_does() -> None:
    """Counts of heads and the sequence of gains give one wealth."""
    gains = [1, 1, -1, 1, 1, 1, -1, 1, 1, 1]

    found = highest(np.array([-gain for gain in gains], dtype=float), 0.0, 1)  # gains of psi(0 - X)

    heads = np.cumsum(np.array(gains) > 0)
    assert found == pytest.approx(max(on_a_coin(n, heads[n - 1 : n])[0] for n in range(1, 11)))


def test_six_equal_pairs_are_the_fewest_that_prove_equality_at_5_per_cent_and_nine_at_1() -> None:
    """Six at 5 %, nine at 1 %; no fewer can."""
    outcome = [bool(equal(np.zeros((1, n)), np.zeros((1, n)), ALPHA)[0]) for n in range(1, 8)]
    strict = [bool(equal(np.zeros((1, n)), np.zeros((1, n)), 0.01)[0]) for n in range(1, 11)]

    assert [fewest_units(literal) for literal in (10, 20, 50, 100)] == [5, 6, 7, 9]
    assert outcome == [False, False, False, False, False, True, True]
    assert strict == [False] * 8 + [True] * 2


def test_a_worked_example() -> None:
    """Four units, by hand."""
    units = np.array([[0.5, -0.25, 0.0, 0.75]])
    # against a shift of a margin or more: gains 0.5, 1, 1, 0.25
    wealth = [math.prod(1 + share * gain for gain in (0.5, 1.0, 1.0, 0.25)) for share in (0.3, 0.7, 0.95)]

    assert highest(units, 1.0, 1)[0] == pytest.approx(sum(wealth) / 3)
    assert decide(units, units, [0], 1, alpha=ALPHA).tolist() == [OUTCOMES.index(Equivalence.INCONCLUSIVE)]


def test_what_was_proven_stays_proven() -> None:
    """The highest wealth counts, not the last."""
    units = np.array([[0.0] * 6 + [3.0] * 2])

    assert equal(units, units, ALPHA)[0]


def test_no_run_counts_further_than_a_margin_beyond_the_bound() -> None:
    """The clip; what lies beyond is what bad runs are counted for."""
    near, far = np.array([[0.0] * 8 + [2.0]]), np.array([[0.0] * 8 + [200.0]])

    assert highest(near, 1.0, 1) == highest(far, 1.0, 1)


def test_good_old_images_do_not_prove_the_newest() -> None:
    """The newest image's own units must reach half of the evidence."""
    old, new = [0.0] * 40, [1.2, 0.9, 1.1, 1.0, 0.8, 1.3]

    assert equal(np.array([old + new]), np.array([old + new]), ALPHA)[0]  # as if it were one image
    assert not equal(np.array([old + new]), np.array([new]), ALPHA)[0]


def test_rebuilding_until_one_image_looks_good_does_not_pass() -> None:
    """One lucky image is not enough where all units together are not."""
    bad, lucky = [1.4, 1.2, 1.3, 1.6, 1.2, 1.1, 1.5, 1.3, 1.6], [0.0] * 5

    assert equal(np.array([lucky]), np.array([lucky]), ALPHA * 2)[0]
    assert not equal(np.array([bad + lucky]), np.array([lucky]), ALPHA)[0]


def test_a_late_defect_is_seen_because_bets_begin_anew_with_each_campaign() -> None:
    """Eighty good units would hide it else."""
    units = np.array([[0.0] * 80 + [2.0] * 8])

    assert not different(units, [0], 1, ALPHA)[0]
    assert different(units, [0, *range(8, 88, 8)], 1, ALPHA)[0]


def test_many_metrics_ask_for_more_proof_of_a_difference() -> None:
    """Bonferroni over the critical metrics."""
    units = np.array([[2.0] * 6])

    assert different(units, [0], 1, ALPHA)[0]
    assert not different(units, [0], 10, ALPHA)[0]


def test_no_units_prove_nothing() -> None:
    """Neither equality nor a difference, and no interval."""
    none = np.zeros((2, 0))

    assert not equal(none, none, ALPHA).any()
    assert not different(none, [], 1, ALPHA).any()
    assert decide(none, none, [], 1, alpha=ALPHA).tolist() == [2, 2]
    assert [each.tolist() for each in interval(none, ALPHA)] == [[-math.inf] * 2, [math.inf] * 2]


ROWS = st.lists(st.floats(-4, 4), min_size=0, max_size=40)


@given(ROWS)
def test_the_interval_lies_within_the_margin_exactly_where_equality_is_proven(row: list[float]) -> None:
    """One statement, inverted."""
    units = np.array([row]).reshape(1, -1)

    low, high = interval(units, ALPHA)

    inside = bool(low[0] > -1 + 1e-7 and high[0] < 1 - 1e-7)
    assert not inside or equal(units, units, ALPHA)[0]
    outside = bool(low[0] < -1 - 1e-7 or high[0] > 1 + 1e-7)
    assert not outside or not equal(units, units, ALPHA)[0]


@given(ROWS, st.floats(-2, 2), st.floats(0, 2))
def test_wealth_grows_with_the_bound_that_is_bet_against(row: list[float], bound: float, more: float) -> None:
    """So that bisection finds the one end of the interval."""
    units = np.array(row)

    assert highest(units, bound + more, 1) >= highest(units, bound, 1) - 1e-9


@given(ROWS)
def test_the_sides_are_mirrored(row: list[float]) -> None:
    """No side is treated otherwise than the other."""
    units = np.array([row]).reshape(1, -1)

    low, high = interval(units, ALPHA)
    mirrored = interval(-units, ALPHA)

    assert (mirrored[0][0], mirrored[1][0]) == (-high[0], -low[0])


def test_ten_thousand_units_overflow_nothing() -> None:
    """Products of thousands of factors stay numbers."""
    units = np.concatenate([np.full(5000, 5.0), np.zeros(5000)])[None]

    assert np.isfinite(interval(units, ALPHA)).all()
    assert bets.decide(units, units, [0], 1, alpha=ALPHA)[0] == OUTCOMES.index(Equivalence.DIFFERENT)
