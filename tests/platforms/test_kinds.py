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
from harness.platforms.sagemaker.kind import SageMakerKind, facts_of
from harness.platforms.sagemaker.kind_faults import kind_faults

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
        Fault(
            ("kind",),
            "spark",
            "one that SageMaker runs: training, processing",
            "the plug-in of kind spark has no key sagemaker in `on`",
        )
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


@pytest.mark.usefixtures("_spark")
def test_a_kind_that_says_something_else_of_sagemaker_is_refused_with_the_command_that_says_what(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The owner of repos.yaml can't mend it; the author of the kind can."""
    monkeypatch.setitem(KINDS._loaded, "spark", replace(SPARK, on={"sagemaker": True}))
    (fault,) = job_faults(replace(JOB, kind="spark"), Side.CANDIDATE)
    assert fault.hint == "the plug-in of kind spark is wrong: `parity plugin check spark` says where"


def _processing(**changes: object) -> Kind:
    facts = facts_of("processing")
    return replace(KINDS.get("processing"), on={"sagemaker": replace(facts, **changes)})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        (SPARK, []),
        (
            replace(SPARK, on={"sagemaker": True}),
            ["on['sagemaker'] is a bool: expected a SageMakerKind (harness/platforms/sagemaker/kind.py)"],
        ),
        (
            _processing(job="ReportJob"),
            [
                "job is 'ReportJob': SageMaker API 2017-07-24 has no CreateReportJob, DescribeReportJob, StopReportJob",
            ],
        ),
        (
            _processing(instance_shape="ReportInstanceType"),
            ["instance_shape is 'ReportInstanceType': SageMaker API 2017-07-24 has no such shape"],
        ),
        (
            replace(_processing(), output_path=lambda name: f"/work/{name}"),
            ["output_path gives /work/model: SageMaker uploads only what is under /opt/ml/processing (output_folders)"],
        ),
        (
            replace(_processing(), input_path=lambda name: f"/work/{name}"),
            ["input_path gives /work/model: SageMaker puts inputs only under /opt/ml/processing/ (input_root)"],
        ),
        (
            _processing(fetched="harness.backends.nowhere:outputs"),
            [
                (
                    "fetched: harness.backends.nowhere:outputs can't be loaded: "
                    "ModuleNotFoundError: No module named 'harness.backends.nowhere'"
                )
            ],
        ),
    ],
    ids=["says nothing", "no facts", "unknown job", "unknown shape", "output elsewhere", "input elsewhere", "no fetch"],
)
def test_what_a_kind_says_of_sagemaker_is_held_against_the_api_and_its_folders(kind: Kind, told: list[str]) -> None:
    """A kind that says nothing of SageMaker has no fault there: it runs elsewhere."""
    assert list(kind_faults(kind)) == told


@pytest.mark.parametrize("kind", list(KINDS), ids=lambda kind: kind.name)
def test_the_built_in_kinds_have_no_fault_on_sagemaker(kind: Kind) -> None:
    """Control of the test above."""
    assert isinstance(kind.on["sagemaker"], SageMakerKind)
    assert list(kind_faults(kind)) == []
