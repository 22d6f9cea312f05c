"""Skew on one side only: SciPy's test as the oracle, and what it does to a verdict."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from harness.judge.equivalence import Equivalence, Margin, decide_metric
from harness.judge.metric import SKEWED
from harness.judge.skew import p_skewed, skewed_alone

CALM = np.linspace(-0.02, 0.02, 12)
TAIL = np.array([-0.2, -0.19, -0.18, -0.17, -0.15, -0.13, -0.1, -0.05, 0.0, 0.1, 0.35, 0.72])
"""Twelve runs of which most lie low and a few far up; their mean is 0."""


@pytest.mark.parametrize("seed", range(10))
def test_skewness_is_scipys_test(seed: int) -> None:
    """D'Agostino's test, row by row, from the smallest size that it is made for."""
    random = np.random.default_rng(seed)
    rows = random.exponential(1, (5, 8 + seed)) * random.choice([-1, 1], (5, 1)) + random.normal(0, seed / 3, (5, 1))
    assert p_skewed(rows) == pytest.approx(stats.skewtest(rows, axis=1).pvalue, rel=1e-12)


def test_what_never_varies_is_not_skewed() -> None:
    """SciPy gives no number there."""
    assert p_skewed(np.ones((2, 9))).tolist() == [1.0, 1.0]


@pytest.mark.parametrize(
    ("legacy", "candidate", "alone"),
    [
        (CALM, TAIL, True),
        (TAIL, CALM, True),
        (CALM, -TAIL, True),
        (TAIL, TAIL[::-1], False),
        (CALM, CALM * 20, False),
        (CALM[:7], TAIL[5:], False),
    ],
    ids=["on the candidate", "on legacy", "to the left", "shared", "wider and symmetric", "too few runs"],
)
def test_only_a_side_that_is_wider_and_skewed_is_told(
    legacy: np.ndarray, candidate: np.ndarray, *, alone: bool
) -> None:
    """Either side; noise that both share, or that is symmetric, is none of it."""
    wider = stats.ttest_ind(
        np.abs(candidate - np.median(candidate)), np.abs(legacy - np.median(legacy)), alternative="greater"
    ).pvalue
    assert skewed_alone(legacy[None, :], candidate[None, :], np.array([wider])).tolist() == [alone]


def decided(candidate: np.ndarray) -> tuple[Equivalence, str, int | None]:
    """Judge twelve pairs against a margin that all of them keep."""
    both = 10 + CALM, 10 + candidate
    found = decide_metric(*both, Margin(absolute=1.0), 0.05, legacy_repeats=both[0], candidate_repeats=both[1])
    return found.outcome, found.reason, found.pairs_needed


def test_a_metric_whose_noise_is_skewed_on_one_side_is_inconclusive_and_says_so() -> None:
    """More pairs would not help; the control has the same spread without the skew."""
    assert decided(TAIL) == (Equivalence.INCONCLUSIVE, SKEWED, None)
    assert decided(np.linspace(-0.5, 0.5, 12)) == (Equivalence.EQUIVALENT, "", None)
