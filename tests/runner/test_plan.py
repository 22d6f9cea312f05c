"""Which runs a plan has without the shim, and where they count."""

from __future__ import annotations

from dataclasses import replace

import pytest
from judge.cases import JOB, REPOSITORY, SIDE

from harness.model.job import Delivery, Input, Job, ParameterReading, ShimMode, Side
from harness.model.plan import Grade, ImageIdentity, Plan
from harness.model.schedule import Schedule
from harness.runner.plan import Header, make_plan

BY_FILE = replace(SIDE, parameters={"depth": 3}, reading=ParameterReading(Delivery.FILE, "/work/p.json"))
INPUT = Input("data", "s3://data/x", "1", dict.fromkeys(Side, "/in"))
LONG = replace(SIDE, environment={"TEXT": "x" * 513})


def planned(job: Job, runs: int = 2) -> Plan:
    """Plan one job."""
    of = replace(REPOSITORY, jobs=(job,), policy=replace(REPOSITORY.policy, shim_off_pairs=runs))
    image = ImageIdentity("i@sha256:0", "sha256:1")
    return make_plan(
        Header("c", "2026-11-27T00:00:00Z", "t", 1, ""), (of,), resolve=lambda *_: image, endpoints={}, price=None
    )


def test_runs_without_the_shim_are_planned_on_both_sides_and_are_no_repeats() -> None:
    """Two a side; all others have it, and only they are alike."""
    plan = planned(JOB)
    bare = [pair for pair in plan.pairs if pair.grade is Grade.BARE]
    assert [pair.runs for pair in bare] == [
        ("wine-train-b1-legacy-1",), ("wine-train-b1-candidate-1",),
        ("wine-train-b2-legacy-1",), ("wine-train-b2-candidate-1",),
    ]  # fmt: skip
    for side in Side:
        assert [run.shim for run in Schedule.whole(plan).bare("wine", "train", side)] == [False, False]
        assert all(run.shim for run in Schedule.whole(plan).alike("wine", "train", side))
        assert len(Schedule.whole(plan).alike("wine", "train", side)) == len(
            Schedule.whole(planned(JOB, 0)).alike("wine", "train", side)
        )
    assert not [pair for pair in planned(JOB, 0).pairs if pair.grade is Grade.BARE]


@pytest.mark.parametrize(
    ("job", "sides"),
    [
        (JOB, ["legacy", "candidate"]),
        (replace(JOB, inputs=(INPUT,)), ["candidate"]),
        (replace(JOB, sides={Side.LEGACY: SIDE, Side.CANDIDATE: BY_FILE}), ["legacy"]),
        (replace(JOB, sides={Side.LEGACY: SIDE, Side.CANDIDATE: LONG}), ["legacy"]),
        (replace(JOB, shim=ShimMode.OFF), []),
    ],
)
def test_only_a_side_that_needs_no_shim_runs_without_it(job: Job, sides: list[str]) -> None:
    """Legacy inputs, a file of parameters and values over the service's caps need it; without any there is no pair."""
    found = [run for run in planned(job, 1).runs if not run.shim and "-b" in run.id]
    assert [run.side.value for run in found] == sides
