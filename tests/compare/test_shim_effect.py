"""Whether the shim changes what a job does: what is compared, what is not, and what is a difference."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from build import job, pod
from observed import CANDIDATE, LEGACY, curve, declared, model, observed
from sagemaker_cases import failed

from harness.compare.shim_effect import check_bare
from harness.model.finding import Dimension, Finding, Outcome
from harness.model.job import Side
from harness.model.observation import Observation, OutputFile, OutputSeen

TRAIN = declared(metrics=("rmse",))


def run(side: Side, rmse: float | None = 1.0, **more: Any) -> Observation:
    """Make a run that reports one value."""
    return observed(side, *more.pop("story", ()), metrics={"rmse": curve(rmse)}, **more)


def bare(side: Side, rmse: float | None = 1.0, **more: Any) -> Observation:
    """Make a run without the shim: no record, and on legacy nobody looked for the model."""
    found = run(side, rmse, record=None, **more)
    return replace(found, outputs=()) if side is LEGACY else found


def told(side: Side, without: Observation, *with_it: Observation) -> Finding:
    """Judge one run without the shim."""
    (found,) = check_bare(TRAIN, side, [without], with_it or [run(side)] * 3)
    return found


def test_a_run_that_does_the_same_without_the_shim_shows_that_it_changes_nothing() -> None:
    """On legacy its files can't be had, and the finding says so; the candidate's platform carries them."""
    found = told(LEGACY, bare(LEGACY))
    assert (found.outcome, found.dimension, found.required) == (Outcome.MATCH, Dimension.EVIDENCE, True)
    assert found.subject == "train/without the shim on legacy"
    assert found.summary == (
        "The shim changes nothing that can be seen from outside: ending, exit code, rmse "
        "(1 run(s) of legacy without the shim, 3 with it). Not compared: model (only the shim carries it out)."
    )
    assert "ending, rmse, model" in told(CANDIDATE, bare(CANDIDATE)).summary


OTHER = OutputSeen("model", declared=True, files=(OutputFile("model.bin", 9, "f" * 64),))
MORE = OutputSeen("model", declared=True, files=(*model().files, OutputFile("more", 1, "f" * 64)))


@pytest.mark.parametrize(
    ("side", "without", "what"),
    [
        (LEGACY, bare(LEGACY, story=(job("failed@9"), pod("main 2-8 3"))), "ending is success with it, code error"),
        (CANDIDATE, bare(CANDIDATE, reply=failed("AlgorithmError: , exit code: 3")), "ending is success with it"),
        (LEGACY, bare(LEGACY, 1.0000001), "rmse is 1.0 with it, 1.0000001 without"),
        (LEGACY, bare(LEGACY, None), "rmse is 1.0 with it, None without"),
        (CANDIDATE, bare(CANDIDATE, outputs=(OTHER,)), "model is model.bin with it, other: model.bin without"),
        (CANDIDATE, bare(CANDIDATE, outputs=(MORE,)), "model is model.bin with it, other: more without"),
        (CANDIDATE, bare(CANDIDATE, outputs=(model(0),)), "model is model.bin with it, other: model.bin without"),
    ],
)
def test_what_differs_without_the_shim_is_a_mismatch(side: Side, without: Observation, what: str) -> None:
    """Ending, metric, file, one more file, none."""
    found = told(side, without)
    assert found.outcome is Outcome.MISMATCH
    assert found.summary.startswith(f"The shim changes what the job does: {what}")


def test_an_exit_code_is_compared_where_both_are_known() -> None:
    """A job that is meant to end with 3 and ends with 4 under the shim."""
    with_it = run(LEGACY, story=(job("failed@9"), pod("main 2-8 4")), record=None)
    found = told(LEGACY, bare(LEGACY, story=(job("failed@9"), pod("main 2-8 3"))), with_it)
    assert "exit code is 4 with it, 3 without" in found.summary


def test_a_metric_that_varies_must_lie_within_its_margin_of_a_run_with_the_shim() -> None:
    """Margin 0.1 around 1.0 to 1.3; a value is never compared bit by bit there."""
    with_it = [run(LEGACY, number) for number in (1.0, 1.2, 1.3)]
    for value, outcome in (
        (1.39, Outcome.MATCH),
        (1.41, Outcome.MISMATCH),
        (0.91, Outcome.MATCH),
        (0.89, Outcome.MISMATCH),
    ):
        assert told(LEGACY, bare(LEGACY, value), *with_it).outcome is outcome


def test_a_file_that_varies_by_itself_is_not_compared() -> None:
    """Two runs with the shim differ in it, so a third content says nothing."""
    with_it = [run(CANDIDATE), run(CANDIDATE, outputs=(OTHER,))]
    third = OutputSeen("model", declared=True, files=(OutputFile("model.bin", 9, "e" * 64),))
    found = told(CANDIDATE, bare(CANDIDATE, outputs=(third,)), *with_it)
    assert found.outcome is Outcome.MATCH
    assert "Not compared: exit code, model (varies)" in found.summary


@pytest.mark.parametrize(
    "without",
    [
        bare(LEGACY, not_submitted="refused"),
        bare(LEGACY, story=(job("failed@9"), pod("main 2-8 137", disruption="EvictionByEvictionAPI"))),
        bare(LEGACY, story=(job(), pod())),
    ],
)
def test_a_run_that_never_ended_by_itself_shows_nothing(without: Observation) -> None:
    """Not submitted, cut by the platform, or without an end: nobody knows, and no difference is made up."""
    found = told(LEGACY, without)
    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.summary.startswith("Whether the shim changes what the job does is not known")
