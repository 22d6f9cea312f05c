"""Runs that are in no pair (A/A): one finding a side, the worst of them, and none of them in silence."""

from __future__ import annotations

from dataclasses import replace

import pytest
from build import job, pod
from observed import CANDIDATE, IDENTITY, LEGACY, declared, observed, record
from sagemaker_cases import failed

from harness.compare.repeats import check_repeats
from harness.model.finding import Finding, Outcome
from harness.model.job import Side
from harness.model.observation import Observation
from harness.model.plan import Run

BACKOFF = job("failed@9 BackoffLimitExceeded")
GOOD = {LEGACY: observed(LEGACY), CANDIDATE: observed(CANDIDATE)}
LOST = observed(LEGACY, BACKOFF, pod("main 2-8 143", disruption="PreemptionByScheduler"), record=None)


def checked(side: Side, *runs: Observation, planned: int | None = None) -> Finding:
    """Check a side's repeats."""
    wanted = [Run(f"r{number}", "", "repo", "train", side, 1) for number in range(planned or len(runs))]
    named = [replace(each, run=replace(each.run, id=f"r{number}")) for number, each in enumerate(runs)]
    named = [
        replace(observation, record=observation.record and replace(observation.record, run=observation.run.id))
        for observation in named
    ]
    (found,) = check_repeats(declared(), IDENTITY, side, wanted, named)
    return found


@pytest.mark.parametrize("side", list(Side))
def test_runs_that_ended_as_they_should_are_one_match_with_their_evidence(side: Side) -> None:
    """Two of two, and where to look."""
    found = checked(side, GOOD[side], GOOD[side])
    assert (found.outcome, found.id, found.pair) == (
        Outcome.MATCH,
        f"truth.repeats/train/repeats on {side.value}",
        None,
    )
    assert found.summary.startswith(f"2 of 2 further runs on {side.value} can be judged; of 2: ")
    assert found.evidence == ("runs/r0/observation.json", "runs/r1/observation.json")


def test_a_false_success_among_them_is_one_of_the_campaign() -> None:
    """SageMaker says Completed, the process said 1."""
    found = checked(CANDIDATE, GOOD[CANDIDATE], observed(CANDIDATE, record=record(1)))
    assert (found.outcome, found.false_success, found.required) == (Outcome.MISMATCH, True, True)


@pytest.mark.parametrize(
    "crashed",
    [
        observed(LEGACY, BACKOFF, pod("main 2-8 3"), record=record(3)),
        observed(CANDIDATE, reply=failed("AlgorithmError: , exit code: 3"), record=record(3)),
    ],
    ids=["legacy", "candidate"],
)
def test_one_that_failed_by_itself_is_a_difference_that_may_be_ruled(crashed: Observation) -> None:
    """Work and platform agree, and the job is meant to succeed; without its facts nobody could rule on it."""
    found = checked(crashed.run.side, GOOD[crashed.run.side], crashed)
    assert (found.outcome, bool(found.difference)) == (Outcome.MISMATCH, True)


def test_one_that_was_never_submitted_or_left_no_record_is_inconclusive() -> None:
    """What was planned and is not there is told."""
    found = checked(CANDIDATE, replace(GOOD[CANDIDATE], not_submitted="no capacity"))
    assert (found.outcome, "no capacity" in found.summary) == (Outcome.INCONCLUSIVE, True)
    gone = checked(LEGACY, GOOD[LEGACY], planned=2)
    assert (gone.outcome, gone.summary) == (
        Outcome.INCONCLUSIVE, "1 of 2 further runs on legacy can be judged; of 1: 1 left no record"
    )  # fmt: skip


def test_one_that_the_platform_cut_is_counted_and_tells_nothing() -> None:
    """Losses are judged over all runs; where nothing else is left, nobody knows."""
    found = checked(LEGACY, GOOD[LEGACY], LOST)
    assert found.outcome is Outcome.MATCH
    assert found.summary.startswith("1 of 2 further runs on legacy can be judged, 1 were cut; of 1: ")
    assert checked(LEGACY, LOST).outcome is Outcome.INCONCLUSIVE
