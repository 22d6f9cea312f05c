"""SIGTERM to real pods: under the shim as PID 1 the work ends as it ends without it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cluster import endings, engines
from cluster.recording import Onlooker
from cluster.scenarios import Object
from observed import IDENTITY, declared

from harness import shim
from harness.backends.aws import Account, Clients
from harness.backends.kubernetes.backend import KubernetesBackend
from harness.backends.staging import Staging, ensure_bucket
from harness.model.clock import SystemClock
from harness.model.job import Resources, Side
from harness.model.order import Order, S3Place
from harness.model.plan import ImageIdentity, Run
from harness.platforms.kubernetes.home import KubernetesHome

NAMESPACE = "sigterm"
STAGING = "s3://sigterm-staging/legacy/"
GRACE_SECONDS = 15
"""The shim sends its record after the work has ended, on a twentieth of a core that a busy machine gives late."""
WAIT_SECONDS = 120.0
REGION = "us-east-1"


@pytest.fixture
def onlooker(cluster: Path) -> Onlooker:
    """Watch a namespace of its own."""
    made = Onlooker(cluster, NAMESPACE)
    made.start()
    return made


@pytest.fixture
def backend(
    cluster: Path, cloud: engines.Cloud, onlooker: Onlooker, monkeypatch: pytest.MonkeyPatch
) -> Iterator[KubernetesBackend]:
    """Open the backend as a campaign does, with a place that the shim can send its record to."""
    for name, value in engines.environment(cluster, cloud).items():
        monkeypatch.setenv(name, value)
    clients = Clients(Account("123456789012", REGION, None, cloud.endpoint))
    ensure_bucket(clients, S3Place.of(STAGING).bucket, REGION)
    made = KubernetesBackend(None, onlooker.namespace, "campaign-1", shim.source(), clock=SystemClock())
    legacy = KubernetesHome(None, NAMESPACE, None, STAGING, None, None)
    made.add_repository("repo", legacy, Staging(clients, STAGING, "00"))
    yield made
    onlooker.core.delete_namespace(NAMESPACE)
    made.close()


def order(ending: endings.Ending, image: str, *, with_shim: bool) -> Order:
    """Order one run of the work."""
    name = f"{ending.name}-{'shim' if with_shim else 'bare'}"
    small = Resources(cpu=0.05, memory_bytes=64 * 1024**2)
    job = replace(declared(outputs=(), resources=small), sides=dict.fromkeys(Side, endings.side_job(ending)))
    run = Run(name, name, "repo", job.name, Side.LEGACY, 1, shim=with_shim)
    return Order("campaign-1", run, job, replace(IDENTITY, image=ImageIdentity(image, "")))


def test_endings_are_those_of_the_work_without_the_shim(
    backend: KubernetesBackend, onlooker: Onlooker, pinned: dict[str, str]
) -> None:
    """A handler's exit code counts; without a handler, and where it is ignored, only the end of the grace ends it."""
    orders = [
        order(ending, pinned["localhost/demo/diabetes:1"], with_shim=with_shim)
        for ending in endings.ENDINGS
        for with_shim in (False, True)
    ]
    for each in orders:
        backend.submit(each)
    pods = {order.run.name: _ready(onlooker, order.run.name) for order in orders}
    for pod in pods.values():
        onlooker.core.delete_namespaced_pod(pod, NAMESPACE, grace_period_seconds=GRACE_SECONDS)
    found = {name: _exit_code(onlooker, name) for name in pods}
    assert found == {f"{ending.name}-{how}": ending.code for ending in endings.ENDINGS for how in ("bare", "shim")}


def _ready(onlooker: Onlooker, job: str) -> str:
    """Wait until the work of a Job says that it is ready; name its pod."""
    ends = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < ends:
        for line in onlooker.of(job):
            item = line["object"]
            running = item["kind"] == "Pod" and any("running" in status["state"] for status in _statuses(item))
            name: str = item["metadata"]["name"]
            if running and endings.READY in onlooker.core.read_namespaced_pod_log(name, NAMESPACE):
                return name
        time.sleep(0.3)
    pytest.fail(f"{job} is not ready within {WAIT_SECONDS} s")


def _statuses(pod: Object) -> list[Object]:
    found: list[Object] = pod["status"].get("containerStatuses", [])
    return found


def _exit_code(onlooker: Onlooker, job: str) -> int:
    """Wait until the Job's pod is gone, and give what its container ended with."""
    ends = time.monotonic() + WAIT_SECONDS
    while time.monotonic() < ends:
        lines = [entry for entry in onlooker.of(job) if entry["object"]["kind"] == "Pod"]
        if any(line["type"] == "DELETED" for line in lines):
            states = [status["state"] for line in lines for status in _statuses(line["object"])]
            return [int(state["terminated"]["exitCode"]) for state in states if "terminated" in state][-1]
        time.sleep(0.3)
    pytest.fail(f"the pod of {job} is not gone within {WAIT_SECONDS} s")
