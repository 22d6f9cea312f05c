"""Kinds of jobs: one object each, known by name; a platform that lacks what it needs refuses a kind by name."""

from __future__ import annotations

from dataclasses import replace

import pytest
from judge.cases import JOB

from harness.backends.sagemaker.reach import outputs_of
from harness.errors import PluginUnusable, Refused
from harness.model.job import Side
from harness.platforms.fault import Fault
from harness.platforms.kind import Kind
from harness.platforms.kinds import KINDS
from harness.platforms.sagemaker.checks import job_faults
from harness.platforms.sagemaker.kind import facts_of

SPARK = Kind("spark", input_path=lambda name: f"/in/{name}", output_path=lambda name: f"/out/{name}", on={})


@pytest.fixture
def _spark(monkeypatch: pytest.MonkeyPatch) -> None:
    """Register a kind that SageMaker knows nothing of."""
    plugins = {**KINDS.plugins, "spark": replace(KINDS.plugins["training"], name="spark")}
    monkeypatch.setitem(KINDS.__dict__, "plugins", plugins)
    monkeypatch.setitem(KINDS._loaded, "spark", SPARK)


@pytest.mark.usefixtures("_spark")
def test_a_kind_that_a_platform_does_not_know_is_refused_and_never_taken_for_another() -> None:
    """Not in the check of repos.yaml, and in no call; control: a training job is no problem."""
    spark = replace(JOB, kind="spark")
    assert [fault for fault in job_faults(JOB, Side.CANDIDATE) if fault.path == ("kind",)] == []
    assert list(job_faults(spark, Side.CANDIDATE)) == [
        Fault(("kind",), "spark", "one that SageMaker runs: training, processing")
    ]
    for ask in (facts_of, outputs_of):
        with pytest.raises(Refused, match="jobs of kind spark can't run on SageMaker"):
            ask("spark")


def test_a_kind_that_is_not_installed_is_named() -> None:
    """A plan may have been made where a plug-in was there."""
    with pytest.raises(PluginUnusable, match=r"parity\.kinds: nothing named 'spark' is installed, only training, proc"):
        list(job_faults(replace(JOB, kind="spark"), Side.CANDIDATE))


@pytest.mark.parametrize("kind", list(KINDS), ids=lambda kind: kind.name)
def test_what_a_kind_is_reached_by_is_there(kind: Kind) -> None:
    """It is named by text, so that what is known needs no client."""
    assert outputs_of(kind.name)
