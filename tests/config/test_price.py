"""What a plan may cost at most."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from config.samples import TRAIN, WINE, Change

from harness.config.load import check, load
from harness.config.price import estimate, estimate_of, price_of, price_of_run, runs_of
from harness.model.job import Side
from harness.model.policy import PRESETS

PRICES = {
    (*WINE, "legacy", "price_per_cpu_hour"): 0.1,
    (*WINE, "legacy", "price_per_gb_hour"): 0.01,
    (*WINE, "candidate", "prices"): {"ml.m5.large": 2},
    (*TRAIN, "time_limit"): "30m",
    (*TRAIN, "resources"): {"cpu": 4, "memory": "8Gi"},
}


def test_a_run_is_charged_for_its_whole_time_limit(change: Change) -> None:
    """Cpu and memory by the hour on Kubernetes, the instance by the hour on SageMaker."""
    (repository,) = load(change(PRICES))
    job = repository.jobs[0]
    assert price_of_run(repository, job, Side.LEGACY) == (4 * 0.1 + 8 * 0.01) / 2
    assert price_of_run(repository, job, Side.CANDIDATE) == 1.0


def test_a_warm_pool_is_charged_too(change: Change) -> None:
    """Kept instances cost as running ones do."""
    (repository,) = load(change({**PRICES, (*TRAIN, "candidate", "keep_alive"): "30m"}))
    assert price_of_run(repository, repository.jobs[0], Side.CANDIDATE) == 2.0


def test_runs_are_counted_as_the_plan_starts_them() -> None:
    """All pairs, and the repeats that the first wave lacks; candidate runs that only count where they are more."""
    assert {name: runs_of(preset, Side.LEGACY) for name, preset in PRESETS.items()} == {
        "trial": 8 + 2, "standard": 8 + 0, "critical": 12 + 0,
    }  # fmt: skip
    few = replace(PRESETS["trial"], pairs=3, repeats=3)
    assert (runs_of(few, Side.LEGACY), runs_of(few, Side.CANDIDATE)) == (3, 9)
    assert runs_of(PRESETS["trial"], Side.CANDIDATE) == 10


def test_the_estimate_adds_up(change: Change) -> None:
    """Runs of each side times their price."""
    (repository,) = load(change(PRICES))
    most = estimate_of(repository)
    assert most.runs == 20
    assert most.price == 10 * 1.0 + 10 * (4 * 0.1 + 8 * 0.01) / 2
    assert most.unpriced == ()
    assert estimate([repository, repository]) == 2 * most.price
    assert price_of(repository, {("train", Side.CANDIDATE): 3}) == 3.0


def test_an_unknown_price_is_never_taken_for_none(change: Change) -> None:
    """Where a price is missing the sum is unknown, and the run is named."""
    (repository,) = load(change({**PRICES, (*WINE, "candidate", "prices"): {"ml.m5.xlarge": 2}}))
    assert estimate_of(repository).price is None
    assert estimate([repository]) is None
    assert estimate_of(repository).unpriced == ("candidate train: ml.m5.large",)
    assert price_of(repository, {("train", Side.LEGACY): 1}) is not None
    assert price_of(repository, {("train", Side.CANDIDATE): 1}) is None


@pytest.mark.parametrize(
    ("written", "key", "said"),
    [
        ({}, "jobs.train.candidate.instance_type", "found nothing"),
        ({"instance_typ": "ml.m5.large"}, "jobs.train.candidate.instance_typ", "did you mean instance_type?"),
        ({"instance_type": "m5.large"}, "jobs.train.candidate.instance_type", 'found "m5.large"'),
        ({"instance_type": "ml.m5.larg"}, "limits.price_max", "ml.m5.larg: did you mean ml.m5.large?"),
        ({"instance_type": "ml.trn1.32xlarge"}, "limits.price_max", "price_per_gb_hour)"),
    ],
)
def test_a_slip_in_the_instance_type_is_the_one_problem_under_a_cap(
    change: Change, written: dict[str, Any], key: str, said: str
) -> None:
    """What has no type has no price: that would hide what has to be mended."""
    problems = check(change({**PRICES, (*WINE, "limits"): {"price_max": 100}, (*TRAIN, "candidate"): written}))
    about = [problem for problem in problems if said in str(problem)]
    assert [problem.key.removeprefix("repositories.wine.") for problem in about] == [key], problems
    assert ["price_max" in problem.key for problem in problems] == ["price_max" in key] * len(problems)
