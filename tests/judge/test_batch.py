"""The batch is judged against the scalar rules, comparison by comparison."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.judge.batch import decide_metrics
from harness.judge.equivalence import Equivalence, Margin, decide_metric


def drawn(seed: int, k: int, n: int, more: int) -> tuple[np.ndarray, ...]:
    """Draw metrics of many kinds: exact, shared noise, own noise, wilder, skewed, shifted."""
    random = np.random.default_rng(seed)
    common = random.normal(0, 1, (k, n)) * random.choice([0.0, 2.0], (k, 1))
    scale = random.choice([0.0, 0.1, 1.0], (k, 1))
    wider = random.choice([1.0, 6.0], (k, 1))
    shift = random.choice([0.0, 0.45, 0.95, 3.1], (k, 1))
    legacy = 5 + common + scale * random.normal(0, 1, (k, n))
    own = np.where(random.random((k, 1)) < 0.3, random.exponential(1, (k, n)) - 1, random.normal(0, 1, (k, n)))
    candidate = 5 + common + shift + scale * wider * own
    repeats = (
        np.concatenate([each, each[:, :1] + scale * random.normal(0, 1, (k, more))], axis=1)
        for each in (legacy, candidate)
    )
    return legacy, candidate, random.choice([0.2, 1.0, 4.0], k), *repeats


@given(st.integers(0, 2**32 - 1), st.integers(2, 24), st.integers(0, 3))
def test_every_comparison_is_decided_as_by_itself(seed: int, n: int, more: int) -> None:
    """Outcome, estimate, interval, p value of the difference, smallest margin."""
    legacy, candidate, margins, *repeats = drawn(seed, 30, n, more)
    found = decide_metrics(legacy, candidate, margins, 0.05 / 3, *repeats)
    alone = [
        decide_metric(
            legacy[i], candidate[i], Margin(absolute=float(margins[i])), 0.05 / 3,
            legacy_repeats=repeats[0][i], candidate_repeats=repeats[1][i],
        )
        for i in range(30)
    ]  # fmt: skip
    assert found.outcomes() == [each.outcome for each in alone]
    for mine, name in (
        (found.estimate, "estimate"),
        (found.low, "low"),
        (found.high, "high"),
        (found.p_different, "p_different"),
        (found.smallest_margin, "smallest_margin"),
    ):
        assert mine == pytest.approx([getattr(each, name) for each in alone], rel=1e-9, abs=1e-12)


def test_all_three_outcomes_occur_in_what_is_compared() -> None:
    """So that agreement means something."""
    legacy, candidate, margins, *repeats = drawn(1, 200, 8, 2)
    assert set(decide_metrics(legacy, candidate, margins, 0.05 / 3, *repeats).outcomes()) == set(Equivalence)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda a, b, m: (a[:, :1], b[:, :1], m), "shapes"),
        (lambda a, b, m: (a, b[:, :3], m), "shapes"),
        (lambda a, b, m: (a, b, m[:2]), "shapes"),
        (lambda a, b, m: (a, b, -m), "below 0"),
        (lambda a, b, m: (a * np.nan, b, m), "finite"),
    ],
)
def test_what_cannot_be_decided_is_refused(change: object, why: str) -> None:
    """Too few, unpaired, no margin for each, a negative one, not a number."""
    legacy, candidate, margins, *repeats = drawn(2, 5, 8, 0)
    with pytest.raises(ValueError, match=why):
        decide_metrics(*change(legacy, candidate, margins), 0.05, *repeats)  # type: ignore[operator]


def test_an_exact_difference_of_the_whole_margin_is_inside_for_both() -> None:
    """The margin is what is allowed."""
    one, other = np.full((1, 3), 1.0), np.full((1, 3), 1.5)
    found = decide_metrics(one, other, np.array([0.5]), 0.05, one, other)
    alone = decide_metric(
        one[0], other[0], Margin(absolute=0.5), 0.05, legacy_repeats=one[0], candidate_repeats=other[0]
    )
    assert found.outcomes() == [alone.outcome] == [Equivalence.EQUIVALENT]
