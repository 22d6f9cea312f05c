"""What a document holds and can't be carried is refused by file, line and key, before anything is submitted."""

from __future__ import annotations

import copy
import json
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest
from altered import altered
from click.testing import CliRunner
from documents.creates import processing, produced, training
from documents.shapes import ALL, WORK, Object, job
from documents.standing import loaded, on_manifest, on_request, ordered, problems, write
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.cli.main import parity
from harness.errors import ConfigError
from harness.model.job import Side

TWO = {"containers": [WORK, {"name": "proxy", "image": "envoy:1"}]}


@pytest.mark.parametrize(
    ("manifest", "found"),
    [
        (
            job({"completions": 4, "completionMode": "Indexed"}),
            "spec.completions: expected 1: jobs of several members are not built, found 4 completions (Indexed)",
        ),
        (
            job({"parallelism": 2}),
            "spec.parallelism: expected 1: jobs of several members are not built, found 2 pods at a time",
        ),
        (job({"parallelism": 0}), "spec.parallelism: expected 1: it would never run, found 0 pods at a time"),
        (job({"suspend": True}), "spec.suspend: expected false: nobody would resume it, found true"),
        (
            job({"managedBy": "kueue.x-k8s.io/multikueue"}),
            "spec.managedBy: expected kubernetes.io/job-controller, or nothing, found kueue",
        ),
        (
            job(pod={"restartPolicy": "Always"}),
            "restartPolicy: expected Never or OnFailure: a job has an end, found Always",
        ),
        (
            job(pod=TWO),
            "spec.template.spec.containers: expected one that is known to be the work, found 2 containers: main, proxy",
        ),
        (
            job(pod={"volumes": [{"name": "parity", "emptyDir": {}}]}),
            "volumes[0].name: expected another name: it is ours, found parity",
        ),
        (
            job(volumeMounts=[{"name": "x", "mountPath": "/parity/x"}]),
            "expected a path outside /parity and /parity-grants, which are ours",
        ),
        (
            job(pod={"containers": []}),
            "spec.template.spec.containers: expected a list of containers, found something else",
        ),
        (
            job(env=[{"name": "A", "value": 5}]),
            "env[0]: expected name, and value or valueFrom, found something else",
        ),
        (job(args=["--port", 8080]), "containers[0].args: expected a list of texts, found something else"),
        (job(args=["<parity:run>"]), "args[0]: expected a text without it"),
        (
            job(env=[{"name": "DB_PASSWORD", "value": "hunter2-prod"}]),
            "env[0].value: expected no credentials in this file",
        ),
        (job(args=["--password", "hunter2-prod"]), "args[1]: expected no credentials in this file"),
        (
            {"apiVersion": "v1", "kind": "Service"},
            "expected a Job, CronJob, Pod or PodTemplate, found k8s/train.yaml, which holds none",
        ),
        (
            "kind: Job\nkind: Job\n",
            "k8s/train.yaml:2:1: kind: expected each key once, found the same key again",
        ),
        ("suspend: no\n", "k8s/train.yaml:1:10: suspend: expected true, false or quoted text, found no"),
    ],
)
def test_a_manifest_is_refused_by_place_and_key(tmp_path: Path, manifest: Object | str, found: str) -> None:
    """One line says where, what was found and what was expected."""
    said = problems(on_manifest(tmp_path, manifest, time_limit="10m"))
    assert any(found in line for line in said), said
    assert any(line.startswith(("k8s/train.yaml:", "repos.yaml:")) for line in said)


@pytest.mark.parametrize(
    ("request_", "found"),
    [
        (
            training(resources={"InstanceCount": 4}),
            "ResourceConfig.InstanceCount: expected 1: jobs of several hosts are not built, found 4 hosts",
        ),
        (
            training(resources={"InstanceGroups": [{"InstanceCount": 2}, {"InstanceCount": 3}]}),
            (
                "ResourceConfig.InstanceGroups: expected InstanceType and InstanceCount: 1, found 2 "
                "instance groups of 5 hosts"
            ),
        ),
        (
            processing(
                ProcessingOutputConfig={"Outputs": [produced() | {"FeatureStoreOutput": {"FeatureGroupName": "x"}}]}
            ),
            "FeatureStoreOutput: expected an output in S3, found a feature group",
        ),
        (
            {"TransformJobName": "x"},
            "expected CreateTrainingJob or CreateProcessingJob, found a CreateTransformJob request",
        ),
        (
            {"HyperParameterTuningJobName": "x"},
            "expected CreateTrainingJob or CreateProcessingJob, found a CreateHyperParameterTuningJob request",
        ),
        (
            training(Environment={"HF_TOKEN": "hf_abcdefghijklmnopqrstuvwxyzABCDEFGH"}),
            "Environment.HF_TOKEN: expected no credentials in this file",
        ),
        (
            {"EndpointName": "x"},
            "expected a CreateTrainingJob or CreateProcessingJob request, found train.json, which holds none",
        ),
    ],
)
def test_a_request_is_refused_by_place_and_key(tmp_path: Path, request_: Object, found: str) -> None:
    """The count of hosts is said."""
    said = problems(on_request(tmp_path, request_, time_limit="10m"))
    assert any(found in line for line in said), said


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        (
            {"legacy": {"sidecars": []}},
            "jobs.train.legacy.sidecars: expected manifest alone, found sidecars beside manifest",
        ),
        (
            {"legacy": {"command": ["x"]}},
            "jobs.train.legacy.command: expected manifest alone, found command beside manifest",
        ),
        (
            {"secrets": {"A": {"legacy": {"secret": "s", "key": "k"}}}},
            "secrets.A.legacy: expected nothing: the document says where its secrets come from",
        ),
        (
            {"inputs": {"data": {"uri": "s3://acme-data/x/", "pin": "1"}}},
            "inputs.data.path.legacy: expected the path at which the job of k8s/train.yaml finds it",
        ),
        (
            {"legacy": {"container": "other"}},
            "expected one that is known to be the work, found other, which is none of them",
        ),
    ],
)
def test_what_stands_beside_a_document_must_not_say_it_again(
    tmp_path: Path, changes: dict[str, Any], found: str
) -> None:
    """Two sources of one value are refused."""
    said = problems(on_manifest(tmp_path, job(), **changes))
    assert any(found in line for line in said), said


def test_a_job_without_a_limit_needs_one(tmp_path: Path) -> None:
    """An hour by default would cut a job of the team that runs longer."""
    said = problems(on_manifest(tmp_path, job({"activeDeadlineSeconds": None})))
    assert len(said) == 1
    assert "jobs.train.time_limit: expected how long a run may take, such as 2h, found nothing" in said[0]


def test_a_command_that_only_the_image_knows_has_to_be_said(tmp_path: Path) -> None:
    """The shim could not start it."""
    manifest = job()
    del manifest["spec"]["template"]["spec"]["containers"][0]["command"]
    said = problems(
        on_manifest(tmp_path, manifest, command=None, candidate={"command": ["x"], "instance_type": "ml.m5.large"})
    )
    assert len(said) == 1
    assert "jobs.train.legacy.command: expected the command, one argument a member, found nothing" in said[0]


def test_two_documents_with_two_images_need_a_decision(tmp_path: Path) -> None:
    """One image for both sides, or an `image:` that is a listed mutation of both."""
    other = training({"TrainingImage": "123456789012.dkr.ecr.us-east-1.amazonaws.com/wine:2"})
    sides = {"legacy": {"manifest": "m.yaml"}, "candidate": {"request": "r.json"}}
    without = {"image": None, "command": None, "kind": None, **sides}
    said = problems(write(tmp_path, {"m.yaml": job(), "r.json": other}, **without))
    assert any("jobs.train.image: expected one image for both sides, found" in line for line in said), said
    chosen = without | {"image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/wine:2"}
    assert problems(write(tmp_path, {"m.yaml": job(), "r.json": other}, **chosen)) == []


def test_what_both_documents_say_is_not_for_the_entry(tmp_path: Path) -> None:
    """A command of the entry would be nobody's."""
    sides = {"legacy": {"manifest": "m.yaml"}, "candidate": {"request": "r.json"}}
    said = problems(write(tmp_path, {"m.yaml": job(), "r.json": training()}, image=None, **sides))
    assert any("jobs.train.command: expected nothing: both sides stand on documents" in line for line in said), said


@pytest.mark.parametrize(
    ("name", "found"),
    [
        (
            "gone.yaml",
            "legacy.manifest: expected a readable file, beside this one, found gone.yaml: no such file",
        ),
        (
            "two.yaml",
            (
                "legacy.manifest: expected one of: two.yaml#Job/train, two.yaml#CronJob/train, found "
                "two.yaml, which holds 2 of them"
            ),
        ),
        ("two.yaml#x", "found two.yaml#x, which is not there"),
        ("one.yaml#x", "legacy.manifest: expected one.yaml#train, found one.yaml#x, which is not there"),
    ],
)
def test_a_file_is_named_as_it_was_looked_for(tmp_path: Path, name: str, found: str) -> None:
    """With the names that it does hold."""
    cron = {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": "train"}, "spec": {"jobTemplate": {}}}
    files = {"two.yaml": f"{json.dumps(job())}\n---\n{json.dumps(cron)}", "one.yaml": job()}
    said = problems(write(tmp_path, files, image=None, legacy={"manifest": name}))
    assert any(found in line for line in said), said


def test_a_value_that_is_no_secret_may_be_vouched_for(tmp_path: Path) -> None:
    """By the job's `not_secret:`, with its reason."""
    written = job(env=[{"name": "DB_PASSWORD", "value": "hunter2-prod"}])
    assert problems(on_manifest(tmp_path, written, not_secret={"DB_PASSWORD": "of a local fixture"})) == []


def test_what_the_sandbox_can_not_do_is_said_before_anything_is_submitted(tmp_path: Path) -> None:
    """`check-config --sandbox` names the manifest and the field; without the option it is no problem of the file."""
    file = on_manifest(tmp_path, job(pod={"volumes": [{"name": "x", "hostPath": {"path": "/mnt"}}]}))
    for options, code in (([], 0), (["--sandbox"], 2)):
        found = CliRunner().invoke(parity, ["check-config", "--config", str(file), *options])
        assert found.exit_code == code
        assert ("k8s/train.yaml: the sandbox does not support volumes of kind hostPath" in found.output) is (code == 2)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(ALL)), st.randoms(use_true_random=False))
def test_a_manifest_that_was_altered_anywhere_is_ordered_or_refused(tmp_path: Path, name: str, random: Random) -> None:
    """The API server has the last word, in a dry run; nothing that it may refuse is an accident before."""
    with suppress(ConfigError):
        ordered(loaded(on_manifest(tmp_path, altered(dict(ALL[name]), random))), Side.LEGACY)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from([training(), processing()]), st.randoms(use_true_random=False))
def test_a_request_that_was_altered_anywhere_is_ordered_or_refused(
    tmp_path: Path, request_: Object, random: Random
) -> None:
    """The service's own model has the last word, at submit; nothing that it may refuse is an accident before."""
    with suppress(ConfigError):
        ordered(loaded(on_request(tmp_path, altered(dict(request_), random))), Side.CANDIDATE)


@pytest.mark.parametrize(
    ("path", "value", "found"),
    [
        (("metadata",), [], "metadata: expected a mapping, found something else"),
        (("spec", "template", "spec", "volumes"), {}, "spec.template.spec.volumes: expected a list, found something"),
        (("spec", "template", "spec", "restartPolicy"), [], "restartPolicy: expected Never or OnFailure"),
        (("spec", "managedBy"), {"a": 1}, "spec.managedBy: expected kubernetes.io/job-controller, or nothing"),
    ],
)
def test_a_part_of_another_form_is_named(tmp_path: Path, path: tuple[str, ...], value: object, found: str) -> None:
    """With the place in its own file."""
    manifest = copy.deepcopy(job())
    *around, last = path
    inner: Any = manifest
    for key in around:
        inner = inner[key]
    inner[last] = value

    (problem, *_) = problems(on_manifest(tmp_path, manifest))

    assert problem.startswith("k8s/train.yaml")
    assert found in problem
