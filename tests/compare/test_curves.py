"""Curves that name their steps are aligned by them; what is missing, doubled or moved is told with its step."""

from __future__ import annotations

import pytest
from observed import CANDIDATE, LEGACY, declared, observed

from harness.compare.curves import SAMPLES_MAX
from harness.compare.metrics import check_curves
from harness.model.finding import Finding, Outcome, Sample
from harness.model.observation import MetricPoint

JOB = declared(metrics=("loss",))
Points = tuple[tuple[int | None, float | None], ...]


def compare(one: Points, other: Points, *, noisy: bool = False) -> Finding:
    """Compare two curves of step and value."""
    sides = [
        observed(side, metrics={"loss": tuple(MetricPoint(value, n, step) for n, (step, value) in enumerate(points))})
        for side, points in ((LEGACY, one), (CANDIDATE, other))
    ]
    (found,) = check_curves(JOB, "p1", *sides, noisy=frozenset({"loss"} if noisy else ()))
    return found


WHOLE: Points = ((1, 0.9), (2, 0.5), (4, 0.6))


@pytest.mark.parametrize(
    ("other", "outcome", "summary", "samples"),
    [
        (WHOLE, Outcome.MATCH, "loss: 3 steps, all the same", ()),
        (WHOLE[::-1], Outcome.MATCH, "loss: 3 steps, all the same", ()),
        ((*WHOLE, (2, 0.5)), Outcome.MATCH, "loss: 3 steps, all the same", ()),
        (
            ((1, 0.9), (4, 0.6)), Outcome.MISMATCH,
            "loss has no value at step 2 on candidate; best is 0.5 at step 2 on legacy and 0.6 at step 4 on candidate",
            (Sample("step 2", "0.5", "no value"),),
        ),
        (
            (*WHOLE, (5, 0.4)), Outcome.MISMATCH,
            "loss has no value at step 5 on legacy; best is 0.5 at step 2 on legacy and 0.4 at step 5 on candidate",
            (Sample("step 5", "no value", "0.4"),),
        ),
        (
            ((1, 0.9), (2, None), (4, 0.6)), Outcome.MISMATCH,
            "loss differs at 1 of 3 steps, first at 2; best is 0.5 at step 2 on legacy and 0.6 at step 4 on candidate",
            (Sample("step 2", "0.5", "not a number"),),
        ),
        (
            (*WHOLE, (2, 0.7)), Outcome.INCONCLUSIVE, "loss has several values at step 2 on candidate",
            (Sample("step 2, candidate", "0.5", "0.7"),),
        ),
    ],
)  # fmt: skip
def test_curves_are_aligned_by_step(other: Points, outcome: Outcome, summary: str, samples: tuple[Sample, ...]) -> None:
    """Whatever the order in which the steps stand in their file."""
    found = compare(WHOLE, other)
    assert (found.outcome, found.summary, found.samples) == (outcome, summary, samples)


def test_curves_of_which_a_point_names_no_step_are_compared_by_place() -> None:
    """As those of logs are."""
    found = compare(((None, 0.9), (2, 0.5)), ((1, 0.9), (2, 0.4)))
    assert found.summary == "loss differs at 1 of 2 points, first at 2"


def test_values_that_differ_between_runs_of_one_side_decide_nothing_but_a_lost_step_does() -> None:
    """Noise explains a value, and no gap."""
    assert compare(WHOLE, ((1, 0.9), (2, 0.5), (4, 0.7)), noisy=True).outcome is Outcome.INCONCLUSIVE
    assert compare(WHOLE, ((1, 0.9), (2, 0.5)), noisy=True).outcome is Outcome.MISMATCH


def test_of_many_steps_the_first_are_shown_and_the_rest_are_counted() -> None:
    """A page stays small whatever a job reports."""
    one, other = (tuple((step, value) for step in range(SAMPLES_MAX + 5)) for value in (0.1, 0.2))
    found = compare(one, other)
    assert (len(found.samples), found.samples_left_out) == (SAMPLES_MAX, 5)
