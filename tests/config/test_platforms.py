"""A side names its platform, and what may be written of it is what that platform declares."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import harness.config
from harness.config.load import load, problems_of
from harness.config.schema import schema
from harness.model.job import Side
from harness.model.repository import Repository
from harness.platforms import platforms
from harness.platforms.kubernetes.home import KubernetesHome
from harness.platforms.sagemaker.home import SageMakerHome

CLUSTER = {"platform": "kubernetes", "namespace": "ml", "staging": "s3://moves/a"}
OWN = {**CLUSTER, "staging": "s3://moves/b", "staging_owner": "123456789012", "region": "us-east-1"}
ACCOUNT = {
    "platform": "sagemaker", "account": "123456789012", "region": "eu-west-1",
    "role": "arn:aws:iam::123456789012:role/ml", "staging": "s3://moves/c",
}  # fmt: skip
JOB = {
    "kind": "training", "image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/a:1", "command": ["python", "work.py"],
    "outputs": {"model": {"path": "/work/model"}}, "effects": [],
}  # fmt: skip


def written(
    legacy: dict[str, Any],
    candidate: dict[str, Any],
    job: dict[str, Any] | None = None,
    shared: dict[str, Any] | None = None,
) -> bytes:
    """Write a file with one repository and one job."""
    entry = {"legacy": legacy, "candidate": candidate, "jobs": {"train": {**JOB, **(job or {})}}}
    defaults = {"owner": "a", "tier": "b", "policy": "trial", **(shared or {})}
    return json.dumps({"defaults": defaults, "repositories": {"wine": entry}}).encode()


def told(data: bytes) -> list[tuple[str, str, str]]:
    """Give key, what was found and what is expected of each problem."""
    return [
        (problem.key.removeprefix("repositories.wine."), problem.found, problem.expected)
        for problem in problems_of(data, "f")
    ]


def only(folder: Path, data: bytes) -> Repository:
    """Load the one repository of a file."""
    (folder / "repos.yaml").write_bytes(data)
    (found,) = load(folder / "repos.yaml")
    return found


def test_two_clusters_have_one_place_for_an_output_and_share_the_account_of_the_one_that_names_it(
    tmp_path: Path,
) -> None:
    """An upgrade: nothing of SageMaker is asked for."""
    repository = only(tmp_path, written(OWN, CLUSTER, {"outputs": {"model": {"path": {"legacy": "/work/model"}}}}))
    assert isinstance(repository.legacy, KubernetesHome)
    assert isinstance(repository.candidate, KubernetesHome)
    assert repository.jobs[0].outputs[0].path == dict.fromkeys(Side, "/work/model")
    assert [repository.cloud(side).account for side in Side] == ["123456789012", "123456789012"]
    assert repository.cloud(Side.CANDIDATE).region == "us-east-1"


def test_the_way_back_has_the_keys_of_each_platform_on_the_other_side(tmp_path: Path) -> None:
    """Instance type under legacy, sidecars of the job on the candidate, and the output where SageMaker picks it up."""
    more = {
        "outputs": {"model": {"path": {"candidate": "/work/model"}}},
        "sidecars": [{"name": "proxy", "command": ["sleep", "1"]}],
        "legacy": {"instance_type": "ml.m5.large"},
    }
    repository = only(tmp_path, written(ACCOUNT, CLUSTER, more))
    (job,) = repository.jobs
    assert isinstance(repository.legacy, SageMakerHome)
    assert job.sides[Side.LEGACY].instance_type == "ml.m5.large"
    assert job.outputs[0].path == {Side.LEGACY: "/opt/ml/model", Side.CANDIDATE: "/work/model"}
    assert [len(job.sides[side].sidecars) for side in Side] == [0, 1]


def test_a_platform_that_nothing_provides_is_refused_where_it_stands() -> None:
    """With the names of those that are there."""
    (problem,) = told(written({**OWN, "platform": "kubernets"}, CLUSTER))
    assert problem == ("legacy.platform", '"kubernets"', "one of: kubernetes, sagemaker")


@pytest.mark.parametrize(
    ("job", "key", "found"),
    [
        ({"candidate": {"instance_type": "ml.m5.large"}}, "jobs.train.candidate.instance_type", '"instance_type"'),
        ({"candidate": {"keep_alive": "5m"}}, "jobs.train.candidate.keep_alive", '"keep_alive"'),
    ],
)
def test_a_key_of_another_platform_is_refused_with_the_keys_of_the_right_one(
    job: dict[str, Any], key: str, found: str
) -> None:
    """A section of a job does not name its platform: its repository does."""
    (problem,) = told(written(OWN, CLUSTER, job))
    assert problem[:2] == (key, found)
    keys = "command, environment, parameters, read_parameters, sidecars, scratch, manifest, container"
    assert problem[2] == f"one of: {keys}"


def test_a_side_on_another_platform_than_the_defaults_takes_nothing_of_theirs() -> None:
    """Neither where it runs, nor what its jobs have there; what is missing is asked for."""
    shared = {"candidate": {**ACCOUNT}, "every_job": {"candidate": {"instance_type": "ml.m5.large"}}}
    assert told(written(OWN, CLUSTER, shared=shared)) == []
    assert told(written(OWN, {"platform": "kubernetes"}, shared=shared)) == [
        ("candidate.namespace", "nothing", "the namespace of the Kubernetes side"),
        ("candidate.staging", "nothing", "an S3 prefix for what travels"),
    ]


def test_two_clusters_without_an_account_are_asked_for_the_region_of_the_staging_bucket() -> None:
    """Nobody could reach it."""
    bare = {key: value for key, value in OWN.items() if key not in {"region", "staging_owner"}}
    problems = told(written(bare, CLUSTER))
    assert {problem[0] for problem in problems} == {"legacy.region", "candidate.region"}


def test_a_pod_is_handed_no_secret_of_secrets_manager_and_sagemaker_none_of_a_cluster() -> None:
    """Each side's secret is in a store that its platform can reach."""
    secrets = {"A": {"legacy": {"secrets_manager": "prod/a"}, "candidate": {"secret": "hub", "key": "a"}}}
    assert told(written(OWN, CLUSTER, {"secrets": secrets})) == [
        ("jobs.train.secrets.A.legacy", "a secret of secretsmanager", "secret and key")
    ]
    job = {"secrets": secrets, "candidate": {"instance_type": "ml.m5.large"}}
    outputs = {"outputs": {"model": {"path": {"legacy": "/work/model"}}}}
    assert ("jobs.train.secrets.A.candidate", "a Secret of a cluster", "secrets_manager or parameter") in told(
        written(CLUSTER, ACCOUNT, {**job, **outputs})
    )


def test_the_schema_for_editors_takes_the_keys_of_any_platform_in_any_section() -> None:
    """It can't follow what a section inherits."""
    found = schema()["definitions"]["Entry"]["properties"]["legacy"]["anyOf"]
    refs = {form["$ref"].rpartition("/")[2] for part in found for form in part.get("anyOf", [part]) if "$ref" in form}
    assert refs == {platform.form.settings.__name__ for platform in platforms()}


def test_config_names_no_platform() -> None:
    """What is known of one stands with it; the reader asks the registry."""
    names = [platform.name for platform in platforms()]
    sources = sorted(Path(harness.config.__path__[0]).glob("*.py"))
    assert len(sources) > 10
    assert [path.name for path in sources if any(name in path.read_text("utf-8").lower() for name in names)] == []
