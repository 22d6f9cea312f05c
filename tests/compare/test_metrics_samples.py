"""Metrics as samples for the judge, and the way they went as findings that only inform."""

from __future__ import annotations

from dataclasses import replace

import pytest
from observed import CANDIDATE, LEGACY, curve, declared, log, observed

from harness.compare.curves import SAMPLES_MAX
from harness.compare.metrics import check_curves, metric_samples, noisy_curves
from harness.model.finding import Dimension, Outcome, Sample
from harness.model.observation import MetricPoint, Observation, ObservedPair
from harness.model.sample import PairedSample

JOB = declared(metrics=("loss",))


def reported(side: object, *values: float | None, run: str = "r") -> Observation:
    """Make a run that reported a loss."""
    return observed(side, metrics={"loss": curve(*values)}, run=run)  # type: ignore[arg-type]


def test_the_last_value_of_each_run_is_the_sample() -> None:
    """By pair, and of every run of each side; the source and the evidence are named."""
    one, other = reported(LEGACY, 0.9, 0.5, run="l1"), reported(CANDIDATE, 0.8, 0.4, run="c1")
    samples = metric_samples(JOB, [ObservedPair("p1", one, other)], [one, reported(LEGACY, 0.6)], [other])
    assert samples == {
        "loss": PairedSample(
            name="loss", unit="", legacy=(0.5,), candidate=(0.4,), pairs=("p1",), legacy_repeats=(0.5, 0.6),
            candidate_repeats=(0.4,), error_seconds=None, problems=(), source="last value in the log",
            evidence=("runs/l1/observation.json", "runs/c1/observation.json"), submitted=(1780301000.0,),
        )
    }  # fmt: skip


@pytest.mark.parametrize(
    ("one", "other", "problem"),
    [
        ((), (0.4,), "pair p1: legacy never reported it"),
        ((0.5,), (), "pair p1: candidate never reported it"),
        ((0.5, None), (0.4,), "pair p1: legacy reported no finite number last"),
        ((), (None,), "pair p1: legacy never reported it, candidate reported no finite number last"),
    ],
)
def test_a_pair_without_both_values_is_left_out_and_says_why(
    one: tuple[float | None, ...], other: tuple[float | None, ...], problem: str
) -> None:
    """An earlier finite value does not stand in for a last one that is none."""
    sample = metric_samples(JOB, [ObservedPair("p1", reported(LEGACY, *one), reported(CANDIDATE, *other))], [], [])[
        "loss"
    ]
    assert (sample.legacy, sample.candidate, sample.pairs, sample.problems) == ((), (), (), (problem,))


def test_a_value_before_a_logs_cut_does_not_stand_in_for_the_last() -> None:
    """Both say 0.5 up to the cut, and nobody knows what they said after it: no value, no noise, no agreement."""
    whole = reported(LEGACY, 0.9, 0.5)
    part = replace(reported(CANDIDATE, 0.9, 0.5), log=log(cut=True))
    sample = metric_samples(JOB, [ObservedPair("p1", whole, part)], [whole], [part])["loss"]
    assert (sample.legacy, sample.legacy_repeats, sample.candidate_repeats, sample.problems) == (
        (), (0.5,), (), ("pair p1: candidate has a log that is known in part, so its last value is not",)
    )  # fmt: skip
    (curve_seen,) = check_curves(JOB, "p1", part, whole)
    assert (curve_seen.outcome, curve_seen.summary, curve_seen.remedy) == (
        Outcome.INCONCLUSIVE, "the log of legacy is known in part, and with it how loss went",
        "run the pair again, or write the metric into an output",
    )  # fmt: skip


def test_a_metric_that_was_not_read_is_inconclusive_by_name() -> None:
    """On the side that it happened to, with the reason; runs that were not read are no noise of the others."""
    whole = reported(LEGACY, 0.9, 0.5)
    unread = replace(observed(CANDIDATE), metrics_unread={"loss": "line 7 of the log is too long"})
    sample = metric_samples(JOB, [ObservedPair("p1", whole, unread)], [whole], [unread])["loss"]
    assert (sample.legacy, sample.candidate_repeats, sample.problems) == (
        (), (), ("pair p1: candidate was not read: line 7 of the log is too long",)
    )  # fmt: skip
    (curve_seen,) = check_curves(JOB, "p1", whole, unread)
    assert (curve_seen.outcome, curve_seen.summary, curve_seen.remedy) == (
        Outcome.INCONCLUSIVE, "loss of candidate was not read: line 7 of the log is too long",
        "log shorter lines, or write an expression without look-around, references and nested repetition",
    )  # fmt: skip
    assert noisy_curves(JOB, [reported(CANDIDATE, 0.9, 0.5), unread]) == frozenset()


def test_a_repeat_that_reported_nothing_is_left_out_of_the_noise() -> None:
    """Noise is measured on numbers."""
    sample = metric_samples(JOB, [], [reported(LEGACY), reported(LEGACY, 0.5), reported(LEGACY, None)], [])["loss"]
    assert sample.legacy_repeats == (0.5,)


@pytest.mark.parametrize(
    ("one", "other", "outcome", "summary", "samples"),
    [
        ((0.9, 0.5), (0.9, 0.5), Outcome.MATCH, "loss: 2 points, all the same", ()),
        (
            (0.9, 0.5), (0.9, 0.4), Outcome.MISMATCH, "loss differs at 1 of 2 points, first at 2",
            (Sample("point 2", "0.5", "0.4"),),
        ),
        (
            (0.9, None), (0.9, 0.4), Outcome.MISMATCH, "loss differs at 1 of 2 points, first at 2",
            (Sample("point 2", "not a number", "0.4"),),
        ),
        ((0.9,), (0.9, 0.5), Outcome.MISMATCH, "loss was reported 1 times on legacy, 2 on candidate", ()),
        ((), (0.9,), Outcome.INCONCLUSIVE, "legacy never reported loss", ()),
        ((0.9,), (), Outcome.INCONCLUSIVE, "candidate never reported loss", ()),
    ],
)  # fmt: skip
def test_how_a_metric_went_is_told_and_never_decides(
    one: tuple[float | None, ...],
    other: tuple[float | None, ...],
    outcome: Outcome,
    summary: str,
    samples: tuple[Sample, ...],
) -> None:
    """The last value is judged over all pairs; the way there only informs."""
    (found,) = check_curves(JOB, "p1", reported(LEGACY, *one), reported(CANDIDATE, *other))
    assert (found.outcome, found.summary, found.samples) == (outcome, summary, samples)
    assert (found.dimension, found.subject, found.required) == (Dimension.METRICS, "train/loss", False)
    assert bool(found.remedy) == (outcome is not Outcome.MATCH)


def test_of_many_points_the_first_are_shown_and_the_rest_are_counted() -> None:
    """A page stays small whatever a job reports."""
    one, other = (tuple(MetricPoint(value, step) for step in range(SAMPLES_MAX + 2)) for value in (0.1, 0.2))
    sides = observed(LEGACY, metrics={"loss": one}), observed(CANDIDATE, metrics={"loss": other})
    (found,) = check_curves(JOB, "p1", *sides)
    assert (len(found.samples), found.samples_left_out) == (SAMPLES_MAX, 2)
