"""What both platforms are told of a secret: where it is, and never what it is."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from observed import IDENTITY, declared

from harness.model.job import Job, SecretSource, SecretStore, Side
from harness.model.order import Order
from harness.model.plan import Run
from harness.platforms.kubernetes import manifest
from harness.platforms.sagemaker.checks import can_run_without_shim
from harness.platforms.shim_spec import spec_of

HUB = SecretSource(SecretStore.SECRETS_MANAGER, "prod/hub", "token")
FAR = SecretSource(SecretStore.SECRETS_MANAGER, "arn:aws:secretsmanager:eu-west-1:123456789012:secret:hub-AbCdEf")
DSN = SecretSource(SecretStore.PARAMETER_STORE, "/prod/dsn")
KUBE = SecretSource(SecretStore.KUBERNETES, "hub", "token")


def with_secrets() -> Job:
    """Declare a job whose sides have secrets."""
    job = declared()
    sources = {
        Side.LEGACY: {"HF_TOKEN": KUBE},
        Side.CANDIDATE: {"HF_TOKEN": HUB, "FAR": FAR, "DSN": DSN},
    }
    sides = {
        side: replace(mine, secrets=tuple(sorted(sources[side])), secret_sources=sources[side])
        for side, mine in job.sides.items()
    }
    return replace(job, sides=sides)


def order(side: Side, *, shim: bool = True) -> Order:
    """Order one run."""
    return Order("c", Run("r", "p-r", "wine", "train", side, 1, shim=shim), with_secrets(), IDENTITY)


@pytest.mark.parametrize("shim", [True, False])
def test_a_pod_names_the_key_of_a_secret(*, shim: bool) -> None:
    """Under the shim it may lack, so that the shim says so; without it the kubelet waits for it."""
    made: Any = manifest.job(order(Side.LEGACY, shim=shim), "ml", None, "digest")
    (container,) = made["spec"]["template"]["spec"]["containers"]
    assert [item for item in container["env"] if item["name"] == "HF_TOKEN"] == [
        {"name": "HF_TOKEN", "valueFrom": {"secretKeyRef": {"name": "hub", "key": "token", "optional": shim}}}
    ]


def test_the_shim_is_told_where_and_in_which_region() -> None:
    """That of the job, unless an ARN names its own."""
    spec = spec_of(order(Side.CANDIDATE), grants_path="/g", carry=False, region="us-east-1")
    assert spec["secret_sources"] == [
        {"name": "DSN", "store": "ssm", "id": "/prod/dsn", "key": "", "region": "us-east-1"},
        {"name": "FAR", "store": "secretsmanager", "id": FAR.name, "key": "", "region": "eu-west-1"},
        {"name": "HF_TOKEN", "store": "secretsmanager", "id": "prod/hub", "key": "token", "region": "us-east-1"},
    ]
    legacy = spec_of(order(Side.LEGACY), grants_path="/g", carry=True)
    assert legacy["secret_sources"] == [{"name": "HF_TOKEN", "store": "environment"}]
    assert "hub" not in json.dumps(legacy["secret_sources"])


def test_a_candidate_with_secrets_never_runs_bare() -> None:
    """Nobody but the shim fetches them there; the kubelet does without it."""
    bare = replace(with_secrets(), inputs=())
    assert not can_run_without_shim(bare, Side.CANDIDATE)
    assert can_run_without_shim(replace(declared(), inputs=()), Side.CANDIDATE)
