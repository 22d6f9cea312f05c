"""Pairs as the page shows them."""

from __future__ import annotations

from dataclasses import replace

from report.campaign_sample import found, job, repository

from harness.model.finding import Dimension, Finding, Outcome
from harness.model.job import Delivery, ParameterReading, Side
from harness.model.plan import ImageIdentity, bare_subject, repeats_subject
from harness.model.schedule import Schedule
from harness.report.runs import pair_views
from harness.runner.plan import Header, make_plan

IMAGE = ImageIdentity("train@sha256:" + "4f" * 32, "sha256:" + "9c" * 32)
TRAIN = job("train", "rmse", 0.1, outputs=("model",))
BY_VARIABLE = {side: replace(each, reading=ParameterReading(Delivery.ENV)) for side, each in TRAIN.sides.items()}
WINE = repository("wine", "owner", "demo", (replace(TRAIN, sides=BY_VARIABLE),))
BARE = replace(WINE, policy=replace(WINE.policy, pairs=1, repeats=2, shim_off_pairs=2))
PLAN = make_plan(
    Header("c1", "2026-11-24T10:58:00Z", "tool", 7, "sha256:0"),
    (BARE,),
    resolve=lambda *_: IMAGE,
    endpoints={},
    price=None,
)


def outcomes(*findings: Finding) -> dict[str, str]:
    """Say what stands beside each pair; empty: it measures noise."""
    return {view.id: view.outcome for view in pair_views(Schedule(PLAN), "wine", findings, {})}


def test_a_run_without_the_shim_has_the_outcome_of_all_such_runs_of_its_side() -> None:
    """Both runs of the side that the shim changed; the other side's are judged by their own, and repeats by none."""
    legacy, candidate = (
        found("shim.effect", Dimension.EVIDENCE, bare_subject("train", side), "told", outcome)
        for side, outcome in ((Side.LEGACY, Outcome.MISMATCH), (Side.CANDIDATE, Outcome.MATCH))
    )
    assert {name: told for name, told in outcomes(legacy, candidate).items() if "-b" in name or "-r" in name} == {
        "wine-train-legacy-r1": "",
        "wine-train-candidate-r1": "",
        "wine-train-legacy-b1": "MISMATCH",
        "wine-train-candidate-b1": "MATCH",
        "wine-train-legacy-b2": "MISMATCH",
        "wine-train-candidate-b2": "MATCH",
    }
    assert {told for name, told in outcomes().items() if "-b" in name} == {""}


def test_a_repeat_has_the_outcome_of_all_repeats_of_its_side() -> None:
    """Where nothing was judged, as in a campaign of before, it only measures noise."""
    told = found("truth.repeats", Dimension.TRUTH, repeats_subject("train", Side.LEGACY), "told", Outcome.EXPLAINED)
    repeats = {name: outcome for name, outcome in outcomes(told).items() if "-r" in name}
    assert repeats == {"wine-train-legacy-r1": "EXPLAINED", "wine-train-candidate-r1": ""}
