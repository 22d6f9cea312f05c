"""Planned pairs against the simulated table of the method, and what pilots are taken from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from judge.cases import clean, other

from harness.judge.power import Pilot, pairs_for, pilots_of
from harness.model.finding import Measure


def pilot(margin: float) -> Pilot:
    """Draw a long pilot without correlation; a difference of two runs has standard deviation 1."""
    random = np.random.default_rng(1)
    return Pilot(random.normal(0, 0.5**0.5, 3000), random.normal(0, 0.5**0.5, 3000), margin)


@pytest.mark.parametrize(("margin", "mean_alone"), [(1.5, 6), (2.0, 4), (3.0, 3)])
def test_both_locks_need_more_pairs_than_the_mean_alone_but_at_most_twice(margin: float, mean_alone: int) -> None:
    """At alpha 5 % and 80 % power TOST alone needs 6, 4 and 3 pairs; the sign test none below 5."""
    found = pairs_for(0.8, [pilot(margin)], 0.05, 1)
    assert found is not None
    assert max(5, mean_alone) <= found <= 2 * mean_alone


def test_more_power_more_metrics_and_a_smaller_level_never_need_fewer_pairs() -> None:
    """Against one metric at 80 % and 5 %."""
    base = pairs_for(0.8, [pilot(2.0)], 0.05, 1)
    harder = [
        pairs_for(0.9, [pilot(2.0)], 0.05, 1),
        pairs_for(0.8, [pilot(2.0)] * 3, 0.05, 1),
        pairs_for(0.8, [pilot(2.0)], 0.05 / 3, 1),
    ]
    assert base is not None
    assert all(each is not None and each >= base for each in harder)


def test_noise_that_no_number_of_pairs_resolves_is_said_to_be() -> None:
    """Runs of one side differ by more than the margin."""
    assert pairs_for(0.8, [pilot(0.5)], 0.05, 1) is None


def test_without_a_pilot_nothing_can_be_planned() -> None:
    """No metric has values by pair."""
    with pytest.raises(ValueError, match="no pilot"):
        pairs_for(0.8, [], 0.05, 1)


def test_pilots_are_the_critical_metrics_that_vary() -> None:
    """Not the one that only informs, nor one of another job, nor one that never varies."""
    measure = Measure("", margin=0.5, series_legacy=(1.0, 1.1, 1.2), series_candidate=(1.0, 1.2, 1.1))
    found = other(clean(), "metrics.equivalence", measure=measure)
    assert pilots_of("train", found) == (Pilot((1.0, 1.1, 1.2), (1.0, 1.2, 1.1), 0.5),)
    assert pilots_of("score", found) == ()
    assert pilots_of("train", other(found, "metrics.equivalence", required=False)) == ()
    still = replace(measure, series_legacy=(1.0, 1.0), series_candidate=(1.1, 1.1))
    assert pilots_of("train", other(found, "metrics.equivalence", measure=still)) == ()
