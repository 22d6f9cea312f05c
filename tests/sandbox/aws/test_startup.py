"""The synthetic startup model."""

from __future__ import annotations

from statistics import median

from harness.sandbox.startup import PHASES, PROVISION, StartupModel


def test_a_delay_depends_on_seed_phase_and_subject_alone() -> None:
    """Asked twice or in another order it is the same; another seed, phase or subject gives another."""
    model = StartupModel(1, 1.0)
    drawn = {(phase.name, job): model.delay_seconds(phase, job) for phase in PHASES for job in ("a", "b")}
    again = {(phase.name, job): model.delay_seconds(phase, job) for job in ("b", "a") for phase in reversed(PHASES)}
    assert drawn == again
    assert len(set(drawn.values())) == len(drawn)
    assert StartupModel(2, 1.0).delay_seconds(PROVISION, "a") != drawn[PROVISION.name, "a"]


def test_delays_lie_around_the_published_median_times_the_scale() -> None:
    """Over many jobs; twice the scale is twice the delay."""
    model = StartupModel(0, 0.02)
    delays = [model.delay_seconds(PROVISION, str(job)) for job in range(2000)]
    assert abs(median(delays) / (PROVISION.median_seconds * 0.02) - 1.0) < 0.02
    assert StartupModel(0, 0.04).delay_seconds(PROVISION, "0") == 2 * delays[0]


def test_a_scaled_period_keeps_its_floor() -> None:
    """A grace of 120 s is a second at least."""
    assert StartupModel(0, 0.001).scaled_seconds(120.0, 1.0) == 1.0
    assert StartupModel(0, 0.1).scaled_seconds(120.0, 1.0) == 12.0
