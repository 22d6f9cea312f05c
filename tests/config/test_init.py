"""The first file, from what a team has already."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from config.samples import TRAIN, VALID, WINE, Change
from hypothesis import given
from hypothesis import strategies as st

from harness.config.init import init_from
from harness.config.load import check, load
from harness.config.strict_yaml import read
from harness.config.yaml_text import dump
from harness.errors import ConfigError
from harness.model.job import Delivery, SecretSource, SecretStore, Side

JOB = b"""\
apiVersion: batch/v1
kind: Job
metadata: {name: Nightly.Train, namespace: ml, uid: 1-2-3, labels: {team: a}}
spec:
  backoffLimit: 2
  activeDeadlineSeconds: 3600
  template:
    spec:
      restartPolicy: Never
      serviceAccountName: trainer
      volumes: [{name: tmp, emptyDir: {}}, {name: conf, configMap: {name: conf}}]
      initContainers:
      - {name: mesh, image: "mesh:1", command: [mesh], restartPolicy: Always}
      - {name: fetch, image: "fetch:1", command: [fetch]}
      containers:
      - name: main
        image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/train:1
        command: [python, "train.py", "--note: x", "#1", "on"]
        args: ["--n", "3"]
        env:
        - {name: MODE, value: "on"}
        - {name: SEED, value: "1"}
        - {name: TOKEN, valueFrom: {secretKeyRef: {name: s, key: k}}}
        - {name: DB_PASSWORD, value: hunter2}
        - {name: NODE, valueFrom: {fieldRef: {fieldPath: spec.nodeName}}}
        resources: {requests: {cpu: 500m, memory: 2Gi}, limits: {cpu: "1", memory: 2Gi}}
        volumeMounts: [{name: tmp, mountPath: /scratch}, {name: conf, mountPath: /etc/conf}]
      - {name: proxy, image: "proxy:1", command: [proxy]}
"""
TRAINING: dict[str, Any] = {
    "TrainingJobName": "nightly-1",
    "TrainingJobArn": "arn:aws:sagemaker:eu-west-1:123456789012:training-job/nightly-1",
    "RoleArn": "arn:aws:iam::123456789012:role/ml",
    "AlgorithmSpecification": {
        "TrainingImage": "123456789012.dkr.ecr.us-east-1.amazonaws.com/train:1",
        "TrainingInputMode": "File", "ContainerEntrypoint": ["python"],
        "ContainerArguments": ["train.py"], "MetricDefinitions": [{"Name": "rmse", "Regex": "rmse=(.*)"}],
    },
    "HyperParameters": {"rate": "0.1"},
    "Environment": {"MODE": "fast", "API_KEY": "hunter2"},
    "InputDataConfig": [
        {"ChannelName": "rows", "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://data/rows/"}}}
    ],
    "OutputDataConfig": {"S3OutputPath": "s3://out/x"},
    "ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 50},
    "StoppingCondition": {"MaxRuntimeInSeconds": 600},
    "VpcConfig": {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]},
    "CreationTime": 1.5,
}  # fmt: skip
PROCESSING: dict[str, Any] = {
    "ProcessingJobName": "score-1",
    "ProcessingJobArn": "arn:aws:sagemaker:eu-west-1:123456789012:processing-job/score-1",
    "RoleArn": "arn:aws:iam::123456789012:role/ml",
    "AppSpecification": {
        "ImageUri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/score:1",
        "ContainerEntrypoint": ["python", "score.py"],
    },
    "ProcessingInputs": [
        {"InputName": "rows", "S3Input": {"S3Uri": "s3://data/rows", "LocalPath": "/opt/ml/processing/in"}}
    ],
    "ProcessingOutputConfig": {
        "Outputs": [
            {"OutputName": "scores", "S3Output": {"S3Uri": "s3://out/x", "LocalPath": "/opt/ml/processing/out"}}
        ]
    },
    "ProcessingResources": {"ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 30}},
    "StoppingCondition": {"MaxRuntimeInSeconds": 900},
}


def _loaded(text: str, folder: Path) -> Any:
    """Load a draft after each stand-in was decided."""
    file = folder / "repos.yaml"
    decided = text.replace("effects: CHANGE-ME", "effects: []").replace("better: CHANGE-ME", "better: lower")
    decided = decided.replace("margin: CHANGE-ME", "margin: 1%").replace("000000000000", "123456789012")
    decided = decided.replace("CHANGE-ME", "mine").replace("change-me", "mine")
    file.write_text(decided)
    (repository,) = load(file)
    return repository


def test_a_kubernetes_job_becomes_a_valid_entry(tmp_path: Path) -> None:
    """What the Job says is in the entry, and the entry loads."""
    made = init_from(JOB, "job.yaml")
    assert made.problems == ()
    repository = _loaded(made.yaml_text, tmp_path)
    job = repository.jobs[0]
    legacy = job.sides[Side.LEGACY]
    assert (repository.name, repository.legacy.namespace, repository.legacy.service_account) == (
        "nightly-train",
        "ml",
        "trainer",
    )
    assert legacy.command == ("python", "train.py", "--note: x", "#1", "on", "--n", "3")
    assert legacy.environment == {"MODE": "on", "SEED": "1"}
    assert legacy.secrets == ("DB_PASSWORD", "TOKEN")
    assert legacy.secret_sources["TOKEN"] == SecretSource(SecretStore.KUBERNETES, "s", "k")
    assert job.sides[Side.CANDIDATE].secret_sources["TOKEN"].store is SecretStore.SECRETS_MANAGER
    assert [(sidecar.name, sidecar.native) for sidecar in legacy.sidecars] == [("proxy", False), ("mesh", True)]
    assert legacy.scratch == {"tmp": "/scratch"}
    assert (job.time_limit_seconds, job.retries, job.resources.cpu) == (3600, 2, 0.5)
    assert job.outputs_discover


def test_a_long_name_is_cut_to_what_both_platforms_accept(tmp_path: Path) -> None:
    """The name of a Job may be longer than a run's label allows."""
    made = init_from(JOB.replace(b"Nightly.Train", b"a" * 62 + b".b"), "job.yaml")
    assert made.problems == ()
    assert _loaded(made.yaml_text, tmp_path).name == "a" * 36


def test_each_field_that_was_not_translated_is_listed_with_what_it_was_for() -> None:
    """What matters is named, the rest is counted, and both with what was carried are all values of the document."""
    (drafted,) = init_from(JOB, "job.yaml").drafted
    assert {loss.what: loss.where for loss in drafted.lost} == {
        "files that it is given": ("volumes[1]", "containers[0].volumeMounts[1]"),
        "what runs before it": ("initContainers[1]",),
        "environment whose values the document does not hold": ("containers[0].env[3]", "containers[0].env[4]"),
        "CPU, memory and devices": ("containers[0].resources.limits.cpu",),
        "credentials in DB_PASSWORD: the file takes none": (),
        "which of 2 containers is the work: main was taken, the first one": (),
    }
    assert drafted.unimportant == 3, "uid, one label and the restart policy that the harness has too"
    lost = sum(loss.leaves for loss in drafted.lost)
    assert drafted.carried + drafted.unimportant + lost == drafted.leaves


def test_what_the_owner_has_to_decide_is_listed_in_at_most_eight_groups() -> None:
    """Stand-ins are named, and each has a comment in the file."""
    made = init_from(JOB, "job.yaml")
    (drafted,) = made.drafted
    assert [(decision.what, decision.keys) for decision in drafted.decide] == [
        ("who answers for it", ("owner", "tier", "policy")),
        (
            "where its runs live",
            ("legacy.staging", "candidate.account", "candidate.region", "candidate.role", "candidate.staging"),
        ),
        ("what it is", ("jobs.main.kind", "jobs.main.outputs", "jobs.main.candidate.instance_type")),
        ("where each side keeps its secrets", ("jobs.main.secrets.TOKEN", "jobs.main.secrets.DB_PASSWORD")),
        ("what it does besides its outputs", ("jobs.main.effects",)),
    ]
    keys = {key for decision in drafted.decide for key in decision.keys}
    commented = sum(line.count("  # ") for line in made.yaml_text.splitlines())
    assert commented == len(keys) + 1, "and one says where the entry is from"


STAND_INS = {
    "owner", "tier", "legacy.staging", "candidate.account", "candidate.role", "candidate.staging",
    "jobs.main.image", "jobs.main.command[0]", "jobs.main.effects",
}  # fmt: skip


def test_a_draft_whose_stand_ins_nobody_decided_is_refused_at_each_of_them(tmp_path: Path) -> None:
    """Else the plan of an undecided draft would cost the first job to find out."""
    bare = b"{apiVersion: batch/v1, kind: Job, metadata: {name: x}}"
    file = tmp_path / "repos.yaml"
    file.write_text(init_from(bare, "job.yaml").yaml_text)
    problems = check(file)
    assert {problem.key.removeprefix("repositories.x.") for problem in problems} == STAND_INS
    lines = file.read_text().splitlines()
    for problem in problems:
        assert problem.found.strip('"') in lines[problem.line - 1][problem.column - 1 :]
        assert problem.hint.startswith("decide it")
    with pytest.raises(ConfigError, match="decide it"):
        load(file)


def test_where_real_runs_would_live_need_not_be_decided_for_a_sandbox(tmp_path: Path) -> None:
    """What can hurt, and who answers for it, still has to be."""
    bare = b"{apiVersion: batch/v1, kind: Job, metadata: {name: x}}"
    file = tmp_path / "repos.yaml"
    file.write_text(init_from(bare, "job.yaml").yaml_text)
    places = {"legacy.staging", "candidate.account", "candidate.role", "candidate.staging"}
    found = {problem.key.removeprefix("repositories.x.") for problem in check(file, sandbox=True)}
    assert found == STAND_INS - places


_ROLE = "arn:aws:iam::000000000000:role/parity"
ZEROS = {**VALID["repositories"]["wine"]["candidate"], "account": "000000000000", "role": _ROLE}


@pytest.mark.parametrize(
    ("path", "value", "refused"),
    [
        ((*TRAIN, "inputs"), {"rows": {"uri": "s3://data/rows", "pin": "CHANGE-ME"}}, True),
        ((*TRAIN, "environment"), {"MODE": "CHANGE-ME"}, True),
        ((*WINE, "owner"), "CHANGE-ME-soon", False),
        ((*WINE, "legacy", "staging"), "s3://change-me-not/x", False),
        ((*TRAIN, "environment"), {"ZEROS": "000000000000", "account": "000000000000"}, False),
        ((*WINE, "candidate"), ZEROS, True),
        ((*WINE, "candidate"), {**ZEROS, "endpoint_url": "http://localhost:4566"}, False),
    ],
)
def test_a_stand_in_is_the_whole_value(change: Change, path: tuple[str, ...], value: Any, refused: bool) -> None:  # noqa: FBT001
    """Wherever it was copied to; a value that only begins as one is somebody's own."""
    assert ["decide it" in problem.hint for problem in check(change({path: value}))] == [True] * refused


def test_no_credential_reaches_the_file() -> None:
    """A value that looks like a credential is listed, never copied."""
    for document in (JOB, json.dumps(TRAINING).encode()):
        made = init_from(document, "job.yaml")
        assert "hunter2" not in made.yaml_text
        assert any("DB_PASSWORD" in loss.what or "API_KEY" in loss.what for loss in made.drafted[0].lost)


def test_a_training_job_becomes_a_valid_entry(tmp_path: Path) -> None:
    """The answer of describe-training-job is read field by field."""
    made = init_from(json.dumps(TRAINING).encode(), "job.yaml")
    assert made.problems == ()
    repository = _loaded(made.yaml_text, tmp_path)
    job = repository.jobs[0]
    candidate = job.sides[Side.CANDIDATE]
    assert (repository.candidate.account, repository.candidate.region) == ("123456789012", "eu-west-1")
    assert repository.candidate.subnets == ("subnet-1",)
    assert (job.kind, candidate.command, candidate.instance_type) == (
        "training", ("python", "train.py"), "ml.m5.xlarge",
    )  # fmt: skip
    assert (candidate.parameters, candidate.reading.delivery) == ({"rate": "0.1"}, Delivery.FILE)
    assert (job.inputs[0].uri, job.time_limit_seconds) == ("s3://data/rows/", 600)
    (metric,) = job.metrics
    assert (metric.name, metric.regex) == ("rmse", "rmse=(.*)")
    (drafted,) = made.drafted
    assert {loss.what: loss.where for loss in drafted.lost} == {
        "environment and parameters that can't be written": ("Environment.API_KEY",),
        "credentials in API_KEY: the file takes none": (),
    }
    assert "jobs.train.inputs.rows.pin" in {key for decision in drafted.decide for key in decision.keys}


def test_a_processing_job_becomes_a_valid_entry(tmp_path: Path) -> None:
    """The answer of describe-processing-job is read field by field."""
    made = init_from(json.dumps(PROCESSING).encode(), "job.yaml")
    assert made.problems == ()
    job = _loaded(made.yaml_text, tmp_path).jobs[0]
    assert job.kind == "processing"
    assert job.inputs[0].path[Side.CANDIDATE] == "/opt/ml/processing/in"
    assert job.outputs[0].path[Side.CANDIDATE] == "/opt/ml/processing/out"
    assert made.drafted[0].lost == ()


@pytest.mark.parametrize(
    "document", [b"", b"[]", b"kind: CronJob\napiVersion: batch/v1", b"{}", b"kind: Job", b"a: [", b"\xff"]
)
def test_anything_else_is_refused(document: bytes) -> None:
    """A document that is neither is a configuration error, which names the file."""
    with pytest.raises(ConfigError, match=r"^job\.yaml:1:"):
        init_from(document, "job.yaml")


def test_written_yaml_hides_no_character_and_turns_no_line() -> None:
    """A name that reads as another one, or moves the rest of its line, is told by its numbers."""
    assert dump({"a": "GO\u202eON\u2066\u200b\u00ad"}, {}) == 'a: "GO\\U0000202eON\\U00002066\\U0000200b\\U000000ad"\n'


names = st.text("ab-_.:/ #'\"\\{}[]é\u2028\x7f\t*&!%@", max_size=8) | st.sampled_from(
    ["on", "no", "null", "1", "0x1", "~", "1.5", "- a"]
)
plain_values = st.recursive(
    names
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.booleans()
    | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(names, plain_values, max_size=4))
def test_written_yaml_reads_back_the_same(value: dict[str, Any]) -> None:
    """Whatever a document held, the file says it exactly."""
    text = dump(value, {})
    assert (read(text.encode(), "f").data or {}) == value


fields = st.sampled_from(["name", "image", "command", "args", "env", "resources", "value", "valueFrom", "mountPath"])
parts = st.recursive(
    names | st.integers() | st.none() | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(fields, inner, max_size=4),
    max_leaves=12,
)


@given(parts, parts, parts)
def test_any_job_is_drafted_without_an_accident(main: Any, other: Any, metadata: Any) -> None:
    """A Job of any shape gives a file whose problems, if any, are named."""
    job = {
        "apiVersion": "batch/v1", "kind": "Job", "metadata": metadata,
        "spec": {"template": {"spec": {"containers": [main, other], "initContainers": other, "volumes": main}}},
    }  # fmt: skip
    try:
        made = init_from(json.dumps(job).encode(), "job.yaml")
    except ConfigError:
        return
    assert made.yaml_text
    (drafted,) = made.drafted
    assert drafted.carried + drafted.unimportant + sum(loss.leaves for loss in drafted.lost) == drafted.leaves
