"""Rates of bad runs: exact chances by recursion, the counts of the presets, and the printed bound."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from judge.exact import Evidence, ever
from numpy.typing import NDArray

from harness.judge.rates import above, below, log_evidence, off, runs_needed, upper_bound
from harness.model.betting import clean_runs


def evidence_against(rate: float) -> Evidence:
    """Give F of that rate, of counts."""

    def evidence(n: int, bad: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(np.exp(log_evidence(n, bad, rate)))

    return evidence


@pytest.mark.parametrize("rate", [0.3, 0.1, 0.05])
def test_a_rate_at_its_bound_is_ever_called_lower_at_most_once_in_20(rate: float) -> None:
    """Exact, for each preset's rate."""
    assert ever(evidence_against(rate), rate, 20, 100) == pytest.approx(0.0445, abs=0.001)
    assert ever(evidence_against(rate), rate, 20, 400) <= 0.05


@pytest.mark.parametrize("rate", [0.3, 0.1, 0.05])
def test_a_threshold_of_10_is_wrong_more_often(rate: float) -> None:
    """The recursion sees a threshold that is too low."""
    assert ever(evidence_against(rate), rate, 10, 400) > 0.064


@pytest.mark.parametrize(("rate", "needed"), [(0.3, [9, 23, 29]), (0.1, [30, 76, 95]), (0.05, [61, 156, 193])], ids=str)
def test_how_many_runs_each_preset_needs_with_0_1_and_2_bad_ones(rate: float, needed: list[int]) -> None:
    """The table of the presets."""
    assert [runs_needed(rate, bad) for bad in range(3)] == needed
    assert clean_runs(rate) == needed[0]
    assert [bool(below(n, bad, rate)) for bad, n in enumerate(needed)] == [True] * 3
    assert not any(below(n - 1, bad, rate) for bad, n in enumerate(needed))


@pytest.mark.parametrize(
    ("runs", "bad", "bound"),
    [(0, 0, 1.0), (9, 0, 0.291), (10, 0, 0.267), (20, 0, 0.144), (30, 0, 0.098), (61, 0, 0.050), (100, 0, 0.031),
     (3, 3, 1.0), (30, 1, 0.234)],
)  # fmt: skip
def test_the_bound_that_is_printed(runs: int, bad: int, bound: float) -> None:
    """Nothing is known without runs, nor where every run is bad."""
    assert upper_bound(runs, bad) == pytest.approx(bound, abs=0.0006)


def test_more_bad_runs_than_runs_are_refused() -> None:
    """No count."""
    with pytest.raises(ValueError, match="4 bad of 3 runs is no count"):
        upper_bound(3, 4)


@given(st.integers(1, 200), st.integers(0, 20))
def test_the_bound_is_where_the_evidence_begins_to_be_enough(runs: int, bad: int) -> None:
    """Never below the share that was seen."""
    bound = upper_bound(runs, min(bad, runs))

    assert bound >= min(bad, runs) / runs
    assert bound == 1.0 or below(runs, min(bad, runs), bound)


def test_too_frequent_needs_proof_as_well() -> None:
    """Six bad runs of ten prove more than 1 in 10, three do not."""
    assert not above(10, 3, 0.1)
    assert above(10, 6, 0.1)
    assert ever(lambda n, bad: above(n, bad, 0.1).astype(float), 0.1, 0.5, 200) <= 0.05


def test_a_bad_run_lies_more_than_a_margin_outside_all_legacy_runs() -> None:
    """A margin outside is still good."""
    values, legacy = np.array([[0.0, 3.0, 3.01, -2.0, -2.01]]), np.array([[-1.0, 2.0, 0.5]])

    assert off(values, legacy, np.array([1.0])).tolist() == [[False, False, True, False, True]]
