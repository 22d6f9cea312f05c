"""The class of a metric's noise."""

from __future__ import annotations

import math

import pytest

from harness.judge.noise import noise_class, noise_of
from harness.model.finding import NoiseClass

SAME = (10.0,) * 4
QUIET = (10.0, 10.1, 9.9, 10.0)
WILD = (10.0, 13.0, 7.0, 10.0)


@pytest.mark.parametrize(
    ("legacy", "candidate", "told"),
    [
        (SAME, SAME, NoiseClass.DETERMINISTIC),
        (SAME, (9.0,) * 4, NoiseClass.DETERMINISTIC),
        (SAME, QUIET, NoiseClass.JITTER),
        (QUIET, SAME, NoiseClass.JITTER),
        (QUIET, WILD, NoiseClass.UNSTABLE),
        (WILD, SAME, NoiseClass.UNSTABLE),
        (SAME, (10.0,), None),
        ((), SAME, None),
    ],
)
def test_the_noisier_side_names_the_class(
    legacy: tuple[float, ...], candidate: tuple[float, ...], told: NoiseClass | None
) -> None:
    """At a margin of 1; without repeats of a side nobody knows."""
    assert noise_class(legacy, candidate, 1.0) is told


def test_noise_is_the_standard_deviation_of_a_difference_of_two_runs() -> None:
    """Two runs that differ by 2: variance 2, of a difference 4. One run has none that anybody knows."""
    assert noise_of((9.0, 11.0)) == pytest.approx(math.sqrt(4.0))
    assert noise_of((9.0,)) == 0.0
