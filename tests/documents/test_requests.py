"""A Create request goes through untouched: what is sent, less the listed mutations, is what the team wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from backends.candidate_sample import IMAGE
from documents.apart import apart
from documents.creates import REQUESTS, channel, processing, training
from documents.shapes import SHAPES
from documents.standing import PINNED, loaded, on_manifest, on_request, ordered

from harness.config.load import check
from harness.model.document import filled, restored
from harness.model.job import Delivery, Side
from harness.model.order import Order
from harness.platforms.documents import without_nulls
from harness.platforms.sagemaker import preflight
from harness.platforms.sagemaker.home import SageMakerHome
from harness.platforms.sagemaker.kind import Locations
from harness.platforms.sagemaker.planned import planned_request

AT = Locations("s3://staging/c/run/channel/", "s3://staging/c/run/out/")


def entry(request: dict[str, Any]) -> dict[str, Any]:
    """Write the keys that an owner has to add: the pins of inputs, and where the other side has its outputs."""
    inputs = [
        item["ChannelName"] for item in request.get("InputDataConfig", ()) if "S3DataSource" in item["DataSource"]
    ]
    inputs += [item["InputName"] for item in request.get("ProcessingInputs", ())]
    outputs = (request.get("ProcessingOutputConfig") or {}).get("Outputs", ())
    names = [output["OutputName"] for output in outputs] or ["model"]
    return {
        "kind": None,
        "metrics": {},
        "inputs": {name: {"pin": "v1", "path": {"legacy": f"/in/{name}"}} for name in inputs},
        "outputs": {name: {"path": {"legacy": f"/work/{name}"}} for name in names},
    }


def sent(folder: Path, request: dict[str, Any], **job: Any) -> tuple[Order, dict[str, Any]]:
    """Give the order and the request that would be sent."""
    repository = loaded(on_request(folder, request, **entry(request), **job))
    order, home = ordered(repository, Side.CANDIDATE), repository.candidate
    assert isinstance(home, SageMakerHome)
    return order, planned_request(order, home, AT, "d" * 64)


@pytest.mark.parametrize("name", REQUESTS)
def test_what_is_sent_less_the_listed_mutations_is_the_request(tmp_path: Path, name: str) -> None:
    """Every difference lies where a mutation says so, and the service's own model takes what is sent."""
    order, made = sent(tmp_path, REQUESTS[name])
    written = without_nulls(REQUESTS[name])
    assert apart(made, written, [mutation.path for mutation in order.mutations]) == []
    tokens = {"<parity:run>": order.run.name, "<parity:run-id>": order.run.id, "<parity:campaign>": order.campaign}
    tokens |= {
        "<parity:image>": PINNED,
        "<parity:spec>": "d" * 64,
        "<parity:channel>": AT.channel,
        "<parity:output>": AT.output,
    }
    assert restored(made, filled(order.mutations, tokens)) == written
    assert "<parity:" not in json.dumps(made)
    operation = "CreateTrainingJob" if "TrainingJobName" in made else "CreateProcessingJob"
    assert preflight.of_request(name, operation, made) == ()


def test_the_table_is_as_large_as_it_has_to_be() -> None:
    """Thirty requests at least."""
    assert len(REQUESTS) >= 30


def test_nothing_is_written_to_a_place_of_the_team(tmp_path: Path) -> None:
    """Every place that a request names to write to is the run's own: else a shadow would resume from production."""
    for number, (name, written) in enumerate(REQUESTS.items()):
        order, made = sent(tmp_path / str(number), written)
        changed = [mutation.path for mutation in order.mutations if mutation.why.startswith("output place")]
        text = json.dumps(
            {key: value for key, value in made.items() if key not in {"InputDataConfig", "ProcessingInputs"}}
        )
        assert "s3://acme" not in text, name
        assert changed, name


def test_what_a_request_says_is_read_into_the_plan(tmp_path: Path) -> None:
    """Kind, image, command, parameters, environment, inputs, metrics, instance and limits."""
    written = training(
        {"MetricDefinitions": [{"Name": "rmse", "Regex": "RMSE ([0-9.]+)"}, {"Name": "other", "Regex": "x"}]},
        {"KeepAlivePeriodInSeconds": 600},
        HyperParameters={"alpha": "0.1"},
        Environment={"STAGE": "prod"},
        InputDataConfig=[channel()],
    )
    more = entry(written) | {"metrics": {"rmse": {"better": "lower", "margin": "1%"}}}
    job = loaded(on_request(tmp_path, written, **more)).jobs[0]
    side = job.sides[Side.CANDIDATE]
    assert (job.kind, job.image, job.time_limit_seconds) == ("training", IMAGE, 3600)
    assert (side.command, side.parameters, side.environment) == (
        ("python", "train.py"),
        {"alpha": "0.1"},
        {"STAGE": "prod"},
    )
    assert (side.reading.delivery, side.reading.path) == (Delivery.FILE, "/opt/ml/input/config/hyperparameters.json")
    assert (side.instance_type, side.keep_alive_seconds) == ("ml.m5.large", 600)
    assert [(given.name, given.uri, dict(given.path)) for given in job.inputs] == [
        ("train", "s3://acme-data/train/", {Side.LEGACY: "/in/train", Side.CANDIDATE: "/opt/ml/input/data/train"})
    ]
    assert [(metric.name, metric.regex) for metric in job.metrics] == [("rmse", "RMSE ([0-9.]+)")]


def test_the_other_side_is_given_the_requests_inputs(tmp_path: Path) -> None:
    """The short form of the legacy side brings what the request reads."""
    job = loaded(
        on_request(tmp_path, training(InputDataConfig=[channel()]), **entry(training(InputDataConfig=[channel()])))
    ).jobs[0]
    assert job.sides[Side.LEGACY].document is None
    assert job.inputs[0].path[Side.LEGACY] == "/in/train"


def test_a_processing_jobs_outputs_are_where_the_request_says(tmp_path: Path) -> None:
    """And each is uploaded below the run's own prefix, under its name, where the harness fetches it."""
    order, made = sent(tmp_path, processing())
    assert dict(order.job.outputs[0].path) == {
        Side.LEGACY: "/work/model",
        Side.CANDIDATE: "/opt/ml/processing/output/model",
    }
    assert made["ProcessingOutputConfig"]["Outputs"][0]["S3Output"]["S3Uri"] == f"{AT.output}model/"


def test_the_harnesss_channel_is_a_folder_of_files_whatever_the_job_reads_by(tmp_path: Path) -> None:
    """A job that reads by pipe or on demand would not find the shim else."""
    _, made = sent(tmp_path, training({"TrainingInputMode": "Pipe"}, InputDataConfig=[channel()]))
    assert made["InputDataConfig"][-1]["InputMode"] == "File"


def test_an_instance_that_is_too_small_for_the_manifest_is_refused(tmp_path: Path) -> None:
    """The resources of the legacy side's manifest are held against the candidate's instance."""
    repository = loaded(on_manifest(tmp_path, SHAPES["requests and limits"], time_limit="10m"))
    said = [str(refusal) for refusal in preflight.of_job(repository, repository.jobs[0])]
    assert len(said) == 1
    assert "asks for 16 CPUs, ml.m5.large has 2; asks for 512 GiB" in said[0]


@pytest.mark.parametrize("at_the_side", [True, False])
def test_a_command_that_a_request_leaves_to_the_image_is_that_of_the_entry(
    tmp_path: Path, *, at_the_side: bool
) -> None:
    """Written beside the request or for the whole job, where `init` writes it; without either it is asked for."""
    request = training()
    del request["AlgorithmSpecification"]["ContainerEntrypoint"]
    own = {"candidate": {"command": ["train"]}} if at_the_side else {"command": ["train"]}
    repository = loaded(on_request(tmp_path, request, **{**entry(request), "command": ["python", "a.py"], **own}))
    assert repository.jobs[0].sides[Side.CANDIDATE].command == ("train",)
    assert repository.jobs[0].sides[Side.LEGACY].command == (("python", "a.py") if at_the_side else ("train",))
    without = on_request(tmp_path, request, **entry(request), command=None, legacy={"command": ["python", "a.py"]})
    assert [problem.key for problem in check(without)] == ["repositories.wine.jobs.train.candidate.command"]
