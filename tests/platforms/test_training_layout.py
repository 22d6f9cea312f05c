"""`layout: sagemaker`: what an entry gets by it, what is made of it on each platform, and what is said without it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from backends import candidate_sample as sample
from documents.creates import channel, training
from documents.shapes import job as manifest_job
from documents.standing import loaded, on_manifest, on_request, ordered, problems, write
from observed import CANDIDATE, LEGACY, declared, observed, record

from harness.campaign.examination import layouts_of
from harness.compare.configuration import check_configuration
from harness.compare.pairs import DONE_OTHERWISE
from harness.model.finding import Outcome
from harness.model.job import Delivery, FileFormat, Layout, ParameterReading, ShimMode, Side
from harness.platforms.kubernetes import checks as kubernetes
from harness.platforms.kubernetes import manifest
from harness.platforms.sagemaker import checks as sagemaker
from harness.platforms.sagemaker.kind import Locations
from harness.platforms.sagemaker.training import request_of
from harness.platforms.shim_spec import spec_of
from harness.platforms.training_layout import missed

LAID_OUT: dict[str, Any] = {
    "layout": "sagemaker",
    "parameters": {"epochs": 3, "rate": 0.1, "warm": True},
    "inputs": {"train": {"uri": "s3://acme/train", "pin": "1"}},
    "outputs": {"model": {}, "report": {}},
}
MOUNTS = {
    "/parity": "parity", "/parity-grants": "parity-grants",
    "/opt/ml/model": "output-0", "/opt/ml/output/data/report": "output-1", "/opt/ml/input/data/train": "input-0",
    "/opt/ml/input": "parity-ml-input", "/opt/ml/output": "parity-ml-output", "/opt/ml/output/data": "parity-ml-data",
}  # fmt: skip


def test_inputs_and_outputs_are_where_sagemaker_has_them_on_both_sides(tmp_path: Path) -> None:
    """Without a path written."""
    job = sample.repository(tmp_path, LAID_OUT).jobs[0]
    assert {output.name: dict(output.path) for output in job.outputs} == {
        "model": dict.fromkeys(Side, "/opt/ml/model"),
        "report": dict.fromkeys(Side, "/opt/ml/output/data/report"),
    }
    assert dict(job.inputs[0].path) == dict.fromkeys(Side, "/opt/ml/input/data/train")
    assert job.sides[Side.LEGACY].reading.delivery is Delivery.ARGV


def test_without_a_command_both_sides_start_train_which_reads_the_file(tmp_path: Path) -> None:
    """As SageMaker starts an image that is told nothing else; the control needs a command."""
    reading = ParameterReading(Delivery.FILE, "/opt/ml/input/config/hyperparameters.json", FileFormat.STRINGS)
    job = loaded(write(tmp_path, {}, **LAID_OUT, command=None)).jobs[0]
    assert [(mine.command, mine.reading) for mine in job.sides.values()] == [(("train",), reading)] * 2
    (lacking,) = problems(write(tmp_path, {}, command=None))
    assert "jobs.train.command" in lacking


def test_a_pod_gets_the_folders_and_the_host_and_the_shim_is_told_the_files(tmp_path: Path) -> None:
    """Hyperparameters as strings; the instance type is that of the side that has one."""
    order = sample.order(sample.repository(tmp_path, LAID_OUT), Side.LEGACY)
    made: Any = manifest.job(order, "ml", None, "00")
    pod = made["spec"]["template"]["spec"]
    assert {mount["mountPath"]: mount["name"] for mount in pod["containers"][0]["volumeMounts"]} == MOUNTS
    assert {volume["name"] for volume in pod["volumes"]} == set(MOUNTS.values())
    assert pod["hostAliases"] == [{"ip": "127.0.0.1", "hostnames": ["algo-1"]}]
    told: Any = spec_of(order, grants_path="g", carry=True, message_path=manifest.message_path(order))["layout"]
    assert told["settings"]["hyperparameters"] == {"epochs": "3", "rate": "0.1", "warm": "true"}
    assert told["settings"]["inputdataconfig"]["train"]["TrainingInputMode"] == "File"
    assert told["settings"]["resourceconfig"]["current_instance_type"] == "ml.m5.large"
    assert told["message_path"] == "/dev/termination-log"


def test_channels_are_told_as_the_request_of_the_other_side_has_them(tmp_path: Path) -> None:
    """Content type and mode stand in a variable that is compared; a pipe is told as what it is here, files."""
    request = training(
        {"TrainingInputMode": "Pipe"},
        InputDataConfig=[channel(ContentType="text/csv", InputMode="FastFile"), channel("test")],
    )
    inputs = {name: {"pin": "1", "path": {"legacy": f"/opt/ml/input/data/{name}"}} for name in ("train", "test")}
    entry = {"layout": "sagemaker", "kind": None, "metrics": {}, "inputs": inputs, "outputs": {"model": {}}}
    order = sample.order(loaded(on_request(tmp_path, request, **entry)), Side.LEGACY)
    told: Any = spec_of(order, grants_path="g", carry=True)["layout"]
    usual = {"TrainingInputMode": "File", "S3DistributionType": "FullyReplicated", "RecordWrapperType": "None"}
    assert told["settings"]["inputdataconfig"] == {
        "train": {**usual, "TrainingInputMode": "FastFile", "ContentType": "text/csv"},
        "test": usual,
    }


def test_a_request_has_the_hyperparameters_however_the_program_reads_them(tmp_path: Path) -> None:
    """So that the service writes the file; the control has none, for argv travels with the shim."""
    for changes, expected in ((LAID_OUT, {"epochs": "3", "rate": "0.1", "warm": "true"}), ({}, None)):
        given = {"parameters": LAID_OUT["parameters"], **changes}
        repository = sample.repository(tmp_path, given)
        order, home = sample.order(repository, Side.CANDIDATE), repository.candidate
        made = request_of(order, home, Locations("s3://a/", "s3://b/"), "00")  # type: ignore[arg-type]
        assert made.get("HyperParameters") == expected


def test_a_manifest_gets_each_place_that_nothing_of_its_own_covers_as_a_listed_change(tmp_path: Path) -> None:
    """A claim at /opt/ml/output covers its data folder; the message path is the manifest's own."""
    own = {"name": "out", "emptyDir": {}}
    written = manifest_job(
        pod={"volumes": [own]},
        volumeMounts=[{"name": "out", "mountPath": "/opt/ml/output/"}],
        terminationMessagePath="/tmp/last",
    )
    order = ordered(loaded(on_manifest(tmp_path, written, layout="sagemaker")), Side.LEGACY)
    changes = [mutation for mutation in order.mutations if mutation.why.startswith("layout: ")]
    assert [mutation.new for mutation in changes] == [
        {"name": "parity-ml-input", "emptyDir": {}},
        {"name": "parity-ml-input", "mountPath": "/opt/ml/input"},
        {"name": "parity-ml-model", "emptyDir": {}},
        {"name": "parity-ml-model", "mountPath": "/opt/ml/model"},
        [{"ip": "127.0.0.1", "hostnames": ["algo-1"]}],
    ]
    assert manifest.message_path(order) == "/tmp/last"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"kind": "processing"}, "for a processing job"),
        ({"shim": "off"}, "with shim: off"),
        ({"parameters": {"long": "x" * 2501}}, "2501 characters"),
    ],
)
def test_a_layout_that_nobody_can_give_is_refused(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    """By key, before anything is started; the control is sound."""
    outputs = {"outputs": {"model": {"path": {"legacy": "/work/model"}}}}
    assert any(said in problem for problem in problems(write(tmp_path, {}, layout="sagemaker", **outputs, **changes)))
    assert problems(write(tmp_path, {}, layout="sagemaker", **outputs)) == []


def test_no_side_runs_it_without_the_shim(tmp_path: Path) -> None:
    """Nobody else gives the layout; the control is the same job without it."""
    can_run = (kubernetes.can_run_without_shim, sagemaker.can_run_without_shim)
    for layout, expected in ((Layout.SAGEMAKER, [False, False]), (None, [True, True])):
        job = replace(sample.repository(tmp_path, {}).jobs[0], layout=layout)
        assert [can(job, side) for can, side in zip(can_run, Side, strict=True)] == expected


def test_what_a_platform_has_may_differ_and_what_a_program_is_given_may_not() -> None:
    """CPUs and resources are the platform's; a hyperparameter that arrives otherwise is a mismatch by name."""
    job = replace(declared(), layout=Layout.SAGEMAKER)
    around = {"SM_CURRENT_HOST": "algo-1", "SM_NUM_CPUS": "2", "SM_RESOURCE_CONFIG": "{}", "SM_HP_RATE": "0.1"}
    other = {**around, "SM_NUM_CPUS": "4", "SM_RESOURCE_CONFIG": '{"a":1}'}
    for rate, outcome in (("0.1", Outcome.MATCH), ("0.2", Outcome.MISMATCH)):
        sides = (
            observed(LEGACY, record=record(environment=around, mounts={"/opt/ml/input": "rw ext4", "/work": "rw x"})),
            observed(CANDIDATE, record=record(environment={**other, "SM_HP_RATE": rate}, mounts={"/opt/ml": "rw x"})),
        )
        found = {finding.check: finding for finding in check_configuration(job, "p1", *sides)}
        assert found["configuration.environment"].outcome is outcome
        assert "/opt/ml/input" not in str(found["configuration.mounts"].samples)
        assert "configuration.endpoints" not in found
    assert "SM_HP_RATE is 0.1 on legacy and 0.2" in found["configuration.environment"].summary
    bare = {finding.check: finding for finding in check_configuration(declared(), "p1", *sides)}
    assert "/opt/ml/input" in str(bare["configuration.mounts"].samples)
    assert "SM_CURRENT_HOST" in bare["configuration.endpoints"].summary


def test_a_layout_that_could_not_be_given_voids_the_pair() -> None:
    """The shim's trouble begins with the word."""
    assert "layout" in DONE_OTHERWISE


def test_doctor_says_the_same_of_each_job(tmp_path: Path) -> None:
    """As what it can't know: whether the program reads any of it; the control has the layout."""
    (found,) = layouts_of(sample.repository(tmp_path, {}))
    assert (found.platform, found.place, found.symptom.subject) == ("both", "wine/train", "layout")
    assert found.symptom.text.startswith("only on candidate the program finds /opt/ml/input/config")
    assert found.symptom.fix == "if it reads any of these, write layout: sagemaker"
    assert list(layouts_of(sample.repository(tmp_path, LAID_OUT))) == []


def test_a_plan_says_what_a_program_misses_where_no_layout_is_asked_for() -> None:
    """Files and folders on the side without SageMaker, variables on both unless `train` sets them."""
    platforms = {Side.LEGACY: "kubernetes", Side.CANDIDATE: "sagemaker"}
    job = declared()
    assert list(missed(job, platforms)) == [
        (
            "only on candidate the program finds /opt/ml/input/config, /opt/ml/model and"
            " /opt/ml/output/failure; on legacy a program that opens them fails"
        ),
        "on neither side it finds SM_* variables, which the toolkit's `train` sets",
    ]
    assert list(missed(replace(job, layout=Layout.SAGEMAKER), platforms)) == []
    assert list(missed(job, dict.fromkeys(Side, "kubernetes"))) == []
    assert list(missed(replace(job, kind="processing", shim=ShimMode.ON), platforms)) == []
